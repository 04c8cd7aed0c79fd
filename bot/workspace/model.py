"""Common ground: the workspace, the people in it, its settings and what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import Refusal


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory, as last seen."""

    workspace: str
    id: str
    name: str
    zone: str = "UTC"
    bot: bool = False
    guest: bool = False
    external: bool = False
    deleted: bool = False
    admin: bool = False

    def zoneinfo(self) -> ZoneInfo:
        """The person's zone; UTC where Slack names one that this machine does not know."""
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Workspace:
    """One Slack team; nothing crosses from one to another."""

    id: str
    name: str
    bot_user: str
    channel_prefix: str = "inc"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, when, from where: what every entry point tells the service.

    at: domain time of the envelope, UTC. once: the envelope's receipt key. deadline: machine time
    after which nothing may be committed. channel, thread and message are Slack's names for the
    place; empty where there is none. mentions are the people named in the text, in order.
    """

    workspace: str
    person: Person
    at: datetime
    once: str | None = None
    deadline: float | None = None
    channel: str = ""
    thread: str = ""
    message: str = ""
    mentions: tuple[str, ...] = ()

    @property
    def receipt(self) -> tuple[str, str] | None:
        """The receipt to take in the transaction that does the work."""
        return None if self.once is None else (self.workspace, self.once)


class Permit(StrEnum):
    """What somebody may be allowed to do."""

    SEE = "see"
    DECLARE = "declare"
    RECORD = "record"
    END_THREAD = "end_thread"
    END_OWN_THREAD = "end_own_thread"
    STEER = "steer"  # severity, command, resolve, update and the like
    SETTINGS = "settings"
    UNSAFE = "unsafe"  # anybody may say stop


MEMBER = frozenset(Permit) - {Permit.SETTINGS}
GUEST = frozenset({Permit.SEE, Permit.RECORD, Permit.END_OWN_THREAD, Permit.UNSAFE})
EXTERNAL = frozenset({Permit.SEE, Permit.UNSAFE})
NOBODY: frozenset[Permit] = frozenset()


def permits(person: Person) -> frozenset[Permit]:
    """The one table of who may do what in a channel they are a member of; deny by default."""
    if person.bot or person.deleted:
        return NOBODY
    if person.external:
        return EXTERNAL
    if person.guest:
        return GUEST
    return MEMBER | {Permit.SETTINGS} if person.admin else MEMBER


def authorise(person: Person, permit: Permit, given_back: str = "") -> None:
    """Raise a Refusal unless the table allows it."""
    if permit not in permits(person):
        raise Refusal(_why_not(person), given_back=given_back)


def _why_not(person: Person) -> str:
    if person.external:
        return (
            "People of another organisation can see the board here and say 'unsafe:', and no more. "
            "Nothing changed."
        )
    if person.guest:
        return (
            "Guests can record and end their own threads here, and no more. "
            "Somebody of the team can do this. Nothing changed."
        )
    return "You can't do that here. Nothing changed."
