"""What a correction owes to the channel: boards and cards that follow, and a mark taken off.

No line is posted: whoever reads the message sees that it has changed.
"""

from collections.abc import Iterator

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents import attending_owed, owed
from bot.incidents.model import Change, Incident
from bot.workspace.model import Request

UNMARK = "message.unmark"


def following(before: Incident, change: Change, request: Request) -> Iterator[Planned]:
    """The board and the cards of the threads that changed."""
    after, now = change.after, request.at
    if not after.channel:
        return
    if after.board:
        yield owed.board(after, now)
    old = {each.number: each for each in before.investigations}
    for thread in after.investigations:
        if thread.head and thread != old.get(thread.number):
            yield attending_owed.card(after, thread, now)


def mark(request: Request) -> Planned:
    """The message shows that it is recorded."""
    return _mark(request, owed.MARK)


def unmark(request: Request) -> Planned:
    """The message shows no more that it is recorded."""
    return _mark(request, UNMARK)


def _mark(request: Request, purpose: str) -> Planned:
    return Planned(
        workspace=request.workspace,
        purpose=purpose,
        subject=owed.SEPARATOR.join((request.channel, request.message)),
        due=request.at,
        lane="mark",
        policy=Policy.STEP,
        priority=Priority.PERSON,
    )
