"""Recorded incidents, played by people through the real bot."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.incidents.model import Kind
from bot.sandbox.recording import SHIPPED, BadRecordingError, Recording, read_recording
from bot.sandbox.replay import Replay
from bot.sandbox.report import report
from tests.journeys.stage import a_world, read

FILES = sorted(SHIPPED.glob("*.json"))
OURS = {Kind.DECLARE.value, Kind.COMMAND.value, Kind.SEVERITY.value}
BOT_LINES_AN_HOUR = 8
HUMAN_LINES_PER_BOT_LINE = 5


async def play(recording: Recording, database_url: str) -> tuple[dict[str, Any], list[str]]:
    """What the recording leaves behind, and what the bot said in the channel."""
    start = min(recording.started_at, recording.events[0].at)
    async with a_world(database_url, start) as world:
        world.channel = await Replay(recording, world.sandbox, world.stage).play()
        names = await world.bot.directory.names(world.bot.workspace.id)
        record = await world.record()
        signals = await world.bot.db.read(lambda tx: tx.signals.signals(record.incident))
        return report(record, names, world.channel, signals), world.channel_lines()


async def test_the_shipped_recordings(database_url: str) -> None:
    """Nothing is lost, no call refused (the world checks), and the bot says little."""
    bot, human = 0, 0
    for file in FILES:
        recording = read_recording(file)
        left, lines = await play(recording, database_url)
        said = [each["text"] for each in left["entries"] if each["kind"] not in OURS]
        assert sorted(said) == sorted(event.text for event in recording.events)
        assert left["incident"]["state"] == "resolved"
        assert [line for line in lines if not _is_allowed(line)] == []
        assert left["counts"]["bot_lines"] == len(lines) + 1
        assert left["counts"]["bot_lines_max_hour"] <= BOT_LINES_AN_HOUR
        bot, human = bot + left["counts"]["bot_lines"], human + left["counts"]["human_lines"]
    assert len(FILES) == 5
    assert human >= HUMAN_LINES_PER_BOT_LINE * bot


def _is_allowed(line: str) -> bool:
    """screens.md section 4: a thread ended, command changed, resolved; people open the threads."""
    moved = line.startswith("The board of ") and "further down" in line
    ended = line.startswith("*Thread ") and line.count(" · ") >= 2
    return moved or ended or line.endswith(" has command.") or line.startswith("*Resolved* at ")


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


@pytest.mark.postgres
async def test_both_databases_keep_the_same(database_url: str, migrated_postgres: str) -> None:
    recording = read_recording(FILES[2])
    assert await play(recording, database_url) == await play(recording, migrated_postgres)


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
