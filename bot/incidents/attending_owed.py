"""What a change owes to those who attend: the board where they look, cards that hold, the end.

Planned beside `owed.following`; some of it needs to be looked up, so it is given the transaction.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents import owed
from bot.incidents.attended import Question
from bot.incidents.model import Change, Incident, IncidentState, Investigation
from bot.incidents.ports import Tx
from bot.incidents.repost import happened, should_repost
from bot.workspace.model import Request

BOARD_AGAIN = "board.again"
BOARD_SHRINK = "board.shrink"
BOARD_UNPIN = "board.unpin"
BOARD_LINK = "board.link"
CARD = "thread.card"
CATCH_UP = "attending.catch_up"
OVER = "attending.over"
ANSWER = "attending.answer"


def following(tx: Tx, before: Incident, change: Change, request: Request) -> Iterator[Planned]:
    """Every send that a change makes necessary for those who attend; counts the line it is."""
    after, now = change.after, request.at
    if not after.channel:
        return
    if request.message and not request.thread:
        tx.attending.line_below(after.id)
    yield from _cards(before, after, now)
    yield from _board_again(tx, before, after, now)
    if before.state is IncidentState.OPEN and after.state is IncidentState.RESOLVED:
        for person in tx.attending.watchers(after):
            yield owed.whisper(after, OVER, now, person)


def _board_again(tx: Tx, before: Incident, after: Incident, now: datetime) -> Iterator[Planned]:
    if not after.board or not happened(before, after):
        return
    below = tx.attending.below(after)
    if below and should_repost(below.lines, below.posted_at, now, happened=True):
        # From here on, so that the next change does not post it once more.
        tx.attending.board_stands(after, now)
        yield owed.post(after, BOARD_AGAIN, now, after.version)


def _cards(before: Incident, after: Incident, now: datetime) -> Iterator[Planned]:
    old = {each.number: each for each in before.investigations}
    for thread in after.investigations:
        was = old.get(thread.number)
        if was is not None and thread.head and _shown(before, was) != _shown(after, thread):
            yield card(after, thread, now)


def _shown(incident: Incident, thread: Investigation) -> tuple[object, ...]:
    """What a card says of a thread, of all that may change."""
    return (
        incident.state_of(thread),
        thread.owner,
        thread.timebox,
        thread.why,
        thread.checked,
        thread.checked_by,
    )


def card(incident: Incident, thread: Investigation, now: datetime) -> Planned:
    """The card of a thread should show this version; one row a thread, the last state wins."""
    return Planned(
        workspace=incident.workspace,
        purpose=CARD,
        subject=owed.subject(incident, thread.number),
        due=incident.clocks.declared or now,
        lane="edit",
        policy=Policy.LATEST_WINS,
        priority=Priority.BOARD,
        wanted=incident.version,
    )


def answer(incident: Incident, question: Question, now: datetime) -> Planned:
    """Whoever asked is told the answer."""
    return owed.whisper(incident, ANSWER, now, question.number)
