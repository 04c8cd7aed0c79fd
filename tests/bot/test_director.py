"""The director: plays, pauses, goes back and forth, and lives with what the viewer changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.demo import VOCABULARY
from bot.director import Director, reel
from bot.drills import default_recordings
from bot.sandbox.page.ports import Shown
from bot.sandbox.page.server import PageServer
from bot.sandbox.recording import BadRecordingError
from bot.sandbox.refusals import CannotAct
from bot.sandbox.state import Channel
from tests.bot.sandbox.page.conftest import Tab

SHORT = "buildkite-2026"  # declared, then eight events
MOMENTS = 9


@dataclass
class Show:
    """A director whose pauses end when the test says so, and what its page was told."""

    director: Director
    beats: asyncio.Semaphore
    rests: list[float]
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    notes: list[str] = field(default_factory=list)
    shows: list[Shown] = field(default_factory=list)

    @property
    def strip(self) -> dict[str, Any]:
        return self.director.strip()

    def tells(self) -> None:
        """What the page would do with another strip: look at it."""
        self.notes.append(self.strip["note"])
        asyncio.get_running_loop().create_task(self._wake())

    async def _wake(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for a strip of which this is true."""
        async with asyncio.timeout(30), self.changed:
            await self.changed.wait_for(lambda: holds(self.strip))

    async def plays_to(self, position: int) -> None:
        """Let so many moments pass."""
        for one in range(self.strip["position"] + 1, position + 1):
            self.beats.release()
            await self.until(_is_at(one))
        await self.settles()

    async def settles(self) -> None:
        """Until the bot owes nothing that is due, and the moment is over."""
        async with self.director._turn:  # noqa: SLF001 - the moment's end is not on the strip
            await self.director._on_stage.stage().settle()  # noqa: SLF001

    @property
    def incident(self) -> Channel:
        """The incident's channel."""
        channels = self.director.shown.sandbox.workspace.channels.values()
        return next(each for each in channels if each.name.startswith("inc-"))

    def lines(self) -> list[str]:
        """What people said in it."""
        return [each.text for each in self.incident.lines() if not each.bot_id]


def _is_at(position: int) -> Callable[[dict[str, Any]], bool]:
    return lambda strip: strip["position"] >= position


@asynccontextmanager
async def showing(name: str, *, paused: bool = True) -> AsyncIterator[Show]:
    beats, rests = asyncio.Semaphore(0), []

    async def rest(seconds: float) -> None:
        rests.append(seconds)
        await beats.acquire()

    director = Director(reel(name), default_recordings(), paused=paused, rest=rest)
    show = Show(director, beats, rests)
    await director.opens()
    director.watched(lambda: show.shows.append(director.shown), show.tells)
    try:
        await director.starts()
        yield show
    finally:
        await director.closes()


@pytest.fixture
async def show() -> AsyncIterator[Show]:
    async with showing(SHORT) as show:
        yield show


async def test_the_strip_before_anything_is_played(show: Show) -> None:
    strip = show.strip
    assert strip["title"].startswith("Buildkite")
    assert strip["source"].startswith("https://")
    assert (strip["position"], strip["total"]) == (0, MOMENTS)
    assert (strip["playing"], strip["ended"], strip["note"]) == (False, False, "")
    assert (strip["pace"], strip["paces"]) == (1, [0.5, 1, 2, 5, 20])
    assert strip["next"].startswith("02:29 · ")
    assert "/incident Buildkite" in strip["next"]
    assert strip["name"] == "buildkite-2026-05-01-column-rename"
    assert [each["name"] for each in strip["recordings"]][-2:] == ["study", "empty"]
    assert len(strip["recordings"]) == 7
    assert [mark["at"] for mark in strip["marks"]] == list(range(MOMENTS))
    assert [mark["kind"] for mark in strip["marks"]][:2] == ["declare", "symptom"]
    people = show.director.shown.sandbox.workspace.channel_named("general")
    assert people is not None
    assert show.director.shown.viewer.id in people.members


async def test_it_plays_pauses_and_ends(show: Show) -> None:
    await show.director.order("play", None)
    await show.plays_to(2)
    assert show.strip["playing"]
    assert [line for line in show.lines() if line.startswith("seeing: ")]
    await show.director.order("pause", None)
    show.beats.release()  # what it was waiting for when it was paused
    await show.settles()
    assert (show.strip["position"], show.strip["playing"]) == (2, False)
    await show.director.order("pace", 20)
    await show.director.order("play", None)
    await show.plays_to(MOMENTS)
    await show.until(lambda strip: not strip["playing"])
    assert (show.strip["ended"], show.strip["next"]) == (True, "")
    assert show.rests[0] == 1.5
    assert show.rests[-1] == pytest.approx(0.075)
    assert [note for note in show.notes if note] == []
    assert show.shows == []  # still the first take


async def test_the_page_is_there_before_the_bot_and_the_strip_as_well() -> None:
    director = Director(reel(SHORT), [], paused=True)
    await director.opens()
    try:
        assert director.strip()["total"] == MOMENTS
        assert director.shown.sandbox.connections == []
        await director.order("seek", 1)  # does not wait for the bot of the first take
        second = director.shown
        await director.starts()
        assert director.shown == second
        assert len(second.sandbox.connections) == 2
    finally:
        await director.closes()


async def test_a_browser_goes_along_when_it_is_rewound(show: Show) -> None:
    """Through the page's server: the same person, in a new scene, and it goes on playing."""
    page = PageServer(show.director, VOCABULARY, every=0)
    origin = f"http://127.0.0.1:{await page.start()}"
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{origin}/link", origin=origin) as ws,
    ):
        tab = Tab(ws)
        await tab.until(lambda tab: tab.scene)
        assert (await tab.does("strip", what="seek", value=3))["ok"]
        await tab.until(lambda tab: tab.scene["take"] == 2)
        people = {each["name"]: each["id"] for each in tab.scene["people"]}
        await tab.becomes(people["ic"])
        assert (await tab.does("strip", what="play"))["ok"]
        assert (await tab.does("strip", what="seek", value=1))["ok"]
        await tab.until(lambda tab: tab.scene["take"] == 3 and tab.scene["strip"]["playing"])
        names = {each["id"]: each["name"] for each in tab.scene["people"]}
        assert names[tab.scene["me"]] == "ic"
        assert tab.channel(show.incident.name)
        refused = await tab.does("strip", what="seek", value=99)
        assert refused["error"] == "There is no such moment."
    await page.stop()


async def test_a_take_may_lose_its_bot(show: Show) -> None:
    """As when it is stopped for an update: the workspace stays, and says nobody answered."""
    await show.director.order("seek", 2)
    await show.director._on_stage.stops()  # noqa: SLF001 - there is no such order
    sandbox, viewer = show.director.shown.sandbox, show.director.shown.viewer
    assert sandbox.connections == []
    reply = await viewer.command("/incident", "list", show.incident)
    assert (reply.acked, reply.failure) == (False, "operation_timeout")
    await show.director.order("play", None)
    await show.plays_to(3)
    await show.director.order("seek", 2)  # another take has a bot of its own
    assert len(show.director.shown.sandbox.connections) == 2


async def test_it_begins_by_itself_once_somebody_looks_unless_it_is_paused() -> None:
    async with showing(SHORT, paused=False) as show:
        assert not show.strip["playing"]
        show.director.seen()
        assert show.strip["playing"]
        await show.director.order("pause", None)
        show.director.seen()  # a second browser
        assert not show.strip["playing"]


async def test_it_goes_back_in_a_new_take_and_forward_again(show: Show) -> None:
    await show.director.order("seek", 5)
    first = show.director.shown
    five = show.lines()
    assert (show.strip["position"], show.strip["playing"]) == (5, False)
    await first.viewer.says(show.incident, "I was here")
    await show.director.order("seek", 2)
    second = show.director.shown
    assert (second.take, show.strip["position"]) == (first.take + 1, 2)
    assert second.sandbox is not first.sandbox
    assert len(show.lines()) < len(five)
    await show.director.order("seek", 5)
    assert show.lines() == five  # nothing of what the viewer did is left
    assert show.director.shown.read_before > show.incident.messages[-1].ts
    assert [each.take for each in show.shows] == [2, 3, 4]
    await show.director.order("play", None)
    await show.plays_to(6)


async def test_of_several_seeks_that_wait_only_the_last_is_made(show: Show) -> None:
    async with asyncio.TaskGroup() as group:
        for position in (1, 2, 3, 4):
            group.create_task(show.director.order("seek", position))
    assert show.strip["position"] == 4
    assert [each.take for each in show.shows] == [2]


async def test_a_seek_goes_on_although_its_browser_is_closed(show: Show) -> None:
    seeking = asyncio.create_task(show.director.order("seek", 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    seeking.cancel()
    await show.until(lambda strip: strip["position"] == 1 and not strip["note"])
    assert [each.take for each in show.shows] == [2]


async def test_what_the_bot_refuses_because_of_the_viewer_is_skipped(show: Show) -> None:
    await show.director.order("seek", 3)
    sandbox, channel = show.director.shown.sandbox, show.incident
    await show.director.shown.viewer.archives(channel)
    await sandbox.idle()
    await show.director.order("play", None)
    await show.plays_to(MOMENTS)
    skipped = list(dict.fromkeys(note for note in show.notes if "was refused" in note))
    assert len(skipped) == MOMENTS - 3
    assert skipped[0].startswith("The recording says “02:")
    assert any("is archived" in note for note in skipped)
    assert show.strip["ended"]


async def test_the_viewer_acts_while_it_plays(show: Show) -> None:
    await show.director.order("play", None)
    await show.plays_to(3)
    viewer, channel = show.director.shown.viewer, show.incident
    ts = await viewer.says(channel, "note: I am here too")
    await show.director.shown.sandbox.idle()
    await show.plays_to(4)
    said = channel.find(ts)
    assert said is not None
    assert [each.name for each in said.reactions] == ["white_check_mark"]
    assert show.strip["note"] == ""


async def test_an_empty_workspace_and_another_recording(show: Show) -> None:
    await show.director.order("load", "empty")
    strip, sandbox = show.strip, show.director.shown.sandbox
    assert (strip["name"], strip["total"], strip["playing"]) == ("empty", 0, False)
    assert not strip["ended"]
    assert len(strip["recordings"]) == 7
    people = [each for each in sandbox.workspace.users.values() if not each.is_bot]
    assert [each.name for each in people] == ["ana", "bo", "cleo"]
    assert len({each.tz for each in people}) == 3
    assert [each.name for each in people if each.is_admin] == ["ana"]
    general = sandbox.workspace.channel_named("general")
    assert general is not None
    assert {*[each.id for each in people], sandbox.bot_user_id} == set(general.members)
    with pytest.raises(CannotAct, match="choose a recording"):
        await show.director.order("play", None)
    await show.director.order("load", strip["recordings"][3]["name"])
    assert show.strip["playing"]
    await show.plays_to(1)


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("pace", 3),
        ("pace", True),
        ("pace", None),
        ("seek", -1),
        ("seek", MOMENTS + 1),
        ("seek", True),
        ("seek", "2"),
        ("seek", 1.0),
        ("load", "../../secrets"),
        ("load", ["empty"]),
        ("load", None),
    ],
)
async def test_orders_that_make_no_sense(show: Show, what: Any, value: object) -> None:
    before = show.strip
    with pytest.raises(CannotAct):
        await show.director.order(what, value)
    assert show.strip == before


def test_a_recording_that_does_not_exist() -> None:
    with pytest.raises(BadRecordingError, match="no recording called nowhere"):
        reel("nowhere")


async def test_nothing_is_left_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with showing(SHORT) as show:
        await show.director.order("seek", 1)
        assert len(_within(tmp_path)) == 1  # the first take's is gone
    assert _within(tmp_path) == []


def _within(folder: Path) -> list[Path]:
    return list(folder.iterdir())
