"""A study, as the small files of an export tell of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.sampling.model import Protocol


@dataclass(frozen=True, slots=True)
class About:
    """A study, as its small files tell of it. versions: the oldest first. software: version of
    Parallax. left: how many of the volunteers in these files left before their days were over.
    left_out: how many more had not agreed to this analyst. erased: prompts that were planned for
    volunteers who had everything erased; how many they were is not kept."""

    name: str
    versions: tuple[Protocol, ...]
    commitment: str
    head: str
    locked_at: datetime
    started_at: datetime | None
    stopped_at: datetime | None
    revealed_at: datetime | None
    secret: bytes
    made_at: datetime
    software: str
    left: int = 0
    left_out: int = 0
    erased: int = 0

    @property
    def newest(self) -> Protocol:
        return self.versions[-1]

    @property
    def is_over(self) -> bool:
        """Whether nothing more is asked: before, nothing cumulative is told."""
        return self.stopped_at is not None
