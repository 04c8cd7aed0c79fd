"""A prompt with all that decides about it, read or locked together."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from bot.sampling import asking_owed
from bot.sampling.model import Message, Prompt, Study, Volunteer
from bot.sampling.outcomes import Around, Stage, stage_of
from bot.sampling.ports import Tx


@dataclass(frozen=True, slots=True)
class Case:
    """A prompt, its study in the version that it was planned with, and whose it is.

    person: their Slack id; empty where the tie is destroyed.
    """

    prompt: Prompt
    study: Study
    volunteer: Volunteer
    person: str

    def around(self) -> Around:
        """What the rules are told of whoever acts; what is sent meets more."""
        return Around(self.study, self.volunteer)


def read_case(tx: Tx, workspace: str, prompt_id: str) -> Case | None:
    """As it stands; None where the prompt, its study or its volunteer is not there (any more)."""
    return _case(tx, workspace, tx.prompts.prompt(prompt_id, lock=False))


def locked_case(tx: Tx, workspace: str, prompt_id: str) -> Case | None:
    """The same, to be changed in this transaction."""
    return _case(tx, workspace, tx.prompts.prompt(prompt_id))


def _case(tx: Tx, workspace: str, prompt: Prompt | None) -> Case | None:
    if prompt is None or (found := tx.studies.study(workspace, prompt.study)) is None:
        return None
    own = found.protocol.version == prompt.version
    study = found if own else tx.studies.version(found, prompt.version)
    volunteer = tx.volunteers.volunteer(found, prompt.pseudonym)
    if study is None or volunteer is None:
        return None
    return Case(prompt, study, volunteer, tx.volunteers.person(found, prompt.pseudonym) or "")


def save(tx: Tx, case: Case, after: Prompt, now: datetime) -> None:
    """Write down what has become of a prompt, and plan the sends that follow from it."""
    before = case.prompt
    if after == before:
        return
    tx.prompts.put(after)
    for purpose in _not_needed(before, after):
        # One that is being sent just now is its sender's, who looks again.
        tx.deliveries.cancel(case.study.workspace, purpose, before.id, "not needed", now)
    tx.deliveries.plan_all(asking_owed.following(case.study, before, after, now), now)


def _not_needed(before: Prompt, after: Prompt) -> Iterator[str]:
    """Which sends of a prompt are about nothing any more."""
    if stage_of(before) is Stage.ASKS and stage_of(after) is not Stage.ASKS:
        yield asking_owed.REMINDER
    moved = before.expires_at is not None and after.expires_at != before.expires_at
    if moved or (before.outcome is None and after.outcome is not None):
        yield asking_owed.EXPIRY


def ref_of(message: Message) -> str:
    """A message's name in the ledger."""
    return f"{message.channel}{asking_owed.SEPARATOR}{message.ts}"


def message_of(ref: str) -> Message | None:
    """The message of that name; None where nothing was sent."""
    with suppress(ValueError):
        channel, ts = ref.split(asking_owed.SEPARATOR)
        return Message(channel, ts)
    return None
