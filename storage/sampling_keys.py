"""A study's keys as its rows keep them, and the values that are sealed, as JSON."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.sampling.model import Answer, DayPlan, Prompt, Protocol, Volunteer
from bot.sampling.sealing import DataKey, Purpose, Vault
from storage.sampling_tables import study_keys

ASKED = "asked"
# To what values are filled up, in bytes: nearly every one of its kind is then of one length.
LONG, SHORT = 1024, 256
A_DAY = timedelta(days=1)
Consents = tuple[tuple[int, str, datetime], ...]

PROTOCOL = TypeAdapter(Protocol)
VOLUNTEER = TypeAdapter(Volunteer)
CONSENTS: TypeAdapter[Consents] = TypeAdapter(Consents)
DAY = TypeAdapter(DayPlan)
PROMPT = TypeAdapter(Prompt)
ANSWER = TypeAdapter(Answer)


def as_text(adapter: TypeAdapter[Any], value: object, size: int = 1) -> str:
    """A value as JSON, without what is as it is by default, filled up to a multiple of `size`.

    What is sealed shows how long it was, and a zone's name, a reason or a tap is told by that.
    """
    text = adapter.dump_json(value, exclude_defaults=True)
    return text.ljust(-(-len(text) // size) * size).decode()


@lru_cache(maxsize=64)
def protocol_of(text: str) -> Protocol:
    """A study's version as its row has it; read once, for every transaction needs it."""
    return PROTOCOL.validate_json(text)


class StudyKeys:
    """The keys of studies, as this transaction sees them."""

    def __init__(self, connection: sa.Connection, vault: Vault, token: Callable[[], str]) -> None:
        self._connection = connection
        self._vault = vault
        self._token = token
        self._found: dict[tuple[str, str], DataKey | None] = {}

    @property
    def vault(self) -> Vault:
        """What wraps them."""
        return self._vault

    def make(self, study: str) -> None:
        """New keys for a new study."""
        made = [(each, self._vault.new_key(study, each, self._token)) for each in Purpose]
        rows = [{"study": study, "purpose": name.value, "kept": key.kept} for name, key in made]
        self._connection.execute(sa.insert(study_keys), rows)

    def content(self, study: str) -> DataKey:
        """The key of what is written; of a study whose answers are deleted there is none."""
        found = self.find(study, Purpose.CONTENT)
        if found is None:
            raise LookupError(f"the content key of study {study} was destroyed")
        return found

    def identity(self, study: str) -> DataKey | None:
        """The key of who is who; None once it was destroyed."""
        return self.find(study, Purpose.IDENTITY)

    def find(self, study: str, purpose: Purpose) -> DataKey | None:
        """One of a study's keys, if it is still there. Raises NotSetUp, WrongKey."""
        if (study, purpose.value) not in self._found:
            self._found[study, purpose.value] = self._read(study, purpose)
        return self._found[study, purpose.value]

    def whose(self, study: str, pseudonym: str) -> str:
        """By what the rows of a volunteer are found: no code name stands in clear.

        Empty, which is nobody's, where all answers of the study are deleted.
        """
        key = self.find(study, Purpose.CONTENT)
        return "" if key is None else key.hash(pseudonym)

    def shelf(self, study: str, pseudonym: str, day: int) -> str:
        """By what the prompts of a volunteer's study day are found (`storage.sampling_tables`)."""
        key = self.find(study, Purpose.CONTENT)
        return "" if key is None else key.hash("shelf", pseudonym, str(day))

    def shelves(self, volunteer: Volunteer) -> list[str]:
        """Every shelf of somebody: a report before their first day is of the first."""
        days = range(1, max(volunteer.planned_days, 1) + 1)
        return [self.shelf(volunteer.study, volunteer.pseudonym, day) for day in days]

    def day(self, study: str, pseudonym: str, on: date) -> str:
        """By what the plan of a volunteer's date is found."""
        return self.content(study).hash(pseudonym, str(on))

    def days(self, volunteer: Volunteer) -> list[str]:
        """The same, of every date that can have been planned for them."""
        if volunteer.planned_to is None:
            return []
        begun = volunteer.first_day if volunteer.joined_at is None else volunteer.joined_at.date()
        first = min(begun, volunteer.first_day, volunteer.planned_to) - A_DAY
        count = (volunteer.planned_to - first) // A_DAY
        dates = (first + number * A_DAY for number in range(count + 1))
        return [self.day(volunteer.study, volunteer.pseudonym, on) for on in dates]

    def prompt(self, row: Any) -> Prompt:
        """What a row of `prompts` holds, but for where our messages are."""
        return PROMPT.validate_json(self.content(row.study).open(row.id, ASKED, row.sealed))

    def destroy(self, study: str, purpose: Purpose) -> None:
        """Nothing that it sealed can be read again."""
        t = study_keys
        self._connection.execute(
            sa.delete(t).where(t.c.study == study, t.c.purpose == purpose.value)
        )
        self._found[study, purpose.value] = None

    def _read(self, study: str, purpose: Purpose) -> DataKey | None:
        t = study_keys
        kept = self._connection.execute(
            sa.select(t.c.kept).where(t.c.study == study, t.c.purpose == purpose.value)
        ).scalar()
        return None if kept is None else self._vault.key(study, purpose, kept)
