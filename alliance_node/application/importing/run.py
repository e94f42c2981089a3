"""Use case: carry out one import, in batches, resumable at any instant; or only try it (dry run).

Owns the walk: a batch, its progress and its totals are one commit. An interrupted import continues after its last
commit; the rejected lines are written before it and cut back to it when they are ahead.
"""

import copy
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.errors import DatabaseBusy, RowsRejected, TransactionAborted
from alliance_node.application.importing.errors import ImportRunning, ImportTaken
from alliance_node.application.importing.ports import ImportStore, Progress, Rejects, RowSource
from alliance_node.application.importing.report import ImportProgress, ImportReport, Tally
from alliance_node.application.importing.rows import Column, Item, Outcome, Row
from alliance_node.application.ports import Clock
from alliance_node.domain.instants import Instant

BATCH_ROWS = 500
_ATTEMPTS = 6


class Kind(Protocol):
    """What a kind of file means."""

    @property
    def name(self) -> str: ...

    @property
    def columns(self) -> tuple[Column, ...]: ...

    def items(self, rows: Iterable[Row]) -> Iterator[Item]: ...

    def carry_out(
        self, connection: Connection, items: Sequence[Item], now: Instant, import_id: str
    ) -> list[Outcome]: ...


class Importer:
    """One file on its way into one ledger."""

    def __init__(self, store: ImportStore, clock: Clock, kind: Kind, source: RowSource, rejects: Rejects) -> None:
        self._store = store
        self._clock = clock
        self._kind = kind
        self._source = source
        self._rejects = rejects

    def run(self, import_id: str, progress: Progress | None = None) -> ImportReport:
        """From where it stopped to the end; a finished import changes nothing.

        Raises FileUnusable, ImportTaken, ImportRunning, RejectsMissing, DatabaseBusy, DatabaseUnavailable; after each
        of them the import can go on.
        """
        place = self._start(import_id)
        if place.finished_at is not None:
            return ImportReport(import_id, self._kind.name, False, True, place.tally)
        self._rejects.start(place.rejects_size)
        for batch in _batches(self._kind.items(self._source.rows(place.next_row))):
            place = self._commit(place, batch)
            if progress is not None:
                progress(place.next_row)
        finished = msgspec.structs.replace(place, finished_at=self._clock.now())
        with self._store.write() as connection:
            self._move(connection, finished, place.next_row)
        return ImportReport(import_id, self._kind.name, False, False, place.tally)

    def try_out(self, import_id: str, progress: Progress | None = None) -> ImportReport:
        """The whole file, decided in one transaction that is undone: what an import would do, nothing written."""
        tally = Tally()
        self._rejects.start(0)
        size = self._rejects.write(0, ())
        with suppress(_Undone), self._store.write() as connection:
            for batch in _batches(self._kind.items(self._source.rows(0))):
                outcomes = self._kind.carry_out(connection, batch, self._clock.now(), f"{import_id} (dry run)")
                tally.add(batch, outcomes)
                size = self._rejects.write(size, [line for outcome in outcomes for line in outcome.rejections])
                if progress is not None:
                    progress(tally.lines)
            raise _Undone
        return ImportReport(import_id, self._kind.name, True, False, tally)

    def _start(self, import_id: str) -> ImportProgress:
        digest = self._source.digest
        with self._store.write() as connection:
            place = self._store.find_import(connection, import_id)
            if place is None:
                place = ImportProgress(import_id, self._kind.name, digest, 0, 0, Tally(), self._clock.now())
                self._store.add_import(connection, place)
        if (place.kind, place.digest) != (self._kind.name, digest):
            raise ImportTaken(
                f"import id {import_id!r} belongs to another file, kind or mapping ({place.kind}, "
                f"sha256 {place.digest.hex()[:12]}…)"
            )
        return place

    def _commit(self, place: ImportProgress, batch: Sequence[Item]) -> ImportProgress:
        for attempt in range(_ATTEMPTS):
            try:
                return self._batch(place, batch)
            except (TransactionAborted, RowsRejected):  # undone, or a reference taken meanwhile: look again
                time.sleep(random.uniform(0.001, 0.004) * 2**attempt)  # noqa: S311 - spreads retries, guards nothing
        raise DatabaseBusy(f"rows from {place.next_row + 1} on were undone {_ATTEMPTS} times by concurrent changes")

    def _batch(self, place: ImportProgress, batch: Sequence[Item]) -> ImportProgress:
        tally = copy.deepcopy(place.tally)
        with self._store.write() as connection:
            outcomes = self._kind.carry_out(connection, batch, self._clock.now(), place.import_id)
            tally.add(batch, outcomes)
            rejections = [rejection for outcome in outcomes for rejection in outcome.rejections]
            following = msgspec.structs.replace(
                place,
                next_row=place.next_row + sum(len(item.lines) for item in batch),
                rejects_size=self._rejects.write(place.rejects_size, rejections),
                tally=tally,
            )
            self._move(connection, following, place.next_row)
        return following

    def _move(self, connection: Connection, place: ImportProgress, from_row: int) -> None:
        if not self._store.move_import(connection, place, from_row):
            raise ImportRunning(f"import {place.import_id!r} is no longer at row {from_row}")


class _Undone(Exception):
    """Ends a dry run's transaction without a commit."""


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    rows = 0
    for item in items:
        batch.append(item)
        rows += len(item.lines)
        if rows >= BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch
