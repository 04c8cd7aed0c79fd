"""Catching up, stepping back, handing over: screens.md section 2, and SPEC section 2.

A catch-up and the commander's side of a step back are for one person; the other two are posted in
the channel, where people are counted and not named.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import TypeVar

from bot.incidents.model import (
    Action,
    Ending,
    Entry,
    Incident,
    IncidentState,
    Investigation,
    Kind,
    Outcome,
    Starter,
)
from bot.incidents.readback import Reading
from bot.incidents.summary import (
    CatchUp,
    Handover,
    Running,
    StepBack,
    ended_as,
    route_called,
)
from bot.incidents.symptoms import Symptom
from handlers.blocks import viewing
from handlers.blocks.incidents import TAKE
from handlers.blocks.message import Message
from handlers.blocks.text import (
    Block,
    Names,
    actions,
    button,
    clock,
    context,
    escape,
    name_of,
    one_line,
    option,
    paragraphs,
    plain,
)

ASK_QUIETLY = "ask_quietly"
TELL_ME = "tell_me"
LISTED = 5
WINDOWS = 3
PEOPLE_LISTED = 20
SHOWN = 160

ENDINGS = {
    Ending.CONFIRMED: "That's it",
    Ending.RULED_OUT: "Ruled out",
    Ending.NO_HELP: "Tried, no help",
    Ending.SET_ASIDE: "Set aside",
}

T = TypeVar("T")


def catch_up(told: CatchUp, names: Names) -> Message:
    """For one person: what it is, what is done, tried, open; and three things to do about it."""
    incident, now = told.incident, told.at
    lines = [_what(told, names), *_now(told.running, incident, names, now)]
    lines.append(
        f"*Tried:* {_listed(told.tried, lambda each: _tried(each, now)) or 'nothing yet.'}"
    )
    lines += _endings(told.ended, always=Ending.RULED_OUT)
    lines += _claims(told.known, names)
    lines += _entries("Decided", told.decided, now)
    lines += _entries("Called", told.called, now)
    lines += _seen(told)
    lines += _changed(told)
    lines += _nobody(told.untaken, told.unowned)
    head = context(f"Only you see this · true at {clock(now)}")
    title = one_line(incident.title, SHOWN)
    return Message(f"Catch-up: {title}", (head, *paragraphs(lines), *_three_things(told)))


def step_back(told: StepBack, *, commander: bool, names: Names) -> Message:
    """The look from further off. In the channel people are counted; only the commander sees who."""
    now = told.at
    lines = ["*A step back*", *_open_now(told)]
    lines.append(
        f"*Tried:* {_listed(told.tried, lambda each: _tried(each, now)) or 'nothing yet.'}"
    )
    lines += _endings(told.ended)
    untried = " · ".join(escape(each.label) for each in told.untaken)
    lines.append(f"*Untried:* {untried or 'none of the usual ideas.'}")
    lines += _elsewhere(told, names) if commander else [_counted(told)]
    mine = "Only you see this · " if commander else ""
    blocks = [*paragraphs(lines), context(f"{mine}true at {clock(now)}")]
    title = one_line(told.incident.title, SHOWN)
    return Message(f"A step back: {title}", tuple(blocks))


def handover(told: Handover, names: Names) -> Message:
    """One message in the channel for whoever takes over."""
    incident, now = told.incident, told.at
    severity = escape(told.severity) or "severity not set"
    since = incident.clocks.began or incident.clocks.declared or now
    lines = [
        f"*Handover: {one_line(incident.title, SHOWN)}* · {severity} · since {clock(since, now)}",
        f"Command: {name_of(names, incident.commander)}",
    ]
    lines += _running(told.running, names, now)
    opened = _listed(told.opened, lambda each: _open_thread(each, names))
    lines.append(f"*Open:* {opened or 'no thread.'}")
    lines += _endings(told.ended, always=Ending.RULED_OUT)
    lines += _claims(told.unknown, names)
    lines += _calls(told.called, names, now)
    lines += _entries("Decided", told.decided, now)
    lines += _nobody(told.untaken, ())
    blocks = [*paragraphs(lines), context(f"true at {clock(now)}")]
    return Message(f"Handover: {one_line(incident.title, SHOWN)}", tuple(blocks))


def lasting(time: timedelta) -> str:
    """A length of time: "5 min", "1 h 20 min"."""
    hours, minutes = divmod(int(time.total_seconds()) // 60, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


# -- what it is -----------------------------------------------------------------------------------


def _what(told: CatchUp, names: Names) -> str:
    incident = told.incident
    severity = escape(told.severity[:1].upper() + told.severity[1:]) or "Severity not set"
    holds = f"{name_of(names, incident.commander)} holds command"
    work = " and is doing the work" if told.works else ""
    over = _over(incident, told.at)
    return f"*{_clause(incident.title, SHOWN)}.* {severity}. {holds}{work}.{over}"


def _over(incident: Incident, now: datetime) -> str:
    if incident.state is IncidentState.OPEN:
        return ""
    at = incident.clocks.closed or incident.clocks.resolved
    return f" It is {incident.state.value}{f' since {clock(at, now)}' if at else ''}."


def _now(
    running: tuple[Running, ...], incident: Incident, names: Names, now: datetime
) -> list[str]:
    if not running:
        return ["*Now:* no action is running."]
    lines = []
    for each in running[:LISTED]:
        actor = each.action.actor
        who = "" if actor == incident.commander else f"{name_of(names, actor)} · "
        lines.append(f"*Now:* {who}{_doing(each, now)}")
    return [*lines, *_more(running, "running")]


def _running(running: tuple[Running, ...], names: Names, now: datetime) -> list[str]:
    """The same for a handover, with who and for how long."""
    if not running:
        return ["*Running:* nothing."]
    lines = [
        f"*Running:* {name_of(names, each.action.actor)} · {_doing(each, now, length=True)}"
        for each in running[:LISTED]
    ]
    return [*lines, *_more(running, "running")]


def _doing(running: Running, now: datetime, *, length: bool = False) -> str:
    action = running.action
    since = f" since {clock(action.started_at, now)}" if action.started_at else ""
    if length and running.lasting is not None:
        since += f" ({lasting(running.lasting)})"
    otherwise = f" Else: {_clause(action.otherwise)}." if action.otherwise else ""
    return f"{_clause(action.text)}{since}. {_expected(running, now)}{otherwise}"


def _expected(running: Running, now: datetime) -> str:
    action = running.action
    what = f"Expected: {_clause(action.expect)}" if action.expect else ""
    if action.by is None:
        unsaid = "Nobody has said how long that should take."
        return f"{what}. {unsaid}" if what else unsaid
    by = f"{what}, by" if what else "Expected by"
    passed = " That has passed." if running.overdue else ""
    return f"{by} {clock(action.by, now)}.{passed}"


# -- what was tried -------------------------------------------------------------------------------


def _tried(action: Action, now: datetime) -> str:
    at = f"{clock(action.ended_at, now)} " if action.ended_at else ""
    failed = ", failed" if action.outcome is Outcome.FAILED else ""
    same = " ".join(action.result.split()) in {"", " ".join(action.text.split())}
    result = "" if same else f": {_clause(action.result, 100)}"
    return f"{at}{_clause(action.text)}{failed}{result}"


def _endings(threads: tuple[Investigation, ...], always: Ending | None = None) -> list[str]:
    """How threads ended, each way a line; one of the ways even where no thread did."""
    lines = []
    for ending, said in ENDINGS.items():
        listed = _listed(ended_as(threads, ending), _ended)
        if listed or ending is always:
            lines.append(f"*{said}:* {listed or 'nothing yet.'}")
    return lines


def _ended(thread: Investigation) -> str:
    why = f" ({_clause(thread.why, 100)})" if thread.why.strip() else ""
    return f"{_clause(thread.hypothesis, 100)}{why}"


def _open_thread(thread: Investigation, names: Names) -> str:
    who = name_of(names, thread.owner) if thread.owner else "nobody"
    return f"{thread.number} {_clause(thread.hypothesis, 100)} ({who})"


def _open_now(told: StepBack) -> list[str]:
    total = len(told.staffed) + len(told.unstaffed)
    if not total:
        return ["*Open:* no thread."]
    said = _count(total, "thread")
    lines = [f"*Open:* {said}, {len(told.staffed)} of them with somebody on it in 15 minutes."]
    for title, threads in (("On it", told.staffed), ("Nobody on it", told.unstaffed)):
        listed = _listed(threads, lambda each: f"{each.number} {_clause(each.hypothesis, 100)}")
        lines += [f"*{title}:* {listed}"] if listed else []
    return lines


# -- what is known, decided, open -----------------------------------------------------------------


def _claims(readings: Collection[Reading], names: Names) -> list[str]:
    titles = {Kind.UNKNOWN: "Not known", Kind.KNOWN: "Known", Kind.BELIEVE: "Believed"}
    lines = []
    for kind, title in titles.items():
        said = [each for each in readings if each.kind is kind]
        listed = _listed(said, lambda each: reading(each, names))
        lines += [f"*{title}:* {listed}"] if listed else []
    return lines


def reading(known: Reading, names: Names) -> str:
    """A claim as the board reads it: *unknown; Bo believes yes*, until that is confirmed."""
    text = _clause(known.claim.text)
    if known.belief is None:
        return text
    who = name_of(names, known.belief.actor)
    says = f" {known.says}" if known.says else f": {_clause(known.belief.text, 100)}"
    return f"{text} (unknown; {who} believes{says})"


def _entries(title: str, entries: tuple[Entry, ...], now: datetime) -> list[str]:
    said = _listed(entries, lambda each: f"{clock(each.at, now)} {_clause(each.text, 120)}")
    return [f"*{title}:* {said}"] if said else []


def _seen(told: CatchUp) -> list[str]:
    """What looks wrong, the latest last; a doubt whether it belongs here stands with it."""

    def seen(each: Symptom) -> str:
        doubted = " (maybe unrelated)" if each.maybe_unrelated else ""
        return f"{clock(each.entry.at, told.at)} {_clause(each.entry.text, 120)}{doubted}"

    listed = _listed(told.seen, seen)
    return [f"*Seeing:* {listed}"] if listed else []


def _changed(told: CatchUp) -> list[str]:
    """What was changed: what came at once in a line, what came in steps with its window."""
    changed = told.changes.changed
    lines = _entries("Changed", tuple(each for each in changed if each.ramp is None), told.at)
    for each in [each for each in changed if each.ramp is not None][-WINDOWS:]:
        lines.append(f"*Changed:* {viewing.ramped(each)}")
        lines += viewing.window(each, told.changes.noticed, told.at)
    return lines


def _calls(entries: tuple[Entry, ...], names: Names, now: datetime) -> list[str]:
    """Who was called: by the route where one was said, else in the words it was told in."""

    def called(entry: Entry) -> str:
        route = route_called(entry.text, names(entry.person)) if entry.person else ""
        return f"{clock(entry.at, now)} {_clause(route or entry.text, 120)}"

    said = _listed(entries, called)
    return [f"*Called:* {said or 'nobody yet.'}"]


def _nobody(untaken: tuple[Starter, ...], unowned: tuple[Investigation, ...]) -> list[str]:
    left = [f"{each.number} {_clause(each.hypothesis, 100)}" for each in unowned[:LISTED]]
    left += [escape(each.label) for each in untaken]
    return [f"*Nobody is looking at:* {' · '.join(left)}"] if left else []


def _three_things(told: CatchUp) -> list[Block]:
    incident = told.incident
    if incident.state is IncidentState.CLOSED:
        return []
    row = [button("Ask without interrupting", ASK_QUIETLY, incident.id)]
    if incident.state is IncidentState.OPEN:
        row = [*_take_one(told), *row, button("Tell me when it's over", TELL_ME, incident.id)]
    return [actions("catch_up", *row)]


def _take_one(told: CatchUp) -> list[Block]:
    """The select of the board, with what nobody has."""
    threads = [
        option(f"{each.number} · {each.hypothesis}", f"thread:{each.number}")
        for each in told.unowned
    ]
    ideas = [option(each.label, f"starter:{each.key}") for each in told.untaken]
    choices = [*threads, *ideas][:100]
    if not choices:
        return []
    select: Block = {"type": "static_select", "action_id": TAKE, "options": choices}
    return [select | {"placeholder": plain("Take one", 150)}]


# -- people ---------------------------------------------------------------------------------------


def _counted(told: StepBack) -> str:
    free = len(told.on_nothing)
    here = "1 person is here" if told.here == 1 else f"{told.here} people are here"
    return (
        f"{here}, {free} on no thread." if free else f"{here}, and everybody has something to do."
    )


def _elsewhere(told: StepBack, names: Names) -> list[str]:
    """Names, under a heading that blames nobody."""
    if not told.on_nothing:
        return [_counted(told)]
    shown = [_last_seen(told, each, names) for each in told.on_nothing[:PEOPLE_LISTED]]
    more = len(told.on_nothing) - len(shown)
    tail = f" · and {more} more" if more else ""
    heading = "*On no thread, may be busy elsewhere:* "
    return [_counted(told), f"{heading}{' · '.join(shown)}{tail}"]


def _last_seen(told: StepBack, person: str, names: Names) -> str:
    seen = told.active.get(person)
    return name_of(names, person) + (f" (active {clock(seen, told.at)})" if seen else "")


# -- small things ---------------------------------------------------------------------------------


def _listed(things: Collection[T], show: Callable[[T], str]) -> str:
    """The last few of them, and how many came before."""
    everything = [*things]
    earlier = len(everything) - LISTED
    before = f"{earlier} earlier · " if earlier > 0 else ""
    return before + " · ".join(show(each) for each in everything[-LISTED:])


def _more(things: Collection[object], what: str) -> list[str]:
    return [f"… and {len(things) - LISTED} more {what}"] if len(things) > LISTED else []


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _clause(text: str, limit: int = SHOWN) -> str:
    """A part of one of our sentences, which brings the full stop."""
    return one_line(text.rstrip(" .\n"), limit)
