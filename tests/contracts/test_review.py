"""ReviewStore on both databases: kept whole, found by whom it concerns, gone with a volunteer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.sampling.disclosure import Figure, Release, Scope, Share
from bot.sampling.review_ports import (
    TOGETHER,
    CodeBook,
    Coding,
    Exported,
    Grant,
    Look,
    Quote,
    QuoteState,
    Round,
    Seen,
    Tag,
    Task,
    TextKey,
)
from storage.engine import SqlDatabase
from storage.review_tables import (
    review_codings,
    review_looks,
    review_quotes,
    review_release_people,
    review_tasks,
)
from storage.tx import Tx
from tests.contracts.review_values import AT, CODER, READER, SECOND, House, erase, furnish

FIGURE = Figure(Scope("stuck", 1, 1), 30, False, (Share("1", 35, 20, 60, 25, 45),))
ODD = "null, NA, 007 '; DROP TABLE review_codings; --\n🧯 שלום \\"


@pytest.fixture
async def house(db: SqlDatabase, workspace: str) -> House:
    return await db.run(lambda tx: furnish(tx, workspace))


def coding(house: House, number: int = 0, coder: str = CODER, version: int = 1) -> Coding:
    text = house.texts[number]
    who = next(p.pseudonym for p in house.prompts if p.id == text.prompt)
    return Coding(text, who, coder, version, ("builds", "tests"), AT)


async def put(db: SqlDatabase, house: House, *codings: Coding) -> None:
    for each in codings:
        await db.run(_coded(house, each))


def _coded(house: House, made: Coding) -> Callable[[Tx], None]:
    return lambda tx: tx.review.code(house.study, made)


async def saw(db: SqlDatabase, house: House, look: Look) -> None:
    await db.run(lambda tx: tx.review.saw(house.study, ["vaaaaa"], look, AT))


async def test_code_books_come_back_by_version(db: SqlDatabase, house: House) -> None:
    first = CodeBook(house.id, 1, (Tag("builds", ODD),), CODER, AT)
    second = CodeBook(house.id, 2, (Tag("builds"), Tag("tests")), SECOND, AT)
    assert await db.read(lambda tx: tx.review.book(house.study)) is None
    await db.run(lambda tx: tx.review.put_book(first))
    await db.run(lambda tx: tx.review.put_book(second))
    assert await db.read(lambda tx: tx.review.book(house.study)) == second
    assert await db.read(lambda tx: tx.review.book(house.study, 1)) == first
    assert await db.read(lambda tx: tx.review.book(house.study, 3)) is None


async def test_codings_of_everybody_and_every_version(db: SqlDatabase, house: House) -> None:
    kept = [
        coding(house),
        coding(house, coder=SECOND),
        coding(house, coder=TOGETHER),
        coding(house, version=2),
        coding(house, 1),
    ]
    await put(db, house, *kept)
    changed = replace(kept[0], tags=())
    await db.run(lambda tx: tx.review.code(house.study, changed))
    found = await db.read(lambda tx: tx.review.codings(house.study, house.texts[:1]))
    assert set(found) == {changed, *kept[1:4]}
    assert [each.version for each in found] == [1, 1, 1, 2]
    assert await db.read(lambda tx: tx.review.codings(house.study, [TextKey("x", "y")])) == ()
    assert await db.read(lambda tx: tx.review.codings(house.study, [])) == ()


async def test_rounds_and_their_tasks(db: SqlDatabase, house: House) -> None:
    made = Round(f"R-{house.id}", house.id, 1, CODER, SECOND, 2, 30, AT)
    tasks = [
        Task(made.id, number, coder, house.texts[number], "vaaaaa")
        for number in (1, 2)
        for coder in (CODER, SECOND)
    ]
    await db.run(lambda tx: tx.review.put_round(made, tasks))
    assert await db.read(lambda tx: tx.review.round(house.study, made.id)) == made
    assert await db.read(lambda tx: tx.review.rounds(house.study)) == (made,)
    assert await db.read(lambda tx: tx.review.waiting(made.id)) == {CODER: 2, SECOND: 2}
    await db.run(lambda tx: tx.review.finish(house.study, tasks[0]))
    await db.run(lambda tx: tx.review.close_round(made, AT + timedelta(hours=1)))

    def left(tx: Tx, *, done: bool) -> tuple[Task, ...]:
        return tx.review.tasks(house.study, made.id, CODER, done=done, limit=9)

    assert await db.read(lambda tx: left(tx, done=False)) == (tasks[2],)
    assert await db.read(lambda tx: left(tx, done=True)) == (replace(tasks[0], done=True),)
    found = await db.read(lambda tx: tx.review.tasks_of(house.study, [house.texts[2]]))
    assert set(found) == {tasks[2], tasks[3]}
    closed = await db.read(lambda tx: tx.review.round(house.study, made.id))
    assert closed is not None
    assert closed.closed_at == AT + timedelta(hours=1)


async def test_grants_and_exports_the_newest_first(db: SqlDatabase, house: House) -> None:
    grants = [
        Grant(f"G{n}-{house.id}", house.id, "UA", "UO", AT + n * timedelta(hours=1), AT)
        for n in range(2)
    ]
    made = Exported(f"E-{house.id}", grants[0].id, house.id, "UA", AT, "analyst", "csv", "ab", 9)
    await db.run(lambda tx: tx.review.put_grant(grants[0]))
    await db.run(lambda tx: tx.review.put_grant(grants[1]))
    await db.run(lambda tx: tx.review.put_export(made))
    assert await db.read(lambda tx: tx.review.grants(house.study)) == (grants[1], grants[0])
    assert await db.read(lambda tx: tx.review.exports(house.study)) == (made,)


async def test_looks_add_up_over_a_day_and_are_of_one_volunteer(
    db: SqlDatabase, house: House
) -> None:
    read = Look(READER, Seen.READ, AT.date(), 2)
    found = Look(READER, Seen.FOUND, AT.date(), 1)
    later = Look(READER, Seen.READ, AT.date() + timedelta(days=1), 4)
    export = Look("UA", Seen.EXPORTED, AT.date(), 1, "ab12")
    for look in (read, found, read, later, export):
        await saw(db, house, look)
    seen = await db.read(lambda tx: tx.review.looks(house.study, "vaaaaa"))
    assert seen[0] == later
    assert set(seen[1:]) == {replace(read, times=4), found, export}
    assert await db.read(lambda tx: tx.review.looks(house.study, "vaaaab")) == ()


async def test_quotes_come_back_whole(db: SqlDatabase, house: House) -> None:
    quote = Quote(
        f"Q-{house.id}", house.id, house.texts[0], "vaaaaa", READER, ODD, "the digest", AT
    )
    await db.run(lambda tx: tx.review.put_quote(house.study, quote))
    assert await db.read(lambda tx: tx.review.quote(house.study, quote.id)) == quote
    after = replace(quote, state=QuoteState.APPROVED, approved=ODD[:4])
    await db.run(lambda tx: tx.review.put_quote(house.study, after))
    assert await db.read(lambda tx: tx.review.quotes(house.study, "vaaaaa")) == (after,)
    assert await db.read(lambda tx: tx.review.quotes(house.study)) == (after,)
    assert await db.read(lambda tx: tx.review.quotes(house.study, "vaaaab")) == ()


async def test_a_release_stays_as_it_was_published(db: SqlDatabase, house: House) -> None:
    people = frozenset(each.pseudonym for each in house.volunteers)
    await db.run(lambda tx: tx.review.put_release(house.study, Release(FIGURE, people, AT)))
    other = Release(replace(FIGURE, answers=99), frozenset({"vaaaaa"}), AT)
    await db.run(lambda tx: tx.review.put_release(house.study, other))
    (kept,) = await db.read(lambda tx: tx.review.releases(house.study, "stuck"))
    assert (kept.figure, len(kept.people), kept.gone, kept.at) == (FIGURE, 6, 0, AT)
    assert await db.read(lambda tx: tx.review.releases(house.study, "feeling")) == ()


async def test_erasing_takes_all_of_a_volunteer_along_and_nothing_of_others(
    db: SqlDatabase, house: House
) -> None:
    people = frozenset(each.pseudonym for each in house.volunteers)
    made = Round(f"R-{house.id}", house.id, 1, CODER, SECOND, 2, 30, AT)
    first, last = house.texts[0], house.texts[-1]

    def fill(tx: Tx) -> None:
        for number in (0, -1):
            text, who = house.texts[number], house.volunteers[number].pseudonym
            tx.review.code(house.study, replace(coding(house), text=text, pseudonym=who))
            quote = Quote(f"Q{number}-{house.id}", house.id, text, who, READER, "x", "here", AT)
            tx.review.put_quote(house.study, quote)
            tx.review.saw(house.study, [who], Look(READER, Seen.READ, AT.date()), AT)
        tasks = [Task(made.id, n, CODER, t, "v") for n, t in ((1, first), (2, last))]
        tx.review.put_round(made, tasks)
        tx.review.put_release(house.study, Release(FIGURE, people, AT))

    def count(tx: Tx) -> list[int]:
        connection = tx.review._connection  # noqa: SLF001 - to see what is left in the rows
        tables = (review_codings, review_quotes, review_looks, review_tasks)
        mine = [sa.select(sa.func.count()).select_from(each) for each in tables]
        mine[0] = mine[0].where(review_codings.c.prompt.in_(_names(tx, house)))
        mine[1] = mine[1].where(review_quotes.c.study == house.id)
        mine[2] = mine[2].where(review_looks.c.study == house.id)
        mine[3] = mine[3].where(review_tasks.c.round == made.id)
        people_left = sa.select(sa.func.count()).where(review_release_people.c.study == house.id)
        return [connection.execute(each).scalar_one() for each in (*mine, people_left)]

    await db.run(fill)
    assert await db.read(count) == [2, 2, 2, 2, 6]
    await db.run(lambda tx: erase(tx, house, 0))
    assert await db.read(count) == [1, 1, 1, 1, 5]
    (kept,) = await db.read(lambda tx: tx.review.releases(house.study))
    assert (kept.figure, kept.gone, kept.withdrawn) == (FIGURE, 1, False)
    await db.run(lambda tx: erase(tx, house, 1))
    (kept,) = await db.read(lambda tx: tx.review.releases(house.study))
    assert (kept.figure, kept.gone, kept.withdrawn) == (FIGURE, 2, True)


def _names(tx: Tx, house: House) -> list[str]:
    keys = tx.review._keys  # noqa: SLF001 - as above
    return [keys.vault.name(each.id) for each in house.prompts]


async def test_a_copied_database_shows_neither_tags_nor_words_nor_names(
    db: SqlDatabase, house: House
) -> None:
    def fill(tx: Tx) -> None:
        tx.review.code(house.study, coding(house))
        quote = Quote(f"Q-{house.id}", house.id, house.texts[0], "vaaaaa", READER, ODD, "x", AT)
        tx.review.put_quote(house.study, quote)
        tx.review.saw(house.study, ["vaaaaa"], Look(READER, Seen.READ, AT.date()), AT)

    await db.run(fill)

    def rows(tx: Tx) -> str:
        connection = tx.review._connection  # noqa: SLF001 - what stands in the file
        tables = (review_codings, review_quotes, review_looks)
        return repr([connection.execute(sa.select(each)).all() for each in tables])

    told = await db.read(rows)
    for secret in ("builds", "DROP", "vaaaaa", house.texts[0].prompt):
        assert secret not in told
