"""Recorded incidents as files: read, checked, and refused with the place that is wrong."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from bot.errors import ParallaxError

SHIPPED = Path(__file__).parent / "data" / "replays"


class BadRecordingError(ParallaxError):
    """A replay file that cannot be played; the message names the file and what is wrong."""


class EventKind(StrEnum):
    """What can happen in a recording."""

    OPEN_THREAD = "open_thread"
    UPDATE = "update"
    EVIDENCE_FOR = "evidence_for"
    EVIDENCE_AGAINST = "evidence_against"
    STATE = "state"
    ACTION_STARTED = "action_started"
    ACTION_DONE = "action_done"
    SYMPTOM = "symptom"
    CALL = "call"
    RESOLVE = "resolve"


class ThreadState(StrEnum):
    """How a recorded thread ends."""

    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out"
    ABANDONED = "abandoned"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)


def _listed(given: Any) -> tuple[str, ...]:
    """One address or several; anything else is as good as none, because it is only shown."""
    several = given if isinstance(given, list) else [given]
    return tuple(each for each in several if isinstance(each, str))


Moment = Annotated[datetime, AfterValidator(_utc)]
Sources = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class Event(BaseModel):
    """One thing somebody did; `thread` names a line of investigation, None the whole incident."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    at: Moment
    actor: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    kind: EventKind
    thread: str | None = None
    text: str = Field(min_length=1, max_length=3000)
    state: ThreadState | None = None

    @model_validator(mode="after")
    def _state_says_how(self) -> "Event":
        if (self.kind is EventKind.STATE) != (self.state is not None):
            raise ValueError("a state event, and no other, says which state")
        if self.kind is EventKind.OPEN_THREAD and self.thread is None:
            raise ValueError("an open_thread event names its thread")
        return self


class Recording(BaseModel):
    """A recorded incident; events in the order in which they happened. `source`: from where."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    title: str = Field(min_length=1, max_length=200)
    severity: str = Field(pattern=r"^(critical|major|minor)$")
    started_at: Moment
    source: Sources = ()
    events: tuple[Event, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _sorted_and_opened(self) -> "Recording":
        for before, after in zip(self.events, self.events[1:], strict=False):
            if after.at < before.at:
                raise ValueError(f"events are not in order: {after.at:%H:%M:%S} comes too late")
        if not any(event.kind is EventKind.OPEN_THREAD for event in self.events):
            raise ValueError("no thread is ever opened, so nobody can declare it")
        return self

    @property
    def declarer(self) -> str:
        """Who opened the first thread, and so declares the incident."""
        return next(each.actor for each in self.events if each.kind is EventKind.OPEN_THREAD)


def read_recording(path: Path) -> Recording:
    """Read a replay file. Raises BadRecordingError."""
    try:
        return Recording.model_validate(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BadRecordingError(f"{path}: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadRecordingError(f"{path}: this is not JSON ({error})") from error
    except ValidationError as error:
        raise BadRecordingError(f"{path}: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    place = ".".join(str(part) for part in found["loc"])
    return f"{place}: {found['msg']}" if place else str(found["msg"])


def shipped(name: str) -> Path:
    """One of the recordings that come with Parallax, by the start of its file's name."""
    found = sorted(SHIPPED.glob(f"{name}*.json"))
    if not found:
        raise BadRecordingError(f"there is no recording called {name}")
    return found[0]
