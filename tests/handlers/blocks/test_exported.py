"""What left of a volunteer's answers, on their Home: who, when, and a hash that can be checked."""

from datetime import UTC, date, datetime, timedelta

from bot.sampling.review_ports import Grant, Look, Seen
from bot.sampling.shown import Shared
from handlers.blocks.message import Message
from handlers.blocks.sampling_status import on_home
from handlers.blocks.text import Block
from tests.handlers.blocks.test_any_input import check
from tests.handlers.reading import text_of

AT = datetime(2028, 3, 6, 9, 30, tzinfo=UTC)
DIGEST = "0123456789abcdef" * 4


def words(blocks: list[Block]) -> str:
    return text_of(Message("x", tuple(blocks)))


def shared(exports: int = 1, grants: int = 1) -> Shared:
    return Shared(
        "What gets in the way",
        tuple(
            Grant(f"G{n}", "S1", "UANNA", "UOLGA", AT + timedelta(days=n), AT)
            for n in range(grants)
        ),
        tuple(
            Look("UANNA", Seen.EXPORTED, date(2028, 3, 6) + timedelta(days=n), 1, DIGEST)
            for n in range(exports)
        ),
    )


def test_who_when_and_a_short_hash() -> None:
    told = words(on_home(None, AT, [shared()], "/x-sampling"))
    assert "@UANNA exported your answers, 2028-03-06: sha256 `0123456789ab…`" in told
    assert "@UOLGA let @UANNA export the study for an hour, 2028-03-06 09:30 UTC" in told
    assert DIGEST not in told
    assert "`/x-sampling mine`" in told


def test_nothing_where_nothing_left() -> None:
    assert on_home(None, AT, [shared(0, 0)]) == []
    assert on_home(None, AT) == []


def test_many_fit() -> None:
    blocks = on_home(None, AT, [shared(50, 50)] * 3)
    told = words(blocks)
    assert told.count("and 45 before") == 6
    check(Message("x", tuple(blocks)))
