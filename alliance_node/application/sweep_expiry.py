"""Use case: book what has expired, one entry per member; lots stay untouched (an expired one is never spendable).

Owns the choice of members and the count of their due points, both in sets.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.member_jobs import JobReport, MemberJobs, Progress
from alliance_node.domain.commands import Command, SweepExpiry
from alliance_node.domain.instants import Instant

JOB = "expiry-sweep"


def sweep_expiry(jobs: MemberJobs, through: Instant, now: Instant, progress: Progress | None = None) -> JobReport:
    """Everything that expired until `through` (inclusive). The same sweep twice changes nothing the second time."""
    store = jobs.store

    def choose(connection: Connection, after: str | None, limit: int) -> list[str]:
        return store.members_with_due_lots(connection, through, after, limit)

    def commands_for(connection: Connection, member_ids: Sequence[str]) -> list[Command]:
        due = store.due_points(connection, member_ids, through)
        return [SweepExpiry(member_id, through, due[member_id]) for member_id in member_ids if due.get(member_id)]

    return jobs.run(JOB, through, now, choose, commands_for, progress)
