"""Tables of reviewing: code books, codings, rounds, grants, who saw what, quotes, releases.

A volunteer's rows hang on their row and on their prompts' rows, and go with them: erasing needs no
other call. What came from them is sealed under the study's content key.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.sampling.disclosure import Figure, Release
from bot.sampling.model import Study
from bot.sampling.review_ports import (
    CodeBook,
    Coding,
    Exported,
    Grant,
    Look,
    Quote,
    Round,
    Seen,
    Tag,
    Task,
    TextKey,
)
from storage.review_tables import (
    review_books,
    review_codings,
    review_exports,
    review_grants,
    review_looks,
    review_quotes,
    review_release_people,
    review_releases,
    review_rounds,
    review_tasks,
)
from storage.sampling_keys import StudyKeys, as_text
from storage.types import upsert

AT_ONCE = 500
CODED, TASKED, QUOTED = "coded", "tasked", "quoted"
TAGS: TypeAdapter[tuple[Tag, ...]] = TypeAdapter(tuple[Tag, ...])
CODING = TypeAdapter(Coding)
TASK = TypeAdapter(Task)
QUOTE = TypeAdapter(Quote)
FIGURE = TypeAdapter(Figure)


class ReviewTables:
    """See `bot.sampling.review_ports.ReviewStore`."""

    def __init__(self, connection: sa.Connection, keys: StudyKeys) -> None:
        self._connection = connection
        self._keys = keys

    # -- code books ----------------------------------------------------------------------------

    def put_book(self, book: CodeBook) -> None:
        row = {
            "study": book.study,
            "version": book.version,
            "person": book.by,
            "at": book.at,
            "tags": TAGS.dump_python(book.tags, mode="json"),
        }
        self._connection.execute(sa.insert(review_books), row)

    def book(self, study: Study, version: int = 0) -> CodeBook | None:
        t = review_books
        asked = sa.select(t).where(t.c.study == study.id).order_by(t.c.version.desc()).limit(1)
        if version:
            asked = asked.where(t.c.version == version)
        row = self._connection.execute(asked).one_or_none()
        if row is None:
            return None
        tags = TAGS.validate_python(row.tags)
        return CodeBook(row.study, row.version, tags, row.person, row.at)

    # -- codings -------------------------------------------------------------------------------

    def code(self, study: Study, coding: Coding) -> None:
        key = self._keys.content(study.id)
        name, which = self._text(study, coding.text)
        row = {
            "prompt": name,
            "which": which,
            "version": coding.version,
            "coder": coding.coder,
            "sealed": key.seal(
                f"{name}/{which}/{coding.version}/{coding.coder}", CODED, as_text(CODING, coding)
            ),
        }
        self._upsert(review_codings, [row])

    def codings(self, study: Study, texts: Collection[TextKey]) -> tuple[Coding, ...]:
        t, key = review_codings, self._keys.content(study.id)
        found = []
        for row in self._of_texts(study, t, texts, (t.c.version, t.c.coder)):
            place = f"{row.prompt}/{row.which}/{row.version}/{row.coder}"
            found.append(CODING.validate_json(key.open(place, CODED, row.sealed)))
        return tuple(sorted(found, key=lambda c: (c.text.prompt, c.text.item, c.version, c.coder)))

    def _of_texts(
        self, study: Study, table: sa.Table, texts: Collection[TextKey], order: Iterable[Any]
    ) -> list[Any]:
        names = sorted({self._text(study, each) for each in texts})
        rows: list[Any] = []
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            key = sa.tuple_(table.c.prompt, table.c.which)
            asked = sa.select(table).where(key.in_(some)).order_by(*order)
            rows += self._connection.execute(asked).all()
        return rows

    def _text(self, study: Study, text: TextKey) -> tuple[str, str]:
        """By what the rows of a text are found, as its answer's row is."""
        which = self._keys.content(study.id).hash(text.prompt, text.item)
        return self._keys.vault.name(text.prompt), which

    # -- rounds --------------------------------------------------------------------------------

    def put_round(self, made: Round, tasks: Collection[Task]) -> None:
        row = {
            "id": made.id, "study": made.study, "version": made.version, "first": made.first,
            "second": made.second, "texts": made.texts, "of": made.of, "at": made.at,
            "closed_at": made.closed_at,
        }  # fmt: skip
        self._connection.execute(sa.insert(review_rounds), row)
        key = self._keys.content(made.study)
        rows = []
        for each in tasks:
            name = self._keys.vault.name(each.text.prompt)
            which = key.hash(each.text.prompt, each.text.item)
            place = f"{each.round}/{each.coder}/{each.number}"
            rows.append(
                {
                    "round": each.round,
                    "coder": each.coder,
                    "number": each.number,
                    "prompt": name,
                    "which": which,
                    "done": each.done,
                    "sealed": key.seal(place, TASKED, as_text(TASK, each)),
                }
            )
        if rows:
            self._connection.execute(sa.insert(review_tasks), rows)

    def close_round(self, made: Round, at: datetime) -> None:
        t = review_rounds
        self._connection.execute(sa.update(t).where(t.c.id == made.id).values(closed_at=at))

    def round(self, study: Study, round_id: str) -> Round | None:
        t = review_rounds
        row = self._connection.execute(
            sa.select(t).where(t.c.study == study.id, t.c.id == round_id)
        ).one_or_none()
        return None if row is None else _round(row)

    def rounds(self, study: Study) -> tuple[Round, ...]:
        t = review_rounds
        rows = self._connection.execute(
            sa.select(t).where(t.c.study == study.id).order_by(t.c.at.desc(), t.c.id)
        )
        return tuple(map(_round, rows.all()))

    def tasks(
        self, study: Study, round_id: str, coder: str, *, done: bool, after: int = 0, limit: int = 1
    ) -> tuple[Task, ...]:
        t = review_tasks
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.round == round_id, t.c.coder == coder, t.c.done == done)
            .where(t.c.number > after)
            .order_by(t.c.number)
            .limit(limit)
        )
        return tuple(self._task(study, row) for row in rows.all())

    def waiting(self, round_id: str) -> dict[str, int]:
        t = review_tasks
        rows = self._connection.execute(
            sa.select(t.c.coder, sa.func.count())
            .where(t.c.round == round_id, t.c.done.is_(False))
            .group_by(t.c.coder)
        )
        return {row[0]: row[1] for row in rows.all()}

    def tasks_of(self, study: Study, texts: Collection[TextKey]) -> tuple[Task, ...]:
        t = review_tasks
        rows = self._of_texts(study, t, texts, (t.c.round, t.c.coder))
        return tuple(self._task(study, row) for row in rows)

    def finish(self, study: Study, task: Task) -> None:  # noqa: ARG002 - a task knows its round
        t = review_tasks
        self._connection.execute(
            sa.update(t)
            .where(t.c.round == task.round, t.c.coder == task.coder, t.c.number == task.number)
            .values(done=True)
        )

    def _task(self, study: Study, row: Any) -> Task:
        key = self._keys.content(study.id)
        place = f"{row.round}/{row.coder}/{row.number}"
        made = TASK.validate_json(key.open(place, TASKED, row.sealed))
        return Task(made.round, made.number, made.coder, made.text, made.pseudonym, bool(row.done))

    # -- grants, exports, looks ----------------------------------------------------------------

    def put_grant(self, grant: Grant) -> None:
        row = {
            "id": grant.id, "study": grant.study, "analyst": grant.analyst, "owner": grant.owner,
            "at": grant.at, "until": grant.until,
        }  # fmt: skip
        self._connection.execute(sa.insert(review_grants), row)

    def grants(self, study: Study) -> tuple[Grant, ...]:
        t = review_grants
        rows = self._connection.execute(
            sa.select(t).where(t.c.study == study.id).order_by(t.c.at.desc(), t.c.id)
        )
        return tuple(
            Grant(row.id, row.study, row.analyst, row.owner, row.at, row.until)
            for row in rows.all()
        )

    def put_export(self, made: Exported) -> None:
        row = {
            "id": made.id, "granted": made.grant, "study": made.study, "analyst": made.analyst,
            "at": made.at, "bundle": made.bundle, "format": made.format, "digest": made.digest,
            "signals": made.rows,
        }  # fmt: skip
        self._connection.execute(sa.insert(review_exports), row)

    def exports(self, study: Study) -> tuple[Exported, ...]:
        t = review_exports
        rows = self._connection.execute(
            sa.select(t).where(t.c.study == study.id).order_by(t.c.at.desc(), t.c.id)
        )
        return tuple(
            Exported(r.id, r.granted, r.study, r.analyst, r.at, r.bundle, r.format, r.digest,
                     r.signals)
            for r in rows.all()
        )  # fmt: skip

    def saw(self, study: Study, pseudonyms: Collection[str], look: Look, at: datetime) -> None:
        t = review_looks
        rows = [
            {
                "study": study.id, "whose": self._keys.whose(study.id, each),
                "person": look.person, "how": look.how.value, "on": look.on.isoformat(),
                "digest": look.digest, "times": look.times, "last": at,
            }
            for each in sorted(set(pseudonyms))
        ]  # fmt: skip
        if not rows:
            return
        insert = upsert(self._connection.dialect.name, t)
        more = insert.on_conflict_do_update(
            index_elements=[column.name for column in t.primary_key],
            set_={"times": t.c.times + insert.excluded.times, "last": insert.excluded["last"]},
        )
        self._connection.execute(more, rows)

    def looks(self, study: Study, pseudonym: str) -> tuple[Look, ...]:
        t = review_looks
        whose = self._keys.whose(study.id, pseudonym)
        rows = self._connection.execute(
            sa.select(t)
            .where(t.c.study == study.id, t.c.whose == whose)
            .order_by(t.c.on.desc(), t.c.last.desc(), t.c.person, t.c.how)
        )
        return tuple(
            Look(r.person, Seen(r.how), date.fromisoformat(r.on), r.times, r.digest)
            for r in rows.all()
        )

    # -- quotes --------------------------------------------------------------------------------

    def put_quote(self, study: Study, quote: Quote) -> None:
        key = self._keys.content(study.id)
        row = {
            "id": quote.id,
            "study": study.id,
            "whose": self._keys.whose(study.id, quote.pseudonym),
            "sealed": key.seal(quote.id, QUOTED, as_text(QUOTE, quote)),
        }
        self._upsert(review_quotes, [row])

    def quote(self, study: Study, quote_id: str) -> Quote | None:
        t = review_quotes
        found = self._quotes(study, t.c.id == quote_id)
        return found[0] if found else None

    def quotes(self, study: Study, pseudonym: str = "") -> tuple[Quote, ...]:
        t = review_quotes
        if not pseudonym:
            return self._quotes(study, sa.true())
        return self._quotes(study, t.c.whose == self._keys.whose(study.id, pseudonym))

    def _quotes(self, study: Study, which: Any) -> tuple[Quote, ...]:
        t, key = review_quotes, self._keys.content(study.id)
        rows = self._connection.execute(
            sa.select(t).where(t.c.study == study.id, which).order_by(t.c.id)
        )
        opened = ((row, key.open(row.id, QUOTED, row.sealed)) for row in rows.all())
        return tuple(QUOTE.validate_json(text) for _, text in opened)

    # -- releases ------------------------------------------------------------------------------

    def put_release(self, study: Study, release: Release) -> None:
        scope = release.scope
        row = {
            "study": study.id, "question": scope.question, "first": scope.first,
            "last": scope.last, "at": release.at, "people": len(release.people),
            "figure": FIGURE.dump_python(release.figure, mode="json"),
        }  # fmt: skip
        insert = upsert(self._connection.dialect.name, review_releases)
        done = self._connection.execute(
            insert.on_conflict_do_nothing().returning(review_releases.c.first), row
        ).all()
        if not done or not release.people:
            return
        place = {name: row[name] for name in ("study", "question", "first", "last")}
        people = [
            place | {"whose": self._keys.whose(study.id, each)} for each in sorted(release.people)
        ]
        self._connection.execute(sa.insert(review_release_people), people)

    def releases(self, study: Study, question: str = "") -> tuple[Release, ...]:
        t = review_releases
        asked = sa.select(t).where(t.c.study == study.id)
        if question:
            asked = asked.where(t.c.question == question)
        rows = self._connection.execute(asked.order_by(t.c.question, t.c.first, t.c.last)).all()
        return tuple(self._release(study, row) for row in rows)

    def _release(self, study: Study, row: Any) -> Release:
        p = review_release_people
        # By their hashes: who is left is counted and compared, and needs no name.
        people = self._connection.execute(
            sa.select(p.c.whose).where(
                p.c.study == study.id,
                p.c.question == row.question,
                p.c.first == row.first,
                p.c.last == row.last,
            )
        ).scalars()
        left = frozenset(people)
        return Release(FIGURE.validate_python(row.figure), left, row.at, row.people - len(left))

    def _upsert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        key = [column.name for column in table.primary_key]
        insert = upsert(self._connection.dialect.name, table)
        changed = {name: insert.excluded[name] for name in rows[0] if name not in key}
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=key, set_=changed), rows
        )


def _round(row: Any) -> Round:
    return Round(
        row.id, row.study, row.version, row.first, row.second, row.texts, row.of, row.at,
        row.closed_at,
    )  # fmt: skip
