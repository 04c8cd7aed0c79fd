"""Who takes part: found by a hash that only the study's identity key makes, everything sealed."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.sampling.model import NOW_IN, Study, Volunteer
from storage.sampling_keys import CONSENTS, LONG, VOLUNTEER, Consents, StudyKeys, as_text
from storage.sampling_tables import (
    answers,
    prompts,
    studies,
    study_days,
    study_messages,
    tombstones,
    volunteers,
)
from storage.types import upsert

KEPT, PERSON, CONSENTED = "kept", "person", "consents"
ROWS = sa.select(volunteers.c.study, volunteers.c.whose, volunteers.c.sealed)


class VolunteerTables:
    """See `bot.sampling.ports.VolunteerStore`."""

    def __init__(self, connection: sa.Connection, keys: StudyKeys) -> None:
        self._connection = connection
        self._keys = keys
        self._salts: dict[tuple[str, str], bytes] = {}

    def put(self, volunteer: Volunteer) -> None:
        self.put_all((volunteer,))

    def put_all(self, volunteers: Iterable[Volunteer]) -> None:
        if rows := [self._row(each) for each in volunteers]:
            self._connection.execute(_put(self._connection.dialect.name), rows)

    def _row(self, volunteer: Volunteer) -> dict[str, str]:
        # JSON has no bytes: the salt goes as hex.
        plain = replace(volunteer, salt=volunteer.salt.hex().encode())
        whose = self._keys.whose(volunteer.study, volunteer.pseudonym)
        key = self._keys.content(volunteer.study)
        self._salts[volunteer.study, volunteer.pseudonym] = volunteer.salt
        sealed = key.seal(whose, KEPT, as_text(VOLUNTEER, plain, LONG))
        return {"study": volunteer.study, "whose": whose, "sealed": sealed}

    # -- who is who ----------------------------------------------------------------------------

    def identify(self, volunteer: Volunteer, workspace: str, person: str) -> None:
        key = self._keys.identity(volunteer.study)
        if key is None:
            raise LookupError(f"the identity key of study {volunteer.study} was destroyed")
        self._update(
            volunteer,
            who=key.hash(workspace, person),
            person=key.seal(self._keys.whose(volunteer.study, volunteer.pseudonym), PERSON, person),
        )

    def of(self, workspace: str, person: str, *, lock: bool = False) -> Volunteer | None:
        found = self._found(workspace, person, lock=lock)
        return next((each for each in found if each.state in NOW_IN), None)

    def all_of(self, workspace: str, person: str) -> tuple[Volunteer, ...]:
        return self._found(workspace, person, lock=False)

    def _found(self, workspace: str, person: str, *, lock: bool) -> tuple[Volunteer, ...]:
        t = volunteers
        names = self._names(workspace, person)
        if not names:
            return ()
        some = ROWS.where(
            # Not as pairs in a list, for which SQLite reads every row.
            sa.or_(*(sa.and_(t.c.study == study, t.c.who == who) for study, who in names))
        )
        asked = some.with_for_update() if lock else some
        rows = self._connection.execute(asked).all()
        order = {study: place for place, (study, _) in enumerate(names)}
        found = sorted(map(self._volunteer, rows), key=lambda v: (order[v.study], v.pseudonym))
        return tuple(found)

    def _names(self, workspace: str, person: str) -> list[tuple[str, str]]:
        """What they are called in each study of the workspace, the newest study first."""
        t = studies
        newest = sa.select(t.c.id).where(t.c.workspace == workspace)
        ids = self._connection.execute(newest.order_by(t.c.locked_at.desc(), t.c.id)).scalars()
        keys = [(each, self._keys.identity(each)) for each in ids.all()]
        return [(study, key.hash(workspace, person)) for study, key in keys if key is not None]

    def person(self, study: Study, pseudonym: str) -> str | None:
        t, key = volunteers, self._keys.identity(study.id)
        whose = self._keys.whose(study.id, pseudonym)
        sealed = self._connection.execute(
            sa.select(t.c.person).where(t.c.study == study.id, t.c.whose == whose)
        ).scalar()
        return None if sealed is None or key is None else key.open(whose, PERSON, sealed)

    def locked(
        self, study: Study, pseudonyms: Collection[str]
    ) -> tuple[tuple[Volunteer, str], ...]:
        key = self._keys.identity(study.id)
        if key is None or not pseudonyms:
            return ()
        t, whose = volunteers, [self._keys.whose(study.id, each) for each in pseudonyms]
        rows = self._connection.execute(
            ROWS.add_columns(t.c.person)
            .where(t.c.study == study.id, t.c.whose.in_(whose), t.c.person.is_not(None))
            .order_by(t.c.whose)
            .with_for_update()
        )
        return tuple((self._volunteer(r), key.open(r.whose, PERSON, r.person)) for r in rows.all())

    # -- one study's ---------------------------------------------------------------------------

    def volunteer(self, study: Study, pseudonym: str, *, lock: bool = False) -> Volunteer | None:
        t = volunteers
        whose = self._keys.whose(study.id, pseudonym)
        one = ROWS.where(t.c.study == study.id, t.c.whose == whose)
        row = self._connection.execute(one.with_for_update() if lock else one).one_or_none()
        return None if row is None else self._volunteer(row)

    def place(self, volunteer: Volunteer) -> str:
        return self._keys.whose(volunteer.study, volunteer.pseudonym)

    def volunteers(
        self, study: Study, after: str = "", limit: int = 500, *, place: str = ""
    ) -> tuple[Volunteer, ...]:
        last = self._keys.whose(study.id, after) if after else place
        return tuple(self.since(study, last, limit, beyond=True).values())

    def since(self, study: Study, since: str, limit: int, *, beyond: bool) -> dict[str, Volunteer]:
        """People by the hashes in whose order they lie, from that hash on, or beyond it."""
        t = volunteers
        place = t.c.whose > since if beyond else t.c.whose >= since
        rows = self._connection.execute(
            ROWS.where(t.c.study == study.id, place).order_by(t.c.whose).limit(limit)
        )
        return {row.whose: self._volunteer(row) for row in rows.all()}

    def everybody(self, study_id: str) -> list[Volunteer]:
        """All there are."""
        rows = self._connection.execute(ROWS.where(volunteers.c.study == study_id))
        return [self._volunteer(row) for row in rows.all()]

    def salt(self, study: Study, pseudonym: str) -> bytes:
        """What their days are hashed with; of one who was erased there is none: LookupError."""
        if (study.id, pseudonym) not in self._salts and self.volunteer(study, pseudonym) is None:
            raise LookupError(f"{pseudonym} is no volunteer of study {study.id}")
        return self._salts[study.id, pseudonym]

    def is_free(self, study: Study, pseudonym: str) -> bool:
        t, stone = tombstones, self._keys.vault.tombstone(study.id, pseudonym)
        erased = self._connection.execute(sa.select(t.c.hash).where(t.c.hash == stone)).first()
        return erased is None and self.volunteer(study, pseudonym) is None

    # -- consent -------------------------------------------------------------------------------

    def consent(self, volunteer: Volunteer, version: int, text_digest: str, at: datetime) -> None:
        there = self.consents(volunteer)
        if (version, text_digest) in {(each[0], each[1]) for each in there}:
            return
        text = CONSENTS.dump_json((*there, (version, text_digest, at))).decode()
        key = self._keys.content(volunteer.study)
        whose = self._keys.whose(volunteer.study, volunteer.pseudonym)
        self._update(volunteer, consents=key.seal(whose, CONSENTED, text))

    def consents(self, volunteer: Volunteer) -> Consents:
        t, whose = volunteers, self._keys.whose(volunteer.study, volunteer.pseudonym)
        sealed = self._connection.execute(
            sa.select(t.c.consents).where(t.c.study == volunteer.study, t.c.whose == whose)
        ).scalar()
        if sealed is None:
            return ()
        key = self._keys.content(volunteer.study)
        return CONSENTS.validate_json(key.open(whose, CONSENTED, sealed))

    # -- erasing -------------------------------------------------------------------------------

    def erase(self, volunteer: Volunteer, at: datetime) -> None:  # noqa: ARG002 - no time is kept
        stone = self._keys.vault.tombstone(volunteer.study, volunteer.pseudonym)
        insert = upsert(self._connection.dialect.name, tombstones)
        self._connection.execute(insert.on_conflict_do_nothing(), {"hash": stone})
        erase_rows(self._connection, self._keys, volunteer)
        self._salts.pop((volunteer.study, volunteer.pseudonym), None)

    def _update(self, volunteer: Volunteer, **values: str) -> None:
        t = volunteers
        self._connection.execute(
            sa.update(t)
            .where(t.c.study == volunteer.study)
            .where(t.c.whose == self._keys.whose(volunteer.study, volunteer.pseudonym))
            .values(**values)
        )

    def _volunteer(self, row: Any) -> Volunteer:
        key = self._keys.content(row.study)
        plain = VOLUNTEER.validate_json(key.open(row.whose, KEPT, row.sealed))
        salt = self._salts[row.study, plain.pseudonym] = bytes.fromhex(plain.salt.decode())
        return replace(plain, salt=salt)


@lru_cache
def _put(dialect: str) -> Any:
    """Built once: that takes longer than to run it."""
    insert = upsert(dialect, volunteers)
    changed = {"sealed": insert.excluded.sealed}
    return insert.on_conflict_do_update(index_elements=["study", "whose"], set_=changed)


def erase_rows(connection: sa.Connection, keys: StudyKeys, volunteer: Volunteer) -> None:
    """Destroy all there is of one volunteer, but the hashes of their days, which the chain needs.

    How many prompts were planned for them is added to the study's one total.
    """
    p, a, d, v, m = prompts, answers, study_days, volunteers, study_messages
    study, whose = volunteer.study, keys.whose(volunteer.study, volunteer.pseudonym)
    really_gone(connection)
    theirs = p.c.shelf.in_(keys.shelves(volunteer))
    gone = [keys.prompt(row) for row in connection.execute(sa.select(p).where(theirs)).all()]
    planned = sum(each.beep > 0 for each in gone)
    connection.execute(sa.delete(a).where(a.c.prompt.in_(sa.select(p.c.id).where(theirs))))
    connection.execute(sa.delete(p).where(theirs))
    connection.execute(sa.delete(m).where(m.c.study == study, m.c.whose == whose))
    days = sa.and_(d.c.study == study, d.c.which.in_(keys.days(volunteer)))
    connection.execute(sa.update(d).where(days).values(which=None, sealed=None))
    connection.execute(sa.delete(v).where(v.c.study == study, v.c.whose == whose))
    total = studies.c.erased + planned
    connection.execute(sa.update(studies).where(studies.c.id == study).values(erased=total))


def really_gone(connection: sa.Connection) -> None:
    """From here on SQLite overwrites what is deleted: its pages would keep it for long."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
