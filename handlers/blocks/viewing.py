"""Private looks besides the board: symptoms, what changed, who is on what, what was improvised."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

from bot.incidents.changes import Changes, Noticed
from bot.incidents.found import Place
from bot.incidents.group import Group, Hands
from bot.incidents.improvised import Improvised, ImprovisedPage
from bot.incidents.model import Entry, IncidentState, Investigation
from bot.incidents.ramps import spread_of
from bot.incidents.symptoms import Symptom, Symptoms
from handlers.blocks import ramps
from handlers.blocks.message import Message
from handlers.blocks.text import (
    Block,
    Names,
    actions,
    button,
    clock,
    context,
    name_of,
    one_line,
    paragraphs,
    section,
)

SYMPTOM = "symptom"
UNRELATED, RELATED = "unrelated", "related"
MORE_IMPROVISED = "more_improvised"
SHOWN = 200
WITH_BUTTONS = 12
LISTED = 40
PEOPLE_LISTED = 20

NO_CHANGE = (
    "Nothing is recorded as changed. Say it here: `changed: rollout of 4412, 10% 02:10, 50% 02:40, "
    "all 03:20`, or `changed: flag X, from 02:10 to 03:40`."
)
NO_SYMPTOM = "No symptom is recorded. Say it here: `seeing:` and what looks wrong."
NOTHING_IMPROVISED = (
    "Nothing was recorded as improvised in the last 7 days. Say it in an incident: `improvised:` "
    "and what you did for which there was no runbook."
)


# -- symptoms -------------------------------------------------------------------------------------


def symptoms(told: Symptoms, names: Names) -> Message:
    """What was seen, the latest last; each of the latest with a button to doubt that it belongs."""
    head = _head(told.at)
    if not told.seen:
        return Message("Symptoms", (head, section(NO_SYMPTOM)))
    earlier = [symptom(each, told.at, names) for each in told.seen[:-WITH_BUTTONS]]
    blocks = paragraphs(["*What people see*", *earlier[-LISTED:]])
    for each in told.seen[-WITH_BUTTONS:]:
        blocks.append(section(symptom(each, told.at, names)))
        if told.incident.state is not IncidentState.CLOSED:
            blocks.append(_doubt(each, told.incident.id))
    return Message("Symptoms", (head, *blocks))


def symptom(seen: Symptom, now: datetime, names: Names) -> str:
    """One symptom in a line; whether somebody doubts that it belongs here."""
    entry = seen.entry
    line = f"{clock(entry.at, now)} {name_of(names, entry.actor)}: {one_line(entry.text, SHOWN)}"
    if seen.by and seen.at:
        said = "maybe unrelated" if seen.maybe_unrelated else "related after all"
        return f"{line} · _{said}_ ({name_of(names, seen.by)}, {clock(seen.at, now)})"
    return f"{line} · _maybe unrelated_" if seen.maybe_unrelated else line


def _doubt(seen: Symptom, incident: str) -> Block:
    value, block = f"{incident}:{seen.entry.seq}", f"symptom:{seen.entry.seq}"
    if seen.maybe_unrelated:
        return actions(block, button("Related after all", f"{SYMPTOM}:{RELATED}", value))
    return actions(block, button("Maybe unrelated", f"{SYMPTOM}:{UNRELATED}", value))


# -- what changed ---------------------------------------------------------------------------------


def changes(told: Changes, names: Names) -> Message:
    """What was changed, by when it began; a change that came in steps with its window."""
    head = _head(told.at)
    if not told.changed:
        return Message("What changed", (head, section(NO_CHANGE)))
    lines = ["*What changed*"]
    if len(told.changed) > LISTED:
        lines.append(f"{len(told.changed) - LISTED} earlier")
    for each in told.changed[-LISTED:]:
        lines += _changed(each, told.noticed, told.at, names)
    return Message("What changed", (head, *paragraphs(lines)))


def _changed(change: Entry, noticed: Noticed | None, now: datetime, names: Names) -> list[str]:
    who = name_of(names, change.actor)
    if change.ramp is None:
        return [f"{clock(change.at, now)} {who}: {one_line(change.text, SHOWN)}"]
    return [f"{who}: {ramped(change)}", *window(change, noticed, now)]


def ramped(change: Entry) -> str:
    """What changed, without the times that its window shows."""
    return one_line(spread_of(change.text).what or change.text, SHOWN)


def window(change: Entry, noticed: Noticed | None, now: datetime) -> list[str]:
    """The window of a change as a bar and in words; nothing for one that came at once."""
    if change.ramp is None:
        return []
    return [ramps.window(change.ramp, noticed, now), f"_{ramps.in_words(change.ramp, now)}_"]


# -- who is on what -------------------------------------------------------------------------------


def group(told: Group, names: Names, me: str) -> Message:
    """Each open thread with everybody whose hands are in it: by name, not by how much they did."""
    lines = ["*Who is on what*", f"Command: {name_of(names, told.incident.commander)}"]
    lines += [_hands(each, names) for each in told.threads]
    if not told.threads:
        lines.append("No thread is open.")
    if told.beside:
        lines.append(f"*Doing something of no thread:* {by_name(told.beside, names)}")
    for one, other, both in told.shared[:LISTED]:
        lines.append(f"*In {one} and in {other}:* {by_name(both, names)}")
    if told.tools:
        lines.append(f"*Tools here:* {by_name(told.tools, names)}")
    lines += _elsewhere(told, names, me)
    return Message("Who is on what", (_head(told.at), *paragraphs(lines)))


def _hands(hands: Hands, names: Names) -> str:
    return f"{_titled(hands.thread)} · {by_name(hands.people, names) or 'nobody yet'}"


def _titled(thread: Investigation) -> str:
    return f"*{thread.number} · {one_line(thread.hypothesis, 120)}*"


def by_name(people: Collection[str], names: Names) -> str:
    """Names in the order of the alphabet, which favours nobody."""
    shown = sorted((name_of(names, each) for each in people), key=str.casefold)
    more = f" · and {len(shown) - PEOPLE_LISTED} more" if len(shown) > PEOPLE_LISTED else ""
    return f"{' · '.join(shown[:PEOPLE_LISTED])}{more}"


def _elsewhere(told: Group, names: Names, me: str) -> list[str]:
    """A number for everybody; names for the commander alone, under a heading that blames nobody."""
    free = len(told.on_nothing)
    if not free:
        return []
    here = "1 person is here and on no thread." if free == 1 else f"{free} are here, on no thread."
    if me != told.incident.commander:
        return [here]
    who = by_name(told.on_nothing, names)
    return [here, f"*On no thread, may be busy elsewhere:* {who}"]


# -- what was improvised --------------------------------------------------------------------------


def improvised(
    page: ImprovisedPage, names: Names, links: Mapping[tuple[str, str], str], now: datetime
) -> Message:
    """What people did without a runbook, the latest first. links: by channel and message."""
    if not page.lines:
        return Message("Improvised", (section(NOTHING_IMPROVISED),))
    lines = ["*Improvised in the last 7 days*, where no runbook had it"]
    before = ""
    for each in page.lines:
        if each.incident != before:
            where = f" <#{each.home}>" if each.home else ""
            lines += ["", f"*{each.of} · {one_line(each.title, 120)}*{where}"]
            before = each.incident
        lines.append(_improvised(each, names, links.get((each.channel, each.message)), now))
    return Message("Improvised", (*paragraphs(lines), *_next_page(page.more)))


def _improvised(line: Improvised, names: Names, link: str | None, now: datetime) -> str:
    who = name_of(names, line.who)
    there = f" · <{link}|the message>" if link else ""
    return f"{clock(line.at, now)} {who}: {one_line(line.text, SHOWN)}{there}"


def _next_page(place: Place | None) -> list[Block]:
    if place is None:
        return []
    return [actions("improvised", button("More", MORE_IMPROVISED, improvised_value(place)))]


def improvised_value(place: Place) -> str:
    """Where the next page begins, as its button carries it."""
    return json.dumps({"after": [place.at.isoformat(), place.incident, place.seq]})


def _head(now: datetime) -> Block:
    return context(f"Only you see this · true at {clock(now)}")
