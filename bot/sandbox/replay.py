"""Recorded incidents played by people in the sandbox, through the real bot.

Each event becomes what a person would type: everyday words in the channel and in the threads,
commands only for declaring and steering. Nothing here reaches into the bot.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import ParallaxError
from bot.sandbox.people import Person
from bot.sandbox.recording import Event, EventKind, Recording, ThreadState
from bot.sandbox.replies import Reply
from bot.sandbox.stage import Stage
from bot.sandbox.state import Channel
from bot.sandbox.workspace import Sandbox

COMMANDER = "ic"
HOUR_SECONDS = 3600
ALREADY_DONE = "Record as already done"
OFFER = "offer:"

WORDS: dict[EventKind, str] = {
    EventKind.OPEN_THREAD: "thread",
    EventKind.UPDATE: "note",
    EventKind.SYMPTOM: "seeing",
    EventKind.EVIDENCE_FOR: "for",
    EventKind.EVIDENCE_AGAINST: "against",
    EventKind.ACTION_STARTED: "doing",
    EventKind.ACTION_DONE: "done",
    EventKind.CALL: "calling",
}
ENDS: dict[ThreadState, str] = {
    ThreadState.CONFIRMED: "that's it",
    ThreadState.RULED_OUT: "not it",
    ThreadState.ABANDONED: "set aside",
}
# By the first part of a role. Machines and whoever commands are in none.
TEAMS = {"eng": "engineering", "oncall": "on-call", "support": "support", "comms": "communications"}
Told = Callable[[Event], None]


class ReplayError(ParallaxError):
    """The bot refused something that the recording says was done."""


@dataclass(slots=True)
class Cast:
    """Where a replay stands: the channel, and the Slack thread of each line of investigation."""

    channel: Channel
    threads: dict[str, str] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Moment:
    """One step of a replay, at domain time `at`; the one without an event declares the incident."""

    at: datetime
    actor: str
    typed: str
    event: Event | None = None


class Replay:
    """One recording, played in one workspace, at once or step by step.

    `position` is how many of its `moments` have been played, those that were refused included.
    """

    def __init__(
        self, recording: Recording, sandbox: Sandbox, stage: Stage, prefix: str = ""
    ) -> None:
        self.moments = moments_of(recording, f"/{prefix}incident")
        self.position = 0
        self._recording = recording
        self._sandbox = sandbox
        self._stage = stage
        self._command = f"/{prefix}incident"
        self._steered = False
        self._cast: Cast | None = None

    async def play(self, told: Told = lambda _event: None) -> Channel:
        """Play what is left of it; the incident's channel. Raises ReplayError."""
        while self.position < len(self.moments):
            moment = await self.step()
            if moment.event is not None:
                told(moment.event)
        await self._stage.settle()
        return self._on_stage().channel

    async def step(self) -> Moment:
        """Play the next moment. Raises ReplayError if it was refused; it counts as played."""
        moment = self.moments[self.position]
        self.position += 1
        await self._stage.until(moment.at)
        if moment.event is None:
            await self._declare()
        elif moment.event.at < self._recording.started_at:
            await self._say_later(self._on_stage(), moment.event)
        else:
            await self._act(self._on_stage(), moment.event)
        return moment

    def casts(self) -> list[Person]:
        """Everybody who will act, there from the start; who declares comes first."""
        roles = dict.fromkeys(moment.actor for moment in self.moments)
        people = [self._person(role) for role in roles]
        self._sandbox.channel("general", members=people, bot=True)
        for team, members in _teams(roles).items():
            self._sandbox.usergroup(team, *map(self._person, members))
        return people

    def _on_stage(self) -> Cast:
        if self._cast is None:
            raise ReplayError("the incident was never declared")
        return self._cast

    def _person(self, role: str) -> Person:
        return self._sandbox.person(role, real_name=role)

    async def _declare(self) -> None:
        declarer = self._person(self._recording.declarer)
        lobby = self._sandbox.channel("general", members=[declarer], bot=True)
        known = set(self._sandbox.workspace.channels)
        reply = await declarer.command(self._command, self._recording.title, lobby)
        await self._stage.settle()
        made = [
            channel
            for key, channel in self._sandbox.workspace.channels.items()
            if key not in known and declarer.id in channel.members and channel.kind == "channel"
        ]
        if not made:
            raise ReplayError(f"declaring made no channel: {reply.text or 'no answer'}")
        self._cast = Cast(made[0])
        severity = f"severity {self._recording.severity}"
        self._check(await declarer.command(self._command, severity, made[0]))

    async def _act(self, cast: Cast, event: Event) -> None:
        person = await self._enters(cast, event.actor)
        if event.kind is EventKind.RESOLVE:
            self._check(await person.command(self._command, _resolving(event), cast.channel))
        else:
            if event.actor == COMMANDER and not self._steered:
                self._check(await person.command(self._command, "command", cast.channel))
            await self._says(cast, event, person)
        self._steered |= event.actor == COMMANDER
        await self._stage.settle()

    async def _enters(self, cast: Cast, role: str) -> Person:
        person = self._person(role)
        if person.id not in cast.channel.members:
            await person.joins(cast.channel)
            await self._stage.settle()
        return person

    async def _says(self, cast: Cast, event: Event, person: Person) -> None:
        seen = len(person.ephemerals(cast.channel))
        place = cast.threads.get(event.thread or "") if event.thread in cast.open else None
        ts = await person.says(cast.channel, typed(event), place)
        if event.kind is EventKind.OPEN_THREAD and event.thread is not None:
            cast.threads[event.thread] = ts
            cast.open.add(event.thread)
        if event.kind is EventKind.STATE and event.thread is not None:
            cast.open.discard(event.thread)
        await self._stage.settle()
        await self._answers(cast, event, person, seen)

    async def _say_later(self, cast: Cast, event: Event) -> None:
        """What happened before it was declared is put on the record with its time."""
        person = await self._enters(cast, event.actor)
        await person.says(cast.channel, typed_later(event))
        await self._stage.settle()

    async def _answers(self, cast: Cast, event: Event, person: Person, seen: int) -> None:
        """A `done:` nobody announced is asked about; any other private refusal is a failure.

        Questions that may be left unanswered, such as for a time, are left so.
        """
        for message in person.ephemerals(cast.channel)[seen:]:
            labels = {
                element["text"]["text"]: element["action_id"]
                for block in message.blocks
                if block["type"] == "actions"
                for element in block["elements"]
                if element["type"] == "button" and element["action_id"].startswith(OFFER)
            }
            if event.kind is EventKind.ACTION_DONE and ALREADY_DONE in labels:
                reply = await person.presses(message, labels[ALREADY_DONE])
                await self._stage.settle()
                self._check(reply)
            elif labels or "othing changed" in message.text:
                raise ReplayError(f"{event.at:%H:%M} {event.kind.value}: {message.text}")

    def _check(self, reply: Reply) -> None:
        told = [reply.text, *(each.text for each in reply.ephemerals)]
        refused = [each for each in told if "othing changed" in each]
        if refused or not reply.acked:
            raise ReplayError(" ".join(refused) or "the bot did not answer in time")


def _teams(roles: Iterable[str]) -> dict[str, list[str]]:
    """Who of a cast is in which team, by handle; a role that is no team's belongs to none."""
    found: dict[str, list[str]] = defaultdict(list)
    for role in roles:
        team = role if role.startswith("team-") else TEAMS.get(role.partition("-")[0])
        if team is not None:
            found[team].append(role)
    return found


def moments_of(recording: Recording, command: str) -> tuple[Moment, ...]:
    """The steps of a recording: it is declared, then everything happens, in order."""
    start = recording.started_at
    declared = Moment(start, recording.declarer, f"{command} {recording.title}")
    return (declared, *(_moment(event, start, command) for event in recording.events))


def _moment(event: Event, start: datetime, command: str) -> Moment:
    if event.kind is EventKind.RESOLVE:
        return Moment(event.at, event.actor, f"{command} {_resolving(event)}", event)
    if event.at < start:
        return Moment(start, event.actor, typed_later(event), event)
    return Moment(event.at, event.actor, typed(event), event)


def typed(event: Event) -> str:
    """What somebody types as it happens."""
    return f"{word_for(event)}: {event.text}"


def typed_later(event: Event) -> str:
    """What somebody types who puts it on the record afterwards, with its time."""
    return f"{word_for(event)} {event.at:%H:%M}: {event.text}"


def _resolving(event: Event) -> str:
    return f"resolve {event.text}"


def word_for(event: Event) -> str:
    """The everyday word for an event."""
    return ENDS[event.state] if event.state is not None else WORDS[event.kind]


def busiest_hour(moments: list[datetime]) -> int:
    """The most moments that fall within any one hour."""
    ordered = sorted(moments)
    first, most = 0, 0
    for last, moment in enumerate(ordered):
        while (moment - ordered[first]).total_seconds() >= HOUR_SECONDS:
            first += 1
        most = max(most, last - first + 1)
    return most
