"""What the board shows of an incident, and the marks on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.incidents.model import Claim, Entry, Incident, Starter


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign that the record shows, as the board has it: by its kind, on a thread or on all."""

    kind: str
    investigation: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """What the board shows, true at `at`: the incident, its claims, the ideas nobody took.

    waiting: how many questions wait for an answer. confirmed: by the number of an unknown, what its
    writer said when it was read back. stops: what was called unsafe and is not answered.
    severity: what this workspace calls it. related: the numbers of incidents it belongs with.
    last_words: when something was last said in each thread. hushed: where questions are off, who
    turned them off and when. marks: what the record shows of fixation, or of the opposite.
    """

    incident: Incident
    at: datetime
    claims: tuple[Claim, ...] = ()
    untaken: tuple[Starter, ...] = ()
    waiting: int = 0
    confirmed: Mapping[int, bool] = field(default_factory=dict)
    stops: tuple[Entry, ...] = ()
    severity: str = ""
    related: tuple[int, ...] = ()
    last_words: Mapping[int, datetime] = field(default_factory=dict)
    hushed: Entry | None = None
    marks: tuple[Mark, ...] = ()
