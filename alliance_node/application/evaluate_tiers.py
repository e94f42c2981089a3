"""Use case: move members to the tier they have earned, once their protection is over (R-TIER-5).

Owns the walk: the store finds in sets whom an evaluation concerns, the domain decides on each of them.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from alliance_node.application.member_jobs import Found, JobReport, MemberJobs, Progress
from alliance_node.application.records import TierRules
from alliance_node.domain.commands import Command, EvaluateTier
from alliance_node.domain.growth import boundaries
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook

JOB = "tier-evaluation"


def evaluate_tiers(jobs: MemberJobs, at: Instant, now: Instant, progress: Progress | None = None) -> JobReport:
    """Evaluate at `at` every member whom that moves, or keeps by a retention task; a second run changes nothing."""
    store = jobs.store
    with store.read() as connection:
        rules = tier_rules(jobs.ledger.programs.book(connection), at)

    def find(connection: Connection, after: str | None) -> Iterable[Found]:
        return store.tier_candidates(connection, rules, after)

    def commands_for(connection: Connection, member_ids: Sequence[str]) -> list[Command]:
        del connection
        return [EvaluateTier(member_id, at) for member_id in member_ids]

    return jobs.run(JOB, at, now, find, commands_for, progress)


def tier_rules(programs: ProgramBook, at: Instant) -> TierRules:
    """The ladder in force at `at`, and every decay until then."""
    program = programs.at(at)
    decays = tuple((boundary.at, boundary.percent) for boundary in boundaries(programs, 0, at))
    return TierRules(at, program.tier_ids, tuple(program.tier_thresholds), program.tier_on_growth, decays)
