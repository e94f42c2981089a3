"""Tiles and heads of the sealed log in SQL, and events in commit-safe order.

Owns these tables' statements. The order is (xid, seq): on PostgreSQL every transaction older than the snapshot's xmin
has ended, so nothing can appear before a sealed place any more; on SQLite xid is 0 and one writer numbers `seq`.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.tables import events, log_heads, log_tiles
from alliance_node.application.errors import BrokenLog, SealerBusy
from alliance_node.application.merkle import HASH_SIZE, TILE_WIDTH, root_of
from alliance_node.application.records import LogHead, LogTile
from alliance_node.domain.codecs import event_digest
from alliance_node.domain.instants import Instant

_SEALER_LOCK = 7022019
_DAY = 86_400
_NOTHING = LogHead(0, root_of(()), 0, -1, -1)
_AFTER = sa.tuple_(events.c.xid, events.c.seq)


class SqlLogStore(SqlDatabase):
    """Implements `application.ports.LogStore`."""

    def lock_log(self, connection: sa.Connection) -> None:
        if not self.is_postgresql:
            return  # BEGIN IMMEDIATE is the lock
        if not connection.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK}):
            raise SealerBusy("another process is sealing this log")
        newest = connection.scalar(sa.select(sa.func.max(log_heads.c.last_xid)))
        current = connection.scalar(sa.text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
        if newest is not None and current is not None and newest >= current:
            raise BrokenLog(
                f"the log ends at transaction {newest}, the server is at {current}: the database was restored into a "
                "younger server, whose transaction counter must first be advanced (pg_resetwal --next-transaction-id)"
            )

    def head(self, connection: sa.Connection) -> LogHead:
        row = connection.execute(sa.select(log_heads).order_by(log_heads.c.size.desc()).limit(1)).one_or_none()
        return LogHead(*row) if row is not None else _NOTHING

    def _settled(self) -> sa.ColumnElement[bool]:
        if self.is_postgresql:
            return events.c.xid < sa.literal_column("pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return sa.true()

    def unsealed(self, connection: sa.Connection, xid: int, seq: int, limit: int) -> list[tuple[int, int, bytes]]:
        rows = connection.execute(
            sa.select(events.c.xid, events.c.seq, events.c.digest)
            .where(sa.tuple_(sa.literal(xid), sa.literal(seq)) < _AFTER, self._settled())
            .order_by(events.c.xid, events.c.seq)
            .limit(limit)
        )
        return [(row.xid, row.seq, bytes(row.digest)) for row in rows]

    def sealed_digests(self, connection: sa.Connection, head: LogHead) -> Iterator[bytes]:
        columns = (events.c.member_id, events.c.version, events.c.received_at, events.c.payload)
        last = sa.tuple_(sa.literal(head.last_xid), sa.literal(head.last_seq))
        rows = connection.execution_options(yield_per=2_000).execute(
            sa.select(*columns).where(last >= _AFTER).order_by(events.c.xid, events.c.seq)
        )
        for member_id, version, received_at, payload in rows:
            yield event_digest(member_id, version, received_at, payload.encode())

    def oldest_unsealed(self, connection: sa.Connection) -> Instant | None:
        """Also of events that cannot be sealed yet because an older transaction still runs: that is what ages."""
        head = self.head(connection)
        row = connection.execute(
            sa.select(events.c.received_at)
            .where(sa.tuple_(sa.literal(head.last_xid), sa.literal(head.last_seq)) < _AFTER)
            .order_by(events.c.xid, events.c.seq)
            .limit(1)
        ).one_or_none()
        return None if row is None else int(row.received_at)

    def leaf_of(self, connection: sa.Connection, member_id: str, version: int) -> tuple[int, bytes] | None:
        place = connection.execute(
            sa.select(events.c.xid, events.c.seq, events.c.digest).where(
                events.c.member_id == member_id, events.c.version == version
            )
        ).one_or_none()
        if place is None:
            return None
        here = sa.tuple_(sa.literal(place.xid), sa.literal(place.seq))
        tile = connection.execute(
            sa.select(log_tiles.c.tile, log_tiles.c.first_xid, log_tiles.c.first_seq)
            .where(log_tiles.c.level == 0, sa.tuple_(log_tiles.c.first_xid, log_tiles.c.first_seq) <= here)
            .order_by(log_tiles.c.tile.desc())
            .limit(1)
        ).one_or_none()
        if tile is None:
            return None
        first = sa.tuple_(sa.literal(tile.first_xid), sa.literal(tile.first_seq))
        before = connection.scalar(sa.select(sa.func.count()).where(first <= _AFTER, here > _AFTER))
        return tile.tile * TILE_WIDTH + int(before or 0), bytes(place.digest)

    def tile(self, connection: sa.Connection, level: int, tile: int) -> LogTile | None:
        row = connection.execute(
            sa.select(log_tiles).where(log_tiles.c.level == level, log_tiles.c.tile == tile)
        ).one_or_none()
        if row is None:
            return None
        return LogTile(row.level, row.tile, bytes(row.hashes), row.first_xid, row.first_seq)

    def save_tiles(self, connection: sa.Connection, tiles: Sequence[LogTile]) -> None:
        if not tiles:
            return
        connection.execute(
            sa.delete(log_tiles).where(
                log_tiles.c.level == tiles[0].level, log_tiles.c.tile.in_([tile.tile for tile in tiles])
            )
        )
        connection.execute(
            sa.insert(log_tiles),
            [
                {
                    "level": tile.level,
                    "tile": tile.tile,
                    "width": len(tile.hashes) // HASH_SIZE,
                    "hashes": tile.hashes,
                    "first_xid": tile.first_xid,
                    "first_seq": tile.first_seq,
                }
                for tile in tiles
            ],
        )

    def save_head(self, connection: sa.Connection, head: LogHead) -> None:
        day = head.sealed_at - head.sealed_at % _DAY
        connection.execute(sa.delete(log_heads).where(log_heads.c.sealed_at >= day))
        connection.execute(
            sa.insert(log_heads).values(
                size=head.size,
                root=head.root,
                sealed_at=head.sealed_at,
                last_xid=head.last_xid,
                last_seq=head.last_seq,
            )
        )
