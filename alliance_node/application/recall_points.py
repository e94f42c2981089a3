"""Use case: carry out an announced clearing event on every member who still has such points (R-VAL-4).

Owns the walk over the members; what is taken is the domain's decision.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from alliance_node.application.member_jobs import Found, JobReport, MemberJobs, Progress
from alliance_node.domain.commands import Command, RecallPoints
from alliance_node.domain.deciding.recalls import recall_dates
from alliance_node.domain.errors import RecallNotYet
from alliance_node.domain.instants import Instant, format_instant


def recall_points(jobs: MemberJobs, recall_id: str, now: Instant, progress: Progress | None = None) -> JobReport:
    """Take what is left of points earned before the recall's date; twice changes nothing the second time.

    Raises `UnknownRecall`, `RecallNotYet` (domain), and what `MemberJobs.run` raises.
    """
    store = jobs.store
    with store.read() as connection:
        program = jobs.ledger.programs.book(connection).at(now)
    earned_before, at = recall_dates(program, recall_id)
    if now < at:
        raise RecallNotYet(
            f"recall {recall_id!r} takes effect at {format_instant(at)}, in {at - now} s",
            f"清零安排 {recall_id!r} 于 {format_instant(at)} 生效，还有 {at - now} 秒",
        )

    def find(connection: Connection, after: str | None) -> Iterable[Found]:
        return store.members_with_old_lots(connection, earned_before, now, after)

    def commands_for(connection: Connection, member_ids: Sequence[str]) -> list[Command]:
        del connection
        return [RecallPoints(member_id, recall_id, now) for member_id in member_ids]

    return jobs.run(f"recall:{recall_id}", at, now, find, commands_for, progress)
