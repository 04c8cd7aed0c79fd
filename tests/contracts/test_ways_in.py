"""Every way into a study's answers, on both databases, tried by whoever has no business there.

The ways are read from the services themselves. A new public method has to be decided on here: who
may call it, and what it may show; until then this fails.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import handlers
from bot.clock import Draws
from bot.errors import Refusal
from bot.sampling.asking import Asking
from bot.sampling.model import Answer, Appointment, Role
from bot.sampling.review_ports import QuoteState, TextKey
from bot.sampling.studies import Studies
from bot.sampling.volunteering import Volunteering
from bot.workspace.model import Request
from handlers.services import Services
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
    WORDS,
    erase,
    request,
)
from tests.contracts.reviewing import TAGS, Desk, opened
from tests.contracts.sampling_values import FULL_HOURS

SENTINEL = "Zwetschgenröster"
GIVEN = f"the build of {SENTINEL} is slow"
AUTHOR, OTHER = "UV0", "UV1"
SHUT = "no study|no such question"


@dataclass(frozen=True, slots=True)
class Open:
    """A furnished study, all its services, and an answer that nobody else may read."""

    desk: Desk
    text: TextKey
    quote: str
    asking: Asking[Tx]
    studies: Studies[Tx]
    volunteering: Volunteering[Tx]

    @property
    def id(self) -> str:
        return self.desk.id

    def by(self, person: str, **who: Any) -> Request:
        return self.desk.by(person, **who)


async def furnished(db: SqlDatabase, workspace: str, draws: Draws, people: int = 6) -> Open:
    desk = await opened(db, workspace, draws, people)
    text = desk.house.texts[0]
    said = Answer(text.prompt, text.item, GIVEN, True, AT)
    await desk.change(lambda tx: tx.prompts.answer([said], desk.house.study))
    quote = await desk.quoting.ask(desk.by(READER), desk.id, text, GIVEN, "the digest")
    return Open(
        desk,
        text,
        quote.id,
        Asking(db, draws),
        Studies(db, draws),
        Volunteering(db, draws),
    )


@pytest.fixture
async def house(db: SqlDatabase, workspace: str, draws: Draws) -> Open:
    return await furnished(db, workspace, draws)


# -- decisions -------------------------------------------------------------------------------------

Ask = Callable[[Open, Request], Awaitable[object]]

# Whoever has no role in the study is told that there is none. By which role: below.
GUARDED: dict[str, Ask] = {
    "reviewing.queue": lambda o, r: o.desk.reviewing.queue(r, o.id),
    "reviewing.search": lambda o, r: o.desk.reviewing.search(r, o.id, "build"),
    "reviewing.book": lambda o, r: o.desk.reviewing.book(r, o.id),
    "reviewing.change_book": lambda o, r: o.desk.reviewing.change_book(r, o.id, TAGS),
    "reviewing.code": lambda o, r: o.desk.reviewing.code(r, o.id, o.text, ()),
    "reviewing.settle": lambda o, r: o.desk.reviewing.settle(r, o.id, o.text, ()),
    "reviewing.settled_by": lambda o, r: o.desk.reviewing.settled_by(r, o.id, o.text),
    "reviewing.start_round": lambda o, r: o.desk.reviewing.start_round(r, o.id, SECOND),
    "reviewing.rounds": lambda o, r: o.desk.reviewing.rounds(r, o.id),
    "reviewing.next_to_code": lambda o, r: o.desk.reviewing.next_to_code(r, o.id, "R"),
    "reviewing.next_to_settle": lambda o, r: o.desk.reviewing.next_to_settle(r, o.id, "R"),
    "reviewing.agreement": lambda o, r: o.desk.reviewing.agreement(r, o.id, "R"),
    "exporting.grant": lambda o, r: o.desk.exporting.grant(r, o.id, ANALYST),
    "exporting.grants": lambda o, r: o.desk.exporting.grants(r, o.id),
    "exporting.figures": lambda o, r: o.desk.exporting.figures(r, o.id),
    "exporting.exports": lambda o, r: o.desk.exporting.exports(r, o.id),
    "quoting.ask": lambda o, r: o.desk.quoting.ask(r, o.id, o.text, "build", "here"),
    "releasing.choices": lambda o, r: o.desk.releasing.choices(r, o.id),
    "releasing.publish": lambda o, r: o.desk.releasing.publish(r, o.id, "stuck", 1),
    "releasing.publish_themes": lambda o, r: o.desk.releasing.publish_themes(r, o.id, 1),
}
# About whoever asks, and nobody else: by their own id, or by one that must be theirs.
OWN: dict[str, Ask] = {
    "quoting.of_mine": lambda o, r: o.desk.quoting.of_mine(r),
    "quoting.answer": lambda o, r: o.desk.quoting.answer(r, o.quote, approve=True),
    "exporting.shared": lambda o, r: o.desk.exporting.shared(r),
    "studies.attest": lambda o, r: o.studies.attest(r, o.id),
    "asking.tap": lambda o, r: o.asking.tap(r, o.text.prompt, "3"),
    "asking.decline": lambda o, r: o.asking.decline(r, o.text.prompt, "meeting"),
    "asking.choose": lambda o, r: o.asking.choose(r, o.text.prompt, "activity", "forged"),
    "asking.whole": lambda o, r: o.asking.whole(r, o.text.prompt, {"stuck": "3"}),
    "asking.form": lambda o, r: o.asking.form(r, o.text.prompt),
    "asking.answer": lambda o, r: o.asking.answer(r, o.text.prompt, {o.text.item: "forged"}),
    "asking.now": lambda o, r: o.asking.now(r),
    "asking.practice": lambda o, r: o.asking.practice(r),
    "asking.typed": lambda o, r: o.asking.typed(r),
    "volunteering.offers": lambda o, r: o.volunteering.offers(r),
    "volunteering.join": lambda o, r: o.volunteering.join(r, o.id, FULL_HOURS, "d"),
    "volunteering.agree": lambda o, r: o.volunteering.agree(r, "d"),
    "volunteering.change": lambda o, r: o.volunteering.change(r, FULL_HOURS),
    "volunteering.pause": lambda o, r: o.volunteering.pause(r),
    "volunteering.resume": lambda o, r: o.volunteering.resume(r),
    "volunteering.exit_form": lambda o, r: o.volunteering.exit_form(r),
    "volunteering.exit_survey": lambda o, r: o.volunteering.exit_survey(r, o.id, {}),
    "volunteering.keep_if_gone": lambda o, r: o.volunteering.keep_if_gone(r, True),
    "volunteering.status": lambda o, r: o.volunteering.status(r),
    "volunteering.returned": lambda o, r: o.volunteering.returned(r),
    "volunteering.given": lambda o, r: o.volunteering.given(r),
    "volunteering.download": lambda o, r: o.volunteering.download(r),
    # Last: they end the part of whoever asks.
    "volunteering.leave": lambda o, r: o.volunteering.leave(r, keep=True),
    "volunteering.erase": lambda o, r: o.volunteering.erase(r, o.id),
}
# For everybody in the workspace: what was published or approved, and that there are studies.
PUBLIC: dict[str, Ask] = {
    "quoting.approved": lambda o, r: o.desk.quoting.approved(r.workspace, o.id),
    "releasing.published": lambda o, r: o.desk.releasing.published(r.workspace, o.id),
    "releasing.themes": lambda o, r: o.desk.releasing.themes(r.workspace, o.id, 1),
    "studies.all": lambda o, r: o.studies.all(r.workspace),
    "studies.heads": lambda o, r: o.studies.heads(r.workspace, o.id),
    "studies.roles": lambda o, r: o.studies.roles(r.workspace, o.id),
}
# Of the command line, which runs where the database and the key are; no room of Slack calls them.
OPERATORS = {
    "exporting.allowed", "exporting.people", "exporting.told",
    "exporting.tallied",
    "exporting.record", "studies.lock", "studies.start", "studies.amend", "studies.stop",
    "studies.reveal", "studies.proof", "studies.check", "studies.named", "studies.appoint",
    "studies.remove",
}  # fmt: skip
DECIDED = (GUARDED.keys(), OWN.keys(), PUBLIC.keys(), OPERATORS)


def ways() -> dict[str, Any]:
    """Every public method of every service of sampling that listeners are given."""
    found = {}
    for name, hint in typing.get_type_hints(Services).items():
        service = typing.get_origin(hint) or hint
        if not service.__module__.startswith("bot.sampling."):
            continue
        for method, made in inspect.getmembers(service, inspect.isfunction):
            if not method.startswith("_"):
                found[f"{name}.{method}"] = made
    return found


def test_every_way_in_is_decided_on_once() -> None:
    named = [each for some in DECIDED for each in some]
    assert sorted(named) == sorted(ways())
    assert len(named) > 60


def test_whoever_is_asked_for_is_in_the_call() -> None:
    """A way that asks who it is has a request; one that does not is public, or the operator's."""
    asks = {
        name for name, made in ways().items() if "request" in inspect.signature(made).parameters
    }
    assert asks == GUARDED.keys() | OWN.keys()


def test_no_room_of_slack_calls_what_is_the_operators() -> None:
    rooms = Path(handlers.__file__).parent
    called = {
        found
        for path in rooms.rglob("*.py")
        for found in re.findall(r"services\.(\w+\.\w+)", path.read_text("utf-8"))
    }
    assert called & OPERATORS == set()
    assert {"reviewing.queue", "releasing.publish", "studies.attest"} <= called


# -- nobodies --------------------------------------------------------------------------------------

NOBODIES: dict[str, Callable[[Open], Request]] = {
    "a manager": lambda o: o.by("UMANAGER"),
    "another volunteer": lambda o: o.by(OTHER),
    "a workspace admin": lambda o: o.by("UADMIN", admin=True),
    "a reader who became an admin": lambda o: o.by(CODER, admin=True),
    "a reader who is a guest now": lambda o: o.by(CODER, guest=True),
    "a reader of another organisation": lambda o: o.by(CODER, external=True),
    "a reader whose account is gone": lambda o: o.by(CODER, deleted=True),
    "a bot": lambda o: o.by(CODER, bot=True),
    "a reader, from another workspace": lambda _: request("T-elsewhere", CODER),
}


async def test_every_guarded_way_is_shut_to_whoever_holds_no_role(house: Open) -> None:
    for who, made in NOBODIES.items():
        for way, ask in GUARDED.items():
            with pytest.raises(Refusal) as refused:
                await ask(house, made(house))
            assert re.search(SHUT, refused.value.text), (who, way)


async def test_and_to_readers_who_were_removed_or_never_attested(house: Open) -> None:
    study = house.desk.house.study

    def remove(tx: Tx) -> None:
        for person, role in ROLES:
            tx.studies.appoint(study, Appointment(person, role, 1, AT, removed_at=AT))
        tx.studies.appoint(study, Appointment("UNEW", Role.CODER, 1))

    await house.desk.change(remove)
    for person in (OWNER, CODER, READER, ANALYST, "UNEW"):
        for ask in GUARDED.values():
            with pytest.raises(Refusal, match=SHUT):
                await ask(house, house.by(person))


OF_ROLES = {
    OWNER: {
        "reviewing.rounds", "reviewing.agreement", "exporting.grant", "exporting.grants",
        "exporting.exports", "exporting.figures", "releasing.choices", "releasing.publish",
        "releasing.publish_themes",
    },
    READER: {
        "reviewing.queue", "reviewing.search", "reviewing.book", "reviewing.rounds",
        "reviewing.agreement", "exporting.grants", "exporting.exports", "quoting.ask",
    },
    ANALYST: {
        "reviewing.rounds", "reviewing.agreement", "exporting.grants", "exporting.exports",
    },
}  # fmt: skip


@pytest.mark.parametrize("person", OF_ROLES)
async def test_a_role_opens_its_own_ways_and_no_others(house: Open, person: str) -> None:
    for way, ask in GUARDED.items():
        told, shown = await tried(ask, house, house.by(person))
        shut = re.search(SHUT, told) is not None
        assert shut == (way not in OF_ROLES[person]), (person, way, told)
        if person != READER:
            assert SENTINEL not in shown, (person, way)


async def tried(ask: Ask, house: Open, who: Request) -> tuple[str, str]:
    """What was refused, and all that was shown, refused or not."""
    try:
        shown = repr(await ask(house, who))
    except Refusal as refusal:
        return refusal.text, f"{refusal.text} {refusal.given_back}"
    return "", shown


async def test_what_is_ones_own_shows_and_changes_nobody_elses(house: Open) -> None:
    before = await theirs(house)
    for who, made in NOBODIES.items():
        for way, ask in (OWN | PUBLIC).items():
            _, shown = await tried(ask, house, made(house))
            assert SENTINEL not in shown, (who, way)
    assert await theirs(house) == before


async def theirs(house: Open) -> object:
    study, first = house.desk.house.study, house.desk.house.volunteers[0]

    def look(tx: Tx) -> object:
        prompts = tx.prompts.prompts(study, pseudonym=first.pseudonym)
        return (
            tx.volunteers.volunteer(study, first.pseudonym),
            prompts,
            tx.prompts.answers([each.id for each in prompts]),
            tx.review.quotes(study, first.pseudonym),
            tx.studies.appointments(study),
        )

    return await house.desk.db.read(look)


async def test_the_author_is_shown_their_own(house: Open) -> None:
    """Else the others would prove nothing."""
    me = house.by(AUTHOR)
    shown = {way for way, ask in OWN.items() if SENTINEL in (await tried(ask, house, me))[1]}
    assert {"quoting.of_mine", "quoting.answer", "volunteering.download"} <= shown
    assert "volunteering.given" in shown


async def test_and_so_are_coders_and_readers(house: Open) -> None:
    for person in (CODER, READER):
        found = await house.desk.reviewing.search(house.by(person), house.id, SENTINEL)
        assert [text.words for card in found.cards for text in card.texts] == [GIVEN]


async def test_what_is_public_holds_no_word_that_was_not_approved(house: Open) -> None:
    for ask in PUBLIC.values():
        _, shown = await tried(ask, house, house.by("UANYBODY"))
        assert not any(each in shown for each in (*WORDS, SENTINEL, house.text.prompt))
    await house.desk.quoting.answer(house.by(AUTHOR), house.quote, approve=True)
    found = await house.desk.quoting.approved(house.desk.workspace, house.id)
    assert [each.words for each in found] == [GIVEN]
    quote = await house.desk.db.read(
        lambda tx: tx.review.quote(house.desk.house.study, house.quote)
    )
    assert quote is not None
    assert quote.state is QuoteState.APPROVED


async def test_the_operator_exports_nothing_without_a_grant_and_proves_no_running_study(
    house: Open,
) -> None:
    team = house.desk.workspace
    with pytest.raises(Refusal, match="granted just now"):
        await house.desk.exporting.allowed(team, "stuck", AT)
    with pytest.raises(Refusal, match="not revealed yet"):
        await house.studies.proof(team, "stuck")
    assert SENTINEL not in repr(await house.studies.check(team, "stuck", AT))


async def test_review_opens_at_five_volunteers(
    db: SqlDatabase, workspace: str, draws: Draws
) -> None:
    house = await furnished(db, workspace, draws, people=5)
    desk = house.desk
    assert (await desk.reviewing.queue(house.by(READER), house.id)).cards
    await desk.change(lambda tx: erase(tx, desk.house, 4))
    for person, ways_in in (
        (READER, OF_ROLES[READER]), (OWNER, OF_ROLES[OWNER]),
        (CODER, {w for w in GUARDED if w.startswith("reviewing.")}),
    ):  # fmt: skip
        for way in sorted(ways_in - WITHOUT_ANSWERS):
            with pytest.raises(Refusal, match="once 5 volunteers"):
                await GUARDED[way](house, house.by(person))
    with pytest.raises(Refusal, match="once 5 volunteers"):
        await desk.exporting.allowed(desk.workspace, "stuck", AT)


# Code books, and lists of rounds, grants and exports, tell nothing of an answer.
WITHOUT_ANSWERS = {
    "reviewing.book", "reviewing.change_book", "reviewing.rounds", "exporting.grants",
    "exporting.exports",
}  # fmt: skip


async def test_a_new_reader_sees_nothing_of_who_has_not_agreed(house: Open) -> None:
    desk = house.desk
    agreed = replace(desk.house.volunteers[2], version=2)
    second = replace(
        desk.house.study, protocol=replace(desk.house.study.protocol, version=2, digest="2" * 64)
    )

    def amend(tx: Tx) -> None:
        tx.studies.put(second)
        for role in (Role.READER, Role.CODER, Role.ANALYST):
            tx.studies.appoint(second, Appointment("ULATE", role, 2, AT))
        tx.volunteers.put(agreed)

    await desk.change(amend)
    late = desk.by("ULATE")
    page = await desk.reviewing.queue(late, desk.id)
    assert {each.pseudonym for each in page.cards} == {agreed.pseudonym}
    found = await desk.reviewing.search(late, desk.id, "i")
    assert {each.pseudonym for each in found.cards} == {agreed.pseudonym}
    for way in ("reviewing.code", "quoting.ask", "reviewing.settled_by"):
        with pytest.raises(Refusal, match="not there"):
            await GUARDED[way](house, late)
    await desk.exporting.grant(desk.by(OWNER), desk.id, "ULATE")
    allowed = await desk.exporting.allowed(desk.workspace, "stuck", AT)
    assert (allowed.pseudonyms, allowed.left_out) == ((agreed.pseudonym,), 5)
    old = await desk.reviewing.queue(desk.by(READER), desk.id)
    assert len({each.pseudonym for each in old.cards}) > 1
