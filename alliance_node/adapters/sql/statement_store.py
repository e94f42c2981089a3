"""Heads, statements and lines in SQL, and the journal as it stood at a place of the sealed log.

Owns the tables of statement_tables.py. The log's order is (xid, seq), so "up to a head" is a comparison of two numbers.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.statement_tables import log_anchors, statement_lines, statements
from alliance_node.adapters.sql.tables import entries, events, job_progress, log_heads
from alliance_node.application.records import LogHead
from alliance_node.application.statement_records import Anchor, StatementRow
from alliance_node.domain.instants import Instant
from alliance_node.domain.posting import MEMBER_AVAILABLE, MEMBER_PENDING

_ANCHOR = [log_anchors.c[name] for name in Anchor.__struct_fields__]
_STATEMENT = [statements.c[name] for name in StatementRow.__struct_fields__]
_HEAD = [log_heads.c[name] for name in LogHead.__struct_fields__]
_ROWS_AT_ONCE = 10_000


class SqlStatementStore(SqlDatabase):
    """Implements `application.statement_records.StatementStore`."""

    def last_anchor(self, connection: sa.Connection) -> Anchor | None:
        row = connection.execute(sa.select(*_ANCHOR).order_by(log_anchors.c.day.desc()).limit(1)).one_or_none()
        return None if row is None else Anchor(*row)

    def anchors(self, connection: sa.Connection, after_day: int, through_day: int) -> list[Anchor]:
        query = sa.select(*_ANCHOR).where(log_anchors.c.day > after_day, log_anchors.c.day <= through_day)
        return [Anchor(*row) for row in connection.execute(query.order_by(log_anchors.c.day))]

    def unpublished_anchors(self, connection: sa.Connection) -> list[Anchor]:
        query = sa.select(*_ANCHOR).where(log_anchors.c.published_block.is_(None)).order_by(log_anchors.c.day)
        return [Anchor(*row) for row in connection.execute(query)]

    def add_anchors(self, connection: sa.Connection, anchors: Sequence[Anchor]) -> None:
        if anchors:
            connection.execute(sa.insert(log_anchors), [msgspec.structs.asdict(anchor) for anchor in anchors])

    def heads_sealed_from(self, connection: sa.Connection, at: Instant) -> list[LogHead]:
        query = sa.select(*_HEAD).where(log_heads.c.sealed_at >= at).order_by(log_heads.c.size)
        return [LogHead(*row) for row in connection.execute(query)]

    def first_received_at(self, connection: sa.Connection) -> Instant | None:
        first = sa.select(events.c.received_at).order_by(events.c.xid, events.c.seq).limit(1)
        return connection.scalar(first)

    def finished_sweep(self, connection: sa.Connection, job: str) -> Instant:
        query = sa.select(job_progress.c.cut_off).where(
            job_progress.c.job == job, job_progress.c.finished_at.is_not(None)
        )
        return int(connection.scalar(query) or 0)

    def liabilities(self, connection: sa.Connection, anchor: Anchor) -> list[tuple[str, int]]:
        points = sa.cast(sa.func.sum(entries.c.amount), sa.BigInteger)
        member = sa.cast(entries.c.member_id, sa.Text)
        query = _member_entries(anchor, member, points).group_by(entries.c.member_id).having(points != 0)
        return sorted((row[0], int(row[1])) for row in connection.execute(query))

    def member_accounts(self, connection: sa.Connection, anchor: Anchor) -> int:
        return int(connection.scalar(_member_entries(anchor, sa.func.sum(entries.c.amount))) or 0)

    def statement(self, connection: sa.Connection, month: int) -> StatementRow | None:
        row = connection.execute(sa.select(*_STATEMENT).where(statements.c.month == month)).one_or_none()
        return None if row is None else StatementRow(*row)

    def statements(self, connection: sa.Connection) -> list[StatementRow]:
        rows = connection.execute(sa.select(*_STATEMENT).order_by(statements.c.month))
        return [StatementRow(*row) for row in rows]

    def unpublished_statements(self, connection: sa.Connection) -> list[StatementRow]:
        query = sa.select(*_STATEMENT).where(statements.c.published_block.is_(None)).order_by(statements.c.month)
        return [StatementRow(*row) for row in connection.execute(query)]

    def add_statement(
        self, connection: sa.Connection, statement: StatementRow, lines: Sequence[tuple[str, int]]
    ) -> None:
        connection.execute(sa.insert(statements).values(msgspec.structs.asdict(statement)))
        for start in range(0, len(lines), _ROWS_AT_ONCE):
            rows = [
                {"month": statement.month, "member_id": member_id, "points": points}
                for member_id, points in lines[start : start + _ROWS_AT_ONCE]
            ]
            connection.execute(sa.insert(statement_lines), rows)

    def lines(self, connection: sa.Connection, month: int) -> list[tuple[str, int]]:
        member = sa.cast(statement_lines.c.member_id, sa.Text)
        query = sa.select(member, statement_lines.c.points).where(statement_lines.c.month == month)
        return sorted((row[0], int(row[1])) for row in connection.execute(query))

    def points_of(self, connection: sa.Connection, month: int, member_id: str) -> int | None:
        found = connection.scalar(
            sa.select(statement_lines.c.points).where(
                statement_lines.c.month == month, statement_lines.c.member_id == member_id
            )
        )
        return None if found is None else int(found)

    def months_of(self, connection: sa.Connection, member_id: str) -> list[int]:
        """By the key, month by month: there is no index on members alone."""
        months = connection.scalars(sa.select(statements.c.month).order_by(statements.c.month.desc())).all()
        return [month for month in months if self.points_of(connection, month, member_id) is not None]

    def note_published(self, connection: sa.Connection, days: Sequence[int], months: Sequence[int], block: int) -> None:
        for column, numbers in ((log_anchors.c.day, days), (statements.c.month, months)):
            if numbers:
                table: Any = column.table
                connection.execute(sa.update(table).where(column.in_(numbers)).values(published_block=block))


def _member_entries(anchor: Anchor, *columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Legs of the members' accounts (what a brand owes; a debt is what members owe) up to a place of the log."""
    joined = entries.join(
        events, sa.and_(events.c.member_id == entries.c.member_id, events.c.version == entries.c.version)
    )
    place = sa.tuple_(sa.literal(anchor.last_xid), sa.literal(anchor.last_seq))
    return (
        sa.select(*columns)
        .select_from(joined)
        .where(
            entries.c.account.in_((MEMBER_AVAILABLE, MEMBER_PENDING)), place >= sa.tuple_(events.c.xid, events.c.seq)
        )
    )
