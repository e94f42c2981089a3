"""Use case: move members to the tier they have earned, once their protection is over (R-TIER-5).

Owns the walk over all members; the rule is the domain's.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.member_jobs import JobReport, MemberJobs, Progress
from alliance_node.domain.commands import Command, EvaluateTier
from alliance_node.domain.instants import Instant

JOB = "tier-evaluation"


def evaluate_tiers(jobs: MemberJobs, at: Instant, now: Instant, progress: Progress | None = None) -> JobReport:
    """Evaluate every member at `at`; a second run changes nothing."""
    store = jobs.store

    def choose(connection: Connection, after: str | None, limit: int) -> list[str]:
        return store.members_after(connection, after, limit)

    def commands_for(connection: Connection, member_ids: Sequence[str]) -> list[Command]:
        return [EvaluateTier(member_id, at) for member_id in member_ids]

    return jobs.run(JOB, at, now, choose, commands_for, progress)
