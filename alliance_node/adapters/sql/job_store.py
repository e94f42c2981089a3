"""Statements of jobs over all members: who is next, what is due, how far a job is.

Owns the table `job_progress`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql import set_sweep
from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.tables import job_progress, lots, members
from alliance_node.adapters.sql.tier_candidates import counted_since, is_candidate, without_old_decays
from alliance_node.application.records import JobProgress, SweepRows, TierRules
from alliance_node.domain.instants import Instant

_CHUNK = 500
_ROWS_AT_ONCE = 5_000
_READ_WHOLE_TABLES = "SET LOCAL work_mem = '128MB'; SET LOCAL cursor_tuple_fraction = 1.0"
"""For the one query that finds whom a job concerns: all its rows are wanted, and a million members are hashed and
sorted without a file."""
_ID_TEXT = sa.cast(members.c.member_id, sa.Text)
_PROGRESS = [job_progress.c[name] for name in JobProgress.__struct_fields__]


class SqlJobStore(SqlDatabase):
    """Implements `application.ports.JobStore`."""

    def job(self, connection: sa.Connection, job: str) -> JobProgress | None:
        row = connection.execute(sa.select(*_PROGRESS).where(job_progress.c.job == job)).one_or_none()
        return None if row is None else JobProgress(*row)

    def save_job(self, connection: sa.Connection, progress: JobProgress) -> None:
        values = msgspec.structs.asdict(progress)
        updated = connection.execute(sa.update(job_progress).where(job_progress.c.job == progress.job).values(values))
        if updated.rowcount == 0:
            connection.execute(sa.insert(job_progress).values(values))

    @property
    def works_in_sets(self) -> bool:
        return self.is_postgresql

    def due_members(
        self, connection: sa.Connection, through: Instant, after: str | None
    ) -> Iterator[tuple[str, int, int]]:
        points = sa.cast(sa.func.sum(lots.c.remaining), sa.BigInteger)
        query = (
            sa.select(_ID_TEXT, members.c.version, points)
            .join(members, members.c.member_id == lots.c.member_id)
            .where(_is_due(through))
            .group_by(members.c.member_id, members.c.version)
        )
        if self.works_in_sets:  # pages of members one after the other; whom an earlier run has swept is not due
            place: sa.ColumnElement[Any] = sa.literal_column("members.ctid")
            found = self._stream(connection, query.group_by(place), None, place)
        else:
            found = self._stream(connection, query, after)
        for row in found:
            yield row[0], row[1], row[2]

    def sweep_set(
        self, connection: sa.Connection, rows: SweepRows, due: Sequence[tuple[str, *tuple[int, ...]]]
    ) -> tuple[int, int, list[str]]:
        return set_sweep.sweep_set(connection, rows, due)

    def tier_candidates(self, connection: sa.Connection, rules: TierRules, after: str | None) -> Iterator[tuple[str]]:
        first = connection.scalar(sa.select(sa.func.min(counted_since()))) if rules.decays else None
        condition = is_candidate(without_old_decays(rules, first or 0))
        for row in self._stream(connection, sa.select(_ID_TEXT).where(condition), after):
            yield (row[0],)

    def members_with_old_lots(
        self, connection: sa.Connection, earned_before: Instant, now: Instant, after: str | None
    ) -> Iterator[tuple[str]]:
        query = (
            sa.select(_ID_TEXT)
            .join(lots, lots.c.member_id == members.c.member_id)
            .where(lots.c.remaining > 0, lots.c.earned_at < earned_before, lots.c.expires_at > now)
            .group_by(members.c.member_id)
        )
        for row in self._stream(connection, query, after):
            yield (row[0],)

    def _stream(
        self,
        connection: sa.Connection,
        query: sa.Select[Any],
        after: str | None,
        order: sa.ColumnElement[Any] = members.c.member_id,
    ) -> Iterator[Any]:
        """The rows in order (of member ids), found by reading each table once."""
        if self.is_postgresql:
            connection.execute(sa.text(_READ_WHOLE_TABLES))
        ordered = query.order_by(order)
        if after is not None:
            ordered = ordered.where(members.c.member_id > after)
        return iter(connection.execute(ordered, execution_options={"yield_per": _ROWS_AT_ONCE}))

    def tier_counts(self, connection: sa.Connection) -> list[tuple[str, int, int]]:
        query = (
            sa.select(members.c.tier, sa.func.count(), sa.func.sum(members.c.spend_minor))
            .where(members.c.closed_at.is_(None))
            .group_by(members.c.tier)
        )
        return [(row[0], int(row[1]), int(row[2])) for row in connection.execute(query)]

    def due_points(self, connection: sa.Connection, member_ids: Sequence[str], through: Instant) -> dict[str, int]:
        due: dict[str, int] = {}
        for start in range(0, len(member_ids), _CHUNK):
            query = (
                sa.select(lots.c.member_id, sa.func.sum(lots.c.remaining))
                .join(members, members.c.member_id == lots.c.member_id)
                .where(lots.c.member_id.in_(member_ids[start : start + _CHUNK]), _is_due(through))
                .group_by(lots.c.member_id)
            )
            due.update({row[0]: int(row[1]) for row in connection.execute(query)})
        return due


def _is_due(through: Instant) -> sa.ColumnElement[bool]:
    return sa.and_(lots.c.remaining > 0, lots.c.expires_at <= through, lots.c.expires_at > members.c.swept_through)
