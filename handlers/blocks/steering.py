"""What steering looks like: lines in the channel, lists, what was found, the menu under More."""

import json
from collections.abc import Mapping
from datetime import datetime

from bot.incidents.clocks import ClockName
from bot.incidents.clocks import read as clock_of
from bot.incidents.found import Found, Hit, Listed, Place
from bot.incidents.model import Entry, Incident, IncidentState, Kind, Severity
from handlers.blocks.message import Message
from handlers.blocks.text import (
    Block,
    Names,
    actions,
    button,
    clock,
    context,
    escape,
    mrkdwn,
    name_of,
    one_line,
    option,
    paragraphs,
    plain,
    section,
)

MORE = "more"
MORE_FIND = "more_found"
MORE_LIST = "more_listed"
FORM = "steer"
CLOCKS_FORM = "clocks"
TEXT = "text"
VALUE = "value"
SHOWN = 200
LINE = 1000

# What this workspace calls the severities.
Labels = Mapping[Severity, str]

WHICH = {"open": "open", "all": "in all", "mine": "yours", "closed": "closed"}


# -- in the channel -------------------------------------------------------------------------------


def update(entry: Entry, names: Names) -> Message:
    """One line that somebody asked for, under their name."""
    line = f"*Update* from {name_of(names, entry.actor)}: {one_line(entry.text, 2500)}"
    return Message(line, (section(line),))


def merged(into: Incident) -> Message:
    """Where an incident goes on."""
    where = f", <#{into.channel}>" if into.channel else ""
    line = (
        f"This goes on in *incident {into.number}*{where}: {one_line(into.title, SHOWN)}. "
        "Nothing said here is recorded any more."
    )
    return Message(line, (section(line),))


def announcement(incident: Incident, names: Names) -> Message:
    """A new incident, said where that was chosen."""
    where = f" <#{incident.channel}>" if incident.channel else ""
    line = (
        f"*Incident {incident.number}* · {one_line(incident.title, SHOWN)} · "
        f"{name_of(names, incident.commander)} declared it.{where}"
    )
    return Message(line, (section(line),))


# -- lists ----------------------------------------------------------------------------------------


def how_bad(incident: Incident, labels: Labels) -> str:
    """The severity as this workspace calls it, escaped."""
    return escape(labels[incident.severity]) if incident.severity else "severity not set"


def listed(page: Listed, which: str, labels: Labels) -> Message:
    """Incidents, newest first, a page at a time."""
    if not page.incidents:
        line = f"No incident is {escape(WHICH.get(which, which))}."
        return Message(line, (section(line),))
    lines = [_incident(each, labels) for each in page.incidents]
    row = []
    if page.more is not None:
        value = json.dumps({"which": which, "below": page.more})
        row = [actions("listed", button("More", MORE_LIST, value))]
    title = f"Incidents: {WHICH.get(which, which)}"
    return Message(escape(title), (*paragraphs([f"*{escape(title)}*", *lines]), *row))


def _incident(incident: Incident, labels: Labels) -> str:
    state = "" if incident.state is IncidentState.OPEN else f" · {incident.state.value}"
    since = f" · since {clock(incident.clocks.declared)}" if incident.clocks.declared else ""
    how = how_bad(incident, labels)
    return (
        f"{incident.number} · {one_line(incident.title, 120)} · {how}{state}{since}"
        f"{_where(incident)}{' · private' if incident.private else ''}"
    )


def _where(incident: Incident) -> str:
    if incident.channel_lost:
        return f" · #{one_line(incident.channel_name, 80)} ({LOST[incident.channel_lost]})"
    return f" <#{incident.channel}>" if incident.channel else ""


LOST = {
    "archived": "archived",
    "removed": "I am not in it any more",
    "deleted": "deleted",
}


def found(page: Found, words: str, names: Names, labels: Labels, now: datetime) -> Message:
    """Entries with these words, the latest first, a page at a time."""
    said = one_line(words, 100)
    if not page.hits:
        line = f"Nothing with “{said}”. Every word must be there; try fewer, or another."
        return Message(line, (section(line),))
    lines: list[str] = []
    before = ""
    for each in page.hits:
        if each.incident != before:
            where = f" <#{each.channel}>" if each.channel else ""
            lines += ["", f"*{each.number} · {one_line(each.title, 120)}*{where}"]
            before = each.incident
        lines.append(_hit(each, names, labels, now))
    row = [actions("found", button("More", MORE_FIND, find_value(words, page.more)))]
    shown = paragraphs([f"*Found* “{said}”", *lines])
    return Message(f"Found “{said}”", (*shown, *(row if page.more else ())))


def _hit(hit: Hit, names: Names, labels: Labels, now: datetime) -> str:
    who = name_of(names, hit.actor)
    about = f" in thread {hit.investigation}" if hit.investigation else ""
    kind = hit.kind.value.replace("_", " ") if hit.kind is not Kind.DECLARE else "declared"
    said = hit.text
    if hit.kind is Kind.SEVERITY and said in set(Severity):
        said = labels[Severity(said)]
    text = one_line(said, SHOWN)
    return f"{clock(hit.at, now)} {who}, _{kind}_{about}: {text}"


def find_value(words: str, place: Place | None) -> str:
    """Where the next page begins, as its button carries it."""
    where = [place.at.isoformat(), place.incident, place.seq] if place else None
    return json.dumps({"words": words, "after": where}, ensure_ascii=False)


# -- the menu under More --------------------------------------------------------------------------

# What each verb asks for: its title, the label of its one field, whether it may be empty.
ASKS: dict[str, tuple[str, str, bool]] = {
    "update": ("Update", "One line for everybody here", False),
    "resolve": ("Resolve", "What ended it? It may stay empty", True),
    "reopen": ("Reopen", "What came back? It may stay empty", True),
    "close": ("Close", "Anything for the record? It may stay empty", True),
    "merge": ("Merge", "Into which incident? Its number", False),
    "split": ("Split", "Which thread becomes an incident? Its number", False),
    "relate": ("Relate", "To which incident? Its number", False),
    "find": ("Find", "Words that must be there", False),
}
AT_ONCE: dict[str, str] = {
    "command": "Take command",
    "step_back": "Step back",
    "handover": "Handover",
    "quiet_on": "Stop asking here",
    "quiet_off": "Ask again",
    "list": "List",
    "group": "Who is on what",
    "changes": "What changed",
    "symptoms": "Symptoms",
    "improvised": "Improvised",
    "help": "Help",
    "privacy": "What I keep",
}


def menu(incident: Incident, labels: Labels) -> Message:
    """Everything that stands under More, for one person; the rows follow the incident's state."""
    value = incident.id
    rows = [("more_1", FIRST[incident.state]), ("more_2", SECOND), ("more_3", LAST)]
    blocks = [
        actions(block, *(_verb(each, value, incident) for each in verbs)) for block, verbs in rows
    ]
    looks = [look(each, incident) for each in VIEWS]
    blocks.insert(1, actions("more_views", *looks))
    if incident.state is not IncidentState.CLOSED:
        blocks.insert(0, actions("more_0", _severity(incident, labels)))
    title = f"*{one_line(incident.title, SHOWN)}* · only you see this"
    return Message("More", (section(title), *blocks))


FIRST = {
    IncidentState.OPEN: ("update", "command", "step_back", "handover", "resolve"),
    IncidentState.RESOLVED: ("update", "handover", "reopen", "close"),
    IncidentState.CLOSED: ("reopen",),
}
SECOND = ("quiet", "clocks", "merge", "split", "relate")
LAST = ("find", "list", "improvised", "help", "privacy")
VIEWS = ("group", "changes", "symptoms")


def look(view: str, incident: Incident) -> Block:
    """A private look besides the board, one press away."""
    return button(AT_ONCE[view], f"{MORE}:{view}", incident.id)


def _verb(verb: str, value: str, incident: Incident) -> Block:
    if verb == "quiet":
        verb = "quiet_off" if incident.quiet else "quiet_on"
    label = "Clocks …" if verb == "clocks" else AT_ONCE.get(verb) or f"{ASKS[verb][0]} …"
    return button(label, f"{MORE}:{verb}", value)


def _severity(incident: Incident, labels: Labels) -> Block:
    options = [option(labels[each], f"{each}:{incident.id}") for each in Severity]
    chosen = [one for one, each in zip(options, Severity, strict=True) if each is incident.severity]
    select: Block = {
        "type": "static_select",
        "action_id": f"{MORE}:severity",
        "placeholder": plain("Severity", 150),
        "options": options,
    }
    return select | ({"initial_option": chosen[0]} if chosen else {})


def form(verb: str, kept: str, typed: str = "") -> Block:
    """The one-field form of a verb; what was typed stays."""
    title, label, optional = ASKS[verb]
    field: Block = {"type": "plain_text_input", "action_id": TEXT, "max_length": 3000}
    field["multiline"] = verb in {"update", "resolve", "reopen", "close"}
    if typed:
        field["initial_value"] = typed[:3000]
    return {
        "type": "modal",
        "callback_id": f"{FORM}:{verb}",
        "private_metadata": kept,
        "title": plain(title, 24),
        "submit": plain(title, 24),
        "close": plain("Leave it", 24),
        "blocks": [
            {
                "type": "input",
                "block_id": TEXT,
                "optional": optional,
                "label": plain(label, 150),
                "element": field,
            }
        ],
    }


def clocks_form(incident: Incident, kept: str) -> Block:
    """The six clocks; each may be corrected, and what it said before is kept."""
    fields = [_clock_field(each, incident) for each in ClockName]
    return {
        "type": "modal",
        "callback_id": CLOCKS_FORM,
        "private_metadata": kept,
        "title": plain("Clocks", 24),
        "submit": plain("Save", 24),
        "close": plain("Leave as is", 24),
        "blocks": [*fields, context("What a clock said before is kept, with who changed it.")],
    }


def _clock_field(name: ClockName, incident: Incident) -> Block:
    at = clock_of(incident.clocks, name)
    picker: Block = {"type": "datetimepicker", "action_id": VALUE}
    if at is not None:
        picker["initial_date_time"] = int(at.timestamp())
    return {
        "type": "input",
        "block_id": name.value,
        "optional": True,
        "label": plain(name.value.capitalize(), 150),
        "element": picker,
    }


def said(title: str, text: Message) -> Block:
    """A form's answer, in its place."""
    return {
        "type": "modal",
        "title": plain(title, 24),
        "close": plain("Close", 24),
        "blocks": list(text.blocks)[:100] or [{"type": "section", "text": mrkdwn(text.text)}],
    }
