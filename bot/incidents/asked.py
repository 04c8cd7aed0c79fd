"""What is kept about timing: who was active when, and what the bot asked and heard."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.incidents.model import Action, Entry, Incident, Kind


@dataclass(frozen=True, slots=True)
class Activity:
    """That somebody was active in one Slack thread, or in the channel itself (empty); no text.

    lines: how many messages they wrote there; reactions and presses only move `last_at`.
    """

    person: str
    thread: str
    first_at: datetime
    last_at: datetime
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """One question of the bot, and what became of it.

    about: what it is about, by number. asked_of: the person, empty for everybody there. message:
    ts of the message that asks, empty where only one person sees it.
    """

    purpose: str
    about: str
    asked_at: datetime
    asked_of: str = ""
    message: str = ""
    answer: str = ""
    answered_by: str | None = None
    answered_at: datetime | None = None

    @property
    def waits(self) -> bool:
        return self.answered_at is None


def first_seen(rows: Iterable[Activity]) -> dict[str, datetime]:
    """When each person came, by the first sign of them."""
    found: dict[str, datetime] = {}
    for each in rows:
        found[each.person] = min(found.get(each.person, each.first_at), each.first_at)
    return found


def last_seen(rows: Iterable[Activity]) -> dict[str, datetime]:
    """When each person was last active anywhere in the incident."""
    found: dict[str, datetime] = {}
    for each in rows:
        found[each.person] = max(found.get(each.person, each.last_at), each.last_at)
    return found


class ActivityStore(Protocol):
    """Who was active where and when."""

    def seen(self, incident_id: str, person: str, thread: str, at: datetime, lines: int) -> None:
        """They were active there; the incident is not locked."""
        ...

    def activity(self, incident: Incident) -> tuple[Activity, ...]:
        """All of it, longest present first."""
        ...


class AskingStore(Protocol):
    """What the bot asked, and the few things its timers look up."""

    def put(self, incident: Incident, asking: Asking) -> None:
        """Write down a question, or what became of it."""
        ...

    def asking(self, incident: Incident, purpose: str, about: str) -> Asking | None: ...

    def askings(self, incident: Incident, purpose: str) -> tuple[Asking, ...]:
        """All of one purpose, oldest first."""
        ...

    def action(self, incident: Incident, number: int) -> Action | None:
        """An action, also one that has ended."""
        ...

    def first_entry(self, incident: Incident, kind: Kind, since: datetime) -> Entry | None:
        """The first entry of a kind recorded after `since`."""
        ...

    def last_entry(self, incident: Incident, kind: Kind) -> Entry | None:
        """The last entry of a kind."""
        ...
