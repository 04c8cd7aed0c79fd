"""A silent commander is asked alone; then somebody else is offered command: SPEC section 2.

Nobody is told who did not answer: the offer speaks of command, not of a person.
"""

from bot.incidents.model import Incident
from handlers.blocks.message import Message
from handlers.blocks.text import Names, actions, button, name_of, one_line, section

HERE = "silence_here"
ON_THE_CALL = "silence_on_the_call"
TAKE_OVER = "silence_take_over"
TAKE_COMMAND = "silence_take_command"
NOT_NOW = "silence_not_now"
SHOWN = 160


def question(incident: Incident, minutes: int) -> Message:
    """To the commander alone."""
    title = one_line(incident.title, SHOWN)
    line = f"{minutes} minutes without a sign from you in *{title}*. Are you with us?"
    row = actions(
        "silence",
        button("I'm here", HERE, incident.id),
        button("I'm on the call, don't ask again", ON_THE_CALL, incident.id),
        button("Please take over", TAKE_OVER, incident.id),
    )
    return Message(line, (section(line), row))


def offer(incident: Incident, minutes: int, names: Names, *, wanted: bool = False) -> Message:
    """To the responder who has been here longest. wanted: the commander asked for relief."""
    title = one_line(incident.title, SHOWN)
    why = f"*{title}* has been without a word from command for {minutes} minutes."
    if wanted:
        why = f"{name_of(names, incident.commander)} asks somebody to take command of *{title}*."
    line = f"{why} You have been here longest. Will you take it? One press gives it back."
    row = actions(
        "silence_offer",
        button("Take command", TAKE_COMMAND, incident.id),
        button("Not now", NOT_NOW, incident.id),
    )
    return Message(line, (section(line), row))
