"""When signals are looked for: after which change, how soon, and how many changes share a look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.incidents import signals_owed
from bot.incidents.model import Change, Entry, Incident, IncidentState, Kind
from tests.bot.incidents.test_rules import NOW, asked, fresh


def looks(kind: Kind, now: datetime, before: Incident, after: Incident) -> list[datetime]:
    entry = Entry(2, kind, "UANA", now, now, "said")
    request = replace(asked(), at=now)
    return [each.due for each in signals_owed.following(before, Change(after, (entry,)), request)]


@pytest.mark.parametrize("kind", sorted(signals_owed.AT_ONCE))
def test_what_may_be_a_signal_by_itself_is_looked_at_at_once(kind: Kind) -> None:
    assert looks(kind, NOW, fresh(), fresh()) == [NOW]


def test_two_such_changes_of_one_moment_have_a_look_each() -> None:
    entry = Entry(2, Kind.DOING, "UANA", NOW, NOW, "wipe db2")
    rows = {
        each.subject
        for version in (7, 8)
        for each in signals_owed.following(
            fresh(), Change(replace(fresh(), version=version), (entry,)), asked()
        )
    }
    assert len(rows) == 2


def test_whatever_else_happens_within_a_minute_shares_one_look() -> None:
    times = [datetime(2026, 11, 20, 3, 7, second, tzinfo=UTC) for second in (0, 1, 59)]
    due = [looks(Kind.NOTE, each, fresh(), fresh()) for each in times]
    assert due == [[datetime(2026, 11, 20, 3, 8, tzinfo=UTC)]] * 3


def test_talk_shares_one_look_in_five_minutes() -> None:
    row = signals_owed.look_after_talk("T1", "I1", datetime(2026, 11, 20, 3, 59, 59, tzinfo=UTC))
    assert row.due == datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    again = signals_owed.look_after_talk("T1", "I1", datetime(2026, 11, 20, 4, 0, tzinfo=UTC))
    assert again.due == datetime(2026, 11, 20, 4, 5, tzinfo=UTC)


def test_the_end_is_looked_at_and_what_follows_it_is_not() -> None:
    over = replace(fresh(), state=IncidentState.RESOLVED)
    assert looks(Kind.RESOLVE, NOW, fresh(), over) == [NOW]
    assert looks(Kind.REOPEN, NOW, over, fresh()) == [NOW]
    assert looks(Kind.DOING, NOW + timedelta(minutes=1), over, over) == []
