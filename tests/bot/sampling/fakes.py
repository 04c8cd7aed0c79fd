"""The stores and the messenger of experience sampling in memory: as their ports say, and no more.

What a transaction did is kept, as a database would; one that raises is put back.
"""

import copy
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from bot.clock import SeededDraws, SteppedClock
from bot.deliveries.model import Delivery, Orphan, Planned, Policy, State
from bot.errors import AlreadyHandled, SendFailed
from bot.sampling.model import (
    Answer,
    Appointment,
    Condition,
    DayPlan,
    Head,
    Hours,
    Item,
    ItemKind,
    Message,
    Option,
    Outcome,
    Prompt,
    Protocol,
    Schedule,
    Scheme,
    Study,
    StudyState,
    Trigger,
    Volunteer,
    VolunteerState,
    Window,
)
from bot.sampling.plan_chain import link
from bot.workspace.model import Person, Request
from bot.workspace.ports import Direct, Up

T = TypeVar("T")
WORKSPACE = "T1"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
STUCK = Item(
    "stuck",
    ItemKind.BUTTONS,
    "Were you stuck?",
    (Option("1", "Not"), Option("2", "A bit"), Option("3", "Badly"), Option("9", "Off")),
    required=True,
    ends_if="9",
)
LABELS = tuple(Option(str(each), f"label {each}") for each in range(1, 6))
ITEMS = (
    STUCK,
    Item("activity", ItemKind.SELECT, "What?", LABELS),
    Item(
        "stuck_text",
        ItemKind.TEXT,
        "Against which wall?",
        max_chars=20,
        show_if=Condition("stuck", ("2", "3")),
    ),
    Item("other_text", ItemKind.TEXT, "What was it?", show_if=Condition("stuck", ("1",))),
)
ROTATE = tuple(Item(name, ItemKind.RADIO, name, LABELS) for name in ("feeling", "pressure"))
SCHEDULE = Schedule(
    scheme=Scheme.CIRCULAR,
    per_day=3,
    vary=1,
    gap_min=60,
    windows=("09:00-17:00",),
    days=(0, 1, 2, 3, 4),
    study_days=10,
    expiry_min=30,
    reminder_min=20,
    grace_min=15,
    max_send_lag_min=5,
)
PROTOCOL = Protocol(
    id="stuck",
    title="What gets in the way",
    version=1,
    consent="…",
    schedule=SCHEDULE,
    items=ITEMS,
    digest="0" * 64,
    rotate=ROTATE,
    rotate_show=1,
    decline=tuple(Option(each, each) for each in ("meeting", "focus", "incident", "other")),
)
HOURS = Hours("UTC", (Window(time(9), time(17)),), (0, 1, 2, 3, 4))


def a_study(**changes: Any) -> Study:
    made = Study(
        id="s1",
        workspace=WORKSPACE,
        name="stuck",
        protocol=PROTOCOL,
        state=StudyState.RUNNING,
        commitment="c" * 64,
        secret=bytes(range(32)),
        locked_at=NOW,
        started_at=NOW,
    )
    return replace(made, **changes)


def a_volunteer(pseudonym: str = "vabcde", **changes: Any) -> Volunteer:
    made = Volunteer(
        study="s1",
        pseudonym=pseudonym,
        version=1,
        state=VolunteerState.ACTIVE,
        hours=HOURS,
        salt=bytes(16),
        first_day=date(2026, 11, 23),
    )
    return replace(made, **changes)


def a_prompt(prompt_id: str = "p1", **changes: Any) -> Prompt:
    made = Prompt(
        id=prompt_id,
        study="s1",
        pseudonym="vabcde",
        version=1,
        trigger=Trigger.SIGNAL,
        date=date(2026, 11, 23),
        day=1,
        beep=1,
        planned_n=3,
        planned_at=NOW,
        zone="UTC",
        rotated=0,
    )
    return replace(made, **changes)


def a_person(person: str = "U1") -> Person:
    return Person(WORKSPACE, person, person.lower())


def a_request(person: str = "U1", at: datetime = NOW, once: str | None = None) -> Request:
    return Request(WORKSPACE, a_person(person), at, once=once)


# -- stores ----------------------------------------------------------------------------------------


@dataclass
class Rows:
    """Everything that is kept."""

    studies: dict[str, dict[int, Study]] = field(default_factory=dict)
    roles: dict[str, list[Appointment]] = field(default_factory=dict)
    days: dict[str, list[DayPlan]] = field(default_factory=dict)
    volunteers: dict[tuple[str, str], Volunteer] = field(default_factory=dict)
    people: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    consents: dict[str, list[tuple[int, str, datetime]]] = field(default_factory=dict)
    prompts: dict[str, Prompt] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    messages: dict[tuple[str, str], list[Message]] = field(default_factory=dict)
    owed: dict[tuple[str, str, str, datetime], Planned] = field(default_factory=dict)
    in_incident: set[str] = field(default_factory=set)
    handled: set[tuple[str, str]] = field(default_factory=set)


def copied(rows: Rows) -> Rows:
    """The same rows, to be changed apart; what is in them never changes."""
    return Rows(**{each.name: _copied(getattr(rows, each.name)) for each in fields(Rows)})


def _copied(rows: Any) -> Any:
    if isinstance(rows, dict):
        return {key: copy.copy(value) if _holds(value) else value for key, value in rows.items()}
    return copy.copy(rows)


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list)


class Studies:
    """See `bot.sampling.ports.StudyStore`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def ready(self) -> bool:
        return True

    def put(self, study: Study) -> None:
        versions = self._rows.studies.setdefault(study.id, {})
        versions[study.protocol.version] = study
        for number, each in versions.items():
            versions[number] = replace(study, protocol=each.protocol)

    def lock(self, workspace: str, study_id: str) -> Study | None:
        return self.study(workspace, study_id)

    def study(self, workspace: str, study_id: str) -> Study | None:
        versions = self._rows.studies.get(study_id)
        found = versions[max(versions)] if versions else None
        return found if found is not None and found.workspace == workspace else None

    def named(self, workspace: str, name: str) -> Study | None:
        return next((each for each in self.studies(workspace) if each.name == name), None)

    def studies(self, workspace: str) -> tuple[Study, ...]:
        found = [self.study(workspace, each) for each in self._rows.studies]
        return tuple(each for each in reversed(found) if each is not None)

    def version(self, study: Study, version: int) -> Study | None:
        found = self._rows.studies.get(study.id, {}).get(version)
        return None if found is None else replace(study, protocol=found.protocol)

    def appoint(self, study: Study, appointment: Appointment) -> None:
        self._rows.roles.setdefault(study.id, []).append(appointment)

    def appointments(self, study: Study) -> tuple[Appointment, ...]:
        return tuple(self._rows.roles.get(study.id, ()))

    def publish(self, study: Study, week: str, at: datetime) -> str:
        raise NotImplementedError

    def published(self, study: Study) -> tuple[Head, ...]:
        return ()

    def append(self, study: Study, plans: Iterable[DayPlan]) -> str:
        chain = self._rows.days.setdefault(study.id, [])
        for each in plans:
            if any((d.pseudonym, d.date) == (each.pseudonym, each.date) for d in chain):
                continue
            volunteer = self._rows.volunteers[study.id, each.pseudonym]
            chain.append(link(each, volunteer.salt, chain[-1].digest if chain else ""))
        return chain[-1].digest if chain else ""

    def plans(
        self, study: Study, *, pseudonym: str = "", since: date | None = None
    ) -> tuple[DayPlan, ...]:
        return tuple(
            each
            for each in self._rows.days.get(study.id, ())
            if pseudonym in {"", each.pseudonym} and (since is None or each.date >= since)
        )


class Volunteers:
    """See `bot.sampling.ports.VolunteerStore`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, volunteer: Volunteer) -> None:
        self._rows.volunteers[volunteer.study, volunteer.pseudonym] = volunteer

    def put_all(self, volunteers: Iterable[Volunteer]) -> None:
        for each in volunteers:
            self.put(each)

    def identify(self, volunteer: Volunteer, workspace: str, person: str) -> None:
        self._rows.people[volunteer.study, volunteer.pseudonym] = (workspace, person)

    def of(self, workspace: str, person: str, *, lock: bool = False) -> Volunteer | None:
        now_in = {VolunteerState.ACTIVE, VolunteerState.PAUSED}
        found = (each for each in self.all_of(workspace, person) if each.state in now_in)
        return next(found, None)

    def all_of(self, workspace: str, person: str) -> tuple[Volunteer, ...]:
        return tuple(
            self._rows.volunteers[key]
            for key, who in self._rows.people.items()
            if who == (workspace, person)
        )

    def volunteer(self, study: Study, pseudonym: str, *, lock: bool = False) -> Volunteer | None:
        return self._rows.volunteers.get((study.id, pseudonym))

    def place(self, volunteer: Volunteer) -> str:
        return volunteer.pseudonym

    def volunteers(
        self, study: Study, after: str = "", limit: int = 500, *, place: str = ""
    ) -> tuple[Volunteer, ...]:
        names = sorted(name for of, name in self._rows.volunteers if of == study.id)
        some = [each for each in names if each > (after or place)][:limit]
        return tuple(self._rows.volunteers[study.id, each] for each in some)

    def locked(
        self, study: Study, pseudonyms: Collection[str]
    ) -> tuple[tuple[Volunteer, str], ...]:
        there = [self._rows.volunteers.get((study.id, each)) for each in pseudonyms]
        named = [(each, self.person(study, each.pseudonym)) for each in there if each is not None]
        return tuple((each, person) for each, person in named if person is not None)

    def person(self, study: Study, pseudonym: str) -> str | None:
        found = self._rows.people.get((study.id, pseudonym))
        return None if found is None else found[1]

    def consent(self, volunteer: Volunteer, version: int, text_digest: str, at: datetime) -> None:
        given = self._rows.consents.setdefault(volunteer.pseudonym, [])
        given.append((version, text_digest, at))

    def consents(self, volunteer: Volunteer) -> tuple[tuple[int, str, datetime], ...]:
        return tuple(self._rows.consents.get(volunteer.pseudonym, ()))

    def erase(self, volunteer: Volunteer, at: datetime) -> None:
        key = (volunteer.study, volunteer.pseudonym)
        gone = {each.id for each in self._rows.prompts.values() if each.pseudonym == key[1]}
        for each in gone:
            del self._rows.prompts[each]
        for where in [each for each in self._rows.answers if each[0] in gone]:
            del self._rows.answers[where]
        self._rows.volunteers.pop(key, None)
        self._rows.people.pop(key, None)
        self._rows.messages.pop(key, None)


class Prompts:
    """See `bot.sampling.ports.PromptStore`."""

    def reshelve(self, limit: int) -> int:
        return 0

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def put(self, prompt: Prompt) -> None:
        self._rows.prompts[prompt.id] = prompt

    def put_all(self, prompts: Iterable[Prompt]) -> None:
        for each in prompts:
            self.put(each)

    def prompt(self, prompt_id: str, *, lock: bool = True) -> Prompt | None:
        return self._rows.prompts.get(prompt_id)

    def prompts(
        self, study: Study, *, pseudonym: str = "", after: str = "", limit: int = 500
    ) -> tuple[Prompt, ...]:
        theirs = [each for each in self._rows.prompts.values() if each.study == study.id]
        named = [each for each in theirs if pseudonym in {"", each.pseudonym}]
        found = sorted(named, key=_order)
        if after:
            pseudonym_, day, beep, id_ = after.split("/", 3)
            found = [e for e in found if _order(e) > (pseudonym_, int(day), int(beep), id_)]
        return tuple(found[:limit])

    def open_of(self, volunteer: Volunteer) -> tuple[Prompt, ...]:
        late = {Outcome.EXPIRED, Outcome.PARTIAL, Outcome.UNKNOWN}
        theirs = [e for e in self._rows.prompts.values() if e.pseudonym == volunteer.pseudonym]
        return tuple(e for e in theirs if e.outcome is None or (e.outcome in late and e.message))

    def answer(self, answers: Iterable[Answer], study: Study) -> None:
        for each in answers:
            self._rows.answers[each.prompt, each.item] = each

    def answers(self, prompts: Collection[str]) -> tuple[Answer, ...]:
        return tuple(each for each in self._rows.answers.values() if each.prompt in prompts)

    def note_message(self, study: Study, pseudonym: str, message: Message) -> None:
        self._rows.messages.setdefault((study.id, pseudonym), []).append(message)

    def messages(self, study: Study, pseudonym: str) -> tuple[Message, ...]:
        return tuple(self._rows.messages.get((study.id, pseudonym), ()))


def _order(prompt: Prompt) -> tuple[str, int, int, str]:
    return prompt.pseudonym, prompt.day, prompt.beep, prompt.id


class Deliveries:
    """What is owed, by what makes it one send: the ledger's other methods are not needed here."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def plan(self, planned: Planned, now: datetime) -> None:
        key = (planned.workspace, planned.purpose, planned.subject, planned.due)
        there = self._rows.owed.get(key)
        newer = there is not None and planned.policy is Policy.LATEST_WINS
        if there is None or (newer and there.wanted < planned.wanted):
            self._rows.owed[key] = planned

    def plan_all(self, planned: Iterable[Planned], now: datetime) -> None:
        for each in planned:
            self.plan(each, now)

    def cancel(
        self,
        workspace: str,
        purpose: str,
        subject: str,
        reason: str,
        now: datetime,
        *,
        prefix: bool = False,
    ) -> tuple[str, ...]:
        gone = [
            key
            for key in self._rows.owed
            if key[:2] == (workspace, purpose)
            and (key[2].startswith(subject) if prefix else key[2] == subject)
        ]
        for key in gone:
            del self._rows.owed[key]
        return tuple(key[2] for key in gone)

    def next_due(self, workspaces: Collection[str]) -> datetime | None:
        return min((key[3] for key in self._rows.owed), default=None)


class Orphans:
    """Nothing is lost in memory."""

    def note(self, delivery: Delivery, ref: str, now: datetime) -> None: ...

    def ended(self, workspaces: Collection[str], limit: int) -> tuple[Orphan, ...]:
        return ()

    def forget(self, orphan: Orphan) -> None: ...


class Purse:
    """Nobody has been disturbed by anything else."""

    def lock(self, workspace: str, person: str) -> None: ...

    def direct(self, workspace: str, lane: str, since: datetime) -> tuple[Direct, ...]:
        return ()

    def up(self, workspace: str, person: str, since: datetime) -> tuple[Up, ...]:
        return ()


class Directory:
    """Everybody is in it."""

    def person(self, workspace: str, person: str) -> Person | None:
        return a_person(person)


class Responding:
    """See `bot.sampling.ports.Responding`."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def in_incident(self, workspace: str, person: str, now: datetime) -> bool:
        return person in self._rows.in_incident


class Tx:
    """One transaction."""

    def __init__(self, rows: Rows) -> None:
        self.studies = Studies(rows)
        self.volunteers = Volunteers(rows)
        self.prompts = Prompts(rows)
        # Of what others need from a transaction only as much as this needs.
        self.deliveries: Any = Deliveries(rows)
        self.groups: Any = None
        self.orphans = Orphans()
        self.purse = Purse()
        self.workspace: Any = Directory()
        self.settings: Any = None
        self.teams: Any = None
        self.responding = Responding(rows)


class Db:
    """Runs every transaction twice, as the tests' databases do; the first time for nothing."""

    def __init__(self) -> None:
        self.rows = Rows()

    async def run(
        self,
        fn: Callable[[Tx], T],
        *,
        once: tuple[str, str] | None = None,
        deadline: float | None = None,
    ) -> T:
        if once in self.rows.handled:
            raise AlreadyHandled
        fn(Tx(copied(self.rows)))
        rows = copied(self.rows)
        done = fn(Tx(rows))
        self.rows = rows
        if once is not None:
            self.rows.handled.add(once)
        return done

    async def read(self, fn: Callable[[Tx], T], *, deadline: float | None = None) -> T:
        return fn(Tx(copied(self.rows)))

    def do(self, fn: Callable[[Any], T]) -> T:
        """Arrange something, at once."""
        return fn(Tx(self.rows))


# -- the outside -----------------------------------------------------------------------------------


@dataclass
class Told:
    """What the messenger did: which way, about what, to whom, with which key."""

    way: str
    about: str
    person: str = ""
    key: str = ""


class Messenger:
    """See `bot.sampling.ports.Messenger`. fails: what the next call raises."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.there: dict[str, Message] = {}
        self.quiet: set[str] = set()
        self.fails: SendFailed | None = None
        self._next = 0

    def _post(self, told: Told) -> Message:
        if self.fails is not None:
            failed, self.fails = self.fails, None
            raise failed
        self.told.append(told)
        self._next += 1
        message = Message(f"D{told.person}", f"{int(NOW.timestamp())}.{self._next:06d}")
        self.there[told.key] = message
        return message

    async def ask(self, study: Study, prompt: Prompt, person: str, key: str) -> Message:
        return self._post(Told("ask", prompt.id, person, key))

    async def remind(self, study: Study, prompt: Prompt, person: str, key: str) -> Message:
        return self._post(Told("remind", prompt.id, person, key))

    async def show(self, study: Study, prompt: Prompt) -> None:
        self.told.append(Told("show", prompt.id))

    async def delete(self, workspace: str, message: Message) -> None:
        self.told.append(Told("delete", message.ts))

    async def tell(self, study: Study, person: str, what: str, key: str) -> Message:
        return self._post(Told("tell", what, person, key))

    async def find(self, workspace: str, person: str, key: str, since: datetime) -> Message | None:
        return self.there.get(key)

    async def in_quiet_hours(self, workspace: str, person: str, now: datetime) -> bool:
        return person in self.quiet

    def ways(self) -> list[str]:
        return [each.way for each in self.told]


def delivery_of(planned: Planned, at: datetime, **changes: Any) -> Delivery:
    """What the ledger hands to a sender when it is due."""
    made = Delivery(
        key=f"key of {planned.purpose} {planned.subject}",
        workspace=planned.workspace,
        purpose=planned.purpose,
        subject=planned.subject,
        due=planned.due,
        lane=planned.lane,
        policy=planned.policy,
        priority=planned.priority,
        expires=planned.expires,
        wanted=planned.wanted,
        state=State.PENDING,
        at=at,
        fence=1,
        attempts=1,
        first_try=at,
        ref="",
    )
    return replace(made, **changes)


class Ledger:
    """The ledger in memory: what is due is sent in order, in the second it is due, or missed."""

    def __init__(self, db: Db, senders: Any, clock: SteppedClock) -> None:
        self._db = db
        self._senders = senders
        self._clock = clock

    def owed(self, purpose: str) -> list[Planned]:
        return [each for each in self._db.rows.owed.values() if each.purpose == purpose]

    async def until(self, when: datetime) -> None:
        """Let time pass; what is due happens when it is due."""
        while (due := self._next(when)) is not None:
            self._clock.advance(due.due)
            await self._handle(due)
        self._clock.advance(when)

    def _next(self, when: datetime) -> Planned | None:
        due = [each for each in self._db.rows.owed.values() if each.due <= when]
        return min(due, key=lambda each: (each.due, each.priority), default=None)

    async def _handle(self, owed: Planned) -> None:
        now = self._clock.now()
        del self._db.rows.owed[owed.workspace, owed.purpose, owed.subject, owed.due]
        sender, delivery = self._senders[owed.purpose], delivery_of(owed, now)
        if owed.expires is not None and owed.expires <= now:
            if hasattr(sender, "missed"):
                await self._db.run(lambda tx: sender.missed(tx, delivery, now))
            return
        try:
            sent = await sender.send(delivery)
        except SendFailed as failure:
            reason = failure.reason
            await self._db.run(lambda tx: sender.refused(tx, delivery, reason, now))
            return
        await self._db.run(lambda tx: sender.sent(tx, delivery, sent, now))


def draws() -> SeededDraws:
    return SeededDraws(7)


def all_prompts(db: Db) -> Iterator[Prompt]:
    yield from db.rows.prompts.values()
