"""Reviewing, on both databases: reading, coding, and coding apart. Who may: `test_ways_in`."""

import re
from collections.abc import Callable

import pytest

from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.model import Appointment, Role
from bot.sampling.own import everything
from bot.sampling.review_ports import Round, Seen, Tag, TextKey
from bot.workspace.model import Request
from storage.engine import SqlDatabase
from tests.contracts.review_values import (
    ANALYST,
    AT,
    CODER,
    OWNER,
    READER,
    SECOND,
    erase,
)
from tests.contracts.reviewing import TAGS, Desk, opened


@pytest.fixture
async def desk(db: SqlDatabase, workspace: str, draws: Draws) -> Desk:
    return await opened(db, workspace, draws)


# -- reading ---------------------------------------------------------------------------------------


async def test_a_card_has_no_clock_and_no_reason(desk: Desk) -> None:
    page = await desk.reviewing.queue(desk.by(READER), desk.id, texts_only=False)
    card, unsent = page.cards[:2]
    assert (card.day, card.part_of_day, card.status) == (1, "morning", "complete")
    assert ("How challenging was it?", "3 - Moderately") in card.choices
    assert card.texts[0].question.startswith("What are you currently banging your head")
    assert (unsent.status, unsent.choices, unsent.texts) == ("not_sent", (), ())
    told = repr(page)
    assert "incident" not in told.replace("Incident or on-call work", "")
    assert not re.search(r"\d\d:\d\d|2028|UV\d", told)


async def test_pages_go_through_all_texts_once(desk: Desk) -> None:
    seen: list[TextKey] = []
    after, pages = "", 0
    while pages == 0 or after:
        page = await desk.reviewing.queue(desk.by(CODER), desk.id, after)
        seen += [text.text for card in page.cards for text in card.texts]
        after, pages = page.after, pages + 1
    assert len(seen) == len(set(seen)) == 30
    assert set(seen) == set(desk.house.texts)
    assert pages in {3, 4}


async def test_search_finds_words_in_any_case_and_says_how_far_it_looked(desk: Desk) -> None:
    found = await desk.reviewing.search(desk.by(READER), desk.id, "flaky TESTS")
    assert {text.words for card in found.cards for text in card.texts} == {"tests are FLAKY again"}
    assert found.looked == 60
    assert found.after == ""
    nothing = await desk.reviewing.search(desk.by(READER), desk.id, "zebra")
    assert (nothing.cards, nothing.looked) == ((), 60)
    with pytest.raises(Refusal, match="which words"):
        await desk.reviewing.search(desk.by(READER), desk.id, "  ")


async def test_a_volunteer_learns_who_saw_what_and_what_was_made_of_it(desk: Desk) -> None:
    me, text = desk.by(CODER), desk.house.texts[0]
    await desk.reviewing.change_book(me, desk.id, TAGS)
    await desk.reviewing.code(me, desk.id, text, ["tests"])
    await desk.reviewing.search(desk.by(READER), desk.id, "flaky")
    await desk.quoting.ask(desk.by(READER), desk.id, text, "FLAKY", "the digest")
    await desk.exporting.grant(desk.by(OWNER), desk.id, ANALYST)
    first = desk.house.volunteers[0]
    told = await desk.db.read(lambda tx: everything(tx, desk.house.study, first))
    assert [(each["person"], each["how"]) for each in told["who_read_or_exported"]] == [
        (READER, "found")
    ]
    assert [(each["coder"], each["tags"]) for each in told["tags"]] == [(CODER, ["tests"])]
    assert [(each["words"], each["state"]) for each in told["quotes_asked_for"]] == [
        ("FLAKY", "asked")
    ]
    assert [(each["analyst"], each["by"]) for each in told["granted"]] == [(ANALYST, OWNER)]
    other = desk.house.volunteers[1]
    told = await desk.db.read(lambda tx: everything(tx, desk.house.study, other))
    assert (told["tags"], told["quotes_asked_for"]) == ([], [])


async def test_every_look_is_kept_for_whom_it_concerned(desk: Desk) -> None:
    await desk.reviewing.queue(desk.by(READER), desk.id)
    await desk.reviewing.search(desk.by(CODER), desk.id, "zebra")
    counts = {}
    for each in desk.house.volunteers:
        looks = await desk.looks(each.pseudonym)
        for look in looks:
            assert (look.person, look.how, look.on) == (READER, Seen.READ, AT.date())
            counts[each.pseudonym] = look.times
    assert sum(counts.values()) == 10
    assert len(counts) == 2


# -- coding ----------------------------------------------------------------------------------------


async def test_tags_are_of_the_newest_code_book_and_nothing_else(desk: Desk) -> None:
    me, text = desk.by(CODER), desk.house.texts[0]
    with pytest.raises(Refusal, match="no code book"):
        await desk.reviewing.code(me, desk.id, text, ())
    await desk.reviewing.change_book(me, desk.id, TAGS)
    with pytest.raises(Refusal, match="no tag meetings"):
        await desk.reviewing.code(me, desk.id, text, ["meetings", "builds"])
    made = await desk.reviewing.code(me, desk.id, text, ["tests", "builds"])
    assert (made.version, made.tags) == (1, ("builds", "tests"))
    await desk.reviewing.change_book(me, desk.id, (*TAGS, Tag("meetings")))
    again = await desk.reviewing.code(me, desk.id, text, ["meetings"])
    assert (again.version, again.tags) == (2, ("meetings",))
    kept = await desk.db.read(lambda tx: tx.review.codings(desk.house.study, [text]))
    assert [each.version for each in kept] == [1, 2]


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ((), "1 to 60"),
        ((Tag("a"), Tag("A ")), "each of them once"),
        ((Tag(" "),), "1 to 40"),
        ((Tag("x" * 41),), "1 to 40"),
        (tuple(Tag(str(n)) for n in range(61)), "1 to 60"),
    ],
)
async def test_code_books_that_cannot_be(desk: Desk, tags: tuple[Tag, ...], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        await desk.reviewing.change_book(desk.by(CODER), desk.id, tags)


async def test_a_forged_text_is_not_there(desk: Desk) -> None:
    await desk.reviewing.change_book(desk.by(CODER), desk.id, TAGS)
    prompt = desk.house.texts[0].prompt
    for text in (TextKey("nowhere", "stuck_text"), TextKey(prompt, "stuck"), TextKey(prompt, "x")):
        with pytest.raises(Refusal, match="not there"):
            await desk.reviewing.code(desk.by(CODER), desk.id, text, ())


async def code_all(desk: Desk, coder: str, round_id: str, tags: Callable[[str], list[str]]) -> int:
    done = 0
    while task := await desk.reviewing.next_to_code(desk.by(coder), desk.id, round_id):
        (words,) = [t.words for t in task.card.texts if t.text == task.task.text]
        await desk.reviewing.code(desk.by(coder), desk.id, task.task.text, tags(words))
        done += 1
    return done


def by_words(words: str) -> list[str]:
    return [tag for tag, word in (("builds", "build"), ("tests", "tests")) if word in words]


async def test_two_code_apart_and_then_compare(desk: Desk) -> None:
    one, two = desk.by(CODER), desk.by(SECOND)
    await desk.reviewing.change_book(one, desk.id, TAGS)
    made = await desk.reviewing.start_round(one, desk.id, SECOND)
    assert (made.texts, made.of) == (30, 30)
    assert await code_all(desk, CODER, made.id, by_words) == 30
    # The second sees nothing of the first, wherever they look; nor does a reader.
    for who in (two, desk.by(READER)):
        page = await desk.reviewing.queue(who, desk.id)
        assert {(t.own, t.together, t.others) for c in page.cards for t in c.texts} == {
            (None, None, ())
        }
    first = await desk.reviewing.next_to_code(two, desk.id, made.id)
    assert first is not None
    assert {(t.own, t.others) for t in first.card.texts} == {(None, ())}
    assert first.left == 30
    with pytest.raises(Refusal, match="once both have coded"):
        await desk.reviewing.agreement(one, desk.id, made.id)
    await cannot_settle(desk, one, made)
    # Until then the first may still change their mind; a newer code book does not touch the round.
    await desk.reviewing.change_book(two, desk.id, (*TAGS, Tag("meetings")))
    mind = await desk.reviewing.code(one, desk.id, first.task.text, ["people"])
    assert mind.version == made.version
    assert await code_all(desk, SECOND, made.id, lambda _: ["builds"]) == 30
    # Both are done; until the agreement was computed they neither compare nor settle.
    (going,) = await desk.reviewing.rounds(one, desk.id)
    assert (going.over, going.round.closed_at) == (True, None)
    assert await others_in(desk, two) == set()
    await cannot_settle(desk, one, made)
    found = await desk.reviewing.agreement(desk.by(READER), desk.id, made.id)
    assert (found.texts, found.of, found.volunteers, found.version) == (30, 30, 6, 1)
    builds = next(each for each in found.tags if each.tag == "builds")
    assert builds.second == 30
    assert 0 < builds.first < 30
    # Now they see each other's, and what they gave apart stays.
    assert await others_in(desk, two) == {CODER}
    with pytest.raises(Refusal, match="Settle on it"):
        await desk.reviewing.code(two, desk.id, first.task.text, ["tests"])
    await desk.reviewing.settle(two, desk.id, first.task.text, ["tests"])
    assert await desk.reviewing.agreement(one, desk.id, made.id) is not None
    seen = await desk.reviewing.queue(desk.by(READER), desk.id)
    reads = {t.text: (t.own, t.together, t.others) for c in seen.cards for t in c.texts}
    assert reads.get(first.task.text, (None, ("tests",), ())) == (None, ("tests",), ())
    with pytest.raises(Refusal, match="in no round yet"):
        await desk.reviewing.start_round(one, desk.id, SECOND)


async def cannot_settle(desk: Desk, who: Request, made: Round) -> None:
    for ask in (
        desk.reviewing.settle(who, desk.id, desk.house.texts[0], []),
        desk.reviewing.settled_by(who, desk.id, desk.house.texts[0]),
        desk.reviewing.next_to_settle(who, desk.id, made.id),
    ):
        with pytest.raises(Refusal, match="after they have looked at its agreement"):
            await ask


async def others_in(desk: Desk, who: Request) -> set[str]:
    """Whose tags besides their own somebody is shown."""
    page = await desk.reviewing.queue(who, desk.id)
    return {coder for c in page.cards for t in c.texts for coder, _ in t.others}


async def test_two_settle_on_what_they_differ_and_nobody_else_does(desk: Desk) -> None:
    one, two = desk.by(CODER), desk.by(SECOND)
    await desk.reviewing.change_book(one, desk.id, TAGS)
    made = await desk.reviewing.start_round(one, desk.id, SECOND)
    await code_all(desk, CODER, made.id, by_words)
    await code_all(desk, SECOND, made.id, lambda words: by_words(words) or ["people"])
    await desk.reviewing.agreement(one, desk.id, made.id)
    third = Appointment("UTHIRD", Role.CODER, 1, AT)
    await desk.change(lambda tx: tx.studies.appoint(desk.house.study, third))
    await desk.reviewing.change_book(two, desk.id, (*TAGS, Tag("meetings")))  # not the round's
    with pytest.raises(Refusal, match="not yours"):
        await desk.reviewing.next_to_settle(desk.by("UTHIRD"), desk.id, made.id)
    left = []
    while found := await desk.reviewing.next_to_settle(two, desk.id, made.id):
        left.append(found.left)
        (text,) = [each for each in found.card.texts if each.text == found.text]
        assert (text.own, text.others, text.settles) == (("people",), ((CODER, ()),), True)
        with pytest.raises(Refusal, match="two who have both coded"):
            await desk.reviewing.settle(desk.by("UTHIRD"), desk.id, found.text, ["people"])
        assert (await desk.reviewing.settled_by(two, desk.id, found.text)).version == made.version
        await desk.reviewing.settle(two, desk.id, found.text, ["people"])
    assert left == list(range(len(left), 0, -1))
    assert len(left) == 15
    assert await desk.reviewing.next_to_settle(one, desk.id, made.id) is None


async def test_a_round_is_over_when_what_was_left_of_it_is_erased(desk: Desk) -> None:
    await desk.reviewing.change_book(desk.by(CODER), desk.id, TAGS)
    made = await desk.reviewing.start_round(desk.by(CODER), desk.id, SECOND)
    assert await code_all(desk, CODER, made.id, by_words) == 30
    left = desk.house.volunteers[0].pseudonym
    while task := await desk.reviewing.next_to_code(desk.by(SECOND), desk.id, made.id):
        if task.card.pseudonym == left:
            break
        await desk.reviewing.code(desk.by(SECOND), desk.id, task.task.text, ["builds"])
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    await code_all(desk, SECOND, made.id, by_words)
    assert await desk.reviewing.next_to_code(desk.by(SECOND), desk.id, made.id) is None
    found = await desk.reviewing.agreement(desk.by(CODER), desk.id, made.id)
    assert (found.texts, found.of, found.erased, found.volunteers) == (25, 25, 5, 5)
    (closed,) = await desk.reviewing.rounds(desk.by(CODER), desk.id)
    assert closed.round.closed_at is not None


async def test_a_round_is_for_two_coders(desk: Desk) -> None:
    await desk.reviewing.change_book(desk.by(CODER), desk.id, TAGS)
    for other in (CODER, READER, "UV1", "UNOBODY"):
        with pytest.raises(Refusal, match="another coder"):
            await desk.reviewing.start_round(desk.by(CODER), desk.id, other)
    made = await desk.reviewing.start_round(desk.by(CODER), desk.id, SECOND)
    third = Appointment("UTHIRD", Role.CODER, 1, AT)
    await desk.change(lambda tx: tx.studies.appoint(desk.house.study, third))
    with pytest.raises(Refusal, match="not yours"):
        await desk.reviewing.next_to_code(desk.by("UTHIRD"), desk.id, made.id)
