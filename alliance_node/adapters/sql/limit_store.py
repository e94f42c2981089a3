"""Statements of shared limits and their slices.

Owns the tables `shared_limits` and `limit_leases`. It may not decide who gets what: that is `application/limits`.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.tables import limit_leases, shared_limits
from alliance_node.application.records import LeaseRow

_LEASE = [limit_leases.c[name] for name in LeaseRow._fields]
_UNUSED = (
    sa.select(sa.func.coalesce(sa.func.sum(limit_leases.c.rest + limit_leases.c.returned), 0))
    .where(limit_leases.c.limit_id == shared_limits.c.limit_id)
    .scalar_subquery()
)
_USED = sa.select(shared_limits.c.limit_id, shared_limits.c.used - _UNUSED)
_IN_ORDER = (limit_leases.c.limit_id, limit_leases.c.holder)
_ADD_LIMIT = sa.text("INSERT INTO shared_limits (limit_id, used) VALUES (:limit_id, 0) ON CONFLICT DO NOTHING")
_SET_USED = sa.text("UPDATE shared_limits SET used = :used WHERE limit_id = :limit_id")
_DRAW = sa.text(
    "UPDATE limit_leases SET rest = rest + :rest, returned = returned + :returned"
    " WHERE limit_id = :limit_id AND holder = :holder"
)
_GROW = sa.text(
    "INSERT INTO limit_leases (limit_id, holder, capacity, rest, returned)"
    " VALUES (:limit_id, :holder, :capacity, :rest, :returned)"
    " ON CONFLICT (limit_id, holder) DO UPDATE SET"
    " capacity = CASE WHEN excluded.rest > 0 THEN excluded.capacity ELSE limit_leases.capacity END,"
    " rest = limit_leases.rest + excluded.rest, returned = limit_leases.returned + excluded.returned"
)


class SqlLimitStore(SqlDatabase):
    """Implements `application.ports.LimitStore`."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.holder: str | None = uuid.uuid4().hex if self.is_postgresql else None

    def limits_used(self, connection: sa.Connection, limit_ids: Sequence[str]) -> dict[str, int]:
        if not limit_ids:
            return {}
        rows = connection.execute(_USED.where(shared_limits.c.limit_id.in_(limit_ids)))
        return {row[0]: int(row[1]) for row in rows}

    def all_limits_used(self, connection: sa.Connection) -> dict[str, int]:
        """Part of `RebuildStore`."""
        return {row[0]: int(row[1]) for row in connection.execute(_USED)}

    def rewrite_limits(self, connection: sa.Connection, used: Mapping[str, int]) -> None:
        """Part of `RebuildStore`."""
        names = sorted(used)
        self.lock_limits(connection, names)
        self.lock_leases(connection, (), names)
        self.save_limits(connection, used, (), names)

    def lock_limits(self, connection: sa.Connection, limit_ids: Sequence[str]) -> dict[str, int]:
        if not limit_ids:
            return {}
        ordered = sorted(limit_ids)
        query = sa.select(shared_limits.c.limit_id, shared_limits.c.used).where(shared_limits.c.limit_id.in_(ordered))
        query = query.order_by(shared_limits.c.limit_id).with_for_update()
        found = {row[0]: int(row[1]) for row in connection.execute(query)}
        if len(found) < len(ordered):
            connection.execute(_ADD_LIMIT, [{"limit_id": name} for name in ordered if name not in found])
            found = {row[0]: int(row[1]) for row in connection.execute(query)}
        return found

    def leases(self, connection: sa.Connection, limit_ids: Sequence[str]) -> list[LeaseRow]:
        return _leases(connection, limit_leases.c.limit_id.in_(limit_ids)) if limit_ids else []

    def lock_leases(self, connection: sa.Connection, own: Sequence[str], whole: Sequence[str]) -> list[LeaseRow]:
        if not own and not whole:
            return []
        mine = sa.and_(limit_leases.c.limit_id.in_(own), limit_leases.c.holder == self.holder)
        return _leases(connection, sa.or_(mine, limit_leases.c.limit_id.in_(whole)), lock=True)

    def save_limits(
        self, connection: sa.Connection, used: Mapping[str, int], changes: Sequence[LeaseRow], gone: Sequence[str]
    ) -> None:
        if used:
            connection.execute(_SET_USED, [{"limit_id": name, "used": used[name]} for name in sorted(used)])
        if gone:
            connection.execute(sa.delete(limit_leases).where(limit_leases.c.limit_id.in_(gone)))
        for lease in sorted(changes):
            # A row that is drawn on exists and is locked; as an insert the difference alone would break its check.
            connection.execute(_DRAW if lease.rest < 0 else _GROW, lease._asdict())


def _leases(connection: sa.Connection, which: sa.ColumnElement[bool], *, lock: bool = False) -> list[LeaseRow]:
    query: sa.Select[Any] = sa.select(*_LEASE).where(which)
    if lock:
        query = query.order_by(*_IN_ORDER).with_for_update()
    return [LeaseRow(*row) for row in connection.execute(query)]
