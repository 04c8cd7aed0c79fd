"""What a change owes to the channel: which sends follow from it. The noise rules live here.

In the channel the bot posts only: the board, a thread opened by command, a thread ended, command
changed, resolved, unsafe. Everything else is a reaction, a private answer, or on the board.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.deliveries.model import Planned, Policy, Priority
from bot.incidents.model import Change, Incident, IncidentState, Kind
from bot.workspace.model import Request

CHANNEL = "incident.channel"
JOIN = "incident.join"
INVITE = "incident.invite"
TOPIC = "incident.topic"
BOARD_POST = "board.post"
BOARD_PIN = "board.pin"
BOARD = "board.show"
THREAD_ROOT = "thread.root"
THREAD_HEAD = "thread.head"
THREAD_END = "thread.end"
COMMAND = "incident.command"
RESOLVED = "incident.resolved"
UNSAFE = "incident.unsafe"
MARK = "message.mark"
NO_CHANNEL = "incident.no_channel"

SEPARATOR = "/"


def subject(incident: Incident, *rest: object) -> str:
    """What a delivery is about: the incident, and a number or name below it."""
    return SEPARATOR.join([incident.id, *map(str, rest)])


def step(incident: Incident, purpose: str, lane: str, now: datetime, *rest: object) -> Planned:
    """A repeatable step of setting the incident's channel up."""
    return Planned(incident.workspace, purpose, subject(incident, *rest), now, lane, Policy.STEP)


def post(incident: Incident, purpose: str, now: datetime, *rest: object) -> Planned:
    """A message in the incident's channel or one of its Slack threads."""
    lane = f"post:{incident.channel}"
    return Planned(incident.workspace, purpose, subject(incident, *rest), now, lane)


def whisper(
    incident: Incident,
    purpose: str,
    now: datetime,
    *rest: object,
    priority: Priority = Priority.PERSON,
    until: datetime | None = None,
) -> Planned:
    """Something for one person: at most once, behind what the channel needs unless said."""
    return Planned(
        workspace=incident.workspace,
        purpose=purpose,
        subject=subject(incident, *rest),
        due=now,
        lane="whisper",
        policy=Policy.AT_MOST_ONCE,
        priority=priority,
        expires=until,
    )


def channel_ready(incident: Incident, now: datetime) -> tuple[Planned, ...]:
    """What follows once the incident has a channel."""
    steps: tuple[Planned, ...] = ()
    if not incident.adopted:
        invites = (step(incident, INVITE, "invite", now, each) for each in concerned(incident))
        steps = (*invites, step(incident, TOPIC, "topic", now))
    # Threads may have been opened from elsewhere while there was no channel to post them in.
    waiting = [each for each in incident.investigations if each.is_open and not each.slack_thread]
    roots = (post(incident, THREAD_ROOT, now, each.number) for each in waiting)
    return (*steps, post(incident, BOARD_POST, now), *roots)


def concerned(incident: Incident) -> tuple[str, ...]:
    """Who belongs in a new channel: whoever declared it, has a thread of it, or does something."""
    owners = [each.owner for each in incident.open_investigations() if each.owner]
    doing = [each.actor for each in incident.running]
    return tuple(dict.fromkeys([incident.declared_by, *owners, *doing]))


def board(incident: Incident, now: datetime) -> Planned:
    """The board should show this version; edits coalesce and the last state wins.

    Its identity is the incident's own declaring time, so that there is one row a board.
    """
    return Planned(
        workspace=incident.workspace,
        purpose=BOARD,
        subject=subject(incident),
        due=incident.clocks.declared or now,
        lane="edit",
        policy=Policy.LATEST_WINS,
        priority=Priority.BOARD,
        wanted=incident.version,
    )


def following(before: Incident, change: Change, request: Request) -> Iterator[Planned]:
    """Every send that a change makes necessary."""
    after, now = change.after, request.at
    if after.channel:
        yield from _lines(before, change, now)
        if after.board:
            yield board(after, now)
    if request.message:
        yield Planned(
            workspace=after.workspace,
            purpose=MARK,
            subject=SEPARATOR.join((request.channel, request.message)),
            due=now,
            lane="mark",
            policy=Policy.STEP,
            priority=Priority.PERSON,
        )


def _lines(before: Incident, change: Change, now: datetime) -> Iterator[Planned]:
    after = change.after
    old = {each.number: each for each in before.investigations}
    for thread in after.investigations:
        was = old.get(thread.number)
        if was is None:
            purpose = THREAD_HEAD if thread.slack_thread else THREAD_ROOT
            yield post(after, purpose, now, thread.number)
        elif was.is_open and not thread.is_open:
            yield post(after, THREAD_END, now, thread.number, change.entries[0].seq)
    if after.commander_took and after.commander != before.commander:
        yield post(after, COMMAND, now, after.version, after.commander)
    if before.state is IncidentState.OPEN and after.state is IncidentState.RESOLVED:
        yield post(after, RESOLVED, now, change.entries[0].seq)
    if change.entries and change.entries[0].kind is Kind.UNSAFE:
        yield post(after, UNSAFE, now, change.entries[0].seq)
