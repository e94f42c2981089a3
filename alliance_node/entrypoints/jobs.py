"""The jobs over all members, bound to one node: the same calls for the API, the command line and the housekeeper.

Owns this wiring only; each job is a use case of its own, which resumes where it stopped and changes nothing twice.
"""

from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.application.evaluate_tiers import evaluate_tiers
from alliance_node.application.member_jobs import JobReport, MemberJobs, Progress
from alliance_node.application.recall_points import recall_points
from alliance_node.application.send_notices import send_notices
from alliance_node.application.sweep_expiry import sweep_expiry
from alliance_node.application.tier_monitor import TierReport, tier_report
from alliance_node.domain.instants import Instant
from alliance_node.entrypoints.composition import Node


def sweep(node: Node, through: Instant, progress: Progress | None = None) -> JobReport:
    """Books what expired until the cut-off."""
    return sweep_expiry(_jobs(node), through, node.clock.now(), progress)


def tiers(node: Node, at: Instant, progress: Progress | None = None) -> JobReport:
    """Moves members whose protection has ended to the tier they earned."""
    return evaluate_tiers(_jobs(node), at, node.clock.now(), progress)


def recall(node: Node, recall_id: str, progress: Progress | None = None) -> JobReport:
    """Carries out an announced clearing event. Raises UnknownRecall, RecallNotYet."""
    return recall_points(_jobs(node), recall_id, node.clock.now(), progress)


def notices(node: Node, progress: Progress | None = None) -> JobReport:
    """Writes every notice that is due: points that end, tiers at risk, recalls."""
    return send_notices(_jobs(node), node.notices, node.clock.now(), progress)


def tier_monitor(node: Node) -> TierReport:
    """How members and what they spent are spread over the tiers, with alarms (R-TIER-1)."""
    return tier_report(SqlJobStore(node.engine), node.programs, node.clock.now())


def _jobs(node: Node) -> MemberJobs:
    return MemberJobs(node.ledger, SqlJobStore(node.engine))
