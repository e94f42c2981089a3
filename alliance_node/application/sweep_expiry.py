"""Use case: book what has expired, one entry per member; lots stay untouched (an expired one is never spendable).

Owns the walk. On PostgreSQL whole chunks of members are swept by SQL, with the bytes that the domain would have
written; members that need more than that (maturities due first, a change meanwhile) go through the domain, as all do on
SQLite.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from alliance_node.application.member_jobs import Found, JobReport, MemberJobs, Part, Progress
from alliance_node.application.records import SweepRows
from alliance_node.domain.codecs import encode_event
from alliance_node.domain.commands import Command, SweepExpiry
from alliance_node.domain.errors import InvariantBroken
from alliance_node.domain.event_facts import kind_of
from alliance_node.domain.events import PointsExpired
from alliance_node.domain.instants import Instant
from alliance_node.domain.posting import posting_rules

JOB = "expiry-sweep"


def sweep_expiry(jobs: MemberJobs, through: Instant, now: Instant, progress: Progress | None = None) -> JobReport:
    """Everything that expired until `through` (inclusive). The same sweep twice changes nothing the second time."""
    store = jobs.store

    def find(connection: Connection, after: str | None) -> Iterable[Found]:
        return store.due_members(connection, through, after)

    def commands_for(connection: Connection, member_ids: Sequence[str]) -> list[Command]:
        jobs.ledger.store.lock_members(connection, member_ids)
        due = store.due_points(connection, member_ids, through)
        return [SweepExpiry(member_id, through, due[member_id]) for member_id in member_ids if due.get(member_id)]

    def sweep_set(connection: Connection, found: Sequence[Found]) -> Part:
        swept, points, left = store.sweep_set(connection, rows, found)
        rest = jobs.execute(connection, left, commands_for, now) if left else Part(0)
        return Part(swept + rest.changed, points + rest.points)

    if not store.works_in_sets:
        return jobs.run(JOB, through, now, find, commands_for, progress)
    rows = sweep_rows(through, now)
    return jobs.walk(JOB, through, now, find, sweep_set, jobs.set_chunk, progress)


def sweep_rows(through: Instant, now: Instant) -> SweepRows:
    """What every member's sweep writes, made by the domain, with the points left open."""
    event = PointsExpired(now, through, 1)
    head, mark, tail = encode_event(event).decode().rpartition('"points":1')
    if not mark:
        raise InvariantBroken("the stored form of a sweep does not name its points")
    legs = [(leg.account, leg.amount) for leg in posting_rules(event)]
    return SweepRows(kind_of(event), through, now, head + mark[:-1], tail, legs)
