"""The ledger's hot statements on SQLite: JSON arrays in, executemany out.

Owns these statements; may not decide anything. Same functions as `postgresql_rows`. The caller's transaction began with
BEGIN IMMEDIATE, so nobody else writes: no row locks are needed.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from alliance_node.adapters.sql.row_shapes import ANSWER, CHANGING, EVENT, LOT, MEMBER, Row
from alliance_node.application.errors import TransactionAborted
from alliance_node.application.records import WriteSet
from alliance_node.domain.codecs import MemberColumns

_LOT = ", ".join(f"l.{name}" for name in LOT)
_EVENT = ", ".join(f"e.{name}" for name in EVENT)
_PAIRS = "(SELECT value ->> 0 AS a, value ->> 1 AS b FROM json_each(?))"


def driver(connection: sa.Connection) -> sqlite3.Connection:
    """sqlite3's connection inside SQLAlchemy's transaction."""
    raw: Any = connection.connection.driver_connection
    if not raw.in_transaction:
        raise RuntimeError("the ledger needs a transaction; this connection commits every statement")
    return raw  # type: ignore[no-any-return]


def prepare(connection: sa.Connection) -> None:
    """Nothing to set."""


def _rows(connection: sa.Connection, statement: str, keys: Sequence[object]) -> list[Row]:
    return driver(connection).execute(statement, (json.dumps(keys),)).fetchall()


def members(connection: sa.Connection, member_ids: Sequence[str], lock: bool) -> list[Row]:
    return _rows(
        connection,
        f"SELECT member_id, closed_at, snapshot, {', '.join(MemberColumns._fields)} FROM members"  # noqa: S608 - constants
        " WHERE member_id IN (SELECT value FROM json_each(?)) ORDER BY member_id",
        member_ids,
    )


def lock(connection: sa.Connection, member_ids: Sequence[str]) -> None:
    """Nothing to do: a write transaction has the whole file."""


def open_lots(connection: sa.Connection, member_ids: Sequence[str]) -> list[Row]:
    return _rows(
        connection,
        f"SELECT l.member_id, {_LOT} FROM members m JOIN lots l USING (member_id)"  # noqa: S608 - constants
        " WHERE m.member_id IN (SELECT value FROM json_each(?)) AND l.remaining > 0 AND l.expires_at > m.swept_through",
        member_ids,
    )


def named_lots(connection: sa.Connection, lots: Sequence[tuple[str, int]]) -> list[Row]:
    return _rows(
        connection,
        f"SELECT l.member_id, {_LOT} FROM {_PAIRS} k CROSS JOIN lots l"  # noqa: S608 - constants
        " ON l.member_id = k.a AND l.lot_no = k.b",
        lots,
    )


def answers(connection: sa.Connection, keys: Sequence[tuple[str, str]]) -> list[Row]:
    columns = ", ".join(f"a.{name}" for name in ANSWER)
    return _rows(
        connection,
        f"SELECT {columns} FROM {_PAIRS} k CROSS JOIN idempotency_keys a"  # noqa: S608 - constants
        " ON a.client_id = k.a AND a.key = k.b",
        keys,
    )


def decided(connection: sa.Connection, keys: Sequence[tuple[str, str]]) -> list[Row]:
    return _rows(
        connection,
        f"SELECT {_EVENT} FROM {_PAIRS} k CROSS JOIN events e"  # noqa: S608 - constants
        " ON e.source = k.a AND e.source_event_id = k.b AND e.source_event_id IS NOT NULL",
        keys,
    )


def referring(connection: sa.Connection, origins: Sequence[tuple[str, int]]) -> list[Row]:
    return _rows(
        connection,
        f"SELECT {_EVENT} FROM {_PAIRS} k CROSS JOIN events e"  # noqa: S608 - constants
        " ON e.member_id = k.a AND e.refers_to = k.b AND e.refers_to IS NOT NULL ORDER BY e.member_id, e.version",
        origins,
    )


def save(connection: sa.Connection, changes: WriteSet) -> None:
    """The same order as on PostgreSQL; `seq` is given here because there is one writer."""
    raw = driver(connection)
    _insert(raw, "members", MEMBER, changes.new_members)
    _update_members(raw, changes)
    last = raw.execute("SELECT COALESCE(MAX(seq), 0) FROM events WHERE xid = 0").fetchone()[0]
    numbered = [(*row, 0, last + place) for place, row in enumerate(changes.events, start=1)]
    _insert(raw, "events", (*EVENT, "xid", "seq"), numbered)
    _insert(raw, "lots", ("member_id", *LOT), changes.new_lots)
    _update_lots(raw, changes)
    _insert(raw, "entries", ("member_id", "version", "leg_no", "account", "amount"), changes.entries)
    _insert(raw, "idempotency_keys", (*ANSWER, "created_at"), changes.answers)


def _update_members(raw: sqlite3.Connection, changes: WriteSet) -> None:
    rows = [(*row[2:], row[0], row[1]) for row in changes.changed_members]
    updated = raw.executemany(
        f"UPDATE members SET {', '.join(f'{name} = ?' for name in CHANGING)}"  # noqa: S608 - constants
        " WHERE member_id = ? AND version = ?",
        rows,
    ).rowcount
    if rows and updated != len(rows):
        raise TransactionAborted(f"{len(rows) - updated} members changed under the lock")


def _update_lots(raw: sqlite3.Connection, changes: WriteSet) -> None:
    rows = [(*row[2:], row[0], row[1]) for row in changes.changed_lots]
    updated = raw.executemany(
        "UPDATE lots SET amount = ?, remaining = ?, matures_at = ?, expires_at = ? WHERE member_id = ? AND lot_no = ?",
        rows,
    ).rowcount
    if rows and updated != len(rows):
        raise RuntimeError(f"{len(rows) - updated} lots are missing; run rebuild --check")


def _insert(raw: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    if rows:
        marks = ", ".join("?" * len(columns))
        raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608 - constants
