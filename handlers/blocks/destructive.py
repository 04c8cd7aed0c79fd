"""Before something that can't be undone: which host, and who looks along. Never blocks.

screens.md section 2, "A destructive action, asked at once in its thread, compared, never blocked".
The host is given by replying in the thread; no form stands between a person and their shell.
"""

from bot.incidents.destructive import HostCheck
from bot.incidents.model import Action, Outcome
from handlers.blocks.message import Message
from handlers.blocks.text import (
    Block,
    Names,
    actions,
    button,
    context,
    escape,
    name_of,
    one_line,
    plain,
    section,
)

ASK = "destructive_ask"
ASK_OTHER = "destructive_ask_other"
CHECKED = "destructive_checked"
SEPARATOR = "/"
UNDONE = "This can't be undone. Type hostname in that shell and paste what it says."
AFTER = "That can't be undone. Which host was it? Type hostname there and paste what it says."


def question(incident: str, action: Action, suggested: str | None, names: Names) -> Message:
    """Asked at once, in the action's own thread. suggested: who could look along.

    Which action it is about stands in the values, and in the row's block id for the picker, which
    carries no value.
    """
    about = SEPARATOR.join((incident, str(action.number)))
    row: list[Block] = []
    if suggested is not None:
        value = SEPARATOR.join((about, suggested))
        row.append(button(f"Ask {names(suggested)}", ASK, value))
    row += [_somebody_else(), button("I've checked", CHECKED, about)]
    buttons = actions(f"destructive{SEPARATOR}{about}", *row)
    if action.outcome is not Outcome.RUNNING:  # what it did can still be looked at by two
        return Message(AFTER, (section(f"{AFTER}\nWho looks with you at what it did?"), buttons))
    blocks = (section(f"{UNDONE}\nWho looks with you?"), buttons, context("I won't stop you."))
    return Message(UNDONE, blocks)


def comparison(check: HostCheck) -> Message:
    """What was written against what the shell says. Only a difference is in bold."""
    said = escape(check.sentence)
    line = f"*{said}*" if check.same is False else said
    return Message(said, (section(line),))


def look_with(action: Action, asker: str, asked: str, names: Names) -> Message:
    """In the same thread, under the asker's name: what it is, and what would help. No mention:
    nobody is paged, whoever is asked hears of it privately.
    """
    who, second = name_of(names, asker), name_of(names, asked)
    what = one_line(action.text.rstrip(" ."), 600)
    line = (
        f"{who} asks {second} to look along: {what}. Is it the right host, and is there a way back?"
    )
    return Message(line, (section(line),))


def asked_line(asked: str, names: Names) -> Message:
    """What the question shrinks to when somebody was asked."""
    line = f"{name_of(names, asked)} is asked to look along. {UNDONE}"
    return Message(line, (section(line),))


def checked_line(actor: str, names: Names) -> Message:
    """What the question shrinks to when the person has checked."""
    line = f"Can't be undone; {name_of(names, actor)} has checked."
    return Message(line, (section(line),))


def _somebody_else() -> Block:
    return {
        "type": "users_select",
        "action_id": ASK_OTHER,
        "placeholder": plain("Somebody else", 150),
    }
