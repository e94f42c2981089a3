"""The ledger's hot statements on PostgreSQL: arrays in, COPY and unnest out, through the driver's own connection.

Owns these statements; may not decide anything. Same functions as `sqlite_rows`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa

from alliance_node.adapters.sql.postgresql_text import (
    bytes_array,
    copy_answers,
    copy_entries,
    copy_events,
    copy_lots,
    int_array,
    plain_array,
    text_array,
)
from alliance_node.adapters.sql.row_shapes import ANSWER, CHANGING, EVENT, LOT, MEMBER, Row
from alliance_node.application.errors import TransactionAborted
from alliance_node.application.records import WriteSet
from alliance_node.domain.codecs import MemberColumns

_MEMBER = (
    f"SELECT member_id::text, closed_at, snapshot, {', '.join(MemberColumns._fields)}"  # noqa: S608 - constants
    " FROM members WHERE member_id = ANY(%s::uuid[])"
)
_TYPES = {"version": "int", "tier": "text", "snapshot": "bytea"}
_CHANGE_MEMBERS = (
    f"UPDATE members m SET {', '.join(f'{name} = k.{name}' for name in CHANGING)}"  # noqa: S608 - constants
    " FROM unnest(%s::uuid[], %s::int[], "
    + ", ".join(f"%s::{_TYPES.get(name, 'bigint')}[]" for name in CHANGING)
    + f") AS k(id, expected, {', '.join(CHANGING)}) WHERE m.member_id = k.id AND m.version = k.expected"
)
_ARRAYS: dict[str, Callable[[Sequence[Any]], str]] = {"tier": text_array, "snapshot": bytes_array}
_LOT = ", ".join(f"l.{name}" for name in LOT)
_EVENT = ", ".join(f"e.{name}::text" if name == "member_id" else f"e.{name}" for name in EVENT)


def driver(connection: sa.Connection) -> psycopg.Connection[Any]:
    """psycopg's connection inside SQLAlchemy's transaction."""
    raw: Any = connection.connection.driver_connection
    if raw.autocommit:
        raise RuntimeError("row locks need a transaction; this connection commits every statement")
    return raw  # type: ignore[no-any-return]


def prepare(connection: sa.Connection) -> None:
    """Hot statements go by index whatever the statistics of a growing table say at the moment."""
    driver(connection).execute("SET LOCAL enable_seqscan = off")


def _rows(connection: sa.Connection, statement: str, *parameters: str) -> list[Row]:
    return driver(connection).execute(statement, parameters, prepare=True).fetchall()


def members(connection: sa.Connection, member_ids: Sequence[str], lock: bool) -> list[Row]:
    order = " ORDER BY member_id FOR UPDATE" if lock else ""
    return _rows(connection, _MEMBER + order, plain_array(member_ids))


def lock(connection: sa.Connection, member_ids: Sequence[str]) -> None:
    """In id order, as `members` does."""
    query = "SELECT 1 FROM members WHERE member_id = ANY(%s::uuid[]) ORDER BY member_id FOR UPDATE"
    _rows(connection, query, plain_array(member_ids))


def open_lots(connection: sa.Connection, member_ids: Sequence[str]) -> list[Row]:
    return _rows(
        connection,
        f"SELECT l.member_id::text, {_LOT} FROM members m JOIN lots l USING (member_id)"  # noqa: S608 - constants
        " WHERE m.member_id = ANY(%s::uuid[]) AND l.remaining > 0 AND l.expires_at > m.swept_through",
        plain_array(member_ids),
    )


def named_lots(connection: sa.Connection, lots: Sequence[tuple[str, int]]) -> list[Row]:
    ids, numbers = _columns(lots, 2)
    return _rows(
        connection,
        f"SELECT l.member_id::text, {_LOT} FROM unnest(%s::uuid[], %s::int[]) AS k(m, n)"  # noqa: S608 - constants
        " JOIN lots l ON l.member_id = k.m AND l.lot_no = k.n",
        plain_array(ids),
        int_array(numbers),
    )


def answers(connection: sa.Connection, keys: Sequence[tuple[str, str]]) -> list[Row]:
    columns = ", ".join(f"a.{name}::text" if name == "member_id" else f"a.{name}" for name in ANSWER)
    clients, names = _columns(keys, 2)
    return _rows(
        connection,
        f"SELECT {columns} FROM unnest(%s::text[], %s::text[]) AS k(c, i)"  # noqa: S608 - constants
        " JOIN idempotency_keys a ON a.client_id = k.c AND a.key = k.i",
        text_array(clients),
        text_array(names),
    )


def decided(connection: sa.Connection, keys: Sequence[tuple[str, str]]) -> list[Row]:
    sources, names = _columns(keys, 2)
    return _rows(
        connection,
        f"SELECT {_EVENT} FROM unnest(%s::text[], %s::text[]) AS k(s, i)"  # noqa: S608 - constants
        " JOIN events e ON e.source = k.s AND e.source_event_id = k.i AND e.source_event_id IS NOT NULL",
        text_array(sources),
        text_array(names),
    )


def referring(connection: sa.Connection, origins: Sequence[tuple[str, int]]) -> list[Row]:
    ids, versions = _columns(origins, 2)
    return _rows(
        connection,
        f"SELECT {_EVENT} FROM unnest(%s::uuid[], %s::int[]) AS k(m, v)"  # noqa: S608 - constants
        " JOIN events e ON e.member_id = k.m AND e.refers_to = k.v AND e.refers_to IS NOT NULL"
        " ORDER BY e.member_id, e.version",
        plain_array(ids),
        int_array(versions),
    )


def save(connection: sa.Connection, changes: WriteSet) -> None:
    """Members first (their rows are locked), then inserts in key order."""
    cursor = driver(connection).cursor()
    _add_members(cursor, changes)
    _update_members(cursor, changes)
    _copy(cursor, "events", EVENT, copy_events(changes.events))
    _copy(cursor, "lots", ("member_id", *LOT), copy_lots(changes.new_lots))
    _update_lots(cursor, changes)
    _copy(cursor, "entries", ("member_id", "version", "leg_no", "account", "amount"), copy_entries(changes.entries))
    _copy(cursor, "idempotency_keys", (*ANSWER, "created_at"), copy_answers(changes.answers))


def _add_members(cursor: psycopg.Cursor[Any], changes: WriteSet) -> None:
    if changes.new_members:
        with cursor.copy(f"COPY members ({', '.join(MEMBER)}) FROM STDIN") as copy:
            for row in changes.new_members:
                copy.write_row(row)


def _update_members(cursor: psycopg.Cursor[Any], changes: WriteSet) -> None:
    if not changes.changed_members:
        return
    ids, *columns = _columns(changes.changed_members, len(CHANGING) + 2)
    arrays = [
        _ARRAYS.get(name, int_array)(values) for name, values in zip(("expected", *CHANGING), columns, strict=True)
    ]
    cursor.execute(_CHANGE_MEMBERS, [plain_array(ids), *arrays], prepare=True)
    if cursor.rowcount != len(changes.changed_members):
        raise TransactionAborted(f"{len(changes.changed_members) - cursor.rowcount} members changed under the lock")


def _update_lots(cursor: psycopg.Cursor[Any], changes: WriteSet) -> None:
    if not changes.changed_lots:
        return
    ids, *columns = _columns(changes.changed_lots, 6)
    cursor.execute(
        "UPDATE lots l SET amount = k.amount, remaining = k.remaining, matures_at = k.matures, expires_at = k.expires"
        " FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
        " AS k(id, no, amount, remaining, matures, expires) WHERE l.member_id = k.id AND l.lot_no = k.no",
        [plain_array(ids), *(int_array(values) for values in columns)],
        prepare=True,
    )
    if cursor.rowcount != len(changes.changed_lots):
        raise RuntimeError(f"{len(changes.changed_lots) - cursor.rowcount} lots are missing; run rebuild --check")


def _copy(cursor: psycopg.Cursor[Any], table: str, columns: Sequence[str], rows: str) -> None:
    if rows:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            copy.write(rows)


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[Sequence[Any]]:
    return list(zip(*rows, strict=True)) or [() for _ in range(width)]
