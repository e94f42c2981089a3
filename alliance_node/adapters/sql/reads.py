"""Pages and sums for queries.

Owns SELECTs outside the hot path; works inside the caller's read transaction.
"""

from typing import cast

import sqlalchemy as sa

from alliance_node.adapters.sql.conversion_store import SqlConversionStore
from alliance_node.adapters.sql.conversion_tables import conversions
from alliance_node.adapters.sql.tables import entries, events, lots, members
from alliance_node.application.records import LotTuple, StoredEvent
from alliance_node.domain.instants import Instant

EVENT_COLUMNS = [events.c[name] for name in StoredEvent.__struct_fields__]
LOT_COLUMNS = [column for column in lots.c if column.name != "member_id"]


class SqlReads(SqlConversionStore):
    """Implements `application.ports.ReadStore`."""

    def stream(self, connection: sa.Connection, member_id: str, first: int, count: int) -> list[StoredEvent]:
        rows = connection.execute(
            sa.select(*EVENT_COLUMNS)
            .where(events.c.member_id == member_id, events.c.version >= first, events.c.version < first + count)
            .order_by(events.c.version)
        )
        return [StoredEvent(*row) for row in rows]

    def events_before(
        self, connection: sa.Connection, member_id: str, before: int | None, limit: int
    ) -> list[StoredEvent]:
        query = sa.select(*EVENT_COLUMNS).where(events.c.member_id == member_id)
        if before is not None:
            query = query.where(events.c.version < before)
        rows = connection.execute(query.order_by(events.c.version.desc()).limit(limit))
        return [StoredEvent(*row) for row in rows]

    def lots_after(
        self, connection: sa.Connection, member_id: str, after: tuple[Instant, int] | None, limit: int
    ) -> list[LotTuple]:
        query = sa.select(*LOT_COLUMNS).where(lots.c.member_id == member_id)
        if after is not None:
            here = sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
            query = query.where(sa.tuple_(lots.c.expires_at, lots.c.lot_no) > here)
        rows = connection.execute(query.order_by(lots.c.expires_at, lots.c.lot_no).limit(limit))
        return [cast(LotTuple, tuple(row)) for row in rows]

    def account_sums(self, connection: sa.Connection) -> list[tuple[str, str, int]]:
        joined = entries.join(
            events, sa.and_(events.c.member_id == entries.c.member_id, events.c.version == entries.c.version)
        )
        rows = connection.execute(
            sa.select(events.c.kind, entries.c.account, sa.func.sum(entries.c.amount))
            .select_from(joined)
            .group_by(events.c.kind, entries.c.account)
        )
        return [(row[0], row[1], int(row[2])) for row in rows]

    def counts(self, connection: sa.Connection) -> tuple[int, int]:
        people = connection.scalar(sa.select(sa.func.count()).select_from(members))
        purchases = connection.scalar(
            sa.select(sa.func.count()).select_from(events).where(events.c.kind == "purchase_recorded")
        )
        return int(people or 0), int(purchases or 0)

    def held_points(self, connection: sa.Connection) -> int:
        total = connection.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(conversions.c.points), 0)).where(
                conversions.c.direction == "out", conversions.c.status == "held"
            )
        )
        return int(total or 0)

    def close_member(self, connection: sa.Connection, member_id: str, at: Instant) -> bool:
        updated = connection.execute(
            sa.update(members)
            .where(members.c.member_id == member_id, members.c.closed_at.is_(None))
            .values(closed_at=at)
        )
        return updated.rowcount == 1
