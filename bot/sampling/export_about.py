"""A study, as the small files of an export tell of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.sampling.model import Protocol


@dataclass(frozen=True, slots=True)
class About:
    """A study, as its small files tell of it. versions: the oldest first. amended: when each later
    version began. left: how many volunteers have left. software: version of Parallax."""

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
    erased: int = 0

    @property
    def newest(self) -> Protocol:
        return self.versions[-1]
