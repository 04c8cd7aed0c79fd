"""Questions from the look that decides to what becomes of them: on both databases, with a ledger,
and with somebody who only writes down what they are told to show."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import Draws, SeededDraws
from bot.deliveries.model import Delivery, Sent
from bot.deliveries.service import Ledger, LedgerSettings
from bot.errors import AlreadyHandled, Refusal, SendFailed
from bot.incidents import nudges_owed, signals_owed
from bot.incidents.grammar import Word, spoken
from bot.incidents.model import Change, Incident, Kind
from bot.incidents.nudges_model import Asked, Nudge, NudgeOutcome, Rung
from bot.incidents.nudges_senders import NudgeSenders
from bot.incidents.nudging import Nudging
from bot.incidents.service import Incidents
from bot.incidents.signals_model import Signal, SignalKind
from bot.incidents.steering import Steering
from bot.workspace.model import Person, Request
from bot.workspace.settings import Changed
from bot.workspace.teams import EVERY_DAY, Hours, Willing
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW, Hands, MakeDb, unique
from tests.contracts.values import entry, incident

A_MINUTE = timedelta(minutes=1)
ANA, BO, CY, DI = "UANA", "UBO", "UCY", "UDI"


@dataclass
class Screen:
    """The messenger: writes down what it is told to show. `trouble`: raised by the next card."""

    cards: list[Asked] = field(default_factory=list)
    private: list[Asked] = field(default_factory=list)
    shown: list[Asked] = field(default_factory=list)
    hauls: list[tuple[str, Signal]] = field(default_factory=list)
    recruited: list[tuple[str, str]] = field(default_factory=list)
    trouble: SendFailed | None = None
    keys: dict[str, str] = field(default_factory=dict)

    async def post_card(self, asked: Asked, key: str) -> str:
        trouble, self.trouble = self.trouble, None
        if trouble is not None and not trouble.ambiguous:
            raise trouble
        self.cards.append(asked)
        self.keys[key] = f"{len(self.cards)}.0"
        if trouble is not None:
            raise trouble
        return self.keys[key]

    async def ask_one(self, asked: Asked) -> tuple[str, str]:
        self.private.append(asked)
        return f"D-{asked.nudge.asked_of}", f"{len(self.private)}.5"

    async def ask_long_haul(self, _incident: Incident, person: str, signal: Signal) -> None:
        self.hauls.append((person, signal))

    async def tell_recruited(self, _asked: Asked, person: str, by: str) -> None:
        self.recruited.append((person, by))

    async def show_nudge(self, asked: Asked) -> None:
        self.shown.append(asked)

    def last_stands(self) -> bool:
        """Whether what was brought up to date last has buttons."""
        return self.shown[-1].nudge.stands

    async def find(
        self, _workspace: str, _channel: str, _thread: str, key: str, _since: datetime
    ) -> str | None:
        return self.keys.get(key)


class Elsewhere:
    """Whatever else is owed: taken note of, and sent to nobody."""

    def __init__(self) -> None:
        self.purposes: list[str] = []

    async def send(self, delivery: Delivery) -> Sent:
        self.purposes.append(delivery.purpose)
        return Sent("", delivery.wanted)

    async def find(self, _delivery: Delivery) -> Sent | None:
        return None

    def sent(self, *_: object) -> None: ...

    def refused(self, *_: object) -> None: ...


class Senders(dict[str, Any]):
    """Those of nudging; everything else goes elsewhere."""

    def __init__(self, table: Any, rest: Elsewhere) -> None:
        super().__init__(table)
        self._rest = rest

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, self._rest)


class Stage:
    """One incident, its people, its time, and the answers they give."""

    def __init__(self, db: SqlDatabase, workspace: str, clock: Hands, draws: Draws) -> None:
        self.db, self.workspace, self.clock, self.draws = db, workspace, clock, draws
        self.screen, self.rest = Screen(), Elsewhere()
        self.incidents = Incidents(db, draws)
        self.nudging = Nudging(db, draws)
        self.steering = Steering(db, draws)
        self.ledgers = [self.ledger(db)]
        self.id = draws.token()

    def ledger(self, db: SqlDatabase) -> Ledger[Tx]:
        messenger: Any = self.screen
        senders = Senders(NudgeSenders[Tx](db, messenger, self.draws).table(), self.rest)
        settings = LedgerSettings(lease=90.0, settle=0.0)
        return Ledger[Tx](db, senders, lambda: (self.workspace,), self.clock, self.draws, settings)

    def who(self, person: str, **traits: Any) -> Person:
        return Person(self.workspace, person, person.lower(), **traits)

    def asks(self, who: str = ANA, **more: Any) -> Request:
        asker = Request(self.workspace, self.who(who), self.clock.now(), channel=f"C-{self.id}")
        return replace(asker, **more)

    async def begins(self, *members: str, **more: Any) -> None:
        root = incident(self.workspace, self.id, commander=ANA, board="1.0", **more)

        def work(tx: Tx) -> None:
            tx.incidents.add(root, entry(kind=Kind.DECLARE, actor=ANA, at=NOW, ramp=None))
            tx.incidents.save(root, Change(replace(root, last_entry=1)))
            for each in (ANA, BO, *members):
                tx.members.joined(root.id, each, NOW)
            for each in (ANA, BO, CY, DI):
                tx.workspace.save_person(self.who(each))
            tx.deliveries.plan(signals_owed.look(root, NOW), NOW)

        await self.db.run(work)
        await self.chooses("nudges", "channel")

    async def chooses(self, key: str, value: str) -> None:
        chosen = Changed(key, "", value, ANA, self.clock.now())
        await self.db.run(lambda tx: tx.settings.put(self.workspace, chosen))

    async def volunteers(self, willing: Willing) -> None:
        await self.db.run(lambda tx: tx.groups.put_willing(self.workspace, willing))

    async def says(self, word: Word, text: str, person: str = ANA, **more: Any) -> None:
        await self.incidents.command(self.asks(person, **more), spoken(word, text))

    async def passes(self, minutes: float) -> None:
        """What is due by then is done, in order."""
        until = self.clock.now() + minutes * A_MINUTE
        await self.drains()
        while (due := await self.ledgers[0].next_due()) is not None and due <= until:
            self.clock.advance(due)
            await self.drains()
        self.clock.advance(until)
        await self.drains()

    async def drains(self) -> None:
        while any(await asyncio.gather(*(each.drain() for each in self.ledgers))):
            pass

    async def nudges(self) -> list[Nudge]:
        root = await self.root()
        return [*await self.db.read(lambda tx: tx.nudges.nudges(root))]

    async def root(self) -> Incident:
        found = await self.db.read(lambda tx: tx.incidents.get(self.workspace, self.id))
        assert found is not None
        return found

    async def outcomes(self) -> list[tuple[Rung, NudgeOutcome]]:
        return [(each.rung, each.outcome) for each in await self.nudges()]


@pytest.fixture
def stage(db: SqlDatabase, workspace: str, clock: Hands, draws: SeededDraws) -> Stage:
    return Stage(db, workspace, clock, draws)


@pytest.fixture
def here(sqlite_path: Path, workspace: str, clock: Hands, draws: SeededDraws) -> Iterator[Stage]:
    """On SQLite alone: for what the databases do not differ in."""
    db = SqlDatabase(f"sqlite:///{sqlite_path}", clock, draws, run_twice=True)
    yield Stage(db, workspace, clock, draws)
    db.close()


async def asked_once(stage: Stage, *members: str, **more: Any) -> Nudge:
    """One card stands: nobody has said what changed for a quarter of an hour."""
    await stage.begins(*members, **more)
    await stage.passes(16)
    (nudge,) = await stage.nudges()
    return nudge


class TestAsking:
    async def test_a_card_at_the_moment_it_holds_and_once(self, stage: Stage) -> None:
        nudge = await asked_once(stage)
        (card,) = stage.screen.cards
        assert card.nudge.signals[0].kind is SignalKind.NO_RECENT_CHANGE
        assert (nudge.rung, nudge.asked_at) == (Rung.CARD, NOW + 15 * A_MINUTE)
        assert (nudge.message, nudge.stands, card.nth) == ("1.0", True, 1)
        assert 0 <= nudge.draw < 1

    async def test_two_replicas_ask_each_question_once(self, stage: Stage, make_db: MakeDb) -> None:
        stage.ledgers.append(stage.ledger(make_db()))
        await stage.begins()
        await stage.passes(200)
        nudges = await stage.nudges()
        assert [each.number for each in nudges] == [*range(1, len(nudges) + 1)]
        cards = [each.number for each in nudges if each.rung is Rung.CARD]
        assert [each.nudge.number for each in stage.screen.cards] == cards
        assert len({each.asked_at for each in nudges}) == len(nudges)

    async def test_an_answer_that_was_lost_is_looked_for(self, stage: Stage) -> None:
        stage.screen.trouble = SendFailed("timeout", ambiguous=True)
        nudge = await asked_once(stage)
        assert len(stage.screen.cards) == 1
        assert nudge.message == "1.0"

    async def test_what_is_over_before_it_could_be_asked_is_asked_of_nobody(
        self, stage: Stage
    ) -> None:
        stage.screen.trouble = SendFailed("ratelimited", retry_after=200)
        await stage.begins()
        await stage.passes(16)
        await stage.says(Word.CHANGED, "a deploy at noon")
        await stage.passes(6)
        assert stage.screen.cards == []
        assert await stage.outcomes() == [(Rung.CARD, NudgeOutcome.OVER)]

    async def test_nobody_answers_so_it_climbs(self, stage: Stage) -> None:
        hours = Hours(days=EVERY_DAY, begins=NOW.time(), ends=(NOW - A_MINUTE).time())
        await stage.begins()
        for each in (BO, CY):  # who is there has no fresh eyes
            await stage.volunteers(Willing(each, hours))
        await stage.chooses("nudges_jitter", "0")
        await stage.chooses("nudges_never", "no_new_hypothesis, stale_crew")
        await stage.passes(120)
        found = [(each.rung, each.asked_of, each.asked_at - NOW) for each in await stage.nudges()]
        assert found == [
            (Rung.CARD, "", 15 * A_MINUTE),
            (Rung.COMMANDER, ANA, 40 * A_MINUTE),
            (Rung.OUTSIDER, CY, 80 * A_MINUTE),
        ]
        assert [each.nudge.asked_of for each in stage.screen.private] == [ANA, CY]
        willing_now = await stage.db.read(lambda tx: tx.groups.is_willing(stage.workspace, CY))
        assert willing_now is not None
        assert willing_now.asked_at == NOW + 80 * A_MINUTE

    async def test_a_later_card_takes_the_place_of_the_first(self, stage: Stage) -> None:
        await asked_once(stage)
        await stage.passes(40)
        first, second = await stage.nudges()
        assert (first.outcome, second.outcome) == (NudgeOutcome.LEFT, NudgeOutcome.NONE)
        assert [(each.nudge.number, each.nudge.stands) for each in stage.screen.shown] == [
            (1, False)
        ]
        assert stage.screen.cards[1].nth == 2

    async def test_a_draw_is_kept_and_counted_from(self, stage: Stage) -> None:
        await asked_once(stage)
        await stage.passes(60)
        first, second, *_ = await stage.nudges()
        gap = timedelta(minutes=25, seconds=round(25 * 60 * 0.2 * first.draw))
        assert timedelta() <= second.asked_at - first.asked_at - gap < timedelta(seconds=1)

    async def test_only_the_commander_where_that_is_chosen(self, stage: Stage) -> None:
        await stage.begins()
        await stage.chooses("nudges", "commander")
        await stage.passes(16)
        (asked,) = stage.screen.private
        assert (asked.nudge.rung, asked.nudge.asked_of) == (Rung.COMMANDER, ANA)
        assert stage.screen.cards == []
        (nudge,) = await stage.nudges()
        assert (nudge.channel, nudge.message) == (f"D-{ANA}", "1.5")

    async def test_in_shadow_the_same_is_kept_and_nothing_shown(self, stage: Stage) -> None:
        await stage.begins()
        await stage.chooses("nudges", "shadow")
        await stage.passes(16)
        (nudge,) = await stage.nudges()
        assert (nudge.rung, nudge.shadow, nudge.message) == (Rung.CARD, True, "")
        assert (stage.screen.cards, stage.screen.private) == ([], [])
        assert "board.show" not in stage.rest.purposes
        root = await stage.root()
        assert await stage.db.read(lambda tx: nudges_owed.marks(tx, root)) == ()
        with pytest.raises(Refusal):
            await stage.nudging.later(stage.asks(), stage.id, 1)

    async def test_the_board_follows_what_holds(self, stage: Stage) -> None:
        await stage.begins()
        await stage.passes(14)
        shown = stage.rest.purposes.count("board.show")
        await stage.passes(2)
        assert stage.rest.purposes.count("board.show") == shown + 1
        root = await stage.root()
        marks = await stage.db.read(lambda tx: nudges_owed.marks(tx, root))
        assert [each.kind for each in marks] == [SignalKind.NO_RECENT_CHANGE]

    async def test_who_has_been_here_long_hears_it_alone(self, stage: Stage) -> None:
        await stage.begins()
        for _ in range(28):
            await stage.db.run(lambda tx: tx.activity.seen(stage.id, BO, "", stage.clock.now(), 1))
            await stage.passes(10)
        assert [person for person, _ in stage.screen.hauls] == [BO]
        assert "long_haul" not in str(await stage.nudges())
        root = await stage.root()
        marks = await stage.db.read(lambda tx: nudges_owed.marks(tx, root))
        assert SignalKind.LONG_HAUL not in {each.kind for each in marks}

    async def test_what_few_find_useful_is_off_by_default(self, stage: Stage) -> None:
        await stage.begins()
        root = await stage.root()
        change = Signal(SignalKind.NO_RECENT_CHANGE, None, NOW, {})

        def judged(tx: Tx) -> None:
            for number in range(20):
                other = incident(stage.workspace, unique(), number=number + 9)
                tx.incidents.add(other, entry(text="earlier"))
                became = NudgeOutcome.ACTED if number < 5 else NudgeOutcome.NOT_USEFUL
                nudge = Nudge(1, Rung.CARD, (change,), NOW, outcome=became)
                tx.nudges.put(other, nudge)

        await stage.db.run(judged)
        await stage.passes(25)
        assert await stage.nudges() == []
        marks = await stage.db.read(lambda tx: nudges_owed.marks(tx, root))
        assert [each.kind for each in marks] == [SignalKind.NO_RECENT_CHANGE]
        (off,) = await stage.nudging.off(stage.workspace)
        assert (off.kind, off.asked, off.useful) == (SignalKind.NO_RECENT_CHANGE, 20, 5)

        await stage.chooses("nudges_always", "no_recent_change")
        await stage.says(Word.NOTE, "still looking")
        await stage.passes(2)
        assert await stage.nudging.off(stage.workspace) == ()
        assert await stage.outcomes() == [(Rung.CARD, NudgeOutcome.NONE)]


class TestAnswering:
    async def test_an_idea_is_taken(self, here: Stage) -> None:
        await asked_once(here)
        done = await here.nudging.take_idea(here.asks(BO), here.id, 1, "logs")
        assert done.investigation is not None
        assert (done.investigation.hypothesis, done.investigation.owner) == ("logs", BO)
        (nudge,) = await here.nudges()
        assert (nudge.outcome, nudge.answered_by, nudge.useful) == (NudgeOutcome.ACTED, BO, True)
        await here.passes(1)
        assert [each.nudge.stands for each in here.screen.shown] == [False]

    async def test_an_idea_that_is_open_already_settles_nothing(self, here: Stage) -> None:
        await asked_once(here)
        await here.says(Word.THREAD, "logs")
        with pytest.raises(Refusal, match="that idea already"):
            await here.nudging.take_idea(here.asks(BO), here.id, 1, "logs")
        assert await here.outcomes() == [(Rung.CARD, NudgeOutcome.NONE)]

    async def test_a_thread_is_taken(self, here: Stage) -> None:
        await asked_once(here)
        await here.says(Word.THREAD, "a slow query")
        await here.nudging.take_thread(here.asks(BO), here.id, 1, 1)
        thread = (await here.root()).investigation(1)
        assert thread is not None
        assert thread.owner == BO

    async def test_a_time_is_set(self, here: Stage) -> None:
        await here.begins()
        await here.chooses("nudges_never", "no_recent_change")
        await here.says(Word.DOING, "restart db2")
        await here.passes(16)
        assert here.screen.cards[0].nudge.signals[0].kind is SignalKind.ACTION_OVERDUE
        done = await here.nudging.set_time(here.asks(BO), here.id, 1, 1, 20)
        assert done.by == here.clock.now() + 20 * A_MINUTE
        (action,) = (await here.root()).running
        assert action.by == done.by
        assert await here.outcomes() == [(Rung.CARD, NudgeOutcome.ACTED)]

    async def test_somebody_is_recruited(self, here: Stage) -> None:
        await asked_once(here)
        nudging = here.nudging
        with pytest.raises(Refusal, match="That is you"):
            await nudging.recruit(here.asks(BO), here.id, 1, here.who(BO))
        with pytest.raises(Refusal, match="can't look along"):
            await nudging.recruit(here.asks(BO), here.id, 1, here.who(CY, deleted=True))
        await nudging.recruit(here.asks(BO), here.id, 1, here.who(CY))
        await here.passes(1)
        assert here.screen.recruited == [(CY, BO)]
        assert "incident.invite" in here.rest.purposes
        record = await here.incidents.record(here.workspace, here.id)
        assert record is not None
        (look,) = [each for each in record.entries if each.kind is Kind.LOOK]
        assert (look.actor, look.person) == (BO, CY)

    async def test_nobody_is_let_into_what_is_private(self, here: Stage) -> None:
        await asked_once(here, CY, private=True)
        with pytest.raises(Refusal, match="private channel"):
            await here.nudging.recruit(here.asks(BO), here.id, 1, here.who(DI))
        await here.nudging.recruit(here.asks(BO), here.id, 1, here.who(CY))
        await here.passes(1)
        assert "incident.invite" not in here.rest.purposes
        assert here.screen.recruited == [(CY, BO)]

    async def test_checked_says_so_in_our_words_where_they_end_it(self, here: Stage) -> None:
        await asked_once(here)
        await here.nudging.checked(here.asks(BO), here.id, 1)
        record = await here.incidents.record(here.workspace, here.id)
        assert record is not None
        last = record.entries[-1]
        assert (last.kind, last.text, last.actor) == (Kind.CHANGED, "nothing, checked", BO)
        assert (await here.nudges())[0].outcome is NudgeOutcome.ANSWERED
        await here.passes(1)
        root = await here.root()
        assert await here.db.read(lambda tx: nudges_owed.marks(tx, root)) == ()

    async def test_a_reason_is_kept(self, here: Stage) -> None:
        await asked_once(here)
        await here.nudging.give_reason(here.asks(BO), here.id, 1, "we wait for the vendor")
        record = await here.incidents.record(here.workspace, here.id)
        assert record is not None
        assert (record.entries[-1].kind, record.entries[-1].text) == (
            Kind.DECIDED,
            "we wait for the vendor",
        )

    async def test_later_is_in_half_an_hour_and_a_slot(self, here: Stage) -> None:
        await here.begins()
        await here.chooses("nudges_never", "no_new_hypothesis")
        await here.passes(16)
        await here.nudging.later(here.asks(BO), here.id, 1)
        await here.passes(29)
        assert len(await here.nudges()) == 1
        await here.passes(2)
        assert await here.outcomes() == [
            (Rung.CARD, NudgeOutcome.SNOOZED),
            (Rung.CARD, NudgeOutcome.NONE),
        ]

    async def test_two_people_mute_it(self, here: Stage) -> None:
        await here.begins()
        await here.chooses("nudges_never", "no_new_hypothesis, stale_crew")
        await here.passes(16)
        first = await here.nudging.not_useful(here.asks(ANA), here.id, 1)
        assert "second person" in first.told
        with pytest.raises(Refusal, match="already"):
            await here.nudging.not_useful(here.asks(ANA), here.id, 1)
        await here.passes(1)
        assert here.screen.last_stands()
        second = await here.nudging.not_useful(here.asks(BO), here.id, 1)
        assert second.told.startswith("Muted here")
        await here.passes(300)
        assert not here.screen.last_stands()
        assert await here.outcomes() == [(Rung.CARD, NudgeOutcome.MUTED)]


class TestOff:
    async def test_the_commander_stops_it_at_once_and_undoes_it(self, here: Stage) -> None:
        await asked_once(here)
        with pytest.raises(Refusal, match="holds command"):
            await here.nudging.stop_asking(here.asks(BO), here.id)
        await here.nudging.stop_asking(here.asks(ANA), here.id)
        assert (await here.root()).quiet
        await here.passes(0.1)
        (nudge,) = await here.nudges()
        assert (nudge.outcome, nudge.answered_by) == (NudgeOutcome.STOPPED, ANA)
        assert not here.screen.last_stands()
        await here.passes(300)
        assert len(await here.nudges()) == 1
        await here.nudging.ask_again(here.asks(ANA), here.id)
        await here.passes(0.1)
        assert len(await here.nudges()) == 2

    async def test_by_command_it_is_the_same(self, here: Stage) -> None:
        await asked_once(here)
        await here.steering.set_quiet(here.asks(ANA), on=True)
        await here.passes(0.1)
        assert await here.outcomes() == [(Rung.CARD, NudgeOutcome.STOPPED)]

    async def test_what_was_decided_is_not_sent_after_that(self, here: Stage) -> None:
        here.screen.trouble = SendFailed("ratelimited", retry_after=200)
        await asked_once(here)
        await here.nudging.stop_asking(here.asks(ANA), here.id)
        await here.passes(10)
        assert here.screen.cards == []


class TestHarmless:
    """Pressed twice, by whoever left, after resolve, from elsewhere: refused, and nothing more."""

    async def refused(self, here: Stage, request: Request, words: str) -> None:
        before = await here.nudges()
        for press in (
            here.nudging.later(request, here.id, 1),
            here.nudging.checked(request, here.id, 1),
            here.nudging.not_useful(request, here.id, 1),
            here.nudging.take_idea(request, here.id, 1, "logs"),
            here.nudging.recruit(request, here.id, 1, here.who(CY)),
            here.nudging.give_reason(request, here.id, 1, "because"),
            here.nudging.asked(request, here.id, 1),
        ):
            with pytest.raises(Refusal, match=words):
                await press
        assert await here.nudges() == before
        assert (await here.root()).investigations == ()

    async def test_pressed_twice(self, here: Stage) -> None:
        await asked_once(here)
        await here.nudging.later(here.asks(BO, once="press-1"), here.id, 1)
        with pytest.raises(AlreadyHandled):
            await here.nudging.later(here.asks(BO, once="press-1"), here.id, 1)
        await self.refused(here, here.asks(BO), "not asked any more")

    async def test_after_it_was_resolved(self, here: Stage) -> None:
        await asked_once(here)
        await here.incidents.resolve(here.asks(), "a cold cache")
        await self.refused(here, here.asks(BO), "is over")
        await here.passes(1)
        assert await here.outcomes() == [(Rung.CARD, NudgeOutcome.OVER)]
        assert not here.screen.last_stands()
        await self.refused(here, here.asks(BO), "is over")
        await here.passes(300)
        assert len(here.screen.cards) == 1

    async def test_by_somebody_who_left_the_workspace(self, here: Stage) -> None:
        await asked_once(here)
        gone = here.asks(BO, person=here.who(BO, deleted=True))
        await self.refused(here, gone, "can't do that")

    async def test_by_somebody_of_another_organisation(self, here: Stage) -> None:
        await asked_once(here)
        other = here.asks(BO, person=here.who(BO, external=True))
        await self.refused(here, other, "another organisation")

    async def test_from_another_workspace(self, here: Stage, other_workspace: str) -> None:
        await asked_once(here)
        stranger = Person(other_workspace, BO, "bo")
        await self.refused(
            here, here.asks(BO, workspace=other_workspace, person=stranger), "not of this"
        )
        with pytest.raises(Refusal):
            await here.nudging.stop_asking(here.asks(ANA, workspace=other_workspace), here.id)

    async def test_from_another_channel(self, here: Stage) -> None:
        await asked_once(here)
        await self.refused(here, here.asks(BO, channel="C-other"), "not of this")

    async def test_a_question_that_never_was(self, here: Stage) -> None:
        await asked_once(here)
        for number in (0, 2, 99):
            with pytest.raises(Refusal):
                await here.nudging.later(here.asks(BO), here.id, number)
        with pytest.raises(Refusal):
            await here.nudging.take_idea(here.asks(BO), here.id, 1, "no-such-idea")

    async def test_what_one_person_was_asked_nobody_else_answers(self, here: Stage) -> None:
        await here.begins()
        await here.chooses("nudges", "commander")
        await here.passes(16)
        await self.refused(here, here.asks(BO), "whoever was asked")
        # It is answered where it was asked, in a direct message.
        await here.nudging.later(here.asks(ANA, channel=f"D-{ANA}"), here.id, 1)
        assert await here.outcomes() == [(Rung.COMMANDER, NudgeOutcome.SNOOZED)]

    async def test_a_commander_who_left_the_channel_answers_nothing(self, here: Stage) -> None:
        await here.begins()
        await here.chooses("nudges", "commander")
        await here.passes(16)
        now = here.clock.now()
        await here.db.run(lambda tx: tx.members.left(here.id, ANA, now))
        await self.refused(here, here.asks(ANA, channel=f"D-{ANA}"), "not in that incident")

    async def test_an_outsider_comes_or_declines_and_nothing_else_of_others(
        self, here: Stage
    ) -> None:
        await here.begins()
        await here.passes(16)
        root = await here.root()
        signal = (await here.nudges())[0].signals[0]

        def asked(tx: Tx) -> None:
            for number in (2, 3):
                now = here.clock.now()
                tx.nudges.put(root, Nudge(number, Rung.OUTSIDER, (signal,), now, asked_of=CY))

        await here.db.run(asked)
        there = {"channel": f"D-{CY}"}
        with pytest.raises(Refusal):
            await here.nudging.come(here.asks(BO, **there), here.id, 2)
        with pytest.raises(Refusal):
            await here.nudging.come(here.asks(CY), here.id, 1)
        await here.nudging.come(here.asks(CY, **there), here.id, 2)
        await here.nudging.decline(here.asks(CY, **there), here.id, 3)
        await here.passes(0.1)
        assert "incident.invite" in here.rest.purposes
        assert [each.outcome for each in (await here.nudges())[1:]] == [
            NudgeOutcome.ACTED,
            NudgeOutcome.DECLINED,
        ]
