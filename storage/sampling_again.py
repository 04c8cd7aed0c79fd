"""Erased since the backup: whoever a restore brings back goes again, before anybody is served."""

from collections.abc import Collection
from pathlib import Path

import sqlalchemy as sa

from bot.sampling.sealing import SETTING, Vault
from storage.backup import Contents, WrongBackup
from storage.sampling_keeping import bury
from storage.sampling_tables import volunteers


class Again:
    """What a restore does with the list of tombstones. Raises WrongBackup where it cannot."""

    def __init__(self, backup: Contents, stones: Collection[str], key: bytes | None) -> None:
        found = [each.rows for each in backup.tables if each.name == volunteers.name]
        self.matters = bool(found and found[0])
        self._vault = Vault(key)
        self._stones = stones
        self._gone = 0
        if self.matters and stones and not self._vault.ready:
            raise WrongBackup(
                f"volunteers were erased, and without {SETTING} it cannot be told whether this"
                " backup brings them back. Set it, and restore again; nothing was written"
            )

    def erase(self, connection: sa.Connection) -> None:
        """In the transaction that sets the restore's mark. Raises WrongKey."""
        if self.matters:
            self._gone = bury(connection, self._vault, self._stones)

    def told(self, where: Path) -> str:
        """What was done, in a line."""
        if not self._stones:
            return (
                f"{where} holds no tombstones. If volunteers were erased since the backup, find the"
                " file that says so before you start Parallax, and restore again."
            )
        return f"{self._gone} volunteers who were erased since the backup were erased again."
