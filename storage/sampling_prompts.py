"""What was asked and what came back: opened for whoever may read it, sealed for everybody else."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.sampling.model import Answer, Message, Outcome, Prompt, Study, Volunteer
from storage.sampling_keys import ANSWER, PROMPT, StudyKeys, as_text
from storage.sampling_tables import answers, prompts, study_messages
from storage.types import upsert

ASKED, MESSAGES, ANSWERED, SENT = "asked", "messages", "answered", "sent"
# Whether a prompt waits for anything: not any more; for an answer that may come late, or the rest
# of one; for its outcome.
DONE, LATE, OPEN = 0, 1, 2
MAY_BE_ANSWERED = frozenset({Outcome.EXPIRED, Outcome.PARTIAL, Outcome.UNKNOWN})
AT_ONCE = 500
TWO: TypeAdapter[tuple[Message | None, Message | None]] = TypeAdapter(
    tuple[Message | None, Message | None]
)
ONE = TypeAdapter(Message)


class PromptTables:
    """See `bot.sampling.ports.PromptStore`."""

    def __init__(self, connection: sa.Connection, keys: StudyKeys) -> None:
        self._connection = connection
        self._keys = keys

    def put(self, prompt: Prompt) -> None:
        self.put_all((prompt,))

    def put_all(self, prompts_: Iterable[Prompt]) -> None:
        rows = [self._row(each) for each in prompts_]
        if not rows:
            return
        insert = upsert(self._connection.dialect.name, prompts)
        changed = {name: insert.excluded[name] for name in rows[0] if name != "id"}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["id"], set_=changed), rows
        )

    def _row(self, prompt: Prompt) -> dict[str, Any]:
        key, name = self._keys.content(prompt.study), self._keys.vault.name(prompt.id)
        bare = replace(prompt, message=None, reminder=None)
        return {
            "id": name, "study": prompt.study,
            "whose": self._keys.whose(prompt.study, prompt.pseudonym),
            "day": prompt.day, "beep": prompt.beep, "waits": _waits(prompt),
            "sealed": key.seal(name, ASKED, as_text(PROMPT, bare)),
            "messages": self._messages(prompt, name),
        }  # fmt: skip

    def _messages(self, prompt: Prompt, name: str) -> str | None:
        key = self._keys.identity(prompt.study)
        if key is None or (prompt.message is None and prompt.reminder is None):
            return None
        both = TWO.dump_json((prompt.message, prompt.reminder)).decode()
        return key.seal(name, MESSAGES, both)

    def prompt(self, prompt_id: str, *, lock: bool = True) -> Prompt | None:
        one = sa.select(prompts).where(prompts.c.id == self._keys.vault.name(prompt_id))
        row = self._connection.execute(one.with_for_update() if lock else one).one_or_none()
        return None if row is None else self._prompt(row)

    def prompts(
        self, study: Study, *, pseudonym: str = "", after: str = "", limit: int = AT_ONCE
    ) -> tuple[Prompt, ...]:
        t = prompts
        order = (t.c.whose, t.c.day, t.c.beep, t.c.id)
        asked = sa.select(t).where(t.c.study == study.id).order_by(*order).limit(limit)
        if pseudonym:
            asked = asked.where(t.c.whose == self._keys.whose(study.id, pseudonym))
        if after:
            asked = asked.where(sa.tuple_(*order) > sa.tuple_(*self._place(study, after)))
        return tuple(self._prompt(row) for row in self._connection.execute(asked).all())

    def _place(self, study: Study, after: str) -> tuple[str, int, int, str]:
        """`Prompt.place`, as the rows have it."""
        pseudonym, day, beep, prompt_id = after.split("/", 3)
        name = self._keys.vault.name(prompt_id)
        return self._keys.whose(study.id, pseudonym), int(day), int(beep), name

    def open_of(self, volunteer: Volunteer) -> tuple[Prompt, ...]:
        t = prompts
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.study == volunteer.study)
            .where(t.c.whose == self._keys.whose(volunteer.study, volunteer.pseudonym))
            .where(t.c.waits != DONE)
            .order_by(t.c.day, t.c.beep, t.c.id)
        )
        return tuple(self._prompt(row) for row in rows.all())

    # -- answers -------------------------------------------------------------------------------

    def answer(self, answers: Iterable[Answer], study: Study) -> None:
        key = self._keys.content(study.id)
        rows = []
        for each in answers:
            name, which = self._keys.vault.name(each.prompt), key.hash(each.prompt, each.item)
            sealed = key.seal(f"{name}/{which}", ANSWERED, as_text(ANSWER, each))
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
        key = self._keys.content(row.study)
        bare = PROMPT.validate_json(key.open(row.id, ASKED, row.sealed))
        if row.messages is None:
            return bare
        own = self._keys.identity(row.study)
        if own is None:
            return bare
        message, reminder = TWO.validate_json(own.open(row.id, MESSAGES, row.messages))
        return replace(bare, message=message, reminder=reminder)


def _waits(prompt: Prompt) -> int:
    if prompt.outcome is None:
        return OPEN
    return LATE if prompt.outcome in MAY_BE_ANSWERED and prompt.message else DONE
