"""On a volunteer's Home: how they take part, and what left of their answers, with a hash."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.sampling.review_ports import Grant, Look, Seen
from bot.sampling.shown import Shared
from bot.sampling.taking_part import days_begun
from handlers.blocks.message import Message
from handlers.blocks.sampling_status import day_of, hours_line, on_home
from handlers.blocks.text import Block
from tests.bot.sampling.people import hours, volunteer
from tests.handlers.blocks.test_any_input import check
from tests.handlers.reading import text_of

AT = datetime(2028, 3, 6, 9, 30, tzinfo=UTC)
DIGEST = "0123456789abcdef" * 4


def words(blocks: list[Block]) -> str:
    return text_of(Message("x", tuple(blocks)))


def shared(exports: int = 1, grants: int = 1) -> Shared:
    return Shared(
        "What gets in the way",
        "Europe/Berlin",
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
    assert (
        "@UOLGA let @UANNA export the study for an hour, 2028-03-06 10:30 (Europe/Berlin)" in told
    )
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


@pytest.mark.parametrize(
    ("now", "begun"),
    [
        (datetime(2026, 11, 22, 22, 9, tzinfo=UTC), 0),  # 23:09 in Berlin, before their first day
        (datetime(2026, 11, 22, 23, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 27, 12, 0, tzinfo=UTC), 1),
    ],
)
def test_a_day_that_is_only_planned_has_not_begun(now: datetime, begun: int) -> None:
    assert days_begun(volunteer(planned_to=date(2026, 11, 23), planned_days=1), now) == begun
    assert days_begun(volunteer(), now) == 0


def test_one_day_off_is_a_day() -> None:
    first, second = date(2026, 12, 24), date(2026, 12, 31)
    assert hours_line(hours(days_off=(first,))).endswith(" · 1 day off")
    assert hours_line(hours(days_off=(first, second))).endswith(" · 2 days off")


def test_a_day_in_another_year_is_said_with_its_year() -> None:
    # In Berlin it is 2027 already.
    now = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert day_of(date(2027, 1, 12), now, "Europe/Berlin") == "Tuesday, 12 January"
    assert day_of(date(2046, 1, 12), now, "Europe/Berlin") == "Friday, 12 January 2046"
