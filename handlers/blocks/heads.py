"""The head of a thread: a card that always says what is true of it, with what may be done there."""

from bot.incidents.model import Ending, Incident, IncidentState, Investigation, Starter
from handlers.blocks.incidents import ENDED, HYPOTHESIS_SHOWN, TEXT_SHOWN
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
    section,
)

CHECK = "check"
END = "end_thread"
HINT = "Say it here: `for:` · `against:` · `doing:` · `not it:`"
YES, NO, UNKNOWN = "yes", "no", "unknown"
LABELS = {YES: "Checked: yes", NO: "It can't", UNKNOWN: "Nobody knows"}


def head(
    incident: Incident, thread: Investigation, starter: Starter | None, names: Names
) -> Message:
    """What the thread is, what must be true for it, who has it; how it ended, once it has."""
    first = _first(thread, names)
    if thread.ending is not None:
        return _over(first, thread, thread.ending, names)
    lines = [first, *_state(incident, thread)]
    if starter is not None:
        lines.append(_assumption(thread, starter, names))
    if thread.timebox:
        lines.append(f"Decide again by {clock(thread.timebox)}.")
    row = _buttons(incident, thread, starter)
    return Message(first, (section("\n".join(lines)), *row, context(HINT)))


def _first(thread: Investigation, names: Names) -> str:
    who = name_of(names, thread.owner) if thread.owner else "nobody yet"
    return f"*Thread {thread.number}* · {one_line(thread.hypothesis, 300)} · {who}"


def _over(first: str, thread: Investigation, ending: Ending, names: Names) -> Message:
    why = f": {one_line(thread.why, TEXT_SHOWN)}" if thread.why else ""
    by = f" by {name_of(names, thread.ended_by)}" if thread.ended_by else ""
    at = f" at {clock(thread.closed_at)}" if thread.closed_at else ""
    line = f"Ended{at}{by} as *{ENDED[ending]}*{why}"
    return Message(first, (section(f"{first}\n{line}"),))


def _state(incident: Incident, thread: Investigation) -> list[str]:
    running = [each for each in incident.running if each.investigation == thread.number]
    if not running:
        return []
    last = running[-1]
    by = f", expected by {clock(last.by)}" if last.by else ""
    return [f"Doing: {one_line(last.text.rstrip(' .'), HYPOTHESIS_SHOWN)}{by}."]


def _assumption(thread: Investigation, starter: Starter, names: Names) -> str:
    must = escape(starter.assumption)
    by = f" ({name_of(names, thread.checked_by)})" if thread.checked_by else ""
    match thread.checked:
        case "yes":
            return f"For this to work, {must}. *Checked: it is so*{by}."
        case "no":
            return f"For this to work, {must}. *It can't*{by}. What would still work?"
        case "unknown":
            return f"For this to work, {must}. *Nobody knows*{by}. Who could find out?"
        case _:
            return f"For this to work, {must}. Has anyone checked?"


def _buttons(incident: Incident, thread: Investigation, starter: Starter | None) -> list[Block]:
    if incident.state is IncidentState.CLOSED:
        return []
    value = f"{incident.id}:{thread.number}"
    # What was said is on the card; the others stay, for people learn.
    checks = {key: label for key, label in LABELS.items() if key != thread.checked}
    shown = checks if starter is not None else {}
    row = [button(label, f"{CHECK}:{key}", f"{value}:{key}") for key, label in shown.items()]
    return [actions("head", *row, button("End …", END, value))]
