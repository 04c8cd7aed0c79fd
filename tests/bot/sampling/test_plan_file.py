"""The proof as a file: what is written is read, and what was changed in it is found."""

import json

import pytest

from bot.sampling.plan import commitment, plan_day
from bot.sampling.plan_chain import DayRow, link
from bot.sampling.plan_file import BadProofError, Proof, read_proof, write_proof
from tests.bot.sampling.people import MONDAY, SECRET, default, hours, volunteer


def a_proof() -> Proof:
    study = default()
    rows: list[DayRow] = []
    for name, salt in (("vaaaaa", b"a" * 16), ("vbbbbb", b"b" * 16), ("vccccc", b"c" * 16)):
        one = volunteer(hours(days_off=(MONDAY.replace(day=30),)), pseudonym=name, salt=salt)
        plan = plan_day(SECRET, study, one, MONDAY, 1)
        linked = link(plan, salt, rows[-1].digest if rows else "")
        rows.append(DayRow(linked.previous, linked.digest, linked, salt))
    rows[1] = DayRow(rows[1].previous, rows[1].digest)
    promised = commitment(study.digest, SECRET)
    return Proof(promised, SECRET, (study,), tuple(rows), (rows[2].digest,))


def test_what_is_written_is_read() -> None:
    proof = a_proof()
    again = read_proof(write_proof(proof))

    assert again == proof
    assert again.replay().differences == ()
    assert (again.replay().days, again.replay().erased) == (2, 1)


def test_a_time_that_was_changed_in_it_is_found() -> None:
    told = json.loads(write_proof(a_proof()))
    told["days"][0]["day"]["times"][0] = "2026-11-23T09:00:00Z"

    found = read_proof(json.dumps(told)).replay().differences
    assert [each.where for each in found] == ["vaaaaa 2026-11-23"] * 2


def test_so_is_a_study_that_was_changed_in_it() -> None:
    told = json.loads(write_proof(a_proof()))
    version = told["versions"][0]
    version["canonical"] = version["canonical"].replace('"gap_min":60', '"gap_min":61')

    found = read_proof(json.dumps(told)).replay().differences
    assert found[0].what == "the secret is not the one that was committed to"


@pytest.mark.parametrize(
    "windows",
    [
        [["2026-11-23T16:00:00Z", "2026-11-23T08:00:00Z"]],
        [["2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"], ["2026-11-23T11:00:00Z"] * 2],
        [["2026-11-23T08:00:00Z", "2926-11-23T12:00:00Z"]],
        [["2026-11-23T08:00:00", "2026-11-23T12:00:00"]],
    ],
)
def test_windows_that_are_none_are_refused(windows: list[list[str]]) -> None:
    told = json.loads(write_proof(a_proof()))
    told["days"][0]["day"]["windows"] = windows

    with pytest.raises(BadProofError, match=r"^days\.0\.day\.windows"):
        read_proof(json.dumps(told))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file: "),
        ("{}", "format: "),
        (write_proof(a_proof()).replace('"secret": "00', '"secret": "0'), "secret: "),
        (write_proof(a_proof()).replace('"pseudonym"', '"name"'), "days.0.day."),
        (write_proof(a_proof()).replace("parallax-study-1", "mine"), "versions: "),
    ],
)
def test_what_is_no_proof_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(BadProofError, match=f"^{why}"):
        read_proof(text)
