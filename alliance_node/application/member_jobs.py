"""What jobs over all members share: chunks in member order, one commit each, resumable after a crash.

Owns the walk and its progress row. Members stay online: a chunk locks its members only for its own short commit.
"""

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.errors import DatabaseBusy, JobBroken, TransactionAborted
from alliance_node.application.ledger import Ledger
from alliance_node.application.ports import JobStore
from alliance_node.application.records import JobProgress
from alliance_node.domain.commands import Command
from alliance_node.domain.instants import Instant

Progress = Callable[[int], None]
"""Called after every commit with the number of members done so far."""

Choose = Callable[[Connection, str | None, int], list[str]]
"""(connection, after this member, how many) → the next members, in id order."""

CommandsFor = Callable[[Connection, Sequence[str]], list[Command]]
"""(connection, locked members) → the commands to carry out."""

_ATTEMPTS = 5


class JobReport(msgspec.Struct):
    """What a job did: members looked at, members changed, points booked."""

    members: int = 0
    changed: int = 0
    points: int = 0


class MemberJobs:
    """Runs jobs over one ledger."""

    def __init__(self, ledger: Ledger, store: JobStore, chunk: int = 1_000) -> None:
        self.ledger = ledger
        self.store = store
        self.chunk = chunk

    def run(
        self,
        job: str,
        cut_off: Instant,
        now: Instant,
        choose: Choose,
        commands_for: CommandsFor,
        progress: Progress | None = None,
    ) -> JobReport:
        """Walk all chosen members; a job with the same cut-off that did not finish goes on where it stopped.

        Raises DatabaseBusy, DatabaseUnavailable (resumable), JobBroken.
        """
        report = JobReport()
        with self.store.write() as connection:
            place = self.store.job(connection, job)
            if place is None or place.cut_off != cut_off or place.finished_at is not None:
                place = JobProgress(job, cut_off, None, 0, None)
                self.store.save_job(connection, place)
        while place.finished_at is None:
            place = self._step(place, now, choose, commands_for, report)
            if progress is not None:
                progress(place.done)
        return report

    def _step(
        self, place: JobProgress, now: Instant, choose: Choose, commands_for: CommandsFor, report: JobReport
    ) -> JobProgress:
        for _ in range(_ATTEMPTS):
            try:
                return self._chunk(place, now, choose, commands_for, report)
            except TransactionAborted:
                continue
        raise DatabaseBusy(f"job {place.job} was undone {_ATTEMPTS} times by concurrent transactions")

    def _chunk(
        self, place: JobProgress, now: Instant, choose: Choose, commands_for: CommandsFor, report: JobReport
    ) -> JobProgress:
        with self.store.write() as connection:
            ids = choose(connection, place.after_member_id, self.chunk)
            if not ids:
                finished = msgspec.structs.replace(place, finished_at=now)
                self.store.save_job(connection, finished)
                return finished
            self.ledger.store.lock_members(connection, ids)
            commands = commands_for(connection, ids)
            results = self.ledger.execute_in(connection, [Envelope(command) for command in commands], now)
            next_place = msgspec.structs.replace(place, after_member_id=ids[-1], done=place.done + len(ids))
            self.store.save_job(connection, next_place)
            changed = [_checked(command, result) for command, result in zip(commands, results, strict=True)]
        report.members += len(ids)
        report.changed += sum(changed)
        report.points += sum(getattr(command, "due_points", 0) for command in commands)
        return next_place


def _checked(command: Command, result: Result) -> bool:
    if not result.accepted:
        raise JobBroken(f"{command} was refused: {result.body.decode()}")
    return bool(result.events)
