"""Unknown stays unknown until the one who said so says otherwise: F6."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.incidents.model import Claim, Kind
from bot.incidents.readback import Reading, Says, answers, contradicts, says, settled
from tests.bot.incidents.test_rules import NOW

ANA, BO, CY = "UANA", "UBO", "UCY"
LOCKED = Claim(1, Kind.UNKNOWN, "whether it is locked", ANA, NOW)


def known(text: str, actor: str = BO, number: int = 2) -> Claim:
    return Claim(number, Kind.KNOWN, text, actor, NOW)


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        ("whether it is locked", "it is locked"),
        ("whether it is locked", "it isn’t locked"),
        ("whether it is locked", "not locked"),
        ("is the table locked?", "the table holds a lock, pid 812"),
        ("why the copy prints nothing", "the copy prints nothing while it waits for a checkpoint"),
        ("who has the keys", "Cy has the keys"),
        ("lag on db2", "db2 lag is 4 GB"),
        ("锁住了吗", "锁住了吗"),
    ],
)
def test_these_are_about_the_same_thing(unknown: str, told: str) -> None:
    asked = Claim(1, Kind.UNKNOWN, unknown, ANA, NOW)
    assert contradicts((asked,), known(told)) == asked


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        ("whether it is locked", "lag is 4 GB"),
        ("why the copy prints nothing", "the copy is 300 GB"),
        ("which backups work", "backups run every night at two"),
        ("whether it is", "it is"),
        ("?", "!"),
    ],
)
def test_these_are_not(unknown: str, told: str) -> None:
    asked = Claim(1, Kind.UNKNOWN, unknown, ANA, NOW)
    assert contradicts((asked,), known(told)) is None


def test_nobody_is_asked_about_their_own_words() -> None:
    assert contradicts((LOCKED,), known("it is locked", ANA)) is None


def test_a_belief_answers_nothing() -> None:
    believed = Claim(2, Kind.BELIEVE, "it is locked", BO, NOW)
    assert contradicts((LOCKED,), believed) is None


def test_asked_once() -> None:
    claims = (LOCKED, known("it is locked", BO, 2))
    assert contradicts(claims, known("it is locked", CY, 3)) is None
    again = Claim(3, Kind.UNKNOWN, "whether it is locked", ANA, NOW)
    assert contradicts((*claims, again), known("it is locked", CY, 4)) == again


def test_the_one_that_shares_most_then_the_latest() -> None:
    claims = (
        Claim(1, Kind.UNKNOWN, "db2 lag", ANA, NOW),
        Claim(2, Kind.UNKNOWN, "db2 lag after the restart", ANA, NOW),
        Claim(3, Kind.UNKNOWN, "db2 lag after the restart?", CY, NOW),
    )
    found = contradicts(claims, known("db2 lag after the restart is zero", BO, 4))
    assert found == claims[2]


def test_the_board_reads_unknown_and_what_is_believed_until_it_is_confirmed() -> None:
    claims = (LOCKED, known("it is locked"))
    waiting = (Reading(Kind.UNKNOWN, LOCKED, claims[1], Says.YES),)
    assert settled(claims, {}) == waiting
    assert settled(claims, {1: False}) == waiting
    assert settled(claims, {1: True}) == (Reading(Kind.KNOWN, claims[1]),)


def test_ones_own_word_settles_it_at_once() -> None:
    own = known("it is locked", ANA)
    assert settled((LOCKED, own), {}) == (Reading(Kind.KNOWN, own),)


def test_the_same_words_known_are_read_back_too() -> None:
    asked = Claim(1, Kind.UNKNOWN, "the door is locked", ANA, NOW)
    told = known("The door is locked")
    assert settled((asked, told), {}) == (Reading(Kind.UNKNOWN, asked, told),)


def test_said_again_by_another_the_first_stays_with_what_is_believed() -> None:
    again = Claim(3, Kind.UNKNOWN, "Whether it is  locked", CY, NOW)
    told = known("it is locked")
    assert settled((LOCKED, told, again), {}) == (Reading(Kind.UNKNOWN, LOCKED, told, Says.YES),)


def test_said_again_by_its_writer_it_is_simply_unknown() -> None:
    again = Claim(3, Kind.UNKNOWN, "Whether it is  locked", ANA, NOW)
    assert settled((LOCKED, known("it is locked"), again), {}) == (Reading(Kind.UNKNOWN, again),)


def test_a_fact_said_again_stands_once() -> None:
    lag, again = known("lag is 4 GB"), known("Lag is 4 GB", CY, 3)
    assert settled((lag, again), {}) == (Reading(Kind.KNOWN, again),)


def test_settling_ones_own_doubt_settles_nobody_elses() -> None:
    own = Claim(2, Kind.UNKNOWN, "is it locked?", BO, NOW)
    told = known("it is locked", BO, 3)
    assert contradicts((LOCKED, own), told) == LOCKED
    assert settled((LOCKED, own, told), {}) == (Reading(Kind.UNKNOWN, LOCKED, told, Says.YES),)


@pytest.mark.parametrize(
    ("unknown", "told", "answer"),
    [
        ("whether it is locked", "it is locked", Says.YES),
        ("whether it is locked or not", "it's locked", Says.YES),
        ("if it is locked", "it isn't locked", Says.NO),
        ("is it locked?", "It is NOT locked", Says.NO),
        ("whether nobody is affected", "nobody is affected", Says.YES),
        ("why it is locked", "locked by pid 812", None),
        ("the state of the lock", "not locked", None),
    ],
)
def test_yes_and_no(unknown: str, told: str, answer: Says | None) -> None:
    assert says(Claim(1, Kind.UNKNOWN, unknown, ANA, NOW), known(told)) is answer


texts = st.sampled_from(
    ["whether it is locked", "it is locked", "not locked", "lag", "", "db2 lag"]
)
claims = st.lists(
    st.tuples(
        st.sampled_from([Kind.KNOWN, Kind.UNKNOWN, Kind.BELIEVE]),
        texts | st.text(max_size=20),
        st.sampled_from([ANA, BO, CY]),
    ),
    max_size=12,
).map(lambda said: tuple(Claim(n, *each, NOW) for n, each in enumerate(said, 1)))


@given(claims, st.dictionaries(st.integers(1, 12), st.booleans()))
def test_another_persons_word_never_makes_known_what_was_unknown(
    said: tuple[Claim, ...], confirmations: dict[int, bool]
) -> None:
    readings = settled(said, confirmations)
    assert len({each.claim.number for each in readings}) == len(readings)
    for each in readings:
        assert each.claim in said
        assert each.belief is None or each.kind is Kind.UNKNOWN
    if said and (asked := contradicts(said[:-1], said[-1])):
        assert asked.actor != said[-1].actor
        assert asked.kind is Kind.UNKNOWN
        assert answers(asked, said[-1])
        assert said[-1] not in [r.claim for r in settled(said, {}) if r.kind is Kind.KNOWN]
