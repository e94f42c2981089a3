"""What a node does once in each day of its program's calendar: sweep, tiers, recalls due, notices; draws to close; the
log's head and the month's statement.

Owns when; the jobs are use cases of their own. A day that was finished is not begun again, whoever did it; a killed one
goes on where it stopped.
"""

from alliance_node.adapters.sql.job_store import SqlJobStore
from alliance_node.application import evaluate_tiers, send_notices, sweep_expiry
from alliance_node.application.lottery_close import close_due_draws
from alliance_node.domain.deciding.recalls import recall_dates
from alliance_node.domain.instants import Instant, local_day, start_of_day
from alliance_node.entrypoints import jobs
from alliance_node.entrypoints.composition import Node


class DailyJobs:
    """The jobs of one node; `step` is called every minute."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._store = SqlJobStore(node.engine)
        self._done_day = -1

    def step(self) -> bool:
        """Closes draws whose entries have ended, and does the day's work if it is not done; nothing is left over."""
        now = self._node.clock.now()
        close_due_draws(self._node.lotteries, now)
        zone = self._node.queries.program_book().at(now).timezone
        today = local_day(now, zone)
        if today != self._done_day:
            self._day(now, today, start_of_day(today, zone))
            self._done_day = today
        return False

    def _day(self, now: Instant, today: int, begins: Instant) -> None:
        node = self._node
        if not self._finished(sweep_expiry.JOB, begins):
            jobs.sweep(node, begins)
        if not self._finished(evaluate_tiers.JOB, begins):
            jobs.tiers(node, begins)
        program = node.queries.program_book().at(now)
        for recall in program.file.recalls:
            at = recall_dates(program, recall.id)[1]
            if at <= now and not self._finished(f"recall:{recall.id}", at):
                jobs.recall(node, recall.id)
        if not self._finished(send_notices.JOB, today):
            jobs.notices(node)
        node.statements.daily(now, program.timezone)

    def _finished(self, job: str, cut_off: int) -> bool:
        with self._store.read() as connection:
            place = self._store.job(connection, job)
        return place is not None and place.finished_at is not None and place.cut_off >= cut_off
