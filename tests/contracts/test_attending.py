"""AttendingStore on both databases."""

from dataclasses import replace

import pytest

from bot.clock import Draws
from bot.incidents.attended import Attendant, Below, Question, Wants
from bot.incidents.model import Change, Incident, Investigation
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.databases import NOW
from tests.contracts.values import ODD_TEXTS, SECOND, entry, incident


@pytest.fixture
async def root(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    """An incident to attend to."""
    made = incident(workspace, draws.token())
    await db.run(lambda tx: tx.incidents.add(made, entry()))
    return made


@pytest.fixture
async def other(db: SqlDatabase, workspace: str, draws: Draws) -> Incident:
    """Another one beside it."""
    made = incident(workspace, draws.token(), number=2)
    await db.run(lambda tx: tx.incidents.add(made, entry()))
    return made


class TestBelowTheBoard:
    async def test_nothing_is_counted_while_there_is_no_board(
        self, db: SqlDatabase, root: Incident
    ) -> None:
        await db.run(lambda tx: tx.attending.line_below(root.id))

        assert await db.read(lambda tx: tx.attending.below(root)) is None

    async def test_counts_until_it_is_posted_again(
        self, db: SqlDatabase, root: Incident, other: Incident
    ) -> None:
        def talk(tx: Tx) -> None:
            for each in (root, other):
                tx.attending.board_stands(each, NOW)
            for _ in range(3):
                tx.attending.line_below(root.id)

        await db.run(talk)
        assert await db.read(lambda tx: tx.attending.below(root)) == Below(3, NOW)
        assert await db.read(lambda tx: tx.attending.below(other)) == Below(0, NOW)

        await db.run(lambda tx: tx.attending.board_stands(root, NOW + SECOND))

        assert await db.read(lambda tx: tx.attending.below(root)) == Below(0, NOW + SECOND)


class TestLastWords:
    async def test_the_latest_of_each_thread(
        self, db: SqlDatabase, workspace: str, draws: Draws
    ) -> None:
        made = incident(workspace, draws.token())

        def tell(tx: Tx) -> None:
            tx.incidents.add(made, entry(1, NOW, investigation=None))
            later = (
                entry(2, NOW, investigation=1),
                entry(3, NOW + SECOND, investigation=1),
                entry(4, NOW, investigation=2),
            )
            threads = (Investigation(1, "disk", NOW), Investigation(2, "logs", NOW))
            tx.incidents.save(made, Change(replace(made, investigations=threads), later))

        await db.run(tell)

        words = await db.read(lambda tx: tx.attending.last_words(made))
        assert words == {1: NOW + SECOND, 2: NOW}


class TestQuestions:
    @pytest.mark.parametrize("text", ODD_TEXTS)
    async def test_come_back_to_the_letter_with_their_answer(
        self, db: SqlDatabase, root: Incident, text: str
    ) -> None:
        asked = Question(1, "U1", text, NOW)
        answered = replace(asked, answer=text, answered_by="U2", answered_at=NOW + SECOND)

        await db.run(lambda tx: tx.attending.ask(root, asked))
        assert await db.read(lambda tx: tx.attending.questions(root)) == (asked,)
        assert await db.read(lambda tx: tx.attending.waiting(root)) == 1

        await db.run(lambda tx: tx.attending.answered(root, answered))
        assert await db.read(lambda tx: tx.attending.questions(root)) == (answered,)
        assert await db.read(lambda tx: tx.attending.waiting(root)) == 0

    async def test_belong_to_one_incident(
        self, db: SqlDatabase, root: Incident, other: Incident
    ) -> None:
        await db.run(lambda tx: tx.attending.ask(root, Question(1, "U1", "why", NOW)))

        given = Question(1, "U1", "why", NOW, "so", "U2", NOW)
        await db.run(lambda tx: tx.attending.answered(other, given))

        assert await db.read(lambda tx: tx.attending.questions(other)) == ()
        assert await db.read(lambda tx: tx.attending.waiting(root)) == 1


class TestWatchers:
    async def test_each_once(self, db: SqlDatabase, root: Incident, other: Incident) -> None:
        first = await db.run(lambda tx: tx.attending.watch(root, "U2", NOW))
        again = await db.run(lambda tx: tx.attending.watch(root, "U2", NOW + SECOND))
        await db.run(lambda tx: tx.attending.watch(root, "U1", NOW))

        assert (first, again) == (True, False)
        assert await db.read(lambda tx: tx.attending.watchers(root)) == ("U1", "U2")
        assert await db.read(lambda tx: tx.attending.watchers(other)) == ()


class TestAttendants:
    @pytest.mark.parametrize("line", ODD_TEXTS)
    async def test_come_back_to_the_letter(
        self, db: SqlDatabase, workspace: str, line: str
    ) -> None:
        kept = Attendant("U1", line, Wants.ASKED)

        await db.run(lambda tx: tx.attending.put_attendant(workspace, kept))

        assert await db.read(lambda tx: tx.attending.attendant(workspace, "U1")) == kept

    async def test_somebody_who_said_nothing(self, db: SqlDatabase, workspace: str) -> None:
        found = await db.read(lambda tx: tx.attending.attendant(workspace, "U9"))

        assert found == Attendant("U9")

    async def test_the_last_word_stands(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.attending.put_attendant(workspace, Attendant("U1", "before")))
        await db.run(lambda tx: tx.attending.put_attendant(workspace, Attendant("U1", "after")))

        assert (await db.read(lambda tx: tx.attending.attendant(workspace, "U1"))).line == "after"

    async def test_only_those_asked_about_who_said_something(
        self, db: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        def write(tx: Tx) -> None:
            for each in (Attendant("U1", "DBA"), Attendant("U2"), Attendant("U3", "support")):
                tx.attending.put_attendant(workspace, each)

        await db.run(write)

        asked = ("U1", "U2", "U9")
        found = await db.read(lambda tx: tx.attending.attendants(workspace, asked))
        strange = await db.read(lambda tx: tx.attending.attendants(other_workspace, asked))
        assert found == (Attendant("U1", "DBA"),)
        assert strange == ()
        assert await db.read(lambda tx: tx.attending.attendants(workspace, ())) == ()
