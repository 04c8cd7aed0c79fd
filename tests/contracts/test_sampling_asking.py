"""Planning, asking and answering on both databases: the real stores, the real ledger."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.clock import Draws
from bot.deliveries.service import Ledger, LedgerSettings
from bot.errors import SendFailed, TooLate
from bot.sampling import asking_owed, asking_senders, planning
from bot.sampling.asking import Asking
from bot.sampling.model import Answer, Outcome, Prompt, Study, StudyState, Volunteer, Window
from bot.workspace.model import Person, Request
from bot.workspace.purse import PROMPT
from storage.deliveries import deliveries
from storage.engine import SqlDatabase
from storage.sampling_tables import prompts
from storage.tx import Tx
from tests.bot.sampling.asked import Failing
from tests.bot.sampling.fakes import HOURS, PROTOCOL, ROTATE, a_prompt, a_study, a_volunteer
from tests.contracts.databases import Hands, MakeDb, on, unique

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
# A Wednesday; the clock of these tests stands a minute before it.
DAY = date(2028, 3, 1)
BEGIN = datetime(2028, 2, 29, 23, 59, tzinfo=UTC)
EVENING = datetime(2028, 3, 1, 20, tzinfo=UTC)
HOURS_ALL_DAYS = replace(HOURS, days=tuple(range(7)))


class Place:
    """A running study of a workspace; whoever joins is U0, U1 …"""

    def __init__(self, db: SqlDatabase, workspace: str, clock: Hands, draws: Draws) -> None:
        self.db = db
        self.clock = clock
        self.draws = draws
        self.messenger = Failing()
        self.study: Study = a_study(id=unique(), workspace=workspace)
        self.asking: Asking[Tx] = Asking(db, draws)
        self.ledger = self.another(db)

    def another(self, db: SqlDatabase, settle: float = 0.0) -> Ledger[Tx]:
        """What a replica runs."""
        senders = asking_senders.table(db, self.messenger, self.clock.now, self.draws)
        places = (self.study.workspace,)
        settings = LedgerSettings(settle=settle)
        return Ledger(db, senders, lambda: places, self.clock, self.draws, settings)

    async def becomes(self, **traits: Any) -> Person:
        """What the directory knows of U0."""
        person = Person(self.study.workspace, "U0", "U0", **traits)
        await self.db.run(lambda tx: tx.workspace.save_person(person))
        return person

    async def starts(self, *volunteers: Volunteer) -> None:
        def work(tx: Tx) -> None:
            tx.studies.put(self.study)
            for number, each in enumerate(volunteers):
                theirs = replace(each, study=self.study.id)
                tx.volunteers.put(theirs)
                tx.volunteers.identify(theirs, self.study.workspace, f"U{number}")
            tx.deliveries.plan(asking_owed.first_planning(self.study, BEGIN), BEGIN)

        await self.db.run(work)

    async def until(self, when: datetime) -> None:
        while True:
            await self.ledger.drain()
            due = await self.ledger.next_due()
            if due is None or due > when:
                break
            self.clock.advance(due)
        self.clock.advance(when)
        await self.ledger.drain()

    async def prompts(self) -> list[Prompt]:
        found = await self.db.read(lambda tx: tx.prompts.prompts(self.study))
        return sorted(found, key=lambda each: (each.planned_at or BEGIN, each.id))

    async def kept(self, prompt_id: str) -> tuple[Prompt, tuple[Answer, ...]]:
        """A prompt and its answers."""

        def look(tx: Tx) -> tuple[Prompt, tuple[Answer, ...]]:
            found = tx.prompts.prompt(prompt_id, lock=False)
            assert found is not None
            return found, tx.prompts.answers([prompt_id])

        return await self.db.read(look)

    def request(self, person: str = "U0") -> Request:
        workspace = self.study.workspace
        return Request(workspace, Person(workspace, person, person), self.clock.now())


@pytest.fixture
def place(db: SqlDatabase, workspace: str, clock: Hands, draws: Draws) -> Place:
    return Place(db, workspace, clock, draws)


def somebody(name: str = "vabcde", **changes: Any) -> Volunteer:
    return a_volunteer(name, hours=HOURS_ALL_DAYS, first_day=DAY, **changes)


async def test_a_day_from_the_plan_to_the_answers(place: Place) -> None:
    await place.starts(somebody())
    await place.until(BEGIN + 9 * HOUR)
    planned = await place.prompts()
    assert [each.date for each in planned] == [DAY] * len(planned)
    assert planned
    first = planned[0]
    assert first.planned_at is not None

    await place.until(first.planned_at)
    form = await place.asking.tap(place.request(), first.id, "2")
    assert [each.name for each in form.items][:2] == ["activity", "stuck_text"]
    await place.asking.answer(place.request(), first.id, {"activity": "1", "stuck_text": "NA"})
    await place.until(datetime(2028, 3, 1, 20, tzinfo=UTC))

    ended = await place.prompts()
    assert ended[0].outcome is Outcome.COMPLETE
    assert {each.outcome for each in ended[1:] if each.date == DAY} <= {Outcome.EXPIRED}
    answers = await place.db.read(lambda tx: tx.prompts.answers([first.id]))
    assert {each.item: each.value for each in answers} == {
        "stuck": "2",
        "activity": "1",
        "stuck_text": "NA",
    }
    asked = [each.about for each in place.messenger.told if each.way == "ask"]
    assert asked == [each.id for each in ended if each.date == DAY]


@pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
async def test_of_two_replicas_one_plans_and_one_asks(place: Place, make_db: MakeDb) -> None:
    await place.starts(*(somebody(f"v{number:05}") for number in range(6)))
    other = place.another(make_db())
    for hour in range(1, 22):
        place.clock.advance(BEGIN + hour * HOUR)
        await asyncio.gather(place.ledger.drain(), other.drain())

    found = await place.prompts()
    days = await place.db.read(lambda tx: tx.studies.plans(place.study))
    assert len({(each.pseudonym, each.date) for each in days}) == len(days)
    assert len([each for each in days if each.date == DAY]) == 6
    assert len(found) == sum(len(each.times) for each in days)
    asked = [each.about for each in place.messenger.told if each.way == "ask"]
    assert len(asked) == len(set(asked))


async def test_many_are_planned_in_slices_and_each_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "LOOKED_AT", 7)
    monkeypatch.setattr(planning, "PLANNED_AT_ONCE", 3)
    await place.starts(*(somebody(f"v{number:05}") for number in range(30)))
    await place.until(BEGIN + MINUTE)
    days = await place.db.read(lambda tx: tx.studies.plans(place.study))
    assert len(days) == len({each.pseudonym for each in days}) == 30
    chain = await place.db.read(lambda tx: tx.studies.chain(place.study))
    assert [each.previous for each in chain[1:]] == [each.digest for each in chain[:-1]]


async def test_what_is_planned_is_kept_with_the_volunteer(place: Place) -> None:
    await place.starts(somebody())
    await place.until(BEGIN + MINUTE)

    def look(tx: Tx) -> Volunteer | None:
        return tx.volunteers.volunteer(place.study, "vabcde")

    found = await place.db.read(look)
    assert found is not None
    ends = datetime(2028, 3, 1, 17, tzinfo=UTC)
    assert (found.planned_to, found.planned_days, found.planned_until) == (DAY, 1, ends)


async def test_down_for_a_day_nothing_floods(place: Place) -> None:
    await place.starts(somebody())
    await place.until(BEGIN + MINUTE)
    place.clock.advance(BEGIN + timedelta(days=1, hours=22, minutes=30))
    await place.ledger.drain()

    assert place.messenger.told == []
    past = [e for e in await place.prompts() if e.planned_at and e.planned_at < place.clock.now()]
    assert {each.date for each in past} == {DAY, DAY + timedelta(days=1)}
    assert {(each.outcome, each.reason) for each in past} == {(Outcome.FAILED, "late")}


async def test_a_stopped_study_plans_nothing_more(place: Place) -> None:
    place.study = replace(place.study, state=StudyState.STOPPED)
    await place.starts(somebody())
    await place.until(BEGIN + HOUR)
    assert await place.prompts() == []
    assert await place.ledger.next_due() is None


async def test_a_window_that_changed_today_keeps_the_instant_and_sends_nothing(
    place: Place,
) -> None:
    await place.starts(somebody())
    await place.until(BEGIN + MINUTE)
    evening = replace(HOURS_ALL_DAYS, windows=(Window(time(18), time(22)),))

    def change(tx: Tx) -> None:
        there = tx.volunteers.volunteer(place.study, "vabcde", lock=True)
        assert there is not None
        tx.volunteers.put(replace(there, hours=evening))

    await place.db.run(change)
    before = [each.planned_at for each in await place.prompts()]
    await place.until(datetime(2028, 3, 1, 21, tzinfo=UTC))
    today = [each for each in await place.prompts() if each.date == DAY]
    assert [each.planned_at for each in today] == before
    assert {each.reason for each in today} == {"outside_window"}
    assert place.messenger.told == []


async def test_an_amendment_that_is_not_agreed_to_pauses_what_is_planned_already(
    place: Place,
) -> None:
    await place.starts(somebody())
    await place.until(BEGIN + 9 * HOUR)
    amended = replace(place.study, protocol=replace(PROTOCOL, version=2), consent_version=2)
    await place.db.run(lambda tx: tx.studies.put(amended))

    await place.until(EVENING)

    today = [each for each in await place.prompts() if each.date == DAY]
    assert {(each.outcome, each.reason) for each in today} == {(Outcome.NOT_SENT, "paused")}
    assert place.messenger.told == []


@pytest.mark.parametrize(
    ("trait", "end"),
    [
        ("guest", (Outcome.NOT_SENT, "paused")),
        ("external", (Outcome.NOT_SENT, "paused")),
        ("deleted", (Outcome.CANCELLED, "left")),
    ],
)
async def test_who_may_not_take_part_any_more_is_not_asked(
    place: Place, trait: str, end: tuple[Outcome, str]
) -> None:
    await place.becomes()
    await place.starts(somebody())
    await place.until(BEGIN + 9 * HOUR)
    await place.becomes(**{trait: True})

    await place.until(EVENING)

    today = [each for each in await place.prompts() if each.date == DAY]
    assert {(each.outcome, each.reason) for each in today} == {end}
    assert place.messenger.told == []


async def test_where_slack_never_says_whether_it_is_quiet_it_was_not_sent(place: Place) -> None:
    place.ledger = place.another(place.db, settle=60.0)
    await place.starts(somebody())
    await place.until(BEGIN + 9 * HOUR)
    place.messenger.quiet_fails = SendFailed("TimeoutError", ambiguous=True)

    await place.until(EVENING)

    today = [each for each in await place.prompts() if each.date == DAY]
    assert {(each.outcome, each.reason) for each in today} == {(Outcome.FAILED, "late")}
    assert place.messenger.told == []


async def test_the_note_about_too_many_is_paid_from_the_purse(place: Place) -> None:
    """Two direct messages were sent that day: the note waits for the morning of the next."""
    await place.becomes()
    at = datetime(2028, 3, 1, 14, tzinfo=UTC)

    def arrange(tx: Tx) -> None:
        tx.studies.put(place.study)
        theirs = replace(somebody(), study=place.study.id)
        tx.volunteers.put(theirs)
        tx.volunteers.identify(theirs, place.study.workspace, "U0")
        made = a_prompt(f"{place.study.id}p", study=place.study.id, planned_at=at, sent_at=at)
        last = replace(made, id=f"{made.id}6", beep=6, expires_at=at + MINUTE)
        before = [
            replace(made, id=f"{made.id}{n}", beep=n, outcome=Outcome.EXPIRED) for n in range(1, 6)
        ]
        tx.prompts.put_all([*before, last])
        notes = [
            asking_owed.tell(place.study, "U0", asking_owed.EXIT, at - ago * HOUR) for ago in (2, 4)
        ]
        tx.deliveries.plan_all([*notes, asking_owed.expire(place.study, last)], BEGIN)

    await place.db.run(arrange)
    await place.until(datetime(2028, 3, 2, 8, 59, tzinfo=UTC))
    assert [each.about for each in place.messenger.told if each.way == "tell"] == ["exit"] * 2
    await place.until(datetime(2028, 3, 2, 9, tzinfo=UTC))
    notes = [each.about for each in place.messenger.told if each.way == "tell"]
    assert notes == ["exit", "exit", "too_many"]


async def test_while_somebody_else_holds_the_row_nothing_is_half_done(
    place: Place, engine: sa.Engine
) -> None:
    """On SQLite a second writer has the file, on PostgreSQL another transaction the row."""
    await place.starts(somebody())
    await place.until(BEGIN + 9 * HOUR)
    first = (await place.prompts())[0]
    assert first.planned_at is not None
    await place.until(first.planned_at)
    acts: tuple[Callable[[Request], Awaitable[object]], ...] = (
        lambda request: place.asking.tap(request, first.id, "2"),
        lambda request: place.asking.choose(request, first.id, chosen, "1"),
        lambda request: place.asking.answer(request, first.id, {"stuck_text": "NA"}),
    )
    chosen = ROTATE[first.rotated or 0].name
    for number, act in enumerate(acts):
        soon = place.clock.monotonic() + 0.3
        request = replace(place.request(), once=f"{place.study.id}{number}", deadline=soon)
        before = await place.kept(first.id)
        with engine.begin() as other:
            other.execute(sa.update(prompts).values(waits=prompts.c.waits))
            with pytest.raises(TooLate):
                await act(request)
        assert await place.kept(first.id) == before

        await act(replace(request, deadline=None))  # its receipt was not taken either

        assert await place.kept(first.id) != before
    assert (await place.kept(first.id))[0].outcome is Outcome.COMPLETE


async def test_no_row_of_the_ledger_says_what_was_answered(place: Place, url: str) -> None:
    await place.starts(somebody())
    await place.until(datetime(2028, 3, 1, 17, tzinfo=UTC))
    rows = on(
        url,
        lambda connection: connection.execute(
            sa.select(deliveries).where(deliveries.c.workspace == place.study.workspace)
        ).all(),
    )
    subjects = {row.subject for row in rows if row.purpose.startswith(PROMPT)}
    assert subjects == {each.id for each in await place.prompts() if each.date == DAY}
    assert not any(
        "stuck" in str(row) or "vabcde" in str(row) for row in rows if row.lane != "timer"
    )
