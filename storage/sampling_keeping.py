"""What goes when its time has come: sends of a day ago, the tie to names, a study's answers."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.sampling.model import Study
from bot.sampling.sealing import Purpose, Vault
from storage.deliveries import DeliveryTable
from storage.deliveries_sql import receipts
from storage.lanes import lanes
from storage.sampling_keys import StudyKeys
from storage.sampling_prompts import PromptTables
from storage.sampling_tables import (
    answers,
    prompts,
    studies,
    study_days,
    study_messages,
    tombstones,
    volunteers,
)
from storage.sampling_volunteers import VolunteerTables, erase_rows, really_gone
from storage.types import upsert

OURS = "sampling."
DIRECT = "dm:"
AT_ONCE = 500


class KeepingTables:
    """See `bot.sampling.ports.KeepingStore`."""

    def __init__(self, connection: sa.Connection, keys: StudyKeys, sends: DeliveryTable) -> None:
        self._connection = connection
        self._keys = keys
        self._sends = sends

    def purge(self, workspace: str, before: datetime, limit: int) -> int:
        really_gone(self._connection)
        t = studies
        some = sa.select(t.c.id).where(t.c.workspace == workspace).limit(1)
        if self._connection.execute(some).first() is None:
            return 0
        gone = self._sends.purge(workspace, OURS, before, limit)
        gone += self._purge_lanes(workspace, before, limit)
        return gone + self._purge_receipts(workspace, before, limit)

    def _purge_lanes(self, workspace: str, before: datetime, limit: int) -> int:
        """When somebody was written to last; a lane that nobody used lately is free anyway."""
        t = lanes
        some = (
            sa.select(t.c.lane)
            .where(t.c.workspace == workspace, t.c.next_free < before)
            .where(sa.func.substr(t.c.lane, 1, len(DIRECT)) == DIRECT)
            .limit(limit)
        )
        return self._connection.execute(
            sa.delete(t).where(t.c.workspace == workspace, t.c.lane.in_(some))
        ).rowcount

    def _purge_receipts(self, workspace: str, before: datetime, limit: int) -> int:
        t = receipts
        some = sa.select(t.c.key).where(t.c.workspace == workspace, t.c.at < before).limit(limit)
        return self._connection.execute(
            sa.delete(t).where(t.c.workspace == workspace, t.c.key.in_(some))
        ).rowcount

    def is_tied(self, study: Study) -> bool:
        return self._keys.identity(study.id) is not None

    def untie(self, study: Study) -> None:
        really_gone(self._connection)
        self._keys.destroy(study.id, Purpose.IDENTITY)
        self._update(volunteers, study, who=None, person=None)
        self._update(prompts, study, messages=None)
        m = study_messages
        self._connection.execute(sa.delete(m).where(m.c.study == study.id))

    def has_answers(self, study: Study) -> bool:
        return self._keys.find(study.id, Purpose.CONTENT) is not None

    def delete_answers(self, study: Study) -> None:
        self.untie(study)
        a, p = answers, prompts
        of_study = sa.select(p.c.id).where(p.c.study == study.id)
        self._connection.execute(sa.delete(a).where(a.c.prompt.in_(of_study)))
        for table in (prompts, volunteers):
            self._connection.execute(sa.delete(table).where(table.c.study == study.id))
        self._update(study_days, study, which=None, sealed=None)
        self._update(studies, study, secret="")
        self._keys.destroy(study.id, Purpose.CONTENT)

    def _update(self, table: sa.Table, study: Study, **values: str | None) -> None:
        which = table.c.id if table is studies else table.c.study
        self._connection.execute(sa.update(table).where(which == study.id).values(**values))

    # -- tombstones ----------------------------------------------------------------------------

    def tombstones(self) -> frozenset[str]:
        return frozenset(self._connection.execute(sa.select(tombstones.c.hash)).scalars())

    def bury(self, stones: Collection[str]) -> int:
        rows = [{"hash": each} for each in sorted(stones)]
        if not rows:
            return 0
        insert = upsert(self._connection.dialect.name, tombstones)
        self._connection.execute(insert.on_conflict_do_nothing(), rows)
        return self._erase_buried()

    def _erase_buried(self) -> int:
        """Whoever is here and was erased: a backup from before brought them back."""
        there, gone = self.tombstones(), 0
        known = VolunteerTables(self._connection, self._keys)
        prompts_ = PromptTables(self._connection, self._keys, known)
        while prompts_.reshelve(AT_ONCE):
            pass  # a backup of an earlier version: what is not found is not erased
        for study in self._connection.execute(sa.select(studies.c.id)).scalars().all():
            if self._keys.find(study, Purpose.CONTENT) is None:
                continue
            for each in known.everybody(study):
                if self._keys.vault.tombstone(study, each.pseudonym) in there:
                    erase_rows(self._connection, self._keys, each)
                    gone += 1
        return gone


def bury(connection: sa.Connection, vault: Vault, stones: Collection[str]) -> int:
    """Erase again whoever was erased, in a database that was just filled; how many were there.

    Raises NotSetUp, WrongKey: nobody can be told apart without the key.
    """
    keys = StudyKeys(connection, vault, _no_token)
    return KeepingTables(connection, keys, DeliveryTable(connection, _no_token)).bury(stones)


def _no_token() -> str:
    raise AssertionError("nothing new is made here")


def has_studies(connection: sa.Connection) -> bool:
    """Whether there is anything that was sealed."""
    return connection.execute(sa.select(studies.c.id).limit(1)).first() is not None


def check_key(connection: sa.Connection, vault: Vault) -> None:
    """Open a key of the newest study. Raises NotSetUp, WrongKey."""
    t, keys = studies, StudyKeys(connection, vault, _no_token)
    newest = sa.select(t.c.id).order_by(t.c.locked_at.desc())
    for study in connection.execute(newest).scalars().all():
        for purpose in Purpose:
            if keys.find(study, purpose) is not None:
                return
