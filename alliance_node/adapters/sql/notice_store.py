"""Statements about the notices that jobs write: points that will end (R-EXP-5), recalls to come, tiers at risk.

Owns the table `notices`: kinds and numbers, never a text. A notice is written once for its member, kind, day and step.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.notice_tables import notices
from alliance_node.application.records import ExpiryDay, NewNotice, NoticeRow
from alliance_node.domain.instants import Instant

_ROW = [notices.c[name] for name in NoticeRow.__struct_fields__]
_INSERT = "INSERT INTO notices (member_id, kind, name, other, points, until, days, created_at)"
_LIVING = """FROM lots l JOIN members m ON m.member_id = l.member_id {days}
WHERE l.remaining > 0 AND l.expires_at > m.swept_through AND m.closed_at IS NULL"""
_ENDING = (
    _INSERT
    + " WITH d(begins, ends, days) AS (VALUES {values})"
    + " SELECT l.member_id, 'expiring_soon', '', '', sum(l.remaining), d.begins, d.days, :now "
    + _LIVING.format(days="JOIN d ON l.expires_at >= d.begins AND l.expires_at < d.ends")
    + " AND l.expires_at >= :first AND l.expires_at < :end"
    + " GROUP BY l.member_id, d.begins, d.days ON CONFLICT DO NOTHING"
)
_RECALLED = (
    _INSERT
    + " SELECT l.member_id, 'recall_announced', :name, '', sum(l.remaining), :until, :days, :now "
    + _LIVING.format(days="")
    + " AND l.earned_at < :earned_before AND l.expires_at > :until GROUP BY l.member_id ON CONFLICT DO NOTHING"
)


class SqlNoticeStore(SqlDatabase):
    """Implements `application.ports.NoticeStore`."""

    def write_ending(self, connection: sa.Connection, days: Sequence[ExpiryDay], now: Instant) -> int:
        values = ", ".join(f"({day.begins}, {day.ends}, {day.days})" for day in days)
        numbers = {"first": min(day.begins for day in days), "end": max(day.ends for day in days), "now": now}
        return connection.execute(sa.text(_ENDING.format(values=values)), numbers).rowcount

    def write_recalled(
        self, connection: sa.Connection, announced: NewNotice, earned_before: Instant, now: Instant
    ) -> int:
        numbers = {"name": announced.name, "until": announced.until, "days": announced.days}
        return connection.execute(sa.text(_RECALLED), {**numbers, "earned_before": earned_before, "now": now}).rowcount

    def add(self, connection: sa.Connection, rows: Sequence[NewNotice], now: Instant) -> int:
        written = 0
        for row in rows:
            values = {**msgspec.structs.asdict(row), "created_at": now}
            names = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            statement = sa.text(f"INSERT INTO notices ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING")  # noqa: S608
            written += connection.execute(statement, values).rowcount
        return written

    def of_member(self, connection: sa.Connection, member_id: str, before: int | None, limit: int) -> list[NoticeRow]:
        query = sa.select(*_ROW).where(notices.c.member_id == member_id).order_by(notices.c.notice_no.desc())
        if before is not None:
            query = query.where(notices.c.notice_no < before)
        return [NoticeRow(*row) for row in connection.execute(query.limit(limit))]

    def inbox(self, connection: sa.Connection, after: int, limit: int) -> list[NoticeRow]:
        query = sa.select(*_ROW).where(notices.c.notice_no > after).order_by(notices.c.notice_no).limit(limit)
        return [NoticeRow(*row) for row in connection.execute(query)]
