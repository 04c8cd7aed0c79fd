"""Times in the database."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from storage.types import UtcTime

DIALECTS = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]
KIND = UtcTime()
times = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=45)), ZoneInfo("Europe/Rome")]
    ),
)


def stored(time: datetime, dialect: sa.Dialect) -> object:
    return KIND.process_bind_param(time, dialect)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
class TestUtcTime:
    @given(time=times)
    def test_comes_back_as_the_same_moment_in_utc(
        self, dialect: sa.Dialect, time: datetime
    ) -> None:
        back = KIND.process_result_value(stored(time, dialect), dialect)

        assert back == time.astimezone(UTC)  # an hour skipped in spring equals nothing itself
        assert back is not None
        assert back.tzinfo is UTC

    def test_a_time_without_a_zone_is_refused(self, dialect: sa.Dialect) -> None:
        with pytest.raises(ValueError, match="without a zone"):
            stored(datetime(2028, 2, 29), dialect)  # noqa: DTZ001 - the subject

    def test_none_stays_none(self, dialect: sa.Dialect) -> None:
        assert KIND.process_bind_param(None, dialect) is None
        assert KIND.process_result_value(None, dialect) is None


@given(one=times, other=times)
def test_sqlites_text_sorts_as_the_times_do(one: datetime, other: datetime) -> None:
    texts = [stored(time, DIALECTS[0]) for time in (one, other)]

    assert (str(texts[0]) < str(texts[1])) is (one.astimezone(UTC) < other.astimezone(UTC))
    assert len(str(texts[0])) == len("2028-02-29T23:58:01.234567+00:00")
