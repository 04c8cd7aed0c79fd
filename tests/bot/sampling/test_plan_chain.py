"""The chain of planned days, and the proof: whatever was changed afterwards is found."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.sampling.model import DayPlan, Protocol
from bot.sampling.plan import commitment, plan_day
from bot.sampling.plan_chain import DayRow, Replayed, digest_of, link, replay_schedule
from tests.bot.sampling.people import MONDAY, SECRET, STUDY_HASH, study, volunteer

ANA, BO = b"a" * 16, b"b" * 16
COMMITTED = commitment(STUDY_HASH, SECRET)
LAST = 7


def a_study() -> Protocol:
    return study(rotate=3)


def chain(days: int = 4) -> list[DayRow]:
    """Two people's days, in turn."""
    rows: list[DayRow] = []
    for number in range(days):
        for name, salt in (("vaaaaa", ANA), ("vbbbbb", BO)):
            one = volunteer(pseudonym=name, salt=salt)
            on = MONDAY + timedelta(days=number)
            plan = plan_day(SECRET, a_study(), one, on, number + 1)
            linked = link(plan, salt, rows[-1].digest if rows else "")
            rows.append(DayRow(linked.previous, linked.digest, linked, salt))
    return rows


def replayed(rows: list[DayRow], heads: Collection[str] = ()) -> Replayed:
    return replay_schedule(SECRET, [a_study()], rows, commitment=COMMITTED, heads=heads)


def plan_of(row: DayRow) -> DayPlan:
    assert row.plan is not None
    return row.plan


def changed(rows: list[DayRow], place: int, *, again: bool = False, **what: Any) -> list[DayRow]:
    """The chain with one day changed; `again`: and all hashes from there on made anew."""
    out = list(rows)
    out[place] = replace(out[place], plan=replace(plan_of(out[place]), **what))
    if again:
        for at in range(place, len(out)):
            salt = out[at].salt or b""
            plan = link(plan_of(out[at]), salt, out[at - 1].digest if at else "")
            out[at] = DayRow(plan.previous, plan.digest, plan, salt)
    return out


class TestProof:
    def test_what_was_planned_as_promised_is_proven(self) -> None:
        rows = chain()
        found = replayed(rows, heads=[rows[3].digest, rows[LAST].digest])

        assert found.differences == ()
        assert (found.days, found.erased) == (8, 0)
        assert found.prompts == sum(len(plan_of(row).times) for row in rows)

    def test_a_moved_second_is_found(self) -> None:
        times = plan_of(chain()[2]).times
        moved = (times[0] + timedelta(seconds=1), *times[1:])
        found = replayed(changed(chain(), 2, again=True, times=moved))

        assert [each.where for each in found.differences] == [
            f"vaaaaa {MONDAY + timedelta(days=1)}"
        ]
        assert "its inputs give" in found.differences[0].what

    @pytest.mark.parametrize(
        "what",
        [{"rotated": ()}, {"gap": 61}, {"version": 2}, {"times": ()}, {"date": MONDAY}],
        ids=str,
    )
    def test_so_is_any_input_that_was_changed(self, what: dict[str, Any]) -> None:
        assert replayed(changed(chain(), 2, again=True, **what)).differences

    @pytest.mark.parametrize(
        "what", [{"day": 9}, {"tzdata": "1999a"}, {"zone": "UTC"}, {"holidays": "9"}], ids=str
    )
    def test_so_is_what_moves_no_prompt_by_the_hash(self, what: dict[str, Any]) -> None:
        found = replayed(changed(chain(), 2, **what))

        assert [each.what for each in found.differences] == ["is not what its hash says"]

    def test_hashes_made_anew_are_not_those_that_were_published(self) -> None:
        rows = chain()
        found = replayed(changed(rows, 2, again=True, day=9), heads=[rows[LAST].digest])

        assert [each.where for each in found.differences] == ["the study"]
        assert "was published" in found.differences[0].what

    def test_a_day_that_was_left_out_breaks_the_chain(self) -> None:
        rows = chain()
        found = replayed(rows[:3] + rows[4:])

        assert [each.what for each in found.differences] == [
            "does not follow the day before it in the chain"
        ]

    def test_a_date_is_planned_once(self) -> None:
        rows = chain(1)
        again = link(plan_of(rows[0]), ANA, rows[1].digest)
        found = replayed([*rows, DayRow(again.previous, again.digest, again, ANA)])

        assert [each.what for each in found.differences] == ["was planned twice"]

    def test_another_secret_is_found(self) -> None:
        other = replay_schedule(bytes(32), [a_study()], chain(), commitment=COMMITTED).differences

        assert other[0].what == "the secret is not the one that was committed to"
        assert len(other) == 9

    def test_a_day_of_no_version_is_found(self) -> None:
        found = replayed(changed(chain(), 0, again=True, digest_of_study="1" * 64))

        assert found.differences[0].what == "is of no version of the study"

    def test_nothing_planned_is_proven_too(self) -> None:
        assert replayed([]) == Replayed(0, 0, 0, ())


class TestVersions:
    def test_the_first_one_was_committed_to_and_each_day_is_of_its_own(self) -> None:
        second = replace(a_study(), version=2, digest="2" * 64)
        rows = chain(1)
        plan = plan_day(SECRET, second, volunteer(salt=ANA), MONDAY + timedelta(days=1), 2)
        plan = link(plan, ANA, rows[-1].digest)
        rows.append(DayRow(plan.previous, plan.digest, plan, ANA))
        versions = [second, a_study()]

        assert replay_schedule(SECRET, versions, rows, commitment=COMMITTED).differences == ()


class TestErased:
    def test_the_hash_alone_keeps_the_chain(self) -> None:
        rows = chain()
        gone = [DayRow(row.previous, row.digest) if row.salt == BO else row for row in rows]
        found = replayed(gone, heads=[rows[LAST].digest])

        assert found.differences == ()
        assert (found.days, found.erased) == (4, 4)

    def test_one_that_was_taken_out_is_found_all_the_same(self) -> None:
        rows = [DayRow(row.previous, row.digest) for row in chain()]

        assert len(replayed(rows[1:]).differences) == 1

    def test_without_the_salt_the_hash_can_not_be_guessed(self) -> None:
        plan = plan_of(chain(1)[0])

        assert digest_of(plan, ANA, "") != digest_of(plan, BO, "")


def test_a_digest_is_fixed_for_ever() -> None:
    plan = plan_day(SECRET, study(), volunteer(), date(2026, 11, 23), 1)

    assert digest_of(replace(plan, tzdata="2026.6"), bytes(16), "") == (
        "b72f5a6da519314f1251f0713c774256cea07f51808900c910f46dad98826dfc"
    )
