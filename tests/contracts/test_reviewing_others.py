"""What leaves a review, on both databases: exports, quotes, figures, themes."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.disclosure import Figure
from bot.sampling.export import Bundle
from bot.sampling.export_bundle import Made, Wanted, Writing
from bot.sampling.export_files import Format
from bot.sampling.model import Appointment, Role, Volunteer
from bot.sampling.quoting import Quoting, decided, is_shortened
from bot.sampling.releasing import Releasing
from bot.sampling.releasing_shown import WHOLE
from bot.sampling.review_ports import QuoteState, Seen
from bot.sampling.reviewing import Reviewing
from storage.engine import SqlDatabase
from storage.tx import Tx
from tests.contracts.review_values import (
    ANALYST,
    AT,
    CODER,
    OWNER,
    READER,
    erase,
)
from tests.contracts.reviewing import TAGS, Desk, opened


@pytest.fixture
async def desk(db: SqlDatabase, workspace: str, draws: Draws) -> Desk:
    return await opened(db, workspace, draws)


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


@pytest.mark.row("E5")
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


async def test_a_yes_to_all_of_it_is_refused_once_less_of_it_was_agreed(desk: Desk) -> None:
    asked = await desk.quoting.ask(
        desk.by(READER), desk.id, desk.house.texts[0], "tests are FLAKY again", "here"
    )
    author = desk.by("UV0")
    with pytest.raises(Refusal, match="Take words out"):  # blank is not a yes to all of it
        await desk.quoting.answer(author, asked.id, approve=True, shortened=" ")
    await desk.quoting.answer(author, asked.id, approve=True, shortened="tests … again")

    for seen in (QuoteState.ASKED, QuoteState.REFUSED):
        with pytest.raises(Refusal, match="answered this since it was shown"):
            await desk.quoting.answer(author, asked.id, approve=True, seen=seen)

    assert await words_shown(desk) == ["tests … again"]
    await desk.quoting.answer(author, asked.id, approve=False)
    with pytest.raises(Refusal, match="answered this since"):
        await desk.quoting.answer(author, asked.id, approve=True)
    assert await words_shown(desk) == []
    # A screen that shows their no offers a yes; pressed twice, it is one.
    for _ in range(2):
        await desk.quoting.answer(author, asked.id, approve=True, seen=QuoteState.REFUSED)
    assert await words_shown(desk) == ["tests are FLAKY again"]


async def words_shown(desk: Desk) -> list[str]:
    return [each.words for each in await desk.quoting.approved(desk.workspace, desk.id)]


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
    assert await figures(desk) == [made.figure]
    for week, why in ((2, "Fewer than 5"), (9, "not over"), (WHOLE, "only after")):
        with pytest.raises(Refusal, match=why):
            await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", week)
    with pytest.raises(Refusal, match="none or all"):
        await desk.releasing.publish(desk.by(OWNER), desk.id, "challenge", 1)
    for name in ("stuck_text", "years", "nothing"):
        with pytest.raises(Refusal, match="no question"):
            await desk.releasing.publish(desk.by(OWNER), desk.id, name, 1)


async def figures(desk: Desk) -> list[Figure]:
    found = await desk.releasing.published(desk.workspace, desk.id)
    assert {each.question.name for each in found} <= {"stuck"}
    return [each.figure for each in found]


async def test_erasing_withdraws_a_figure_and_never_recomputes_it(desk: Desk) -> None:
    made = await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", 1)
    await desk.change(lambda tx: erase(tx, desk.house, 0))
    assert await figures(desk) == [made.figure]
    again = await desk.releasing.publish(desk.by(OWNER), desk.id, "stuck", 1)
    assert again.figure == made.figure
    more = [desk.house.volunteers[1], desk.house.volunteers[2]]
    for each in more:
        await desk.change(_erasing(each))
    assert await desk.releasing.published(desk.workspace, desk.id) == ()


def _erasing(volunteer: Volunteer) -> Callable[[Tx], None]:
    return lambda tx: tx.volunteers.erase(volunteer, AT)


@pytest.mark.row("E5")
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
