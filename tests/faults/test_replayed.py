"""Two replicas work on a replay while one is killed again and again: what is left is the same."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from bot.sandbox.recording import SHIPPED, read_recording
from tests.faults.replayed import Left, compare, differences

SHORT = SHIPPED / "etsy-2014-12-04-homepage-sidebar.json"
# Until somebody has been asked something.
EVENTS = 3
KILL_EVERY = 1.5


def test_killed_again_and_again_two_replicas_leave_what_one_life_leaves(
    postgres_url: str, tmp_path: Path
) -> None:
    """The record, the questions in it included; how each send ended; every message people see."""
    recording = read_recording(SHORT)
    begins = recording.model_copy(update={"events": recording.events[:EVENTS]})
    file = tmp_path / SHORT.name
    file.write_text(begins.model_dump_json(), "utf-8")

    told = compare(file, 2, KILL_EVERY, postgres_url)

    assert told.kills > 0
    assert told.asked > 0
    assert (told.differences, told.doubled) == ((), 0)


def test_what_two_runs_do_not_share_is_told() -> None:
    calm = Left({"entries": ["a"]}, Counter(["nudge.card 1 sent"]), Counter(["a question"]), 0, 0)
    twice = replace(calm, seen=Counter(["a question"] * 2))
    lost = replace(calm, record={"entries": []}, ends=Counter(["nudge.card 1 unknown"]))

    assert not list(differences(calm, calm))
    assert list(differences(calm, twice)) == ["seen, only disturbed: a question"]
    assert list(differences(calm, lost)) == [
        "record: entries",
        "end, only undisturbed: nudge.card 1 sent",
        "end, only disturbed: nudge.card 1 unknown",
    ]
