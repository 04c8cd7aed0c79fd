"""The forms of experience sampling: consent, hours, holidays, and the questions themselves.

Pure rendering. What stands in a form is seen by whoever opened it and goes back to us alone; an
answer is never shown in a message.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from bot.sampling.amending import ITEMS, RETENTION, TEXT, Changes
from bot.sampling.model import Hours, Item, ItemKind, Protocol
from bot.sampling.wanted import (
    COUNTRY,
    DATES,
    DAYS,
    HOURS,
    QUIET,
    WEEKDAYS,
    ZONE,
    dates_as_typed,
    windows_as_typed,
)
from handlers.blocks.text import (
    SECTION_MAX,
    Block,
    escape,
    mrkdwn,
    one_line,
    option,
    paragraphs,
    plain,
)

JOIN = "sampling:join"
AGREE = "sampling:agree"
EXIT = "sampling:exit"
SETTINGS = "sampling:settings"
HOLIDAYS = "sampling:holidays"
ANSWERS = "sampling:answers"

TITLE_MAX = 24
LABEL_MAX = 300
CHANGES_MAX = 3000
HINT_MAX = 200
DATES_MAX = 3000
DATES_SHOWN = 2000  # in one field, so that there is room for more
DATE_LINE_MAX = 100
TEXT_LIMIT = 3000
MORE_TIME = "more_time"
BOLD = re.compile(r"\*\*([^*]+)\*\*")


def join(
    protocol: Protocol, consent: str, hours: Hours, about: str, *, baseline: bool = True
) -> Block:
    """The consent text (Markdown, its names filled in), the hours, and what is asked once."""
    asked = [question(each) for each in protocol.baseline] if baseline else []
    return _modal(
        JOIN,
        protocol.title,
        "I take part",
        "No, thanks",
        about,
        *consent_text(consent),
        {"type": "divider"},
        *hours_fields(hours),
        *asked,
    )


def agree(protocol: Protocol, consent: str, changes: Changes, about: str) -> Block:
    """What was changed in a study, and its text, for those who are in it."""
    return _modal(
        AGREE,
        protocol.title,
        "I go on",
        "Not now",
        about,
        *paragraphs([*_changed(changes)], CHANGES_MAX),
        {"type": "divider"},
        *consent_text(consent),
    )


def _changed(changes: Changes) -> Iterator[str]:
    """A line for each change: what it was and is, or where it stands."""
    yield "*Changed since you agreed*"
    for each in changes.roles:
        yield f"New in the study: <@{each.person}>, {each.role.value}"
    for figure in changes.figures:
        was, now = (one_line(text, LABEL_MAX) or "none" for text in (figure.before, figure.after))
        yield f"{figure.label.capitalize()}: {was} → {now}"
    yield from (f"Asked now: {one_line(each, LABEL_MAX)}" for each in changes.asked)
    yield from (f"Not asked any more: {one_line(each, LABEL_MAX)}" for each in changes.dropped)
    if ITEMS in changes.parts and not (changes.asked or changes.dropped):
        yield "Which questions are shown, or the buttons with which to decline"
    if RETENTION in changes.parts:
        yield "Who answers for the study, or until when answers are kept: it stands below"
    if TEXT in changes.parts:
        yield "The wording of the text below"
    if not (changes.parts or changes.roles):
        yield "It was changed, and is again as you agreed to it"


def exit_survey(protocol: Protocol, about: str) -> Block:
    """What is asked once, at the end."""
    asked = [question(each) for each in protocol.exit]
    return _modal(EXIT, protocol.title, "Send", "Close", about, *asked)


def settings(hours: Hours, about: str) -> Block:
    """The hours of somebody who takes part already."""
    return _modal(SETTINGS, "Your hours", "Save", "Leave as is", about, *hours_fields(hours))


def holidays(found: Iterable[tuple[date, str]], others: Iterable[date], about: str) -> Block:
    """The holidays that were found, one a line, to strike out and to add to; their own days, those
    in a row on one line. In as many fields as all of them need, for a day that is not shown would
    be lost by keeping what is."""
    named = {day: f"{day} {name}".strip()[:DATE_LINE_MAX] for day, name in found}
    own = dates_as_typed(each for each in others if each not in named)
    parts = _parts(sorted([*named.values(), *own]))
    fields = [_dates_field(place, told) for place, told in enumerate(parts)]
    return _modal(
        HOLIDAYS,
        "Days off",
        "Keep these",
        "Leave as is",
        about,
        _section(
            "Nothing is asked on these days. Strike out what is a working day for you, and add "
            "your own, one a line, or several: 2026-12-24..2027-01-02. It stays as you leave it."
        ),
        *fields,
    )


def _parts(lines: Iterable[str]) -> list[str]:
    """The lines in as many texts as they need, each with room to type more."""
    parts = [""]
    for line in lines:
        if len(parts[-1]) + len(line) >= DATES_SHOWN:
            parts.append("")
        parts[-1] += f"{line}\n"
    return [each.rstrip("\n") for each in parts]


def _dates_field(place: int, told: str) -> Block:
    name, label = (f"{DATES}_{place + 1}", "Days off, later") if place else (DATES, "Days off")
    return text_field(name, label, told, limit=DATES_MAX, multiline=True, optional=True)


def hours_fields(hours: Hours) -> list[Block]:
    """When somebody may be asked."""
    days = [option(name, str(number)) for number, name in enumerate(WEEKDAYS)]
    theirs = [each for each in days if int(each["value"]) in hours.days]
    return [
        text_field(
            HOURS,
            "Ask me between",
            windows_as_typed(hours.windows),
            hint="One or two spans: 09:00-12:00, 14:00-17:00.",
        ),
        labelled(DAYS, "On", _ticks(DAYS, days, theirs)),
        text_field(ZONE, "Times are in", hours.zone, hint="A time zone, like Europe/Berlin."),
        *_wishes(hours),
    ]


def _wishes(hours: Hours) -> list[Block]:
    """What may stay as it is: quiet hours, holidays, more time."""
    more = option("Give me twice the time to answer (and about two messages a day)", MORE_TIME)
    ticks = _ticks(MORE_TIME, [more], [more] if hours.more_time else [])
    return [
        text_field(
            QUIET,
            "Never between",
            windows_as_typed([hours.quiet]) if hours.quiet else "",
            hint="Lunch, say: 12:00-13:00. It may stay empty.",
            optional=True,
        ),
        text_field(
            COUNTRY,
            "Public holidays of",
            _place(hours),
            hint="A country, or a part of one: DE, DE-BY. Empty: none. You see them next.",
            optional=True,
        ),
        labelled(MORE_TIME, "Time to answer", ticks, optional=True),
    ]


def _place(hours: Hours) -> str:
    found = hours.holidays
    return "-".join(filter(None, (found.country, found.region))) if found else ""


def answers(
    title: str, items: Sequence[Item], about: str, given: Mapping[str, str] | None = None
) -> Block:
    """The form of a prompt: every item that is shown, with what was typed already."""
    filled = given or {}
    return _modal(
        ANSWERS,
        title,
        "Send",
        "Close",
        about,
        *(question(each, filled.get(each.name, "")) for each in items),
    )


def question(item: Item, given: str = "") -> Block:
    """One item as an input. None has to be filled in: to leave one out is an answer, too."""
    hint = {"hint": plain(item.hint, HINT_MAX)} if item.hint else {}
    return {
        "type": "input",
        "block_id": item.name,
        "label": plain(item.text, LABEL_MAX),
        "element": _element(item, given),
        "optional": not item.required,
        **hint,
    }


def _element(item: Item, given: str) -> Block:
    if item.kind is ItemKind.TEXT:
        return _typed(item.name, given, min(item.max_chars or TEXT_LIMIT, TEXT_LIMIT), True)
    options = [option(each.label, each.value) for each in item.options]
    chosen = [each for each in options if each["value"] == given]
    kind = "static_select" if item.kind is ItemKind.SELECT else "radio_buttons"
    initial = {"initial_option": chosen[0]} if chosen else {}
    return {"type": kind, "action_id": item.name, "options": options, **initial}


# -- parts -----------------------------------------------------------------------------------------


def _section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text[:SECTION_MAX])}


def consent_text(text: str) -> list[Block]:
    """Consent as its author wrote it: paragraphs, and what stands **bold**."""
    parts = [each.strip() for each in text.split("\n\n") if each.strip()]
    return [_section(BOLD.sub(r"*\1*", escape(" ".join(part.split())))) for part in parts]


def _typed(action: str, initial: str, limit: int, multiline: bool) -> Block:
    element: Block = {
        "type": "plain_text_input",
        "action_id": action,
        "max_length": limit,
        "multiline": multiline,
    }
    return element | ({"initial_value": initial[:limit]} if initial else {})


def text_field(
    block: str,
    label: str,
    initial: str = "",
    *,
    limit: int = 200,
    multiline: bool = False,
    optional: bool = False,
    hint: str = "",
) -> Block:
    """A field to type into, with its label."""
    made = labelled(block, label, _typed(block, initial, limit, multiline), optional=optional)
    return made | ({"hint": plain(hint, HINT_MAX)} if hint else {})


def _ticks(action: str, options: list[Block], ticked: list[Block]) -> Block:
    made: Block = {"type": "checkboxes", "action_id": action, "options": options}
    return made | ({"initial_options": ticked} if ticked else {})


def labelled(block: str, label: str, element: Block, *, optional: bool = False) -> Block:
    """An element with its label; the block has the name of what is in it."""
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label, LABEL_MAX),
        "element": element,
        "optional": optional,
    }


def _modal(callback: str, title: str, submit: str, close: str, about: str, *blocks: Block) -> Block:
    return modal(callback, title, *blocks, submit=submit, close=close, about=about)


def modal(
    callback: str,
    title: str,
    *blocks: Block,
    submit: str = "",
    close: str = "Close",
    about: str = "",
) -> Block:
    """A form; without `submit` there is only to read. about: ids, which come back with it."""
    made: Block = {
        "type": "modal",
        "callback_id": callback,
        "title": plain(title, TITLE_MAX),
        "close": plain(close, TITLE_MAX),
        "blocks": list(blocks),
    }
    if submit:
        made["submit"] = plain(submit, TITLE_MAX)
    return made | ({"private_metadata": about} if about else {})
