"""Imports for tests: the product's readers, importer and vault over a `World`, and files made of plain rows.

Owns no expectation.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import sqlalchemy as sa

from alliance_node.adapters.files.opening import open_rows
from alliance_node.adapters.files.rejected import rejected_file
from alliance_node.adapters.identity.imported_people import ImportedPeople
from alliance_node.adapters.identity.key_provider import KeyRing, new_key_ring
from alliance_node.adapters.identity.vault import SqlVault
from alliance_node.adapters.sql.import_store import SqlImportStore
from alliance_node.adapters.sql.metadata import metadata
from alliance_node.application.importing.history import History
from alliance_node.application.importing.members import Members
from alliance_node.application.importing.openings import Openings
from alliance_node.application.importing.ports import Progress
from alliance_node.application.importing.report import ImportReport
from alliance_node.application.importing.run import Importer, Kind
from alliance_node.application.importing.values import reader_of
from tests.integration.node.world import T0, World

KINDS = {"members": Members, "openings": Openings, "history": History}
Rows = Sequence[Mapping[str, object]]


class At:
    """A clock that stands still."""

    def now(self) -> int:
        return T0


class Desk:
    """One brand that moves in."""

    def __init__(self, world: World, ring: KeyRing | None = None) -> None:
        self.world = world
        self.vault = SqlVault(ring or new_key_ring())
        self.people = ImportedPeople(self.vault)

    def kind(self, name: str) -> Kind:
        reader = reader_of(self.world.queries.program_book().at(T0).file)
        kind: Kind = KINDS[name](self.world.ledger, self.people, reader)
        return kind

    def bring(
        self,
        name: str,
        file: Path,
        *,
        dry_run: bool = False,
        import_id: str | None = None,
        encoding: str = "utf-8",
        mapping: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        kind = self.kind(name)
        source = open_rows(file, kind.columns, mapping or {}, encoding)
        with rejected_file(rejected_path(file)) as rejects:
            importer = Importer(SqlImportStore(self.world.engine), At(), kind, source, rejects)
            run = importer.try_out if dry_run else importer.run
            return run(import_id or file.name, progress)

    def member(self, reference: str) -> str:
        with self.world.store.read() as connection:
            return self.vault.known(connection, "external_ref", [reference])[reference]

    def counts(self) -> dict[str, int]:
        """Rows of every table."""
        with self.world.store.read() as connection:
            return {
                table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
            }

    def everything(self) -> str:
        """All that the database holds, readable."""
        with self.world.store.read() as connection:
            rows = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))]
        return repr([[bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in rows])


def rejected_path(file: Path) -> Path:
    return file.with_name(file.name + ".rejected.csv")


def rejections(file: Path) -> list[tuple[int, str, str]]:
    """The report of rejected lines; empty when there is none."""
    path = rejected_path(file)
    if not path.exists():
        return []
    with path.open(newline="") as opened:
        header, *lines = csv.reader(opened)
    assert header == ["line", "code", "message"]
    return [(int(line), code, message) for line, code, message in lines]


def reasons(file: Path) -> list[tuple[int, str]]:
    return [(line, code) for line, code, _ in rejections(file)]


def csv_file(path: Path, rows: Rows, encoding: str = "utf-8") -> Path:
    """Header from the first row; lists joined, None empty."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file)
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return path


def parquet_file(path: Path, rows: Rows, schema: pyarrow.Schema | None = None) -> Path:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), path, row_group_size=1_500)
    return path


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ";".join(value)
    return value.isoformat(sep=" ") if hasattr(value, "hour") else str(value)


SHANGHAI = timezone(timedelta(hours=8))


def references(count: int) -> list[dict[str, object]]:
    """That many members by reference alone."""
    return [{"external_ref": f"C-{number}"} for number in range(1, count + 1)]


def lots(count: int) -> list[dict[str, Any]]:
    """Two lots for each member, all columns used."""
    first = [
        {
            "external_ref": f"C-{number}",
            "amount": 100 + number,
            "earned_at": datetime(2026, 5, 1 + number % 20, 10, 30, tzinfo=SHANGHAI),
            "expires_at": date(2027, 1 + number % 12, 28),
            "kind": "base",
            "convertible": True,
            "tier": "silver",
            "growth": number,
            "spend": Decimal("12.50"),
        }
        for number in range(1, count + 1)
    ]
    empty = {"expires_at": None, "kind": "bonus", "convertible": False, "tier": None, "growth": None, "spend": None}
    return [line for one in first for line in (one, {**one, **empty, "amount": 7})]
