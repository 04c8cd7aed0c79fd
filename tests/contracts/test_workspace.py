"""WorkspaceStore on both databases."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.exc import NoResultFound

from bot.workspace.model import Person, Workspace
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.values import ODD_TEXTS, person


class TestWorkspaces:
    async def test_every_field_comes_back(self, db: SqlDatabase, workspace: str) -> None:
        kept = Workspace(workspace, "Zoë's 🧯", "UBOT", "feuer")

        await db.run(lambda tx: tx.workspace.save(kept))

        assert await db.read(lambda tx: tx.workspace.get(workspace)) == kept

    async def test_none_that_nobody_saved(self, db: SqlDatabase, workspace: str) -> None:
        assert await db.read(lambda tx: tx.workspace.get(workspace)) is None

    async def test_saving_again_replaces_and_goes_on_counting(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        kept = Workspace(workspace, "Before", "UBOT")
        await db.run(lambda tx: tx.workspace.save(kept))
        await db.run(lambda tx: tx.workspace.next_number(workspace))

        await db.run(lambda tx: tx.workspace.save(replace(kept, name="After")))

        assert await db.read(lambda tx: tx.workspace.get(workspace)) == replace(kept, name="After")
        assert await db.run(lambda tx: tx.workspace.next_number(workspace)) == 2


class TestNumbering:
    async def test_counts_from_one_in_each_workspace(
        self, db: SqlDatabase, workspace: str, other_workspace: str
    ) -> None:
        for each in (workspace, other_workspace):
            await db.run(lambda tx, each=each: tx.workspace.save(Workspace(each, "", "")))  # type: ignore[misc]

        ours = [await db.run(lambda tx: tx.workspace.next_number(workspace)) for _ in range(3)]

        assert ours == [1, 2, 3]
        assert await db.run(lambda tx: tx.workspace.next_number(other_workspace)) == 1

    async def test_no_gap_and_no_number_twice_however_many_ask_at_once(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        await db.run(lambda tx: tx.workspace.save(Workspace(workspace, "", "")))

        def take(tx: Tx) -> int:
            return tx.workspace.next_number(workspace)

        def take_and_fail(tx: Tx) -> int:
            tx.workspace.next_number(workspace)
            raise LookupError

        asked = [take_and_fail if place % 3 == 0 else take for place in range(30)]
        numbers = await asyncio.gather(*map(db.run, asked), return_exceptions=True)

        assert sorted(each for each in numbers if isinstance(each, int)) == list(range(1, 21))

    async def test_a_workspace_nobody_saved_has_no_numbers(
        self, db: SqlDatabase, workspace: str
    ) -> None:
        with pytest.raises(NoResultFound):
            await db.run(lambda tx: tx.workspace.next_number(workspace))


class TestPeople:
    async def test_every_field_comes_back(self, db: SqlDatabase, workspace: str) -> None:
        somebody = person(workspace)

        await db.run(lambda tx: tx.workspace.save_person(somebody))

        assert await db.read(lambda tx: tx.workspace.person(workspace, "U1")) == somebody

    async def test_names_are_kept_to_the_letter(self, db: SqlDatabase, workspace: str) -> None:
        odd = tuple(Person(workspace, f"U{n}", name) for n, name in enumerate(ODD_TEXTS))

        def work(tx: Tx) -> None:
            for each in odd:
                tx.workspace.save_person(each)

        await db.run(work)

        assert await db.read(lambda tx: tx.workspace.people(workspace)) == odd

    async def test_seen_again_they_are_refreshed(self, db: SqlDatabase, workspace: str) -> None:
        await db.run(lambda tx: tx.workspace.save_person(person(workspace)))
        plain = Person(workspace, "U1", "Zoë")

        await db.run(lambda tx: tx.workspace.save_person(plain))

        assert await db.read(lambda tx: tx.workspace.people(workspace)) == (plain,)

    async def test_everybody_comes_in_one_order(self, db: SqlDatabase, workspace: str) -> None:
        for name in ("U3", "U1", "U2"):
            await db.run(lambda tx, name=name: tx.workspace.save_person(person(workspace, name)))  # type: ignore[misc]

        everybody = await db.read(lambda tx: tx.workspace.people(workspace))

        assert [each.id for each in everybody] == ["U1", "U2", "U3"]
