"""How many more items may wait in the outbox: a bound, so that a dead chain can not fill the database.

Owns the counting. It may not refuse: the node does, and only for new conversions. What other brands sent here, returns
and spent bonuses never ask for room, because they end what was begun.
"""

import sqlalchemy as sa

from bridge.transactions import store
from bridge.transactions.states import ItemState
from bridge.transactions.tables import item

_LOCK = 7_022_025
_MANY_AT_ONCE = 8


def room(connection: sa.Connection, limit: int, wanted: int) -> int:
    """How many of `wanted` items may be enqueued in this transaction so that at most `limit` wait.

    SQLite has one writer. On PostgreSQL transactions ask one after another (until they end) once half of the limit is
    used or eight like this one would not fit, so that they can not fill the last places twice.
    """
    if _at_most(connection) + wanted * _MANY_AT_ONCE <= limit // 2:
        return wanted
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return max(0, min(wanted, limit - store.held_count(connection, limit)))


def _at_most(connection: sa.Connection) -> int:
    """Never fewer than wait, from the two ends of the queue: two look-ups, however many there are."""

    ends = (sa.func.min(item.c.position), sa.func.max(item.c.position))
    looked_up = [sa.select(end).where(item.c.state == ItemState.HELD).scalar_subquery() for end in ends]
    first, last = connection.execute(sa.select(*looked_up)).one()
    return 0 if first is None else last - first + 1
