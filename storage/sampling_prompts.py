"""What was asked and what came back: opened for whoever may read it, sealed for everybody else."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.sampling.model import Answer, Message, Outcome, Prompt, Study, Volunteer
from storage.sampling_keys import ANSWER, ASKED, LONG, PROMPT, SHORT, StudyKeys, as_text
from storage.sampling_tables import answers, prompts, study_messages
from storage.sampling_volunteers import VolunteerTables
from storage.types import upsert

MESSAGES, ANSWERED, SENT = "messages", "answered", "sent"
# Whether a prompt waits for anything: not any more; for an answer that may come late, or the rest
# of one; for its outcome.
DONE, LATE, OPEN = 0, 1, 2
MAY_BE_ANSWERED = frozenset({Outcome.EXPIRED, Outcome.PARTIAL, Outcome.UNKNOWN})
AT_ONCE = 500
PEOPLE_AT_ONCE = 4
Place = tuple[str, int, int, str]
TWO: TypeAdapter[tuple[Message | None, Message | None]] = TypeAdapter(
    tuple[Message | None, Message | None]
)
ONE = TypeAdapter(Message)


class PromptTables:
    """See `bot.sampling.ports.PromptStore`."""

    def __init__(
        self, connection: sa.Connection, keys: StudyKeys, volunteers: VolunteerTables
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._volunteers = volunteers

    def put(self, prompt: Prompt) -> None:
        self.put_all((prompt,))

    def put_all(self, prompts_: Iterable[Prompt]) -> None:
        # In the order of their ids, which is none: PostgreSQL lays rows down as they come.
        rows = sorted((self._row(each) for each in prompts_), key=lambda row: str(row["id"]))
        if rows:
            self._connection.execute(_put(self._connection.dialect.name, tuple(rows[0])), rows)

    def _row(self, prompt: Prompt) -> dict[str, Any]:
        key, name = self._keys.content(prompt.study), self._keys.vault.name(prompt.id)
        bare = replace(prompt, message=None, reminder=None)
        return {
            "id": name, "study": prompt.study,
            "shelf": self._keys.shelf(prompt.study, prompt.pseudonym, prompt.day),
            "waits": _waits(prompt),
            "sealed": key.seal(name, ASKED, as_text(PROMPT, bare, LONG)),
            "messages": self._messages(prompt, name),
        }  # fmt: skip

    def _messages(self, prompt: Prompt, name: str) -> str | None:
        key = self._keys.identity(prompt.study)
        if key is None or (prompt.message is None and prompt.reminder is None):
            return None
        both = as_text(TWO, (prompt.message, prompt.reminder), SHORT)
        return key.seal(name, MESSAGES, both)

    def prompt(self, prompt_id: str, *, lock: bool = True) -> Prompt | None:
        one = sa.select(prompts).where(prompts.c.id == self._keys.vault.name(prompt_id))
        row = self._connection.execute(one.with_for_update() if lock else one).one_or_none()
        return None if row is None else self._prompt(row)

    def prompts(
        self, study: Study, *, pseudonym: str = "", after: str = "", limit: int = AT_ONCE
    ) -> tuple[Prompt, ...]:
        last = self._place(study, after) if after else ("", 0, 0, "")
        found: list[Prompt] = []
        for some in self._people(study, pseudonym, last[0]):
            found += [each for place, each in self._of(some) if place > last]
            if len(found) >= limit:
                break
        return tuple(found[:limit])

    def _people(self, study: Study, pseudonym: str, since: str) -> Iterator[Collection[Volunteer]]:
        """Whose prompts, a few people at a time, from `since` in the order of their hashes."""
        if pseudonym:
            who = self._volunteers.volunteer(study, pseudonym)
            yield () if who is None else (who,)
            return
        beyond = False
        while some := self._volunteers.since(study, since, PEOPLE_AT_ONCE, beyond=beyond):
            yield some.values()
            since, beyond = max(some), True

    def _of(self, people: Collection[Volunteer]) -> list[tuple[Place, Prompt]]:
        """All prompts of theirs, in the order in which they are paged."""
        whose: dict[str, str] = {}
        for each in people:
            whose |= dict.fromkeys(self._keys.shelves(each), self._volunteers.place(each))
        rows = self._on(prompts.c.shelf.in_(whose))
        found = [((whose[row.shelf], one.day, one.beep, row.id), one) for row, one in rows]
        return sorted(found, key=_by_place)

    def _on(self, where: sa.ColumnElement[bool]) -> list[tuple[Any, Prompt]]:
        """Rows, and what they hold."""
        rows = self._connection.execute(sa.select(prompts).where(where)).all()
        return [(row, self._prompt(row)) for row in rows]

    def _place(self, study: Study, told: str) -> Place:
        """`Prompt.place`, as it is paged: the rows of people lie by a hash."""
        pseudonym, day, beep, prompt_id = told.split("/", 3)
        name = self._keys.vault.name(prompt_id)
        return self._keys.whose(study.id, pseudonym), int(day), int(beep), name

    def open_of(self, volunteer: Volunteer) -> tuple[Prompt, ...]:
        shelves = self._keys.shelves(volunteer)
        waiting = self._on(sa.and_(prompts.c.shelf.in_(shelves), prompts.c.waits != DONE))
        found = (prompt for _, prompt in waiting)
        return tuple(sorted(found, key=lambda each: (each.day, each.beep, each.id)))

    def reshelve(self, limit: int) -> int:
        """Put rows of an earlier version, which are on no shelf yet, where they belong."""
        t = prompts
        rows = self._connection.execute(sa.select(t).where(t.c.shelf == "").limit(limit)).all()
        self.put_all([self._prompt(row) for row in rows])  # sealed anew, at the length of today
        return len(rows)

    # -- answers -------------------------------------------------------------------------------

    def answer(self, answers: Iterable[Answer], study: Study) -> None:
        key = self._keys.content(study.id)
        rows = []
        for each in answers:
            name, which = self._keys.vault.name(each.prompt), key.hash(each.prompt, each.item)
            sealed = key.seal(f"{name}/{which}", ANSWERED, as_text(ANSWER, each, SHORT))
            rows.append({"prompt": name, "which": which, "sealed": sealed})
        self._put_answers(rows)

    def _put_answers(self, rows: list[dict[str, str]]) -> None:
        if rows:
            insert = upsert(self._connection.dialect.name, answers)
            again = insert.on_conflict_do_update(
                index_elements=["prompt", "which"], set_={"sealed": insert.excluded.sealed}
            )
            self._connection.execute(again, rows)

    def answers(self, prompts: Collection[str]) -> tuple[Answer, ...]:
        ids, found = sorted(map(self._keys.vault.name, prompts)), []
        for start in range(0, len(ids), AT_ONCE):
            found += self._answers(ids[start : start + AT_ONCE])
        return tuple(sorted(found, key=lambda each: (each.prompt, each.at, each.item)))

    def _answers(self, ids: Collection[str]) -> list[Answer]:
        a, p = answers, prompts
        rows = self._connection.execute(
            sa.select(a, p.c.study).join(p, p.c.id == a.c.prompt).where(a.c.prompt.in_(ids))
        )
        return [self._answer(row) for row in rows.all()]

    def _answer(self, row: Any) -> Answer:
        key = self._keys.content(row.study)
        return ANSWER.validate_json(key.open(f"{row.prompt}/{row.which}", ANSWERED, row.sealed))

    # -- our messages --------------------------------------------------------------------------

    def note_message(self, study: Study, pseudonym: str, message: Message) -> None:
        key = self._keys.identity(study.id)
        if key is None:
            return  # the tie was destroyed, and so must be where they are
        which = key.hash(message.channel, message.ts)
        text = ONE.dump_json(message).decode()
        whose = self._keys.whose(study.id, pseudonym)
        row = {
            "study": study.id,
            "whose": whose,
            "which": which,
            "sealed": key.seal(f"{whose}/{which}", SENT, text),
        }
        insert = upsert(self._connection.dialect.name, study_messages)
        self._connection.execute(insert.on_conflict_do_nothing(), row)

    def messages(self, study: Study, pseudonym: str) -> tuple[Message, ...]:
        t, key = study_messages, self._keys.identity(study.id)
        if key is None:
            return ()
        rows = self._connection.execute(
            sa.select(t).where(
                t.c.study == study.id, t.c.whose == self._keys.whose(study.id, pseudonym)
            )
        )
        opened = (key.open(f"{r.whose}/{r.which}", SENT, r.sealed) for r in rows.all())
        return tuple(sorted(map(ONE.validate_json, opened), key=lambda each: each.ts))

    def _prompt(self, row: Any) -> Prompt:
        bare = self._keys.prompt(row)
        if row.messages is None:
            return bare
        own = self._keys.identity(row.study)
        if own is None:
            return bare
        message, reminder = TWO.validate_json(own.open(row.id, MESSAGES, row.messages))
        return replace(bare, message=message, reminder=reminder)


def _by_place(placed: tuple[Place, Prompt]) -> Place:
    return placed[0]


@lru_cache
def _put(dialect: str, names: tuple[str, ...]) -> Any:
    """Built once: that takes longer than to run it."""
    insert = upsert(dialect, prompts)
    changed = {name: insert.excluded[name] for name in names if name != "id"}
    return insert.on_conflict_do_update(index_elements=["id"], set_=changed)


def _waits(prompt: Prompt) -> int:
    if prompt.outcome is None:
        return OPEN
    return LATE if prompt.outcome in MAY_BE_ANSWERED and prompt.message else DONE
