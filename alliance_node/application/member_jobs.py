"""What jobs over many members share: found in one read, done in chunks in member order, one commit each, resumable.

Owns the walk and its progress row. Members stay online: a chunk locks its members only for its own short commit, and
what was read before is checked again under that lock (by the domain, or by the member's version).
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice
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

Found = tuple[str, *tuple[int, ...]]
"""A member that a job concerns, with what the job's query knows of it."""

Find = Callable[[Connection, str | None], Iterable[Found]]
"""(read connection, after this member) → whom the job concerns, in id order; streamed."""

CommandsFor = Callable[[Connection, Sequence[str]], list[Command]]
"""(connection, members) → the commands to carry out; it locks members itself when it looks at them."""


class Part(NamedTuple):
    """What one chunk did: members changed, points booked."""

    changed: int
    points: int = 0


Step = Callable[[Connection, Sequence[Found]], Part]
"""(write connection, a chunk of members) → what was done to them inside the transaction."""

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
        find: Find,
        commands_for: CommandsFor,
        progress: Progress | None = None,
    ) -> JobReport:
        """Carry out commands on all members found. Raises what `walk` raises."""

        def step(connection: Connection, found: Sequence[Found]) -> Part:
            return self.execute(connection, [member[0] for member in found], commands_for, now)

        return self.walk(job, cut_off, now, find, step, self.chunk, progress)

    def execute(self, connection: Connection, ids: Sequence[str], commands_for: CommandsFor, now: Instant) -> Part:
        """Carry out commands on these members inside the caller's transaction. Raises JobBroken."""
        commands = commands_for(connection, ids)
        results = self.ledger.execute_in(connection, [Envelope(command) for command in commands], now)
        changed = sum(_checked(command, result) for command, result in zip(commands, results, strict=True))
        return Part(changed, sum(getattr(command, "due_points", 0) for command in commands))

    def walk(
        self,
        job: str,
        cut_off: Instant,
        now: Instant,
        find: Find,
        step: Step,
        size: int,
        progress: Progress | None = None,
    ) -> JobReport:
        """Step over all members found; a job with the same cut-off that did not finish goes on where it stopped.

        Raises DatabaseBusy, DatabaseUnavailable (resumable), JobBroken.
        """
        report = JobReport()
        place = self._begin(job, cut_off)
        with self.store.read() as reading, closing(_ahead(find(reading, place.after_member_id), size)) as chunks:
            for found in chunks:
                done = msgspec.structs.replace(place, after_member_id=found[-1][0], done=place.done + len(found))
                part = self._attempt(done, found, step)
                place = done
                report.members += len(found)
                report.changed += part.changed
                report.points += part.points
                if progress is not None:
                    progress(place.done)
        with self.store.write() as connection:
            self.store.save_job(connection, msgspec.structs.replace(place, finished_at=now))
        return report

    def _begin(self, job: str, cut_off: Instant) -> JobProgress:
        with self.store.write() as connection:
            place = self.store.job(connection, job)
            if place is None or place.cut_off != cut_off or place.finished_at is not None:
                place = JobProgress(job, cut_off, None, 0, None)
                self.store.save_job(connection, place)
        return place

    def _attempt(self, done: JobProgress, found: Sequence[Found], step: Step) -> Part:
        for _ in range(_ATTEMPTS):
            try:
                with self.store.write() as connection:
                    part = step(connection, found)
                    self.store.save_job(connection, done)
                return part
            except TransactionAborted:
                continue
        raise DatabaseBusy(f"job {done.job} was undone {_ATTEMPTS} times by concurrent transactions")


def _ahead(found: Iterable[Found], size: int) -> Generator[list[Found]]:
    """The chunks; the next one is read while one is worked on."""
    members = iter(found)
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(lambda: list(islice(members, size)))
        while chunk := coming.result():
            coming = reader.submit(lambda: list(islice(members, size)))
            yield chunk


def _checked(command: Command, result: Result) -> bool:
    if not result.accepted:
        raise JobBroken(f"{command} was refused: {result.body.decode()}")
    return bool(result.events)
