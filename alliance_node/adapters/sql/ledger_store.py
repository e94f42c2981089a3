"""The ledger's store: the hot statements of either database behind the application's `LedgerStore`.

Owns the mapping between rows and records. It may not decide anything.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Protocol, cast

import sqlalchemy as sa

from alliance_node.adapters.sql import postgresql_rows, sqlite_rows
from alliance_node.adapters.sql.limit_store import SqlLimitStore
from alliance_node.adapters.sql.reads import SqlReads
from alliance_node.adapters.sql.row_shapes import Row
from alliance_node.adapters.sql.tables import idempotency_keys
from alliance_node.application.changes import answer_row
from alliance_node.application.ports import Key
from alliance_node.application.records import LoadedMember, LotTuple, StoredAnswer, StoredEvent, WriteSet
from alliance_node.domain.codecs import MemberColumns
from alliance_node.domain.instants import Instant

_VERSION = 3 + MemberColumns._fields.index("version")


class _Rows(Protocol):
    def prepare(self, connection: sa.Connection) -> None: ...
    def lock(self, connection: sa.Connection, member_ids: Sequence[str]) -> None: ...
    def members(self, connection: sa.Connection, member_ids: Sequence[str], lock: bool) -> list[Row]: ...
    def open_lots(self, connection: sa.Connection, member_ids: Sequence[str]) -> list[Row]: ...
    def named_lots(self, connection: sa.Connection, lots: Sequence[tuple[str, int]]) -> list[Row]: ...
    def answers(self, connection: sa.Connection, keys: Sequence[Key]) -> list[Row]: ...
    def decided(self, connection: sa.Connection, keys: Sequence[Key]) -> list[Row]: ...
    def referring(self, connection: sa.Connection, origins: Sequence[tuple[str, int]]) -> list[Row]: ...
    def save(self, connection: sa.Connection, changes: WriteSet) -> None: ...


class SqlLedgerStore(SqlReads, SqlLimitStore):
    """Implements `application.ports.LedgerStore` and, with what it inherits, `ReadStore`."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        rows: Any = postgresql_rows if self.is_postgresql else sqlite_rows
        self._rows = cast(_Rows, rows)

    def lock_members(self, connection: sa.Connection, member_ids: Sequence[str]) -> dict[str, LoadedMember]:
        self._rows.prepare(connection)
        return self._members(connection, member_ids, lock=True)

    def lock_only(self, connection: sa.Connection, member_ids: Sequence[str]) -> None:
        if member_ids:
            self._rows.prepare(connection)
            self._rows.lock(connection, member_ids)

    def members(self, connection: sa.Connection, member_ids: Sequence[str]) -> dict[str, LoadedMember]:
        return self._members(connection, member_ids, lock=False)

    def _members(self, connection: sa.Connection, member_ids: Sequence[str], lock: bool) -> dict[str, LoadedMember]:
        rows = self._rows.members(connection, member_ids, lock) if member_ids else []
        return {row[0]: LoadedMember(row[0], row[1], row[2], row[_VERSION], row[3:]) for row in rows}

    def open_lots(self, connection: sa.Connection, member_ids: Sequence[str]) -> dict[str, list[LotTuple]]:
        return _by_member(self._rows.open_lots(connection, member_ids) if member_ids else [])

    def named_lots(self, connection: sa.Connection, lots: Sequence[tuple[str, int]]) -> dict[str, list[LotTuple]]:
        return _by_member(self._rows.named_lots(connection, lots) if lots else [])

    def answers(self, connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, StoredAnswer]:
        rows = self._rows.answers(connection, keys) if keys else []
        return {(row[0], row[1]): StoredAnswer(*row) for row in rows}

    def decided(self, connection: sa.Connection, keys: Sequence[Key]) -> dict[Key, StoredEvent]:
        rows = self._rows.decided(connection, keys) if keys else []
        return {(row[5], row[6]): StoredEvent(*row) for row in rows}

    def referring(self, connection: sa.Connection, origins: Sequence[tuple[str, int]]) -> list[StoredEvent]:
        rows = self._rows.referring(connection, origins) if origins else []
        return [StoredEvent(*row) for row in rows]

    def save(self, connection: sa.Connection, changes: WriteSet) -> None:
        self._rows.save(connection, changes)

    def keep_answer(self, connection: sa.Connection, answer: StoredAnswer, created_at: Instant) -> None:
        self._rows.save(connection, WriteSet(answers=[answer_row(answer, created_at)]))

    def forget_answers(self, connection: sa.Connection, before: Instant) -> int:
        return connection.execute(sa.delete(idempotency_keys).where(idempotency_keys.c.created_at < before)).rowcount


def _by_member(rows: list[Row]) -> dict[str, list[LotTuple]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row[1:])
    return found
