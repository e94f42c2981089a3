"""The brand's program versions in SQL, compiled once per process.

Owns the table `programs` and the compiled book; a version activated by another process is seen with the next group.
"""

import threading
from collections.abc import Sequence

import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.tables import programs
from alliance_node.application.records import ProgramRow
from alliance_node.domain.program import ProgramBook, load_program


class SqlPrograms(SqlDatabase):
    """Implements `application.ports.Programs` and `ProgramStore`."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self._lock = threading.Lock()
        self._newest: tuple[int, int] = (0, 0)
        self._book = ProgramBook([])

    def book(self, connection: sa.Connection) -> ProgramBook:
        newest = self._newest_version(connection)
        if newest != self._newest:
            with self._lock:
                rows = self.program_rows(connection)
                versions = [(row.effective_from, load_program(row.yaml, f"version {row.version}")) for row in rows]
                self._book, self._newest = ProgramBook.from_versions(versions), newest
        return self._book

    def _newest_version(self, connection: sa.Connection) -> tuple[int, int]:
        """The last version and when it was announced: a number may come again after a withdrawal."""
        query = sa.select(programs.c.version, programs.c.announced_at).order_by(programs.c.version.desc()).limit(1)
        row = connection.execute(query).first()
        return (row.version, row.announced_at) if row is not None else (0, 0)

    def program_rows(self, connection: sa.Connection) -> Sequence[ProgramRow]:
        """Every version, oldest first."""
        return [ProgramRow(*row) for row in connection.execute(sa.select(programs).order_by(programs.c.version))]

    def add_program(self, connection: sa.Connection, row: ProgramRow) -> None:
        """Insert a version."""
        connection.execute(
            sa.insert(programs).values(
                version=row.version,
                effective_from=row.effective_from,
                announced_at=row.announced_at,
                yaml=row.yaml,
            )
        )

    def remove_program(self, connection: sa.Connection, version: int) -> None:
        """Delete a version that was never in force."""
        connection.execute(sa.delete(programs).where(programs.c.version == version))
