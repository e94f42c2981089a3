"""Shared stock and budgets inside a group.

Owns the view that `decide` gets: what is left of each limit. A limit's row stays
locked until the commit, so the limit is exact to the unit with any number of processes (pitfall 13).
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from alliance_node.application.ports import LedgerStore
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook


class SharedLimits(Mapping[str, int]):
    """limit id → what is left under the program version in force at `occurred_at`."""

    def __init__(self, store: LedgerStore, connection: Connection, programs: ProgramBook) -> None:
        self._store = store
        self._connection = connection
        self._programs = programs
        self._used: dict[str, int] = {}
        self._changed: set[str] = set()
        self.occurred_at: Instant = 0

    def __getitem__(self, limit_id: str) -> int:
        capacity = self._programs.at(self.occurred_at).limit_capacities()[limit_id]
        return capacity - self._count(limit_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._programs.at(self.occurred_at).limit_capacities())

    def __len__(self) -> int:
        return len(self._programs.at(self.occurred_at).limit_capacities())

    def lock(self, limit_ids: set[str]) -> None:
        """Lock the rows of the limits that the group's commands need, in id order."""
        if limit_ids:
            self._used.update(self._store.lock_limits(self._connection, sorted(limit_ids)))

    def _count(self, limit_id: str) -> int:
        if limit_id not in self._used:
            self._used.update(self._store.lock_limits(self._connection, [limit_id]))
        return self._used[limit_id]

    def consume(self, consumes: Sequence[tuple[str, int]]) -> None:
        """Count what a decision took (negative: gave back)."""
        for limit_id, count in consumes:
            self._used[limit_id] = self._count(limit_id) + count
            self._changed.add(limit_id)

    def used(self) -> dict[str, int]:
        """The limits whose use has changed, with the new use."""
        return {limit_id: self._used[limit_id] for limit_id in self._changed}
