"""Actions whose time is up, stop signs, what comes back after resolve, command taken over."""

from bot.incidents.asked import Asking
from bot.incidents.model import Action, Entry, Incident
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
    option,
    plain,
    section,
)

DUE_BY = "due_by"
RUNNING = "outcome_running"
WORKED = "outcome_worked"
FAILED = "outcome_failed"
NEXT = "outcome_next"
GO_ON = "unsafe_go_on"
STOPPED = "unsafe_stopped"
REOPEN = "back_reopen"
EXPECTED = "back_expected"
TAKE_BACK = "command_take_back"
SEPARATOR = "/"
MINUTES = (5, 10, 20, 30)
SHOWN = 300
CHOICES = 50


def about(incident: Incident | str, *rest: object) -> str:
    """What a button is about, as it carries it."""
    which = incident if isinstance(incident, str) else incident.id
    return SEPARATOR.join((which, *map(str, rest)))


def ask_time(incident: Incident, action: Action) -> list[Block]:
    """By when, asked once in the answer to whoever started it; no answer is an answer too."""
    row = (
        button(f"{each} min", f"{DUE_BY}:{each}", about(incident, action.number, each))
        for each in MINUTES
    )
    return [section("How long should it take?"), actions("due_by", *row)]


def outcome(incident: Incident, action: Action, names: Names) -> Message:
    """The time is up: what was expected, what was to follow, and what now."""
    title = f"What now? *{_words(action.text)}* ({name_of(names, action.actor)})"
    by = f" by {clock(action.by)}" if action.by else ""
    ours = ", a time I assumed" if action.assumed else ""
    expected = f"Expected{by}{ours}: {_words(action.expect) if action.expect else 'not said'}."
    then = f"If it fails: {_words(action.otherwise)}." if action.otherwise else FALLBACK
    value = about(incident, action.number)
    row = [
        button("Still running (+10)", RUNNING, value),
        button("It worked", WORKED, value),
        button("It failed", FAILED, value),
    ]
    threads = [
        option(f"Thread {each.number} · {each.hypothesis}", about(value, each.number))
        for each in incident.open_investigations()
        if each.number != action.investigation
    ]
    if threads:
        row.append(_select("It failed, go to …", NEXT, threads[:CHOICES]))
    lines = f"{title}\n{expected}\n{then}"
    return Message(f"What now? {_words(action.text)}", (section(lines), actions("outcome", *row)))


FALLBACK = "If it fails, what then? Nobody said."
SURPRISED = (
    "If it broke something new, or a tool said one thing and meant another: `odd: …` keeps that."
)


def outcome_answered(asking: Asking, action: Action, names: Names) -> Message:
    """What the question shrinks to."""
    said = {"running": "still running", "done": "worked", "failed": "failed"}
    who = name_of(names, asking.answered_by or "")
    at = f" ({who}, {clock(asking.answered_at)})" if asking.answered_at else ""
    line = f"{_words(action.text)}: {said.get(asking.answer, 'ended')}{at}."
    if asking.answer == "running" and action.by:
        line += f" Next look {clock(action.by)}."
    return Message(line, (section(line),))


def unsafe(incident: Incident, entry: Entry, names: Names) -> Message:
    """A stop sign under the person's name; it waits for an answer."""
    line = f"*Unsafe*, says {name_of(names, entry.actor)}: {one_line(entry.text, 1000)}"
    value = about(incident, entry.seq)
    row = actions(
        "unsafe",
        button("Answered, go on", GO_ON, value),
        button("Stopped", STOPPED, value),
    )
    return Message(line, (section(line), row))


def unsafe_answered(asking: Asking, entry: Entry, names: Names) -> Message:
    """What became of a stop sign; what was said stays."""
    now = "stopped" if asking.answer == "stopped" else "answered, go on"
    at = f", {clock(asking.answered_at)}" if asking.answered_at else ""
    line = (
        f"Unsafe, said {name_of(names, entry.actor)}: {one_line(entry.text, 1000)}\n"
        f"*{now.capitalize()}* ({name_of(names, asking.answered_by or '')}{at})"
    )
    return Message(line, (section(line),))


def back(incident: Incident, entry: Entry, stamp: str, names: Names) -> Message:
    """A new symptom in the quiet minutes after resolve."""
    line = f"*Back?* {name_of(names, entry.actor)} sees: {one_line(entry.text, 600)}"
    value = about(incident, stamp)
    row = actions("back", button("Reopen", REOPEN, value), button("Expected", EXPECTED, value))
    return Message(line, (section(line), row))


def back_answered(asking: Asking, names: Names) -> Message:
    """What the question shrinks to."""
    who = name_of(names, asking.answered_by or "")
    now = "expected" if asking.answer == "expected" else "yes, reopened"
    line = f"Back? {now.capitalize()} ({who})."
    return Message(line, (section(line),))


def reopened(entry: Entry, names: Names) -> Message:
    """It is not over after all."""
    line = f"*Reopened* at {clock(entry.at)} by {name_of(names, entry.actor)}."
    if entry.text:
        line += f" {one_line(entry.text, 1000)}"
    return Message(line, (section(line),))


def taken_over(incident: Incident, asking: Asking, names: Names) -> Message:
    """One line, and one press of whoever had command takes it back."""
    line = f"{name_of(names, incident.commander)} has command."
    had = name_of(names, asking.asked_of)
    take = button("Take it back", TAKE_BACK, about(incident, asking.about))
    return Message(line, (section(line), actions("taken_over", take), context(f"For {had}.")))


def said_back(incident: Incident, names: Names) -> Message:
    """What the line says once command was taken back."""
    line = f"{name_of(names, incident.commander)} has command again."
    return Message(line, (section(line),))


def looks_privately(action: Action, asker: str, names: Names) -> Message:
    """To the one who is asked to look along; only they see it."""
    line = (
        f"{name_of(names, asker)} asks you to look along, here: {_words(action.text)}. "
        "Is it the right host, and is there a way back?"
    )
    return Message(line, (section(line),))


def _words(text: str) -> str:
    return one_line(text.rstrip(" ."), SHOWN)


def _select(label: str, action_id: str, options: list[Block]) -> Block:
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(label, 150),
        "options": options,
    }
