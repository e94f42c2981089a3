"""Use case: tell members beforehand what will end (R-EXP-5): points, a tier, and what a recall will take (R-VAL-4).

Owns when a notice is due. Each is written once: the job may run as often as one likes; once a day is meant. Nothing is
rendered here: kind and numbers are stored, texts are made when somebody reads.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from alliance_node.application.evaluate_tiers import tier_rules
from alliance_node.application.member_jobs import Found, JobReport, MemberJobs, Part, Progress
from alliance_node.application.ports import NoticeStore
from alliance_node.application.records import ExpiryDay, NewNotice
from alliance_node.domain.codecs import decode_snapshot
from alliance_node.domain.deciding.recalls import recall_dates
from alliance_node.domain.instants import DAY_SECONDS, Instant, local_day, start_of_day
from alliance_node.domain.outlook import outlook
from alliance_node.domain.program import CompiledProgram, ProgramBook

JOB = "notices"
TIER_NOTICE_DAYS = 30
RECALL_NOTICE_DAYS = 30


def send_notices(jobs: MemberJobs, notices: NoticeStore, now: Instant, progress: Progress | None = None) -> JobReport:
    """Write every notice that is due and not yet written; `changed` counts them."""
    store = jobs.store
    with store.read() as connection:
        programs = jobs.ledger.programs.book(connection)
    program = programs.at(now)
    today = local_day(now, program.timezone)
    written = 0
    with notices.write() as connection:
        days = expiry_days(program, today)
        written += notices.write_ending(connection, days, now) if days else 0
        for announced, earned_before in _recalls(program, now):
            written += notices.write_recalled(connection, announced, earned_before, now)
    rules = tier_rules(programs, now + TIER_NOTICE_DAYS * DAY_SECONDS)

    def find(connection: Connection, after: str | None) -> Iterable[Found]:
        return store.tier_candidates(connection, rules, after)

    def step(connection: Connection, found: Sequence[Found]) -> Part:
        at_risk = tier_notices(jobs, connection, programs, [member[0] for member in found], now)
        return Part(notices.add(connection, at_risk, now))

    report = jobs.walk(JOB, today, now, find, step, jobs.chunk, progress)
    return JobReport(report.members, report.changed + written)


def expiry_days(program: CompiledProgram, today: int) -> list[ExpiryDay]:
    """The days on which points may end, each with the one step that is due today for them: the shortest that reaches so
    far. What ends during a day was whole the day before."""
    steps = sorted(program.file.expiry.notice_days)
    if not steps:
        return []
    starts = [start_of_day(today + ahead, program.timezone) for ahead in range(steps[-1] + 2)]
    return [
        ExpiryDay(starts[ahead], starts[ahead + 1], next(step for step in steps if step >= ahead))
        for ahead in range(1, steps[-1] + 1)
    ]


def _recalls(program: CompiledProgram, now: Instant) -> list[tuple[NewNotice, Instant]]:
    found = []
    for recall in program.file.recalls:
        earned_before, at = recall_dates(program, recall.id)
        if now < at <= now + RECALL_NOTICE_DAYS * DAY_SECONDS:
            notice = NewNotice("", "recall_announced", recall.id, "", 0, at, RECALL_NOTICE_DAYS)
            found.append((notice, earned_before))
    return found


def tier_notices(
    jobs: MemberJobs, connection: Connection, programs: ProgramBook, ids: Sequence[str], now: Instant
) -> list[NewNotice]:
    """One notice for each member whose tier will be lost within thirty days if nothing more is bought (R-TIER-8)."""
    found = []
    for member_id, row in sorted(jobs.ledger.store.members(connection, ids).items()):
        if row.closed_at is not None:
            continue
        state = decode_snapshot(member_id, row.columns, row.snapshot)
        fall = outlook(programs, state, now).fall
        if fall is not None and now < fall.at <= now + TIER_NOTICE_DAYS * DAY_SECONDS:
            found.append(
                NewNotice(member_id, "tier_at_risk", state.tier, fall.to, fall.missing, fall.at, TIER_NOTICE_DAYS)
            )
    return found
