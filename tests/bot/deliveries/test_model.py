"""Sharing the lanes' budgets, and waiting after failures: pure rules."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deliveries.model import (
    RATES,
    UNKNOWN_RATE,
    Delivery,
    Lane,
    Policy,
    Priority,
    State,
    allot,
    backoff,
    full_until,
    lane_of,
    rate_of,
)
from tests.contracts.databases import NOW

SECOND = timedelta(seconds=1)


def due(key: str, lane: str = "edit", workspace: str = "T1", **changes: object) -> Delivery:
    """A delivery that is due now."""
    made = Delivery(
        key=key,
        workspace=workspace,
        purpose="test.send",
        subject=key,
        due=NOW,
        lane=lane,
        policy=Policy.LOOK_BACK,
        priority=Priority.INCIDENT,
        expires=None,
        wanted=0,
        state=State.PENDING,
        at=NOW,
        fence=0,
        attempts=0,
        first_try=None,
        ref="",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def keys(deliveries: tuple[Delivery, ...]) -> list[str]:
    return [each.key for each in deliveries]


class TestAllot:
    def test_an_unused_lane_gives_its_burst_and_the_rest_their_slots(self) -> None:
        rate = RATES["topic"]
        rows = [due(str(n), "topic") for n in range(7)]

        got = allot(rows, {}, NOW, 20)

        assert keys(got.claimed) == ["0", "1", "2", "3"]
        assert [(each.key, (at - NOW) / SECOND) for each, at in got.postponed] == [
            ("4", rate.interval),
            ("5", rate.interval * 2),
            ("6", rate.interval * 3),
        ]

    def test_a_lane_that_is_shut_does_not_shut_the_next(self) -> None:
        shut = {("T1", "post:C1"): NOW + 30 * SECOND}

        got = allot([due("a", "post:C1"), due("b", "post:C2")], shut, NOW, 20)

        assert keys(got.claimed) == ["b"]
        assert got.postponed == ((due("a", "post:C1"), NOW + 30 * SECOND),)

    def test_a_budget_is_a_workspaces_own(self) -> None:
        rows = [due("a", "post:C1"), due("b", "post:C1", "T2"), due("c", "post:C1")]

        got = allot(rows, {}, NOW, 20)

        assert keys(got.claimed) == ["a", "b"]
        assert got.lanes.keys() == {("T1", "post:C1"), ("T2", "post:C1")}

    def test_what_is_past_its_moment_is_missed_and_costs_nothing(self) -> None:
        got = allot([due("a", "post:C1", expires=NOW), due("b", "post:C1")], {}, NOW, 20)

        assert keys(got.missed) == ["a"]
        assert keys(got.claimed) == ["b"]

    def test_at_most_once_is_not_sent_again_after_a_sender_died(self) -> None:
        rows = [due(policy.value, policy=policy, in_doubt=True, attempts=1) for policy in Policy]

        got = allot(rows, {}, NOW, 20)

        assert keys(got.unknown) == ["at_most_once"]
        assert keys(got.claimed) == ["look_back", "latest_wins", "step"]

    def test_a_lane_kept_shut_opens_at_that_moment_with_one_send(self) -> None:
        until = NOW + 30 * SECOND
        lanes = {("T1", "edit"): full_until("edit", until)}
        rows = [due("a"), due("b")]

        assert allot(rows, lanes, until - SECOND / 1000, 20).claimed == ()
        assert keys(allot(rows, lanes, until, 20).claimed) == ["a"]

    def test_a_lane_of_a_kind_we_do_not_know_is_slow_and_stops_nobody(self) -> None:
        assert rate_of("hologram:7") == UNKNOWN_RATE

        got = allot([due("a", "hologram:7"), due("b", "hologram:7"), due("c")], {}, NOW, 20)

        assert keys(got.claimed) == ["a", "c"]

    @given(
        asked=st.lists(
            st.tuples(
                st.sampled_from(["topic", "post:C1", "post:C2", "edit"]),
                st.sampled_from(["T1", "T2"]),
                st.sampled_from([None, -1, 0, 1]),
                st.sampled_from(Policy),
                st.booleans(),
            ),
            max_size=60,
        ),
        limit=st.integers(0, 30),
    )
    def test_each_ends_in_one_place_and_is_left_only_when_there_is_no_room(
        self, asked: list[tuple[str, str, int | None, Policy, bool]], limit: int
    ) -> None:
        rows = [
            due(
                str(place),
                lane,
                workspace,
                expires=None if left is None else NOW + left * SECOND,
                policy=policy,
                in_doubt=doubt,
            )
            for place, (lane, workspace, left, policy, doubt) in enumerate(asked)
        ]

        got = allot(rows, {}, NOW, limit)

        later = tuple(each for each, _ in got.postponed)
        placed = Counter(keys(got.claimed + later + got.missed + got.unknown))
        assert set(placed.values()) <= {1}
        assert len(got.claimed) <= limit
        assert placed.keys() <= set(keys(tuple(rows)))
        if len(got.claimed) < limit:
            assert placed.keys() == set(keys(tuple(rows)))
        assert all(at > NOW for _, at in got.postponed)
        for lane in {lane_of(each) for each in rows}:
            mine = [each.key for each in rows if lane_of(each) == lane]
            sent = [each.key for each in got.claimed if lane_of(each) == lane]
            waits = [each.key for each in later if lane_of(each) == lane]
            assert sent == sorted(sent, key=mine.index)
            assert waits == sorted(waits, key=mine.index)
            assert not waits or not sent or mine.index(sent[-1]) < mine.index(waits[0])

    @given(
        lane=st.sampled_from([*RATES, "post:C1", "hologram"]),
        steps=st.lists(
            st.tuples(st.floats(0, 20, allow_nan=False), st.integers(0, 15)), max_size=25
        ),
    )
    def test_no_window_ever_holds_more_than_the_burst_and_the_rate(
        self, lane: str, steps: list[tuple[float, int]]
    ) -> None:
        rate, now, sent = rate_of(lane), NOW, list[datetime]()
        lanes: dict[Lane, datetime] = {}
        for wait, asked in steps:
            now += wait * SECOND
            got = allot([due(str(n), lane) for n in range(asked)], lanes, now, 20)
            lanes |= got.lanes
            sent += [now] * len(got.claimed)

        for first in range(len(sent)):
            for last in range(first, len(sent)):
                window = (sent[last] - sent[first]) / SECOND
                allowed = rate.burst + (window + 1e-3) / rate.interval
                assert last - first + 1 <= allowed

    @given(lane=st.sampled_from([*RATES]), asked=st.integers(1, 40))
    def test_what_is_postponed_goes_at_its_slot(self, lane: str, asked: int) -> None:
        rows, sent = [due(str(n), lane) for n in range(asked)], list[str]()
        lanes: dict[Lane, datetime] = {}
        waits = {row.key: NOW for row in rows}
        while waits:
            now = min(waits.values())
            got = allot(
                [row for row in rows if waits.get(row.key, now) <= now and row.key in waits],
                lanes,
                now,
                99,
            )
            lanes |= got.lanes
            assert got.claimed  # a slot is never in vain
            for each in got.claimed:
                sent.append(each.key)
                del waits[each.key]
            waits |= {each.key: at for each, at in got.postponed}

        assert sent == [row.key for row in rows]


class TestBackoff:
    @pytest.mark.parametrize(
        ("attempts", "seconds"), [(1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (10**6, 300)]
    )
    def test_doubles_up_to_five_minutes(self, attempts: int, seconds: int) -> None:
        assert backoff(attempts, 0.0) == seconds * SECOND

    @given(attempts=st.integers(1, 100), draw=st.floats(0, 1, exclude_max=True))
    def test_is_spread_by_no_more_than_a_fifth(self, attempts: int, draw: float) -> None:
        least = backoff(attempts, 0.0)

        assert least <= backoff(attempts, draw) <= least * 1.2 + timedelta(microseconds=1)
