"""For whoever comes in, watches, or asks: the summary and its ends, questions, who is who."""

from collections.abc import Iterable

from bot.incidents.attended import LINE_MAX, QUESTION_MAX, Aside, Attendant, Question, Wants
from bot.incidents.model import TEXT_MAX, Incident
from bot.incidents.summary import CatchUp
from handlers.blocks import steering, summary
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

ANSWER = "answer_question"
WHO_I_AM = "who_i_am"
OBSERVE = "observe"
WANTS = "wants"
QUESTION_FORM = "question_form"
ANSWER_FORM = "answer_form"
WHO_FORM = "who_form"
OBSERVE_FORM = "observe_form"
TEXT = "text"
SHOWN = 10


def people_in(told: CatchUp) -> Iterable[str]:
    """Everybody a summary names."""
    for each in told.running:
        yield each.action.actor
    for reading in told.known:
        yield reading.claim.actor
        if reading.belief is not None:
            yield reading.belief.actor


def catch_up(told: CatchUp, names: Names, me: Attendant | None = None) -> Message:
    """The summary; below it, in small print, who one is and whether one only watches."""
    message = summary.catch_up(told, names)
    row = [button("I'm observing: leave a note", OBSERVE, told.incident.id)]
    row += [how_much(me)] if me is not None else []
    if me is None or not me.line:
        row = [button("Say who you are, once", WHO_I_AM, told.incident.id), *row]
    return Message(message.text, (*message.blocks, *_looks(told), actions("attending", *row)))


def _looks(told: CatchUp) -> list[Block]:
    """More of what changed and was seen, where anything was; whoever comes in is shown no menu."""
    looks = ["changes"] if told.changes.changed else []
    looks += ["symptoms"] if told.seen else []
    buttons = [steering.look(each, told.incident) for each in looks]
    return [actions("looks", *buttons)] if buttons else []


# What each level is called where it is chosen.
LEVELS = {
    Wants.ALL: "Tell me everything",
    Wants.NEEDED: "Only what needs me",
    Wants.ASKED: "Only what I ask for",
}


def how_much(me: Attendant) -> Block:
    """How much they want to hear of themselves: a menu, their choice on it."""
    options = {each: option(label, each.value) for each, label in LEVELS.items()}
    return {
        "type": "static_select",
        "action_id": WANTS,
        "placeholder": plain("How much I tell you", 150),
        "options": [*options.values()],
        "initial_option": options[me.wants],
    }


def over(incident: Incident) -> Message:
    """One line for whoever asked to be told."""
    line = f"*{one_line(incident.title, 150)}* is resolved"
    if incident.clocks.resolved:
        line += f" since {clock(incident.clocks.resolved)}"
    line += ". You asked me to tell you."
    if incident.channel:
        line += f" <#{incident.channel}>"
    return Message(line, (section(line),))


def answer(question: Question, names: Names) -> Message:
    """The answer, to whoever asked."""
    who = name_of(names, question.answered_by) if question.answered_by else "Somebody"
    line = f"You asked: {one_line(question.text, QUESTION_MAX)}"
    told = f"{who}: {one_line(question.answer, 1000)}"
    return Message(told, (section(f"{line}\n{told}"),))


def questions(asked: tuple[Question, ...], incident: Incident, names: Names, me: str) -> Message:
    """What waits for an answer; anybody may give one. One's own answers stand here, too."""
    waiting = [each for each in asked if each.waits]
    mine = [each for each in asked if not each.waits and each.asker == me]
    blocks: list[Block] = []
    for each in waiting[:SHOWN]:
        who = name_of(names, each.asker)
        blocks.append(section(f"{who}, {clock(each.at)}: {one_line(each.text, QUESTION_MAX)}"))
        value = f"{incident.id}:{each.number}"
        blocks.append(actions(f"question:{each.number}", button("Answer", ANSWER, value)))
    if len(waiting) > SHOWN:
        blocks.append(context(f"… and {len(waiting) - SHOWN} more"))
    for each in mine[-SHOWN:]:
        blocks += answer(each, names).blocks
    if not blocks:
        return Message("No question waits.", (section("No question waits."),))
    return Message(f"{len(waiting)} waiting", tuple(blocks))


def beside(board: Message, aside: Aside, names: Names) -> Message:
    """The board as one asks for it, with what only the person who asked is told."""
    lines = [*_for_command(aside), *_who_is_who(aside.roster, names)]
    if not lines:
        return board
    told = "\n".join(["_Only you see this_", *lines])
    return Message(board.text, (*board.blocks, section(told)))


def _for_command(aside: Aside) -> list[str]:
    """Counts, not names: who is on no thread may be busy elsewhere."""
    if aside.free is None:
        return []
    free = {0: "", 1: "1 person is here and on no thread"}.get(
        aside.free, f"{aside.free} people are here and on no thread"
    )
    waiting = {0: "", 1: "1 question waiting"}.get(
        aside.waiting, f"{aside.waiting} questions waiting"
    )
    return [" · ".join(filter(None, (free, waiting)))] if free or waiting else []


def _who_is_who(people: tuple[Attendant, ...], names: Names) -> list[str]:
    """In their own words: strangers in a team that did not exist an hour ago."""
    said = [f"{name_of(names, each.person)}: {one_line(each.line, LINE_MAX)}" for each in people]
    more = f" · and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return [f"*Who is who:* {' · '.join(said[:SHOWN])}{more}"] if said else []


# -- forms ----------------------------------------------------------------------------------------


def question_form(incident: Incident) -> Block:
    """Ask without interrupting."""
    hint = "It waits on the board and notifies nobody. The answer comes to you alone."
    return _form(QUESTION_FORM, "Ask quietly", "Ask", incident.id, "Question", QUESTION_MAX, hint)


def answer_form(incident: Incident, question: Question) -> Block:
    """Answer a question that waits."""
    asked = section(one_line(question.text, QUESTION_MAX) or "…")
    value = f"{incident.id}:{question.number}"
    form = _form(ANSWER_FORM, "Answer", "Answer", value, "Answer", 1000, "Only the asker sees it.")
    return form | {"blocks": [asked, *form["blocks"]]}


def who_form(me: Attendant) -> Block:
    """One line about oneself, asked once."""
    hint = "Team, role, what you know. It is shown to who asks for the state of an incident."
    form = _form(WHO_FORM, "Who are you?", "Save", "", "One line", LINE_MAX, hint)
    if me.line:
        form["blocks"][0]["element"]["initial_value"] = me.line[:LINE_MAX]
    return form


def observe_form(incident: Incident) -> Block:
    """A note of somebody who watches and does not take part."""
    hint = "Kept in the record as an observer's note. Nothing is posted."
    return _form(OBSERVE_FORM, "Observer's note", "Keep", incident.id, "Note", TEXT_MAX, hint)


def _form(
    callback: str, title: str, submit: str, value: str, label: str, limit: int, hint: str
) -> Block:
    field: Block = {
        "type": "plain_text_input",
        "action_id": TEXT,
        "max_length": limit,
        "multiline": limit > LINE_MAX,
    }
    entry: Block = {
        "type": "input",
        "block_id": TEXT,
        "label": plain(label, 100),
        "hint": plain(hint, 200),
        "element": field,
    }
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": value,
        "title": plain(title, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": [entry],
    }
