"""What experience sampling needs of the database, of Slack, and of its sibling, responding.

Stores take and give plain values. What must not be readable from a copy of the database (who a
volunteer is, what they wrote, why a prompt was not sent, where our messages are, the study's
secret) is sealed by the store on its way in, and opened on its way out, with the key of
PARALLAX_STUDY_KEY: see `bot.sampling.sealing`.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Protocol

import bot.deliveries.ports
import bot.workspace.ports
from bot.sampling.model import (
    Answer,
    Appointment,
    DayPlan,
    Head,
    Message,
    Prompt,
    Study,
    Volunteer,
)
from bot.sampling.plan_chain import DayRow


class StudyStore(Protocol):
    """Studies of a workspace, their versions and roles."""

    def ready(self) -> bool:
        """Whether the operator set a key: without one, what needs it raises NotSetUp."""
        ...

    def put(self, study: Study) -> None:
        """Keep it as it is now; a newer version of its protocol is kept beside the older ones.
        Its chain's head and its total of erased prompts are the store's, and stay."""
        ...

    def lock(self, workspace: str, study_id: str) -> Study | None:
        """The study, its row locked for the transaction: before anything about it changes."""
        ...

    def study(self, workspace: str, study_id: str) -> Study | None: ...

    def named(self, workspace: str, name: str) -> Study | None: ...

    def studies(self, workspace: str) -> tuple[Study, ...]:
        """All of a workspace, the newest first."""
        ...

    def version(self, study: Study, version: int) -> Study | None:
        """The study with its protocol as it was in that version."""
        ...

    def appoint(self, study: Study, appointment: Appointment) -> None: ...

    def appointments(self, study: Study) -> tuple[Appointment, ...]: ...

    def append(self, study: Study, plans: Iterable[DayPlan]) -> str:
        """Keep planned days, linked into the study's chain; gives the new head. One day of one
        volunteer is planned once: what is there already is left as it is."""
        ...

    def plans(
        self, study: Study, *, pseudonym: str = "", since: date | None = None
    ) -> tuple[DayPlan, ...]:
        """Planned days in the order of the chain."""
        ...

    def chain(self, study: Study) -> tuple[DayRow, ...]:
        """Every day in the order of the chain, those erased as their hashes alone."""
        ...

    def publish(self, study: Study, week: str, at: datetime) -> str:
        """Note the chain's head, which is told to the world now; empty if one was for that week
        before, or nothing is planned yet."""
        ...

    def published(self, study: Study) -> tuple[Head, ...]:
        """What was told of the chain, the oldest first."""
        ...


class VolunteerStore(Protocol):
    """Who takes part. Slack ids are sealed; somebody is found by a keyed hash of theirs."""

    def put(self, volunteer: Volunteer) -> None: ...

    def put_all(self, volunteers: Iterable[Volunteer]) -> None: ...

    def identify(self, volunteer: Volunteer, workspace: str, person: str) -> None:
        """Tie a code name to a person of Slack, sealed."""
        ...

    def of(self, workspace: str, person: str, *, lock: bool = False) -> Volunteer | None:
        """The study that somebody is in now: active or paused. One at a time. lock: their row,
        for the transaction, before it is changed; only where it may write."""
        ...

    def all_of(self, workspace: str, person: str) -> tuple[Volunteer, ...]:
        """Every study that somebody is or was in and that they can still be found in."""
        ...

    def volunteer(
        self, study: Study, pseudonym: str, *, lock: bool = False
    ) -> Volunteer | None: ...

    def volunteers(
        self, study: Study, after: str = "", limit: int = 500, *, place: str = ""
    ) -> tuple[Volunteer, ...]:
        """In an order of their own, after that code name, or after that place."""
        ...

    def place(self, volunteer: Volunteer) -> str:
        """Where somebody is in that order, as it may stand where a code name may not."""
        ...

    def locked(
        self, study: Study, pseudonyms: Collection[str]
    ) -> tuple[tuple[Volunteer, str], ...]:
        """Those of them who can still be told by name, their rows locked for the transaction, each
        with their Slack id."""
        ...

    def person(self, study: Study, pseudonym: str) -> str | None:
        """Their Slack id; None where the tie was destroyed."""
        ...

    def is_free(self, study: Study, pseudonym: str) -> bool:
        """Whether nobody has that code name, nor ever had it and was erased."""
        ...

    def consent(self, volunteer: Volunteer, version: int, text_digest: str, at: datetime) -> None:
        """They agreed to that text of that version."""
        ...

    def consents(self, volunteer: Volunteer) -> tuple[tuple[int, str, datetime], ...]: ...

    def erase(self, volunteer: Volunteer, at: datetime) -> None:
        """Destroy answers, tie, salt, hours; one study-level total and a tombstone stay."""
        ...


class PromptStore(Protocol):
    """What was asked and what came back."""

    def put(self, prompt: Prompt) -> None: ...

    def put_all(self, prompts: Iterable[Prompt]) -> None: ...

    def prompt(self, prompt_id: str, *, lock: bool = True) -> Prompt | None:
        """By its random id; locked for the transaction. Where it only reads, not: lock=False."""
        ...

    def prompts(
        self, study: Study, *, pseudonym: str = "", after: str = "", limit: int = 500
    ) -> tuple[Prompt, ...]:
        """One volunteer's after another's, each in the order (study day, beep), from after that
        `Prompt.place`, for paging. The order of the volunteers is that of a hash, and no time
        orders prompts: neither code name nor time can be read without the key."""
        ...

    def open_of(self, volunteer: Volunteer) -> tuple[Prompt, ...]:
        """Those without an outcome, and those whose buttons are still there."""
        ...

    def reshelve(self, limit: int) -> int:
        """Move up to so many rows of an earlier version to where this one looks; how many."""
        ...

    def answer(self, answers: Iterable[Answer], study: Study) -> None:
        """Keep answers; one for the same item again takes the place of the older."""
        ...

    def answers(self, prompts: Collection[str]) -> tuple[Answer, ...]: ...

    def note_message(self, study: Study, pseudonym: str, message: Message) -> None:
        """A message of ours to a volunteer that erasure must delete; sealed."""
        ...

    def messages(self, study: Study, pseudonym: str) -> tuple[Message, ...]: ...


class KeepingStore(Protocol):
    """What goes when its time has come."""

    def purge(self, workspace: str, before: datetime, limit: int) -> int:
        """Delete what still ties names to times, if the workspace has studies: our sends that ended
        before then, when people may be written to next, receipts. Up to `limit` of each; how many.
        """
        ...

    def is_tied(self, study: Study) -> bool:
        """Whether it can still be found out who is who."""
        ...

    def untie(self, study: Study) -> None:
        """Destroy the study's identity key and all that it sealed."""
        ...

    def has_answers(self, study: Study) -> bool: ...

    def delete_answers(self, study: Study) -> None:
        """Everything of all volunteers, and the keys; the chain keeps its hashes."""
        ...

    def tombstones(self) -> frozenset[str]:
        """The hashes of all who were erased."""
        ...

    def bury(self, stones: Collection[str]) -> int:
        """Erase whoever is named by these and still here: a backup brought them back. How many."""
        ...


class Responding(Protocol):
    """What responding knows of somebody; answered by storage."""

    def in_incident(self, workspace: str, person: str, now: datetime) -> bool:
        """Whether somebody is in an active incident, by the sampling protocol, section 3."""
        ...


class Tx(bot.workspace.ports.Tx, bot.deliveries.ports.Tx, Protocol):
    """What a transaction offers experience sampling."""

    @property
    def studies(self) -> StudyStore: ...

    @property
    def volunteers(self) -> VolunteerStore: ...

    @property
    def prompts(self) -> PromptStore: ...

    @property
    def keeping(self) -> KeepingStore: ...

    @property
    def responding(self) -> Responding: ...


class Messenger(Protocol):
    """What is said to volunteers, each in their direct messages. Every method raises SendFailed."""

    async def ask(self, study: Study, prompt: Prompt, person: str, key: str) -> Message:
        """The prompt: the first item's buttons, and those to decline."""
        ...

    async def remind(self, study: Study, prompt: Prompt, person: str, key: str) -> Message: ...

    async def show(self, study: Study, prompt: Prompt) -> None:
        """Change the prompt's message to what became of it: no answer is ever in it."""
        ...

    async def delete(self, workspace: str, message: Message) -> None:
        """Delete a message of ours; one that is gone already is no error."""
        ...

    async def tell(self, study: Study, person: str, what: str, key: str) -> Message:
        """One private note: `what` names it (too_many, exit, amended, quote, role)."""
        ...

    async def find(self, workspace: str, person: str, key: str, since: datetime) -> Message | None:
        """A message of ours that carries the key; also where all else of it was erased."""
        ...

    async def in_quiet_hours(self, workspace: str, person: str, now: datetime) -> bool:
        """Whether Slack's scheduled do-not-disturb holds for them now."""
        ...
