"""Recorded incidents, played by people through the real bot."""

import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import drills
from bot.drills import asks_in_channel
from bot.incidents.model import Kind
from bot.sandbox.recording import SHIPPED, BadRecordingError, Recording, read_recording
from bot.sandbox.replay import Replay
from bot.sandbox.report import Questions, report
from handlers.blocks.nudges import mark
from tests.journeys.stage import a_world, read

FILES = sorted(SHIPPED.glob("*.json"))
OURS = {Kind.DECLARE.value, Kind.COMMAND.value, Kind.SEVERITY.value}
BOT_LINES_AN_HOUR = 8
HUMAN_LINES_PER_BOT_LINE = 5
SHRUNK = re.compile(r"Asked \d\d:\d\d: ")


async def play(recording: Recording, database_url: str) -> tuple[dict[str, Any], list[str]]:
    """What the recording leaves behind, and what the bot said in the channel."""
    start = min(recording.started_at, recording.events[0].at)
    async with a_world(database_url, start) as world:
        await asks_in_channel(world.bot, start)
        replay = Replay(recording, world.sandbox, world.stage)
        replay.casts()
        world.channel = await replay.play()
        names = await world.bot.directory.names(world.bot.workspace.id)
        record, db = await world.record(), world.bot.db
        signals = await db.read(lambda tx: tx.signals.signals(record.incident))
        nudges = await db.read(lambda tx: tx.nudges.nudges(record.incident))
        questions = Questions(nudges, world.sandbox.workspace, mark)
        return report(record, names, world.channel, signals, questions), world.channel_lines()


async def test_the_shipped_recordings(database_url: str) -> None:
    """Nothing is lost, no call refused (the world checks), and the bot says little.

    A recording has only what mattered, a few lines an hour, and nobody in it answers: questions
    have a budget of their own, and of the rest there is one line to five of people.
    """
    bot, human = 0, 0
    for file in FILES:
        recording = read_recording(file)
        left, lines = await play(recording, database_url)
        check_questions(left)
        said = [each["text"] for each in left["entries"] if each["kind"] not in OURS]
        assert sorted(said) == sorted(event.text for event in recording.events)
        assert left["incident"]["state"] == "resolved"
        assert [line for line in lines if not _is_allowed(line)] == []
        assert left["counts"]["bot_lines"] == len(lines) + 1
        assert left["counts"]["bot_lines_max_hour"] <= BOT_LINES_AN_HOUR
        cards = [each for each in left["nudges"] if each["rung"] == "card"]
        assert len([line for line in lines if _is_question(line)]) == len(cards)
        bot += left["counts"]["bot_lines"] - len(cards)
        human += left["counts"]["human_lines"]
    assert len(FILES) == 5
    assert human >= HUMAN_LINES_PER_BOT_LINE * bot


def _is_allowed(line: str) -> bool:
    """screens.md section 4: a thread ended, command changed, resolved; people open the threads."""
    moved = line.startswith("The board of ") and "further down" in line
    ended = line.startswith("*Thread ") and line.count(" · ") >= 2
    told = line.endswith(" has command.") or line.startswith("*Resolved* at ")
    return moved or ended or told or _is_question(line)


def _is_question(line: str) -> bool:
    """A card, or the one line that it has shrunk to."""
    return line.startswith("A question, not an alarm · ") or bool(SHRUNK.match(line))


def check_questions(left: dict[str, Any]) -> None:
    """The rules of a record: slots, two signals at most, each mark, nobody alone."""
    declared = datetime.fromisoformat(left["incident"]["clocks"]["declared"])
    asked = [each for each in left["nudges"] if each["rung"] not in {"mark", "place"}]
    minutes = [
        (datetime.fromisoformat(each["at"]) - declared) / timedelta(minutes=1) for each in asked
    ]
    assert minutes[0] >= 10
    gaps = [after - before for before, after in itertools.pairwise(minutes)]
    for gap, least in zip(gaps, (25, 40, 40, *(60 for _ in gaps)), strict=False):
        assert gap >= least
    assert sum(each < 60 for each in minutes) <= 2
    assert all(each["text"] for each in left["nudges"])
    marked = [each["signal"] for each in left["nudges"] if each["rung"] == "mark"]
    held = [each["kind"] for each in left["signals"] if each["kind"] != "long_haul"]
    assert sorted(marked) == sorted(held)
    assert "long_haul" not in json.dumps(left["nudges"])


@pytest.mark.row("G17")
async def test_both_removals_at_gitlab_are_asked_about_at_once(database_url: str) -> None:
    """In the line's own Slack thread, when the directory on db2 is wiped and when it is db1's."""
    recording = read_recording(next(each for each in FILES if "gitlab" in each.name))
    start = min(recording.started_at, recording.events[0].at)
    async with a_world(database_url, start) as world:
        world.channel = await Replay(recording, world.sandbox, world.stage).play()
        root = (await world.thread(2)).slack_thread
        asked = [each for each in world.channel.replies(root) if "can't be undone" in read(each)]
        times = [datetime.fromtimestamp(float(each.ts), UTC) for each in asked]
        assert [f"{each:%H:%M}" for each in times] == ["22:15", "23:00"]
        assert not [each for each in world.channel_lines() if "undone" in each]


async def asked_in(name: str, database_url: str) -> list[tuple[str, str, str, str]]:
    """Of a recording: when, about what, on which rung, in which words; marks left out."""
    recording = read_recording(next(each for each in FILES if name in each.name))
    left, _ = await play(recording, database_url)
    told = [each for each in left["nudges"] if each["rung"] != "mark"]
    return [(each["at"][11:16], each["signal"], each["rung"], each["text"]) for each in told]


@pytest.mark.row("F1")
async def test_the_rollback_is_asked_about_before_it_is_disproved(database_url: str) -> None:
    """At 02:41 it turns out that the old code does not run on today's schema."""
    ((*asked, text),) = await asked_in("buildkite-2026", database_url)
    assert asked == ["02:40", "single_line", "card"]
    # As it was shown first: by now it is one line.
    assert text.startswith("A question, not an alarm")
    assert "rollback" in text
    assert "10 minutes" in text


@pytest.mark.row("G17")
async def test_both_removals_are_questions_of_the_record(database_url: str) -> None:
    asked = await asked_in("gitlab", database_url)
    place = {at: (signal, text) for at, signal, rung, text in asked if rung == "place"}
    assert [each for each in place if each >= "22"] == ["22:15", "23:00"]
    assert {signal for signal, _ in place.values()} == {"destructive_verb"}
    assert "hostname" in place["22:15"][1]
    assert "hostname" in place["23:00"][1]
    assert "Who looks with you?" in place["23:00"][1]


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["buildkite-2026", "gitlab"])
async def test_both_databases_keep_the_same(
    name: str, database_url: str, migrated_postgres: str
) -> None:
    """Byte for byte, and at the same moments: in a replay chance follows from domain time."""
    recording = read_recording(next(each for each in FILES if name in each.name))
    here, there = [
        (await drills.play(recording, url, None)).record
        for url in (database_url, migrated_postgres)
    ]
    assert json.dumps(here) == json.dumps(there)
    assert [each["rung"] for each in here["nudges"] if each["rung"] == "card"]


GOOD: dict[str, Any] = {
    "title": "Checkout is slow",
    "severity": "major",
    "started_at": "2026-11-20T03:07:00Z",
    "events": [
        {
            "at": "2026-11-20T03:07:00Z",
            "actor": "ic",
            "kind": "open_thread",
            "thread": "a",
            "text": "disk",
        },
        {"at": "2026-11-20T03:09:00Z", "actor": "ic", "kind": "update", "text": "looking"},
    ],
}


def _with_event(**changed: Any) -> str:
    first, second = GOOD["events"]
    return json.dumps(GOOD | {"events": [first, second | changed]})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "this is not JSON"),
        ("\xff", "this is not JSON"),
        ("[1, 2]", "valid dictionary"),
        ("{}", "title: Field required"),
        (_with_event(kind="dance"), "events.1.kind: Input should be 'open_thread'"),
        (_with_event(at="2026-11-20T03:06:00Z"), "events are not in order: 03:06:00 comes too lat"),
        (_with_event(at="2026-11-20T03:09:00"), "a time without a zone"),
        (_with_event(text=""), "events.1.text"),
        (_with_event(kind="state"), "a state event, and no other, says which state"),
        (json.dumps(GOOD | {"events": []}), "events"),
        (json.dumps(GOOD | {"severity": "purple"}), "severity"),
    ],
)
def test_a_file_that_cannot_be_played_says_where(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(BadRecordingError) as refused:
        read_recording(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert told in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadRecordingError, match="No such file"):
        read_recording(tmp_path / "none.json")
