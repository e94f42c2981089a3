"""Statements of imports: how far each one is. Owns the table `imports`."""

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.tables import imports
from alliance_node.application.importing.report import ImportProgress, Tally


class SqlImportStore(SqlDatabase):
    """Implements `application.importing.ports.ImportStore`."""

    def find_import(self, connection: sa.Connection, import_id: str) -> ImportProgress | None:
        row = connection.execute(sa.select(imports).where(imports.c.import_id == import_id)).mappings().one_or_none()
        if row is None:
            return None
        tally = msgspec.json.decode(row["tally"], type=Tally)
        return ImportProgress(**{**row, "digest": bytes(row["digest"]), "tally": tally})

    def add_import(self, connection: sa.Connection, progress: ImportProgress) -> None:
        connection.execute(sa.insert(imports).values(_values(progress)))

    def move_import(self, connection: sa.Connection, progress: ImportProgress, from_row: int) -> bool:
        here = sa.and_(
            imports.c.import_id == progress.import_id,
            imports.c.next_row == from_row,
            imports.c.finished_at.is_(None),
        )
        return connection.execute(sa.update(imports).where(here).values(_values(progress))).rowcount == 1


def _values(progress: ImportProgress) -> dict[str, object]:
    fields = progress.__struct_fields__
    return {
        **{name: getattr(progress, name) for name in fields},
        "tally": msgspec.json.encode(progress.tally).decode(),
    }
