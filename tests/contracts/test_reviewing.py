"""Reviewing, on both databases: who sees what, coding apart, grants, quotes, figures."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.export import Bundle
from bot.sampling.export_bundle import Made, Wanted, Writing
from bot.sampling.export_files import Format
from bot.sampling.exporting import Exporting
from bot.sampling.model import Appointment, Role, Volunteer
from bot.sampling.quoting import Quoting, decided, is_shortened
from bot.sampling.releasing import WHOLE, Releasing
from bot.sampling.review_ports import Look, QuoteState, Seen, Tag, TextKey
from bot.sampling.reviewing import Reviewing
from bot.workspace.model import Request
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.review_values import (
    ANALYST,
    AT,
    CODER,
    OWNER,
    READER,
    ROLES,
    SECOND,
    House,
    erase,
    furnish,
    request,
)

TAGS = (Tag("builds", "Building is slow or broken"), Tag("tests"), Tag("people"))


@dataclass(frozen=True, slots=True)
class Desk:
    """The services over one furnished study, and people who ask them."""

    db: SqlDatabase
    house: House
    workspace: str
    reviewing: Reviewing[Tx]
    exporting: Exporting[Tx]
    quoting: Quoting[Tx]
    releasing: Releasing[Tx]

    @property
    def id(self) -> str:
        return self.house.id

    def by(self, person: str, **who: Any) -> Request:
        return request(self.workspace, person, **who)

    async def looks(self, pseudonym: str) -> tuple[Look, ...]:
        return await self.db.read(lambda tx: tx.review.looks(self.house.study, pseudonym))

    async def change(self, work: Callable[[Tx], object]) -> None:
        await self.db.run(work)


@pytest.fixture
async def desk(db: SqlDatabase, workspace: str, draws: Draws) -> Desk:
    return await opened(db, workspace, draws)


async def opened(
    db: SqlDatabase, workspace: str, draws: Draws, people: int = 6, days: int = 5
) -> Desk:
    house = await db.run(lambda tx: furnish(tx, workspace, people, days))
    return Desk(
        db,
        house,
        workspace,
        Reviewing(db, draws),
        Exporting(db, draws),
        Quoting(db, draws),
        Releasing(db, draws),
    )


# -- who -------------------------------------------------------------------------------------------

Ask = Callable[[Desk, Request], Awaitable[object]]
TEXT = TextKey("x", "stuck_text")
WAYS_IN: dict[str, Ask] = {
    "queue": lambda d, r: d.reviewing.queue(r, d.id),
    "search": lambda d, r: d.reviewing.search(r, d.id, "build"),
    "book": lambda d, r: d.reviewing.book(r, d.id),
    "change_book": lambda d, r: d.reviewing.change_book(r, d.id, TAGS),
    "code": lambda d, r: d.reviewing.code(r, d.id, d.house.texts[0], ()),
    "settle": lambda d, r: d.reviewing.settle(r, d.id, d.house.texts[0], ()),
    "start_round": lambda d, r: d.reviewing.start_round(r, d.id, SECOND),
    "rounds": lambda d, r: d.reviewing.rounds(r, d.id),
    "next_to_code": lambda d, r: d.reviewing.next_to_code(r, d.id, "R"),
    "agreement": lambda d, r: d.reviewing.agreement(r, d.id, "R"),
    "grant": lambda d, r: d.exporting.grant(r, d.id, ANALYST),
    "grants": lambda d, r: d.exporting.grants(r, d.id),
    "exports": lambda d, r: d.exporting.exports(r, d.id),
    "ask_quote": lambda d, r: d.quoting.ask(r, d.id, d.house.texts[0], "build", "here"),
    "answer_quote": lambda d, r: d.quoting.answer(r, "Q", approve=True),
    "publish": lambda d, r: d.releasing.publish(r, d.id, "stuck", 1),
    "publish_themes": lambda d, r: d.releasing.publish_themes(r, d.id, 1),
}
NOBODIES: dict[str, Callable[[Desk], Request]] = {
    "a manager": lambda d: d.by("UMANAGER"),
    "another volunteer": lambda d: d.by("UV1"),
    "a workspace admin": lambda d: d.by("UADMIN", admin=True),
    "a reader who became an admin": lambda d: d.by(CODER, admin=True),
    "a reader who is a guest now": lambda d: d.by(CODER, guest=True),
    "a reader of another organisation": lambda d: d.by(CODER, external=True),
    "a reader whose account is gone": lambda d: d.by(CODER, deleted=True),
    "a bot": lambda d: d.by(CODER, bot=True),
    "a reader, from another workspace": lambda _: request("T-elsewhere", CODER),
}


SHUT = "no study|no such question"


async def test_every_way_in_is_shut_to_whoever_holds_no_role(desk: Desk) -> None:
    for who, made in NOBODIES.items():
        for way, ask in WAYS_IN.items():
            with pytest.raises(Refusal) as refused:
                await ask(desk, made(desk))
            assert re.search(SHUT, refused.value.text), (who, way)


async def test_and_to_readers_who_were_removed_or_never_attested(desk: Desk) -> None:
    def remove(tx: Tx) -> None:
        for person, role in ROLES:
            tx.studies.appoint(desk.house.study, Appointment(person, role, 1, AT, removed_at=AT))
        tx.studies.appoint(desk.house.study, Appointment("UNEW", Role.CODER, 1))

    await desk.change(remove)
    for person in (OWNER, CODER, READER, ANALYST, "UNEW"):
        for ask in WAYS_IN.values():
            with pytest.raises(Refusal, match=SHUT):
                await ask(desk, desk.by(person))


OF_ROLES = {
    OWNER: {"rounds", "agreement", "grant", "grants", "exports", "publish", "publish_themes"},
    READER: {"queue", "search", "book", "rounds", "agreement", "grants", "exports", "ask_quote"},
    ANALYST: {"rounds", "agreement", "grants", "exports"},
}


@pytest.mark.parametrize("person", OF_ROLES)
async def test_a_role_opens_its_own_ways_and_no_others(desk: Desk, person: str) -> None:
    for way, ask in WAYS_IN.items():
        try:
            await ask(desk, desk.by(person))
            told = ""
        except Refusal as refusal:
            told = refusal.text
        shut = re.search(SHUT, told) is not None
        assert shut == (way not in OF_ROLES[person]), (person, way, told)


async def test_the_owner_reads_no_answers(desk: Desk) -> None:
    for way in ("queue", "search", "next_to_code", "ask_quote"):
        with pytest.raises(Refusal, match="no study"):
            await WAYS_IN[way](desk, desk.by(OWNER))


async def test_review_opens_at_five_volunteers(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    desk = await opened(db, workspace, draws, people=5)
    assert (await desk.reviewing.queue(desk.by(READER), desk.id)).cards
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    for person, way in (
        (READER, "queue"), (READER, "search"), (CODER, "code"), (OWNER, "grant"),
        (OWNER, "publish"), (OWNER, "publish_themes"), (READER, "ask_quote"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match="once 5 volunteers"):
            await WAYS_IN[way](desk, desk.by(person))
    with pytest.raises(Refusal, match="once 5 volunteers"):
        await desk.exporting.allowed(desk.workspace, "stuck", AT)


async def test_a_new_reader_sees_nothing_of_who_has_not_agreed(desk: Desk) -> None:
    agreed = replace(desk.house.volunteers[2], version=2)
    second = replace(
        desk.house.study, protocol=replace(desk.house.study.protocol, version=2, digest="2" * 64)
    )

    def amend(tx: Tx) -> None:
        tx.studies.put(second)
        tx.studies.appoint(second, Appointment("ULATE", Role.READER, 2, AT))
        tx.studies.appoint(second, Appointment("ULATE", Role.CODER, 2, AT))
        tx.studies.appoint(second, Appointment("ULATE", Role.ANALYST, 2, AT))
        tx.volunteers.put(agreed)

    await desk.change(amend)
    late = desk.by("ULATE")
    page = await desk.reviewing.queue(late, desk.id)
    assert {each.pseudonym for each in page.cards} == {agreed.pseudonym}
    found = await desk.reviewing.search(late, desk.id, "i")
    assert {each.pseudonym for each in found.cards} == {agreed.pseudonym}
    with pytest.raises(Refusal, match="not there"):
        await desk.reviewing.code(late, desk.id, desk.house.texts[0], ())
    with pytest.raises(Refusal, match="not there"):
        await desk.quoting.ask(late, desk.id, desk.house.texts[0], "build", "here")
    await desk.exporting.grant(desk.by(OWNER), desk.id, "ULATE")
    allowed = await desk.exporting.allowed(desk.workspace, "stuck", AT)
    assert (allowed.pseudonyms, allowed.left_out) == ((agreed.pseudonym,), 5)
    old = await desk.reviewing.queue(desk.by(READER), desk.id)
    assert len({each.pseudonym for each in old.cards}) > 1


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
    with pytest.raises(Refusal, match="two who have both coded"):
        await desk.reviewing.settle(one, desk.id, desk.house.texts[0], [])
    # Until then the first may still change their mind; a newer code book does not touch the round.
    await desk.reviewing.change_book(two, desk.id, (*TAGS, Tag("meetings")))
    mind = await desk.reviewing.code(one, desk.id, first.task.text, ["people"])
    assert mind.version == made.version
    assert await code_all(desk, SECOND, made.id, lambda _: ["builds"]) == 30
    found = await desk.reviewing.agreement(desk.by(READER), desk.id, made.id)
    assert (found.texts, found.of, found.volunteers, found.version) == (30, 30, 6, 1)
    builds = next(each for each in found.tags if each.tag == "builds")
    assert builds.second == 30
    assert 0 < builds.first < 30
    # Now they see each other's, and what they gave apart stays.
    page = await desk.reviewing.queue(two, desk.id)
    assert {t.others[0][0] for c in page.cards for t in c.texts} == {CODER}
    with pytest.raises(Refusal, match="Settle on it"):
        await desk.reviewing.code(two, desk.id, first.task.text, ["tests"])
    await desk.reviewing.settle(two, desk.id, first.task.text, ["tests"])
    assert await desk.reviewing.agreement(one, desk.id, made.id) is not None
    seen = await desk.reviewing.queue(desk.by(READER), desk.id)
    reads = {t.text: (t.own, t.together, t.others) for c in seen.cards for t in c.texts}
    assert reads.get(first.task.text, (None, ("tests",), ())) == (None, ("tests",), ())
    with pytest.raises(Refusal, match="in no round yet"):
        await desk.reviewing.start_round(one, desk.id, SECOND)


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


# -- grants and exports ----------------------------------------------------------------------------


async def test_only_an_attested_analyst_is_granted_an_hour(desk: Desk) -> None:
    for nobody in (READER, "UV1", OWNER):
        with pytest.raises(Refusal, match="no analyst"):
            await desk.exporting.grant(desk.by(OWNER), desk.id, nobody)
    made = await desk.exporting.grant(desk.by(OWNER), desk.id, ANALYST)
    assert made.until - made.at == timedelta(hours=1)
    for now in (AT, AT + timedelta(minutes=59)):
        assert (await desk.exporting.allowed(desk.workspace, "stuck", now)).grant == made
    for now in (AT - timedelta(seconds=1), made.until):
        with pytest.raises(Refusal, match="granted just now"):
            await desk.exporting.allowed(desk.workspace, "stuck", now)
    gone = Appointment(ANALYST, Role.ANALYST, 1, AT, removed_at=AT)
    await desk.change(lambda tx: tx.studies.appoint(desk.house.study, gone))
    with pytest.raises(Refusal, match="granted just now"):
        await desk.exporting.allowed(desk.workspace, "stuck", AT)


async def test_an_operator_without_a_grant_exports_nothing(desk: Desk) -> None:
    with pytest.raises(Refusal, match="granted just now"):
        await desk.exporting.allowed(desk.workspace, "stuck", AT)
    with pytest.raises(Refusal, match="no study 'other'"):
        await desk.exporting.allowed(desk.workspace, "other", AT)
    with pytest.raises(Refusal, match="no study 'stuck'"):
        await desk.exporting.allowed("T-elsewhere", "stuck", AT)


async def test_an_export_is_kept_with_its_hash_for_everybody_in_it(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.exporting.grant(desk.by(OWNER), desk.id, ANALYST)
    allowed = await desk.exporting.allowed(desk.workspace, "stuck", AT)
    wanted = Wanted(Bundle.ANALYST, Format.CSV)
    told = await desk.exporting.told(allowed, "0.1.0", AT)
    with Writing(tmp_path / "out", wanted, allowed.versions) as writing:
        async for one in desk.exporting.people(allowed):
            writing.add(one, AT)
        made = writing.finish(told.about)
        kept = await desk.exporting.record(allowed, made, wanted, AT)
        writing.keep()
    assert made.rows["signals"] == 60
    assert kept.digest == made.digest
    ids = [line.split(",")[0] for line in (tmp_path / "out" / "signals.csv").read_text("utf-8")
           .splitlines()[1:] if line.startswith("v")]  # fmt: skip
    assert ids == sorted(ids)
    assert await desk.exporting.exports(desk.by(OWNER), desk.id) == (kept,)
    for each in desk.house.volunteers:
        looks = await desk.looks(each.pseudonym)
        assert [(k.person, k.how, k.digest) for k in looks] == [
            (ANALYST, Seen.EXPORTED, made.digest)
        ]


async def test_a_grant_that_ran_out_meanwhile_records_nothing(desk: Desk, tmp_path: Path) -> None:
    grant = await desk.exporting.grant(desk.by(OWNER), desk.id, ANALYST)
    allowed = await desk.exporting.allowed(desk.workspace, "stuck", AT)
    made = Made(tmp_path, (), {"signals": 1}, "ab")
    with pytest.raises(Refusal, match="granted just now"):
        await desk.exporting.record(allowed, made, Wanted(Bundle.READER, Format.CSV), grant.until)
    assert await desk.exporting.exports(desk.by(OWNER), desk.id) == ()


async def test_somebody_erased_meanwhile_is_in_no_file(desk: Desk) -> None:
    await desk.exporting.grant(desk.by(OWNER), desk.id, ANALYST)
    allowed = await desk.exporting.allowed(desk.workspace, "stuck", AT)
    await desk.change(lambda tx: erase(tx, desk.house, 3))
    people = [one.pseudonym async for one in desk.exporting.people(allowed)]
    assert desk.house.volunteers[3].pseudonym not in people
    assert len(people) == 5


# -- quotes ----------------------------------------------------------------------------------------


async def test_a_quote_is_its_authors_to_give_shorten_and_take_back(desk: Desk) -> None:
    text = desk.house.texts[0]  # of the first volunteer: "tests are FLAKY again"
    asked = await desk.quoting.ask(
        desk.by(READER), desk.id, text, "tests are FLAKY again", "the weekly digest in #eng"
    )
    assert await desk.quoting.approved(desk.workspace, desk.id) == ()  # silence means no
    (mine,) = await desk.quoting.of_mine(desk.by("UV0"))
    assert (mine.quote.words, mine.quote.place) == (asked.words, "the weekly digest in #eng")
    assert await desk.quoting.of_mine(desk.by("UV1")) == ()
    with pytest.raises(Refusal, match="no such question"):
        await desk.quoting.answer(desk.by("UV1"), asked.id, approve=True)
    with pytest.raises(Refusal, match="nothing else can be changed"):
        await desk.quoting.answer(
            desk.by("UV0"), asked.id, approve=True, shortened="tests are fine"
        )
    await desk.quoting.answer(desk.by("UV0"), asked.id, approve=True, shortened="tests … again")
    (shown,) = await desk.quoting.approved(desk.workspace, desk.id)
    assert (shown.words, shown.place) == ("tests … again", "the weekly digest in #eng")
    await desk.quoting.answer(desk.by("UV0"), asked.id, approve=False)
    assert await desk.quoting.approved(desk.workspace, desk.id) == ()


async def test_the_author_is_asked_once_and_by_a_message_without_their_words(desk: Desk) -> None:
    text = desk.house.texts[0]
    with pytest.raises(Refusal, match="to the letter"):
        await desk.quoting.ask(desk.by(READER), desk.id, text, "tests were flaky", "here")
    await desk.quoting.ask(desk.by(READER), desk.id, text, "FLAKY", "here")
    with pytest.raises(Refusal, match="asked twice"):
        await desk.quoting.ask(desk.by(CODER), desk.id, text, "again", "there")
    due = await desk.db.run(lambda tx: tx.deliveries.claim([desk.workspace], AT, 9, 60.0))
    assert [each.purpose for each in due] == ["sampling.tell"]
    assert "FLAKY" not in repr(due)


async def test_nobody_has_more_than_three_questions_waiting(desk: Desk) -> None:
    mine = [t for t in desk.house.texts if "vaaaaa" in t.prompt]
    for text in mine[:3]:
        await desk.quoting.ask(desk.by(READER), desk.id, text, "i", "here")
    with pytest.raises(Refusal, match="3 questions wait"):
        await desk.quoting.ask(desk.by(READER), desk.id, mine[3], "i", "here")


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("the build is slow", True),
        ("the … slow", True),
        ("… build …", True),
        ("build ... slow", True),
        ("slow … build", False),
        ("the build was slow", False),
        ("…", False),
        ("the build is slow!", False),
    ],
)
def test_shortening_takes_words_out_and_does_nothing_else(words: str, fits: bool) -> None:
    assert is_shortened(words, "the build is slow") == fits


async def test_erasing_takes_quotes_along(desk: Desk) -> None:
    asked = await desk.quoting.ask(desk.by(READER), desk.id, desk.house.texts[0], "FLAKY", "here")
    await desk.quoting.answer(desk.by("UV0"), asked.id, approve=True)
    assert len(await desk.quoting.approved(desk.workspace, desk.id)) == 1
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    assert await desk.quoting.approved(desk.workspace, desk.id) == ()
    assert decided(asked, approve=False).state is QuoteState.REFUSED


# -- figures ---------------------------------------------------------------------------------------


async def test_the_owner_publishes_a_closed_week_once(desk: Desk) -> None:
    made = await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", 1)
    assert made.figure.answers == 30
    assert [each.points for each in made.figure.shares] == [35, 35, 35]
    assert made.figure.few
    assert {each.choice for each in made.figure.shares} == {"1", "2", "3"}  # 9: was not working
    assert [(e.least, e.most) for e in made.figure.shares] == [(15, 70)] * 3
    again = await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", 1)
    assert again.figure == made.figure
    assert await desk.releasing.published(desk.workspace, desk.id) == (made.figure,)
    for week, why in ((2, "Fewer than 5"), (9, "not over"), (WHOLE, "only after")):
        with pytest.raises(Refusal, match=why):
            await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", week)
    with pytest.raises(Refusal, match="none or all"):
        await desk.releasing.publish(desk.by(OWNER), desk.id, "challenge", 1)
    for name in ("stuck_text", "years", "nothing"):
        with pytest.raises(Refusal, match="no question"):
            await desk.releasing.publish(desk.by(OWNER), desk.id, name, 1)


async def test_erasing_withdraws_a_figure_and_never_recomputes_it(desk: Desk) -> None:
    made = await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", 1)
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    assert await desk.releasing.published(desk.workspace, desk.id) == (made.figure,)
    again = await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", 1)
    assert again.figure == made.figure
    more = [desk.house.volunteers[1], desk.house.volunteers[2]]
    for each in more:
        await desk.change(_erasing(each))
    assert await desk.releasing.published(desk.workspace, desk.id) == ()


def _erasing(volunteer: Volunteer) -> Callable[[Tx], None]:
    return lambda tx: tx.volunteers.erase(volunteer, AT)


async def test_a_theme_needs_five_people(desk: Desk) -> None:
    me = desk.by(CODER)
    await desk.reviewing.change_book(me, desk.id, TAGS)
    for text in desk.house.texts:
        number = "abcdef".index(text.prompt.split(".v")[1][4])
        tags = ["builds"] if number < 5 else ["tests"]
        await desk.reviewing.code(me, desk.id, text, tags)
    with pytest.raises(Refusal, match="not over"):
        await desk.releasing.publish_themes(desk.by(OWNER), desk.id, 40)
    assert await desk.releasing.publish_themes(desk.by(OWNER), desk.id, 1) == ("builds",)
    # Coded again, and published again: what was published stays.
    for text in desk.house.texts:
        await desk.reviewing.code(me, desk.id, text, ["tests"])
    assert await desk.releasing.publish_themes(desk.by(OWNER), desk.id, 1) == ("builds",)
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    assert await desk.releasing.themes(desk.workspace, desk.id, 1) == ()


async def test_where_sampling_is_not_set_up_there_is_no_study(
    db: SqlDatabase, workspace: str, draws: Draws, make_db: Callable[..., SqlDatabase]
) -> None:
    desk = await opened(db, workspace, draws)
    without = make_db(key=None)
    with pytest.raises(Refusal, match="no study"):
        await Reviewing(without, draws).queue(desk.by(READER), desk.id)
    assert await Quoting(without, draws).of_mine(desk.by("UV0")) == ()
    assert await Releasing(without, draws).published(workspace, desk.id) == ()
