"""What jobs over all members share: chunks in member order, one commit each, resumable after a crash.

Owns the walk and its progress row. Members stay online: a chunk locks its members only for its own short commit.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

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


class Part(NamedTuple):
    """What one chunk did: the last member it covers, members looked at, members changed, points booked."""

    last: str
    members: int
    changed: int = 0
    points: int = 0


Step = Callable[[Connection, str | None], Part | None]
"""(connection, after this member) → the next chunk, done inside the transaction; None: there is nothing more."""

_ATTEMPTS = 5


class JobReport(msgspec.Struct):
    """What a job did: members looked at, members changed, points booked."""

    members: int = 0
    changed: int = 0
    points: int = 0


class MemberJobs:
    """Runs jobs over one ledger: `chunk` members a commit through the domain, `set_chunk` where SQL does it in sets."""

    def __init__(self, ledger: Ledger, store: JobStore, chunk: int = 1_000, set_chunk: int = 20_000) -> None:
        self.ledger = ledger
        self.store = store
        self.chunk = chunk
        self.set_chunk = set_chunk

    def run(
        self,
        job: str,
        cut_off: Instant,
        now: Instant,
        choose: Choose,
        commands_for: CommandsFor,
        progress: Progress | None = None,
    ) -> JobReport:
        """Walk all chosen members and carry out their commands. Raises what `walk` raises."""

        def step(connection: Connection, after: str | None) -> Part | None:
            ids = choose(connection, after, self.chunk)
            if not ids:
                return None
            changed, points = self.execute(connection, ids, commands_for, now)
            return Part(ids[-1], len(ids), changed, points)

        return self.walk(job, cut_off, now, step, progress)

    def execute(
        self, connection: Connection, ids: Sequence[str], commands_for: CommandsFor, now: Instant
    ) -> tuple[int, int]:
        """Carry out commands on these members inside the caller's transaction; (members changed, points booked).

        Raises JobBroken.
        """
        self.ledger.store.lock_members(connection, ids)
        commands = commands_for(connection, ids)
        results = self.ledger.execute_in(connection, [Envelope(command) for command in commands], now)
        changed = sum(_checked(command, result) for command, result in zip(commands, results, strict=True))
        return changed, sum(getattr(command, "due_points", 0) for command in commands)

    def walk(self, job: str, cut_off: Instant, now: Instant, step: Step, progress: Progress | None = None) -> JobReport:
        """Step over all members; a job with the same cut-off that did not finish goes on where it stopped.

        Raises DatabaseBusy, DatabaseUnavailable (resumable), JobBroken.
        """
        report = JobReport()
        with self.store.write() as connection:
            place = self.store.job(connection, job)
            if place is None or place.cut_off != cut_off or place.finished_at is not None:
                place = JobProgress(job, cut_off, None, 0, None)
                self.store.save_job(connection, place)
        while place.finished_at is None:
            place, part = self._attempt(place, now, step)
            if part is not None:
                report.members += part.members
                report.changed += part.changed
                report.points += part.points
            if progress is not None:
                progress(place.done)
        return report

    def _attempt(self, place: JobProgress, now: Instant, step: Step) -> tuple[JobProgress, Part | None]:
        for _ in range(_ATTEMPTS):
            try:
                with self.store.write() as connection:
                    part = step(connection, place.after_member_id)
                    if part is None:
                        moved = msgspec.structs.replace(place, finished_at=now)
                    else:
                        moved = msgspec.structs.replace(
                            place, after_member_id=part.last, done=place.done + part.members
                        )
                    self.store.save_job(connection, moved)
                return moved, part
            except TransactionAborted:
                continue
        raise DatabaseBusy(f"job {place.job} was undone {_ATTEMPTS} times by concurrent transactions")


def _checked(command: Command, result: Result) -> bool:
    if not result.accepted:
        raise JobBroken(f"{command} was refused: {result.body.decode()}")
    return bool(result.events)
