"""The indexer's place on the chain, and the blocks it has read that are not final yet.

Owns `bridge_cursor` and `bridge_block`. Every commit begins by claiming the cursor as it was read: a second indexer, or
a stale one, fails there and applies nothing.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from bridge.indexer.clock import ClockState
from bridge.indexer.scan import ScannedBlock
from bridge.transactions import tables


class CursorMoved(Exception):
    """Another indexer of the same database moved the cursor; this one must stop."""

    code = "another_indexer"
    next_step = "Stop one of the two bridges that share this database."


class Cursor(msgspec.Struct, frozen=True):
    """Scanned: verified and read. Final: applied. `alliance_time` at the final block."""

    brand_id: int
    scanned_number: int
    scanned_hash: bytes
    final_number: int
    final_hash: bytes
    clock: ClockState
    alliance_time: int


def create(connection: sa.Connection, brand_id: int, number: int, block_hash: bytes) -> None:
    """Put a new cursor below the first block to read; an existing one stays."""
    if find(connection, brand_id) is not None:
        return
    values = {
        "brand_id": brand_id,
        "scanned_number": number,
        "scanned_hash": block_hash,
        "final_number": number,
        "final_hash": block_hash,
        "paused_seconds": 0,
        "alliance_time": 0,
    }
    connection.execute(sa.insert(tables.cursor).values(values))


def find(connection: sa.Connection, brand_id: int) -> Cursor | None:
    """The cursor, if the indexer ever ran."""
    query = sa.select(tables.cursor).where(tables.cursor.c.brand_id == brand_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    clock = ClockState(row.frozen_at, row.paused_seconds)
    return Cursor(
        brand_id, row.scanned_number, row.scanned_hash, row.final_number, row.final_hash, clock, row.alliance_time
    )


def load(connection: sa.Connection, brand_id: int) -> Cursor:
    """The cursor of a started indexer."""
    found = find(connection, brand_id)
    if found is None:
        raise CursorMoved(f"the cursor of brand {brand_id} is gone")
    return found


def claim(connection: sa.Connection, cursor: Cursor) -> None:
    """First statement of every commit: the cursor is still where it was read. Raises CursorMoved."""
    query = sa.update(tables.cursor).where(
        tables.cursor.c.brand_id == cursor.brand_id,
        tables.cursor.c.scanned_number == cursor.scanned_number,
        tables.cursor.c.scanned_hash == cursor.scanned_hash,
        tables.cursor.c.final_number == cursor.final_number,
    )
    if connection.execute(query.values(scanned_number=cursor.scanned_number)).rowcount != 1:
        raise CursorMoved(f"another indexer works for brand {cursor.brand_id}; stop one of them")


def take_waiting(connection: sa.Connection, final_number: int) -> list[ScannedBlock]:
    """Blocks read earlier that are final now, in order; they leave the table."""
    ready = tables.block.c.number <= final_number
    rows = connection.execute(sa.select(tables.block.c.content).where(ready).order_by(tables.block.c.number)).all()
    if rows:
        connection.execute(sa.delete(tables.block).where(ready))
    return [msgspec.msgpack.decode(row.content, type=ScannedBlock) for row in rows]


def store_waiting(connection: sa.Connection, blocks: Sequence[ScannedBlock]) -> None:
    """Keep blocks that are not final yet."""
    if blocks:
        rows = [{"number": b.number, "hash": b.hash, "content": msgspec.msgpack.encode(b)} for b in blocks]
        connection.execute(sa.insert(tables.block), rows)


def move(
    connection: sa.Connection,
    cursor: Cursor,
    scanned: Sequence[ScannedBlock],
    final: Sequence[ScannedBlock],
    clock: ClockState,
) -> None:
    """Advance to the last block scanned and the last block applied."""
    values: dict[str, object] = {"frozen_at": clock.frozen_at, "paused_seconds": clock.paused_seconds}
    if scanned:
        values |= {"scanned_number": scanned[-1].number, "scanned_hash": scanned[-1].hash}
    if final:
        values |= {"final_number": final[-1].number, "final_hash": final[-1].hash}
        values["alliance_time"] = clock.alliance_time(final[-1].timestamp)
    query = sa.update(tables.cursor).where(tables.cursor.c.brand_id == cursor.brand_id)
    connection.execute(query.values(values))


def roll_back(connection: sa.Connection, cursor: Cursor) -> None:
    """Forget everything that was not final."""
    connection.execute(sa.delete(tables.block))
    query = sa.update(tables.cursor).where(tables.cursor.c.brand_id == cursor.brand_id)
    connection.execute(query.values(scanned_number=cursor.final_number, scanned_hash=cursor.final_hash))
