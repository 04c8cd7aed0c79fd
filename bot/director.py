"""The director: what the page shows, and the strip that plays, pauses and rewinds it.

One take is on show at a time. A recorded event that the bot refuses, because somebody watching
changed things, is skipped with a note; the recording goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.errors import ParallaxError
from bot.samples import HINT
from bot.samples import TITLE as STUDY_TITLE
from bot.sandbox.page.ports import Order, Shown
from bot.sandbox.reading import readable
from bot.sandbox.recording import Recording, read_recording, shipped
from bot.sandbox.refusals import CannotAct
from bot.sandbox.replay import Moment, Replay
from bot.sandbox.state import JSON
from bot.takes import Take, a_take

log = structlog.get_logger(__name__)
EMPTY = "empty"
EMPTY_TITLE = "An empty workspace"
STUDY = "study"
PACES = (0.5, 1, 2, 5, 20)
STUDY_PACES = (1, 60, 120, 600)
PAUSE_SECONDS = 1.5
LONGEST_SENTENCE = 160
SKIPPED = "The recording says {what} here. That was refused and skipped: {why}"
BROKEN = "That moment went wrong in the sandbox, and was left out."
REWINDING = "Playing up to that moment …"
FILLING = "The study's first week is being lived through, in some seconds …"
ASKED = "{name} was asked something just now, so time runs as ours does. Choose a pace to go on."

Rest = Callable[[float], Awaitable[None]]
Told = Callable[[], None]


def nobody_watches() -> None:
    """Before the page is there."""


@dataclass(frozen=True, slots=True)
class Reel:
    """A recording by its short name; None: an empty workspace, or the sample study."""

    name: str
    recording: Recording | None = None

    @property
    def is_study(self) -> bool:
        return self.name == STUDY

    @property
    def title(self) -> str:
        if self.recording:
            return self.recording.title
        return STUDY_TITLE if self.is_study else EMPTY_TITLE

    @property
    def paces(self) -> tuple[float, ...]:
        """How fast it can be watched."""
        return STUDY_PACES if self.is_study else PACES

    @property
    def wait(self) -> str:
        """What is said while it is made ready."""
        return FILLING if self.is_study else REWINDING

    @property
    def source(self) -> str:
        """Where the recording is from; "" if it does not say."""
        return next(iter(self.recording.source), "") if self.recording else ""


def reel(name: str) -> Reel:
    """A recording that comes with Parallax, "study" or "empty". Raises BadRecordingError."""
    if name in {EMPTY, STUDY}:
        return Reel(name)
    path = shipped(name)
    return Reel(path.stem, read_recording(path))


class Director:
    """Shows `reels[…]`; `rest` waits some seconds of machine time between two moments."""

    def __init__(
        self,
        start: Reel,
        others: list[Path],
        *,
        paused: bool = False,
        rest: Rest = asyncio.sleep,
    ) -> None:
        self._reel = start
        self._offered = [Reel(path.stem, read_recording(path)) for path in others]
        self._rest = rest
        self._take: Take | None = None
        self._number = 0
        self._pace: float = 1
        self._note = ""
        self._waits_for_viewer = not paused
        self._playing = asyncio.Event()
        self._turn = asyncio.Lock()
        self._wanted = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._on_show, self._on_strip = nobody_watches, nobody_watches

    # -- from the first take to the last -------------------------------------------------------

    async def opens(self) -> None:
        """A workspace to show, before the bot is up."""
        self._take = await self._new_take(self._reel)

    async def starts(self) -> None:
        """The bot; from now on the strip works."""
        async with self._turn:
            if not self._on_stage.has_bot:  # a press on the strip may have come first
                await self._begins(self._on_stage)
        self._keeps(asyncio.create_task(self._play(), name="director"))
        self._on_strip()

    async def _begins(self, take: Take) -> None:
        """The first take's bot; what its study lived through meanwhile is no news."""
        if take.sample is not None:
            self._say(self._reel.wait)
        await take.connects()
        take.lives()
        if take.sample is not None:
            self._note = ""
            self._flows()
            self._on_show()

    async def closes(self) -> None:
        """End playing and the take; nothing of it is left on disk."""
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self._take is not None:
            await _close(self._take)

    # -- the page's side -----------------------------------------------------------------------

    @property
    def _on_stage(self) -> Take:
        if self._take is None:
            raise RuntimeError("the director has not opened")
        return self._take

    @property
    def shown(self) -> Shown:
        take = self._on_stage
        # Who declares is asked much in private; whoever comes second sees what most people see.
        viewer = take.people[min(1, len(take.people) - 1)] if take.replay else take.people[0]
        return Shown(take.number, take.sandbox, viewer, take.read_before)

    def watched(self, new_show: Told, new_strip: Told) -> None:
        self._on_show, self._on_strip = new_show, new_strip

    def seen(self) -> None:
        """Somebody looks: what is to play by itself begins now."""
        if self._waits_for_viewer:
            self._waits_for_viewer = False
            self._set_playing(on=True)

    def strip(self) -> JSON:
        replay = self._on_stage.replay
        position, total = _progress(replay)
        offered = [*self._offered, Reel(STUDY), Reel(EMPTY)]
        return {
            "title": self._reel.title,
            "source": self._reel.source,
            "position": position,
            "total": total,
            "playing": self._playing.is_set(),
            "pace": self._pace,
            "paces": list(self._reel.paces),
            "ended": 0 < total == position,
            "note": self._note,
            "next": _next_of(self._on_stage, self._note),
            "time": self._on_stage.time,
            "name": self._reel.name,
            "recordings": [{"name": each.name, "title": each.title} for each in offered],
            "marks": _marks(replay),
        }

    async def order(self, what: Order, value: object) -> None:
        """Raises CannotAct for what the strip does not have."""
        match what:
            case "play":
                await self._plays()
            case "pause":
                self._set_playing(on=False)
            case "pace":
                self._set_pace(value)
            case "seek":
                await self._seek(value)
            case "load":
                await self._load(value)

    # -- orders --------------------------------------------------------------------------------

    async def _plays(self) -> None:
        """Go on; after the end, from the start."""
        replay = self._on_stage.replay
        if replay is None and not self._reel.is_study:
            raise CannotAct("there is nothing to play here: choose a recording")
        if replay is not None and replay.position == len(replay.moments):
            await self._show(self._reel, 0)
        self._set_playing(on=True)

    def _set_playing(self, *, on: bool) -> None:
        if on and (self._on_stage.replay is not None or self._reel.is_study):
            self._playing.set()
        else:
            self._playing.clear()
        self._waits_for_viewer = False
        self._flows()
        self._on_strip()

    def _flows(self) -> None:
        """The time of a study passes as the strip says, once its first week is over."""
        take = self._on_stage
        take.told = self._passed
        if take.has_lived:
            take.paced(self._pace if self._playing.is_set() else 0)

    def _passed(self, asked: str) -> None:
        """Time went on; for whoever is asked it slows down, so that they can answer."""
        if asked:
            self._pace = 1
            self._note = ASKED.format(name=asked)
            self._flows()
        self._on_strip()

    def _set_pace(self, value: object) -> None:
        pace = next((each for each in self._reel.paces if each == value), None)
        if pace is None or isinstance(value, bool):
            raise CannotAct("there is no such pace")
        self._pace = pace
        if self._reel.is_study:
            self._note = ""
        self._flows()
        self._on_strip()

    async def _seek(self, value: object) -> None:
        _position, total = _progress(self._on_stage.replay)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= total:
            raise CannotAct("there is no such moment")
        if self._on_stage.replay is not None:
            await self._show(self._reel, value)

    async def _load(self, value: object) -> None:
        known = (*self._offered, self._reel, Reel(STUDY), Reel(EMPTY))
        wanted = next((each for each in known if each.name == value), None)
        if wanted is None:
            raise CannotAct("there is no such recording")
        await self._show(wanted, 0)
        self._set_playing(on=True)

    # -- takes ---------------------------------------------------------------------------------

    def _keeps(self, task: "asyncio.Task[None]") -> "asyncio.Task[None]":
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _show(self, reel: Reel, position: int) -> None:
        """Another take, even if whoever asked for it has closed the page meanwhile."""
        self._wanted += 1
        making = self._make(reel, position, self._wanted)
        await asyncio.shield(self._keeps(asyncio.create_task(making)))

    async def _make(self, reel: Reel, position: int, wanted: int) -> None:
        """A new take, silently played to `position`; of several that wait, only the last."""
        async with self._turn:
            if wanted != self._wanted:
                return
            self._say(reel.wait)
            take = await self._new_take(reel)
            try:
                await take.connects()
                notes = [await _skippable(take) for _ in range(position)]
            except BaseException:
                self._say("")
                await take.closes()
                raise
            await self._hand_over(reel, take)
            self._say(next((note for note in reversed(notes) if note), ""))

    async def _new_take(self, reel: Reel) -> Take:
        self._number += 1
        return await a_take(self._number, reel.recording, study=reel.is_study)

    async def _hand_over(self, reel: Reel, take: Take) -> None:
        take.lives()
        before, self._take, self._reel = self._on_stage, take, reel
        if self._pace not in reel.paces:
            self._pace = 1
        self._flows()
        self._on_show()
        await _close(before)

    # -- playing -------------------------------------------------------------------------------

    async def _play(self) -> None:
        while True:
            await self._playing.wait()
            await self._rest(PAUSE_SECONDS / min(self._pace, PACES[-1]))
            async with self._turn:
                try:
                    await self._next()
                except Exception:
                    log.exception("director.moment_failed")
                    self._say(BROKEN)

    async def _next(self) -> None:
        """One moment, unless it was paused while it rested."""
        if not self._playing.is_set():
            return
        replay = self._on_stage.replay
        if self._reel.is_study:  # its time passes by itself
            return
        if replay is not None and replay.position < len(replay.moments):
            self._say(await _skippable(self._on_stage))
        position, total = _progress(replay)
        if position == total:
            self._set_playing(on=False)

    def _say(self, note: str) -> None:
        self._note = note
        self._on_strip()


async def _skippable(take: Take) -> str:
    """Play the next moment; if the bot or the workspace refuses it, the note that says so."""
    replay = take.replay
    if replay is None:
        return ""
    moment = replay.moments[replay.position]
    try:
        await replay.step()
    except ParallaxError as error:
        why = " ".join(readable(str(error), take.sandbox.workspace).split())
        return SKIPPED.format(what=f"“{_short(_sentence(moment), 80)}”", why=_short(why))
    return ""


async def _close(take: Take) -> None:
    """Let go of a take; what goes wrong then is ours, and no reason to stop."""
    try:
        await take.closes()
    except Exception:
        log.exception("director.close_failed")


def _progress(replay: Replay | None) -> tuple[int, int]:
    return (replay.position, len(replay.moments)) if replay else (0, 0)


def _next_of(take: Take, note: str) -> str:
    """What comes next, or what one can do; "" at the end."""
    replay = take.replay
    if replay is None:
        return HINT if take.sample and not note else ""
    return (
        _sentence(replay.moments[replay.position]) if replay.position < len(replay.moments) else ""
    )


def _sentence(moment: Moment) -> str:
    """What comes next, in a line."""
    return _short(f"{moment.at:%H:%M} · {moment.actor}: {moment.typed}")


def _short(text: str, most: int = LONGEST_SENTENCE) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _marks(replay: Replay | None) -> list[JSON]:
    moments = replay.moments if replay else ()
    return [
        {
            "at": at,
            "kind": moment.event.kind.value if moment.event else "declare",
            "label": _sentence(moment),
        }
        for at, moment in enumerate(moments)
    ]
