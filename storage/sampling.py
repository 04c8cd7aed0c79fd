"""Studies: their versions, their roles, their secret, and the chain of planned days."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.sampling.model import Appointment, DayPlan, Head, Role, Study, StudyState
from bot.sampling.plan_chain import DayRow, link
from bot.sampling.sealing import Purpose
from storage.sampling_keys import DAY, LONG, PROTOCOL, StudyKeys, as_text, protocol_of
from storage.sampling_tables import studies, study_days, study_heads, study_roles, study_versions
from storage.sampling_volunteers import VolunteerTables
from storage.types import upsert

SECRET = "secret"  # noqa: S105 - the name of a field
PLANNED = "planned"
STUDIES = sa.select(studies, study_versions.c.protocol).join(
    study_versions,
    sa.and_(study_versions.c.study == studies.c.id, study_versions.c.version == studies.c.version),
)


class StudyTables:
    """See `bot.sampling.ports.StudyStore`."""

    def __init__(
        self, connection: sa.Connection, keys: StudyKeys, volunteers: VolunteerTables
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._volunteers = volunteers

    def ready(self) -> bool:
        return self._keys.vault.ready

    def put(self, study: Study) -> None:
        if self._row(study.id) is None:
            self._insert(study)
        else:
            changes = _columns(study)
            self._connection.execute(
                sa.update(studies).where(studies.c.id == study.id).values(changes)
            )
        self._put_version(study)

    def _insert(self, study: Study) -> None:
        bare = _columns(study) | {"id": study.id, "workspace": study.workspace, SECRET: ""}
        self._connection.execute(sa.insert(studies), bare)
        self._keys.make(study.id)
        sealed = self._keys.content(study.id).seal(study.id, SECRET, study.secret.hex())
        self._connection.execute(
            sa.update(studies).where(studies.c.id == study.id).values(secret=sealed)
        )

    def _put_version(self, study: Study) -> None:
        protocol = study.protocol
        row = {
            "study": study.id,
            "version": protocol.version,
            "digest": protocol.digest,
            "protocol": as_text(PROTOCOL, protocol),
        }
        insert = upsert(self._connection.dialect.name, study_versions)
        self._connection.execute(insert.on_conflict_do_nothing(), row)

    def lock(self, workspace: str, study_id: str) -> Study | None:
        t = studies
        self._connection.execute(sa.select(t.c.id).where(t.c.id == study_id).with_for_update())
        return self.study(workspace, study_id)

    def study(self, workspace: str, study_id: str) -> Study | None:
        row = self._connection.execute(
            STUDIES.where(studies.c.id == study_id, studies.c.workspace == workspace)
        ).one_or_none()
        return None if row is None else self._study(row)

    def named(self, workspace: str, name: str) -> Study | None:
        found = [each for each in self.studies(workspace) if each.name == name]
        return found[0] if found else None

    def studies(self, workspace: str) -> tuple[Study, ...]:
        t = studies
        rows = self._connection.execute(
            STUDIES.where(t.c.workspace == workspace).order_by(t.c.locked_at.desc(), t.c.id)
        )
        return tuple(self._study(row) for row in rows.all())

    def version(self, study: Study, version: int) -> Study | None:
        t = study_versions
        text = self._connection.execute(
            sa.select(t.c.protocol).where(t.c.study == study.id, t.c.version == version)
        ).scalar()
        return None if text is None else replace(study, protocol=protocol_of(text))

    # -- roles ---------------------------------------------------------------------------------

    def appoint(self, study: Study, appointment: Appointment) -> None:
        row = {
            "study": study.id,
            "person": appointment.person,
            "role": appointment.role.value,
            "since_version": appointment.since_version,
            "attested_at": appointment.attested_at,
            "removed_at": appointment.removed_at,
        }
        key = ["study", "person", "role"]
        insert = upsert(self._connection.dialect.name, study_roles).values(row)
        changed = {name: insert.excluded[name] for name in row if name not in key}
        self._connection.execute(insert.on_conflict_do_update(index_elements=key, set_=changed))

    def appointments(self, study: Study) -> tuple[Appointment, ...]:
        t = study_roles
        rows = self._connection.execute(
            sa.select(t).where(t.c.study == study.id).order_by(t.c.role, t.c.person)
        )
        return tuple(
            Appointment(r.person, Role(r.role), r.since_version, r.attested_at, r.removed_at)
            for r in rows
        )

    # -- the chain of planned days -------------------------------------------------------------

    def append(self, study: Study, plans: Iterable[DayPlan]) -> str:
        t, key = studies, self._keys.content(study.id)
        last = self._connection.execute(
            sa.select(t.c.head, t.c.days).where(t.c.id == study.id).with_for_update()
        ).one()
        found = {self._keys.day(study.id, each.pseudonym, each.date): each for each in plans}
        # By a hash that is another for each date: the chain tells nobody who came after whom.
        wanted = dict(sorted(found.items()))
        there = self._there(study, list(wanted))
        head, days, rows = last.head, last.days, []
        for which, plan in wanted.items():
            if which in there:
                continue
            linked = link(plan, self._volunteers.salt(study, plan.pseudonym), head)
            head, days = linked.digest, days + 1
            row = {"study": study.id, "number": days, "which": which, "digest": head}
            rows.append(row | {"sealed": key.seal(which, PLANNED, as_text(DAY, linked, LONG))})
        if rows:
            self._connection.execute(sa.insert(study_days), rows)
            self._connection.execute(
                sa.update(t).where(t.c.id == study.id).values(head=head, days=days)
            )
        return str(head)

    def _there(self, study: Study, which: list[str]) -> set[str]:
        t = study_days
        found: set[str] = set()
        for start in range(0, len(which), 500):
            some = which[start : start + 500]
            rows = self._connection.execute(
                sa.select(t.c.which).where(t.c.study == study.id, t.c.which.in_(some))
            )
            found.update(rows.scalars())
        return found

    def plans(
        self, study: Study, *, pseudonym: str = "", since: date | None = None
    ) -> tuple[DayPlan, ...]:
        t = study_days
        asked = sa.select(t.c.study, t.c.which, t.c.sealed).where(
            t.c.study == study.id, t.c.sealed.is_not(None)
        )
        if pseudonym:
            who = self._volunteers.volunteer(study, pseudonym)
            asked = asked.where(t.c.which.in_([] if who is None else self._keys.days(who)))
        rows = self._connection.execute(asked.order_by(t.c.number)).all()
        plans = map(self._day, rows)
        return tuple(each for each in plans if since is None or each.date >= since)

    def chain(self, study: Study) -> tuple[DayRow, ...]:
        """Every day in the order of the chain, those erased as their hashes alone."""
        t, before, found = study_days, "", []
        asked = sa.select(t).where(t.c.study == study.id).order_by(t.c.number)
        for row in self._connection.execute(asked).all():
            plan = salt = None
            if row.sealed is not None:
                plan = self._day(row)
                salt = self._volunteers.salt(study, plan.pseudonym)
            found.append(DayRow(before, row.digest, plan, salt))
            before = row.digest
        return tuple(found)

    def _day(self, row: Any) -> DayPlan:
        key = self._keys.content(row.study)
        return DAY.validate_json(key.open(row.which, PLANNED, row.sealed))

    # -- what was published of it --------------------------------------------------------------

    def publish(self, study: Study, week: str, at: datetime) -> str:
        t = studies
        head = self._connection.execute(sa.select(t.c.head).where(t.c.id == study.id)).scalar()
        insert = upsert(self._connection.dialect.name, study_heads)
        row = {"study": study.id, "week": week, "head": head, "at": at}
        done = insert.on_conflict_do_nothing().returning(study_heads.c.week)
        is_new = bool(head) and self._connection.execute(done, row).first() is not None
        return str(head) if is_new else ""

    def published(self, study: Study) -> tuple[Head, ...]:
        t = study_heads
        rows = self._connection.execute(
            sa.select(t).where(t.c.study == study.id).order_by(t.c.at, t.c.week)
        )
        return tuple(Head(r.week, r.head, r.at) for r in rows.all())

    # -- rows ----------------------------------------------------------------------------------

    def _row(self, study_id: str) -> Any:
        t = studies
        return self._connection.execute(sa.select(t.c.id).where(t.c.id == study_id)).one_or_none()

    def _study(self, row: Any) -> Study:
        key = self._keys.find(row.id, Purpose.CONTENT)
        secret = b"" if key is None else bytes.fromhex(key.open(row.id, SECRET, row.secret))
        return Study(
            id=row.id, workspace=row.workspace, name=row.name, protocol=protocol_of(row.protocol),
            state=StudyState(row.state), commitment=row.commitment, secret=secret,
            locked_at=row.locked_at, started_at=row.started_at, stopped_at=row.stopped_at,
            revealed_at=row.revealed_at, head=row.head, consent_version=row.consent_version,
            erased=row.erased,
        )  # fmt: skip


def _columns(study: Study) -> dict[str, Any]:
    """All that a study may be given anew; neither its secret nor its chain."""
    return {
        "name": study.name, "state": study.state.value, "version": study.protocol.version,
        "consent_version": study.consent_version, "commitment": study.commitment,
        "locked_at": study.locked_at, "started_at": study.started_at,
        "stopped_at": study.stopped_at, "revealed_at": study.revealed_at,
    }  # fmt: skip
