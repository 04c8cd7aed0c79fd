"""On how many texts agreement is computed, on both databases: a hundred, or all there are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.model import Appointment, Outcome, Role
from bot.sampling.review_ports import Coding, Round, Tag
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.bot.sampling import exporting
from tests.contracts.review_values import AT, CODER, READER, SECOND, erase
from tests.contracts.reviewing import TAGS, Desk, opened

PEOPLE, DAYS = 24, 5
TEXTS = PEOPLE * DAYS  # 120


@pytest.fixture
async def desk(db: SqlDatabase, workspace: str, draws: Draws) -> Desk:
    desk = await opened(db, workspace, draws, people=PEOPLE, days=DAYS)
    await desk.reviewing.change_book(desk.by(CODER), desk.id, TAGS)
    return desk


async def coded(desk: Desk, made: Round) -> None:
    """Both code all of it; the second every other text as the first does not."""

    def work(tx: Tx) -> None:
        for coder in (made.first, made.second):
            tasks = tx.review.tasks(desk.house.study, made.id, coder, done=False, limit=200)
            for each in tasks:
                tags = ("tests",) if coder == SECOND and each.number % 2 else ("builds",)
                given = Coding(each.text, each.pseudonym, coder, made.version, tags, AT)
                tx.review.code(desk.house.study, given)
                tx.review.finish(desk.house.study, each)

    await desk.change(work)


def erasing(desk: Desk, number: int) -> Callable[[Tx], None]:
    return lambda tx: erase(tx, desk.house, number)


async def a_round(desk: Desk) -> Round:
    made = await desk.reviewing.start_round(desk.by(CODER), desk.id, SECOND)
    await coded(desk, made)
    return made


async def refused(desk: Desk, made: Round) -> str:
    with pytest.raises(Refusal) as refusal:
        await desk.reviewing.agreement(desk.by(READER), desk.id, made.id)
    (going,) = [e for e in await desk.reviewing.rounds(desk.by(CODER), desk.id) if e.round == made]
    assert going.round.closed_at is None, "refused, and yet they may compare"
    return refusal.value.text


async def test_a_hundred_of_more_and_it_says_of_how_many(desk: Desk) -> None:
    made = await a_round(desk)
    found = await desk.reviewing.agreement(desk.by(READER), desk.id, made.id)
    assert (made.texts, made.of) == (100, TEXTS)
    assert (found.texts, found.of, found.erased, found.volunteers) == (100, TEXTS, 0, PEOPLE)


async def test_erasing_makes_too_few_of_enough_and_another_round_adds_to_them(desk: Desk) -> None:
    made = await a_round(desk)
    await desk.change(erasing(desk, 0))
    gone = 100 - await left_in(desk, made)
    assert gone > 0
    said = await refused(desk, made)
    assert f"coded {100 - gone} of {TEXTS - DAYS} so far" in said
    assert f"{gone} more were erased" in said

    await a_round(desk)
    found = await desk.reviewing.agreement(desk.by(READER), desk.id, made.id)
    assert (found.texts, found.of, found.erased) == (TEXTS - DAYS, TEXTS - DAYS, gone)
    assert found.volunteers == PEOPLE - 1
    builds = next(each for each in found.tags if each.tag == "builds")
    assert (builds.first, builds.second) == (found.texts, builds.both)
    assert all(e.round.closed_at for e in await desk.reviewing.rounds(desk.by(CODER), desk.id))


async def left_in(desk: Desk, made: Round) -> int:
    study = desk.house.study
    tasks = await desk.db.read(
        lambda tx: tx.review.tasks(study, made.id, CODER, done=True, limit=200)
    )
    return len(tasks)


async def test_what_is_left_over_is_no_round_by_another_code_book(desk: Desk) -> None:
    first = await a_round(desk)
    await desk.reviewing.agreement(desk.by(CODER), desk.id, first.id)
    await desk.reviewing.change_book(desk.by(CODER), desk.id, (*TAGS, Tag("meetings")))
    with pytest.raises(Refusal, match="20 of 120 are in none yet"):
        await desk.reviewing.start_round(desk.by(CODER), desk.id, SECOND)
    assert len(await desk.reviewing.rounds(desk.by(CODER), desk.id)) == 1


async def test_nor_with_another_coder(desk: Desk) -> None:
    await a_round(desk)
    third = Appointment("UTHIRD", Role.CODER, 1, AT)
    await desk.change(lambda tx: tx.studies.appoint(desk.house.study, third))
    with pytest.raises(Refusal, match="20 of 120 are in none yet"):
        await desk.reviewing.start_round(desk.by(CODER), desk.id, "UTHIRD")


async def test_what_the_two_left_over_counts_with_what_they_coded(desk: Desk) -> None:
    first = await a_round(desk)
    # The other way round: whose tags are whose does not change with who began.
    second = await desk.reviewing.start_round(desk.by(SECOND), desk.id, CODER)
    assert (second.texts, second.of) == (20, TEXTS)
    alone = await desk.reviewing.agreement(desk.by(CODER), desk.id, first.id)
    assert (alone.texts, alone.of) == (100, TEXTS)
    await coded(desk, second)
    for made, flipped in ((first, False), (second, True)):
        found = await desk.reviewing.agreement(desk.by(CODER), desk.id, made.id)
        assert (found.texts, found.of, found.erased) == (TEXTS, TEXTS, 0)
        tests = next(each for each in found.tags if each.tag == "tests")
        assert (tests.first, tests.second) == ((60, 0) if flipped else (0, 60))


async def test_what_was_written_after_the_draw_is_not_of_it(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    desk = await opened(db, workspace, draws)
    await desk.reviewing.change_book(desk.by(CODER), desk.id, TAGS)
    made = await a_round(desk)
    prompt = exporting.prompt(desk.house.volunteers[0].pseudonym, 5, 3, Outcome.COMPLETE)
    prompt = replace(prompt, id=f"{desk.id}.later", study=desk.id)
    answers = [
        replace(each, at=AT + timedelta(hours=1)) for each in exporting.answers(prompt, "later")
    ]

    def answer(tx: Tx) -> None:
        tx.prompts.put(prompt)
        tx.prompts.answer(answers, desk.house.study)

    await desk.change(answer)
    await desk.change(erasing(desk, 5))
    found = await desk.reviewing.agreement(desk.by(CODER), desk.id, made.id)
    assert (found.texts, found.of, found.erased) == (25, 25, 5)
    page = await desk.reviewing.search(desk.by(CODER), desk.id, "later")
    assert len(page.cards) == 1
