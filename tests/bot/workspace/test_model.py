"""Who may do what, and in which zone somebody lives."""

from dataclasses import replace

import pytest

from bot.errors import Refusal
from bot.workspace.model import Permit, Person, Request, authorise, permits
from tests.contracts.databases import NOW

MEMBER = Person("T1", "U1", "Zoë")


class TestPermits:
    @pytest.mark.parametrize(
        ("kind", "may"),
        [
            ({}, set(Permit) - {Permit.SETTINGS}),
            ({"admin": True}, set(Permit)),
            ({"guest": True}, {Permit.SEE, Permit.RECORD, Permit.END_OWN_THREAD, Permit.UNSAFE}),
            ({"external": True}, {Permit.SEE, Permit.UNSAFE}),
            ({"bot": True}, set()),
            ({"deleted": True}, set()),
            # The narrower always wins: nobody gains by being two things at once.
            (
                {"admin": True, "guest": True},
                {Permit.SEE, Permit.RECORD, Permit.END_OWN_THREAD, Permit.UNSAFE},
            ),
            ({"admin": True, "external": True}, {Permit.SEE, Permit.UNSAFE}),
            ({"guest": True, "external": True}, {Permit.SEE, Permit.UNSAFE}),
            ({"admin": True, "deleted": True}, set()),
            ({"external": True, "bot": True}, set()),
        ],
    )
    def test_the_whole_table(self, kind: dict[str, bool], may: set[Permit]) -> None:
        person = replace(MEMBER, **kind)  # type: ignore[arg-type]

        assert permits(person) == may
        for permit in set(Permit) - may:
            with pytest.raises(Refusal) as refused:
                authorise(person, permit, "my words")
            assert refused.value.given_back == "my words"
            assert "Nothing changed." in refused.value.text
        for permit in may:
            authorise(person, permit)


class TestZones:
    @pytest.mark.parametrize(
        "zone", ["", "Nowhere/Never", "../../etc/passwd", "/etc/passwd", "a\0b"]
    )
    def test_one_that_this_machine_does_not_know_is_utc(self, zone: str) -> None:
        assert replace(MEMBER, zone=zone).zoneinfo().key == "UTC"

    def test_one_that_it_knows_is_itself(self) -> None:
        assert replace(MEMBER, zone="Asia/Kolkata").zoneinfo().key == "Asia/Kolkata"


class TestReceipts:
    def test_a_request_with_a_key_has_its_workspaces_receipt(self) -> None:
        assert Request("T1", MEMBER, NOW, once="Ev1").receipt == ("T1", "Ev1")
        assert Request("T1", MEMBER, NOW).receipt is None
