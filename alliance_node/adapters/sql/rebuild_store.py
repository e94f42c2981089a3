"""All rows of all members for `rebuild`: four ordered streams merged by member.

Owns reading whole tables without holding them in memory, and replacing one member's derived rows.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from alliance_node.adapters.sql.ledger_store import SqlLedgerStore
from alliance_node.adapters.sql.reads import EVENT_COLUMNS
from alliance_node.adapters.sql.row_shapes import MEMBER
from alliance_node.adapters.sql.tables import entries, events, lots, members
from alliance_node.application.records import MemberRows, StoredEvent, WriteSet

_ROWS_AT_ONCE = 2_000
_MEMBER = [members.c[name] for name in MEMBER]


class SqlRebuildStore(SqlLedgerStore):
    """Implements `application.ports.RebuildStore`."""

    def member_rows(self, connection: sa.Connection) -> Iterator[MemberRows]:
        streams = [
            _ByMember(connection, sa.select(*_MEMBER).order_by(members.c.member_id)),
            _ByMember(connection, sa.select(*EVENT_COLUMNS).order_by(events.c.member_id, events.c.version)),
            _ByMember(connection, sa.select(*lots.c).order_by(lots.c.member_id, lots.c.lot_no)),
            _ByMember(
                connection, sa.select(*entries.c).order_by(entries.c.member_id, entries.c.version, entries.c.leg_no)
            ),
        ]
        while any(stream.member_id is not None for stream in streams):
            member_id = min(stream.member_id for stream in streams if stream.member_id is not None)
            member, stored, lot_rows, entry_rows = [stream.take(member_id) for stream in streams]
            yield MemberRows(
                member_id,
                member[0][1:] if member else None,
                [StoredEvent(*row) for row in stored],
                [row[1:] for row in lot_rows],
                [row[1:] for row in entry_rows],
            )

    def rewrite(self, connection: sa.Connection, member_id: str, rows: WriteSet) -> None:
        for table in (lots, entries):
            connection.execute(sa.delete(table).where(table.c.member_id == member_id))
        closed_at = connection.scalar(sa.select(members.c.closed_at).where(members.c.member_id == member_id))
        connection.execute(sa.delete(members).where(members.c.member_id == member_id))
        self.save(connection, rows)
        if closed_at is not None:
            self.close_member(connection, member_id, closed_at)


class _ByMember:
    """An ordered stream of rows, taken one member at a time."""

    def __init__(self, connection: sa.Connection, query: sa.Select[Any]) -> None:
        rows = connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
        self._rows: Iterator[Any] = iter(rows)
        self._next: tuple[Any, ...] | None = None
        self._advance()

    @property
    def member_id(self) -> str | None:
        """The member whose rows come next; None at the end."""
        return None if self._next is None else str(self._next[0])

    def take(self, member_id: str) -> list[tuple[Any, ...]]:
        """All rows of the member, if it is next."""
        taken = []
        while self._next is not None and self._next[0] == member_id:
            taken.append(self._next)
            self._advance()
        return taken

    def _advance(self) -> None:
        row = next(self._rows, None)
        self._next = None if row is None else tuple(row)
