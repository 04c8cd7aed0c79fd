"""What a nudge is: a question that somebody is asked because of one signal or two.

A nudge always has a signal; a signal may go unasked. On screen it is "a question".
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.incidents.model import Incident, Record
from bot.incidents.signals_model import Key, Signal, SignalKind

SIGNALS_MAX = 2
SNOOZE = timedelta(minutes=30)
# The crew does not change in half an hour.
LONGER_SNOOZE = timedelta(minutes=60)


class Rung(StrEnum):
    """Where a question is asked: the rungs of the ladder, and beside it the line's own thread."""

    MARK = "mark"  # on the board; of every signal that holds, and nobody is asked
    CARD = "card"  # a message in the channel
    COMMANDER = "commander"  # a direct message to whoever commands
    OUTSIDER = "outsider"  # a direct message to one of those who volunteered fresh eyes
    PLACE = "place"  # in the Slack thread, of whoever acts: what can't be undone


# What is asked in slots, with gaps that grow.
BUDGETED = frozenset({Rung.CARD, Rung.COMMANDER, Rung.OUTSIDER})


class NudgeOutcome(StrEnum):
    """What became of a question."""

    NONE = "none"  # it stands, and nobody has answered
    ACTED = "acted"  # somebody took something up because of it
    ANSWERED = "answered"  # somebody has checked that already
    SNOOZED = "snoozed"  # later
    NOT_USEFUL = "not_useful"  # one person says so; a second mutes it, until then it rests
    MUTED = "muted"  # two people say so: its signals are not asked about here any more
    STOPPED = "stopped"  # whoever commands wants no questions here
    OVER = "over"  # what it asks about does not hold any more
    LEFT = "left"  # nobody answered, and a later question has taken its place
    DECLINED = "declined"  # whoever was asked alone would rather not


# It may still be answered; in all other cases it is one line that says what became of it.
STANDS = frozenset({NudgeOutcome.NONE, NudgeOutcome.NOT_USEFUL})
# Somebody said something, so that it need not climb.
HEARD = frozenset(
    {
        NudgeOutcome.ACTED,
        NudgeOutcome.ANSWERED,
        NudgeOutcome.SNOOZED,
        NudgeOutcome.NOT_USEFUL,
        NudgeOutcome.MUTED,
        NudgeOutcome.STOPPED,
    }
)


@dataclass(frozen=True, slots=True)
class Nudge:
    """One question. `number` counts from 1 in an incident; signals: one or two, by rank.

    asked_of: the one person it was asked of, empty for everybody in the channel. channel, message:
    where it stands; channel is empty for the incident's own, message while it was shown nowhere.
    draw: from [0, 1), the jitter of the gap that follows. until: its signals rest till then.
    not_useful: who said so. shadow: decided and kept, and shown to nobody. left: a later card has
    taken its place, so it is one line whatever its outcome. version: counts its changes.
    """

    number: int
    rung: Rung
    signals: tuple[Signal, ...]
    asked_at: datetime
    asked_of: str = ""
    channel: str = ""
    message: str = ""
    draw: float = 0.0
    outcome: NudgeOutcome = NudgeOutcome.NONE
    answered_by: str | None = None
    answered_at: datetime | None = None
    until: datetime | None = None
    not_useful: tuple[str, ...] = ()
    shadow: bool = False
    left: bool = False
    version: int = 0

    @property
    def stands(self) -> bool:
        """Whether it may still be answered, and shows its buttons."""
        return self.outcome in STANDS and not self.left

    @property
    def useful(self) -> bool | None:
        """What people made of it; None where nobody said."""
        if self.outcome is NudgeOutcome.ACTED:
            return True
        return False if self.outcome in {NudgeOutcome.NOT_USEFUL, NudgeOutcome.MUTED} else None

    @property
    def keys(self) -> tuple[Key, ...]:
        return tuple(each.key for each in self.signals)

    @property
    def snooze(self) -> timedelta:
        """How long *later* is."""
        slow = all(each.kind is SignalKind.STALE_CREW for each in self.signals)
        return LONGER_SNOOZE if slow else SNOOZE

    def changed(self, **values: object) -> "Nudge":
        """The same with something else, and one version on."""
        return replace(self, version=self.version + 1, **values)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Muting:
    """A signal that is not asked about here any more, and who said so. It stays on the board."""

    key: Key
    by: tuple[str, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What people made of the questions about one kind of signal, in a workspace.

    Only those count of which somebody said that they were useful or not.
    """

    kind: SignalKind
    asked: int
    useful: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is shown: with the record that its numbers are looked up in.

    nth: which card of this hour it is, 1 or 2. absent: teams of which nobody is here, the likeliest
    to have somebody first (F7).
    """

    nudge: Nudge
    record: Record
    nth: int = 1
    absent: tuple[str, ...] = ()

    @property
    def incident(self) -> Incident:
        return self.record.incident


class NudgeStore(Protocol):
    """What was asked, kept with its incident."""

    def put(self, incident: Incident, nudge: Nudge) -> None:
        """Write down a question, or what became of it."""
        ...

    def nudges(self, incident: Incident) -> tuple[Nudge, ...]:
        """All of them, in the order in which they were asked."""
        ...

    def judged(self, workspace: str) -> tuple[Judged, ...]:
        """What people made of the cards, by kind of signal; what nobody judged is left out."""
        ...


class TeamStore(Protocol):
    """Who could look at it with fresh eyes."""

    def fresh_eyes(self, workspace: str, now: datetime, incident: Incident) -> tuple[str, ...]:
        """Who volunteered, is in their hours now, and is not in the channel; best first."""
        ...

    def absent(self, incident: Incident) -> tuple[str, ...]:
        """Names of the teams of which nobody is in the channel."""
        ...


def find(nudges: Iterable[Nudge], number: int) -> Nudge | None:
    """The one of that number, or None."""
    return next((each for each in nudges if each.number == number), None)
