"""A question that a signal made: the card, the same for one person alone, what becomes of it.

screens.md section 2. Every button carries what it is about and is looked up again when pressed.
"""

from bot.incidents.model import TEXT_MAX, TITLE_MAX, Incident, Investigation
from bot.incidents.nudges_model import Asked
from bot.incidents.signals_model import Signal, SignalKind
from bot.incidents.starters import untaken
from handlers.blocks.message import Message
from handlers.blocks.nudges_words import Told, mark, question
from handlers.blocks.text import (
    Block,
    Names,
    actions,
    button,
    clock,
    context,
    one_line,
    option,
    plain,
    section,
)

__all__ = ["mark"]  # what the board says of a signal in a few words is said elsewhere, too

TAKE = "nudge_take"
TIME = "nudge_time"
RECRUIT = "nudge_recruit"
REASON = "nudge_reason"
CHECKED = "nudge_checked"
LATER = "nudge_later"
NOT_USEFUL = "nudge_not_useful"
MORE = "nudge_more"
COME = "nudge_come"
NOT_NOW = "nudge_not_now"
OFF_THE_LIST = "nudge_off_the_list"
REASON_FORM = "nudge_reason_form"
IDEA_FORM = "nudge_idea_form"
TEXT = "text"
SEPARATOR = "/"
ROW = "nudge"

# What an option of a menu does, as its value carries it.
IDEA, THREAD, SOMETHING, SYMPTOM, UNRELATED = "idea", "thread", "something", "symptom", "unrelated"
IN_MINUTES, WORKED, FAILED = "in", "worked", "failed"
STOP, WHY = "stop", "why"
MINUTES = (5, 10, 20, 30)
CHOICES = 90

# Taking something up answers these.
LOOKED_INTO = frozenset(
    {
        SignalKind.SINGLE_LINE,
        SignalKind.CONCENTRATION,
        SignalKind.NO_NEW_HYPOTHESIS,
        SignalKind.UNCHALLENGED_LEADER,
        SignalKind.RECURRENCE,
        SignalKind.VAGABONDING,
        SignalKind.ORPHAN_SYMPTOM,
        SignalKind.NO_RECENT_CHANGE,
    }
)
# A sentence answers these; what the button says.
REASONS = {
    SignalKind.TIMEBOX_PASSED: "Say what is decided …",
    SignalKind.REOPENED_HYPOTHESIS: "Say what changed …",
    SignalKind.ACTION_DEFERRED: "Say what stops us …",
}
# "Already checked", where something else reads better.
SAID_CHECKED = {
    SignalKind.NO_RECENT_CHANGE: "Checked: nothing changed",
    SignalKind.RECURRENCE: "Expected",
    SignalKind.TIMEBOX_PASSED: "Already decided",
    SignalKind.STALE_CREW: "Enough of us",
    SignalKind.VAGABONDING: "On purpose",
}
NTH = {1: "first of at most two this hour", 2: "second of at most two this hour"}
NO_ALARM = "A question, not an alarm"


def about(asked: Asked, *rest: object) -> str:
    """What a button is about, as it carries it."""
    return SEPARATOR.join(map(str, (asked.incident.id, asked.nudge.number, *rest)))


# -- while it may be answered ----------------------------------------------------------------------


def card(asked: Asked, names: Names) -> Message:
    """In the channel, for whoever has a hand free."""
    return _with_buttons(asked, names, f"{NO_ALARM} · {NTH.get(asked.nth, NTH[2])}")


def for_commander(asked: Asked, names: Names) -> Message:
    """The same, to whoever commands alone; what is private stays named by its channel."""
    return _with_buttons(asked, names, f"{NO_ALARM} · only you see this · {where(asked.incident)}")


def _with_buttons(asked: Asked, names: Names, head: str) -> Message:
    text = "\n\n".join(question(each) for each in told_of(asked, names))
    blocks = [context(head), section(text), *_answers(asked)]
    rests = asked.nudge.until
    if asked.nudge.not_useful and rests is not None:
        said = f"One of you does not find this useful: it rests until {clock(rests)}. "
        blocks.append(context(f"{said}A second one turns it off here."))
    return Message(text.partition("\n")[0], tuple(blocks))


def told_of(asked: Asked, names: Names) -> list[Told]:
    """Each signal of a question, with what its words are looked up in."""
    at = asked.nudge.asked_at
    return [
        Told(each, asked.record, at, names, asked.absent, alone=place == 0)
        for place, each in enumerate(asked.nudge.signals)
    ]


def where(incident: Incident) -> str:
    """The incident by its channel, and by its title where that may be said elsewhere."""
    place = f"<#{incident.channel}>" if incident.channel else "an incident"
    return place if incident.private else f"{one_line(incident.title, 80)} {place}"


def row_of(asked: Asked, name: str = ROW) -> str:
    """A row's id; a picker has no value, so the row carries what it is about."""
    return SEPARATOR.join((name, about(asked)))


# -- the buttons -----------------------------------------------------------------------------------


def _answers(asked: Asked) -> list[Block]:
    """What answers it, then what sets it aside."""
    first = [*_acts(asked), _already(asked)]
    value, kinds = about(asked), [each.kind for each in asked.nudge.signals]
    minutes = int(asked.nudge.snooze.total_seconds()) // 60
    aside = [
        button(f"Later, {minutes} min", LATER, value),
        button("Not useful", NOT_USEFUL, value),
        _more(asked),
    ]
    if len(first) + len(aside) <= 5 and SignalKind.STALE_CREW not in kinds:  # noqa: PLR2004
        return [actions(row_of(asked), *first, *aside)]
    return [actions(row_of(asked), *first), actions(row_of(asked, "nudge_aside"), *aside)]


def _acts(asked: Asked) -> list[Block]:
    kinds = [each.kind for each in asked.nudge.signals]
    made = [_take(asked)] if LOOKED_INTO.intersection(kinds) else []
    late = [each for each in asked.nudge.signals if each.kind is SignalKind.ACTION_OVERDUE]
    made += [_time(asked, each) for each in late[:1]]
    reasons = [REASONS[each] for each in kinds if each in REASONS]
    made += [button(each, REASON, about(asked)) for each in reasons[:1]]
    if SignalKind.STALE_CREW in kinds:
        made.append(
            {
                "type": "users_select",
                "action_id": RECRUIT,
                "placeholder": plain("Ask somebody …", 150),
            }
        )
    return made


def _already(asked: Asked) -> Block:
    return button(checked_label(asked), CHECKED, about(asked))


def checked_label(asked: Asked) -> str:
    """What stands on the button of somebody who has looked already."""
    kinds = {each.kind for each in asked.nudge.signals}
    return (SAID_CHECKED.get(next(iter(kinds))) if len(kinds) == 1 else None) or "Already checked"


def _take(asked: Asked) -> Block:
    return _menu("I'll look at …", TAKE, _choices(asked))


def _choices(asked: Asked) -> list[Block]:
    """Threads that nobody has, ideas that nobody took, the others; and something else."""
    incident = asked.incident
    busy = {each.investigation for each in asked.nudge.signals}
    threads = incident.open_investigations()
    free = [each for each in threads if not each.owner]
    owned = [each for each in threads if each.owner and each.number not in busy]
    seen = [each for each in asked.nudge.signals if each.kind is SignalKind.ORPHAN_SYMPTOM]
    made = [_choice(asked, label, what, seq) for each in seen[:1] for label, what, seq in _of(each)]
    made += [_thread(asked, each) for each in free]
    made += [_choice(asked, each.label, IDEA, each.key) for each in untaken(incident)]
    made += [_thread(asked, each) for each in owned]
    return [*made[:CHOICES], _choice(asked, "Something else …", SOMETHING)]


def _of(symptom: Signal) -> tuple[tuple[str, str, str], ...]:
    return (
        ("That symptom, in a new thread", SYMPTOM, symptom.about),
        ("It is maybe unrelated", UNRELATED, symptom.about),
    )


def _thread(asked: Asked, thread: Investigation) -> Block:
    return _choice(asked, f"{thread.number} · {thread.hypothesis}", THREAD, thread.number)


def _choice(asked: Asked, label: str, *rest: object) -> Block:
    return option(label, about(asked, *rest))


def _time(asked: Asked, late: Signal) -> Block:
    action = late.about or "0"
    choices = [_choice(asked, f"Done in {each} min", IN_MINUTES, action, each) for each in MINUTES]
    choices.append(_choice(asked, "It is done, and worked", WORKED, action))
    choices.append(_choice(asked, "It failed", FAILED, action))
    return _menu("It is …", TIME, choices)


def _more(asked: Asked) -> Block:
    choices = (("Stop asking here", STOP), ("Why this question?", WHY))
    return {
        "type": "overflow",
        "action_id": MORE,
        "options": [_choice(asked, label, what) for label, what in choices],
    }


def _menu(label: str, action_id: str, options: list[Block]) -> Block:
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(label, 150),
        "options": options,
    }


# -- forms, and the reason for a question ----------------------------------------------------------

FORMS = {
    REASON_FORM: ("In a sentence", "It goes on the record, in your name.", TEXT_MAX),
    IDEA_FORM: ("What could it be, or what could help?", "A thread of yours.", TITLE_MAX),
}


def form(asked: Asked, which: str, kept: str) -> Block:
    """One field, with the question above it."""
    label, hint, most = FORMS[which]
    field: Block = {"type": "plain_text_input", "action_id": TEXT, "max_length": most}
    field["multiline"] = which == REASON_FORM
    text = "\n\n".join(question(each) for each in told_of(asked, _nobody))
    entry: Block = {
        "type": "input",
        "block_id": TEXT,
        "label": plain(label, 150),
        "hint": plain(hint, 150),
        "element": field,
    }
    return {
        "type": "modal",
        "callback_id": which,
        "private_metadata": kept,
        "title": plain("A question", 24),
        "submit": plain("Record", 24),
        "close": plain("Leave it", 24),
        "blocks": [section(text), entry],
    }


def _nobody(_person: str) -> str:
    """In a form nobody is named."""
    return "somebody"


def why(asked: Asked) -> Message:
    """Where a question comes from and how it is turned down, for whoever wants to know."""
    lines = [WHY_IT_IS[each.kind] for each in asked.nudge.signals]
    text = " ".join(dict.fromkeys(lines))
    return Message(text, (section(f"{text}\n{TURNED_DOWN}"),))


TURNED_DOWN = (
    "It may be wrong: it knows only what is on record. *Not useful* lets it rest, and a second "
    "person turns it off here. Whoever commands stops all questions at once. Nobody is scored."
)
WHY_IT_IS: dict[SignalKind, str] = {
    SignalKind.SINGLE_LINE: "I ask when only one thread has somebody on it for a while.",
    SignalKind.CONCENTRATION: "I ask when nearly everybody writes in one thread for a while.",
    SignalKind.NO_NEW_HYPOTHESIS: "I ask when no thread was opened for a while.",
    SignalKind.UNCHALLENGED_LEADER: "I ask when an idea leads and nothing is said against it.",
    SignalKind.TIMEBOX_PASSED: "I ask when the time to decide again has passed.",
    SignalKind.RECURRENCE: "I ask when a symptom follows something that was done.",
    SignalKind.ACTION_OVERDUE: "I ask when an action runs without a time, or past it.",
    SignalKind.REOPENED_HYPOTHESIS: "I ask when an idea that was ended is open again.",
    SignalKind.VAGABONDING: "I ask when many threads open fast and few are tested.",
    SignalKind.ORPHAN_SYMPTOM: "I ask when a symptom is in no thread that anybody has.",
    SignalKind.NO_RECENT_CHANGE: "I ask when nobody has said what changed, or looked.",
    SignalKind.ACTION_DEFERRED: "I ask when the cause is found and nothing is started.",
    SignalKind.STALE_CREW: "I ask when nobody new has come for long.",
    SignalKind.LONG_HAUL: "I ask when somebody has been here for long.",
    SignalKind.DESTRUCTIVE_VERB: "I ask when what is done can't be undone.",
}
