"""Shared limits (stock, budgets, an order's cap) as `decide` sees them: what is left of each.

Owns what a group counts on while it is decided. Nothing is locked for that: a group counts on what was left when it
looked, and `limit_settlement` makes sure of it right before the commit, from this process's own slice where it can, so
that no row is shared by every request (pitfall 13). When the units had gone elsewhere meanwhile, the group runs again
with those limits `firm`: locked before it is decided.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application.ports import LimitStore
from alliance_node.domain.commands import order_limit
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook

_ORDERS = order_limit("")


def is_leased(limit_id: str) -> bool:
    """Whether processes hold slices of the limit: an order's cap is one row, that one member's requests meet on."""
    return not limit_id.startswith(_ORDERS)


class LimitsLeft(Mapping[str, int]):
    """limit id → what is left under the program version in force at `occurred_at`; read when asked, never locked."""

    def __init__(
        self, store: LimitStore, connection: Connection, programs: ProgramBook, occurred_at: Instant = 0
    ) -> None:
        self._store = store
        self._connection = connection
        self._programs = programs
        self._before: dict[str, int] = {}
        self.occurred_at = occurred_at

    def __getitem__(self, limit_id: str) -> int:
        return self._capacity(limit_id) - self._used(limit_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._before)

    def __len__(self) -> int:
        return len(self._before)

    def _capacity(self, limit_id: str) -> int:
        return self._programs.at(self.occurred_at).capacity_of(limit_id)

    def _used(self, limit_id: str) -> int:
        if limit_id not in self._before:
            self._look([limit_id])
        return self._before[limit_id]

    def _look(self, limit_ids: Sequence[str]) -> None:
        used = self._store.limits_used(self._connection, limit_ids)
        self._before.update((limit_id, used.get(limit_id, 0)) for limit_id in limit_ids)


class Draw(msgspec.Struct):
    """What a group takes of one limit and gives back to it. `ceiling` is the most that may have been used before the
    group for every one of its takes to fit; `capacity` that of the takes, None when they were under several."""

    taken: int = 0
    returned: int = 0
    ceiling: int | None = None
    capacity: int | None = None

    def add(self, units: int, capacity: int) -> None:
        """One decision's units (negative: given back) under the capacity of its program version."""
        if units <= 0:
            self.returned -= units
            return
        self.capacity = capacity if not self.taken or self.capacity == capacity else None
        self.taken += units
        fits = capacity - self.taken + self.returned
        self.ceiling = fits if self.ceiling is None else min(self.ceiling, fits)


class AllLimits(Container[str]):
    """Every limit, also those nobody has thought of yet."""

    def __contains__(self, limit_id: object) -> bool:
        return True


class SharedLimits(LimitsLeft):
    """The limits of one group: what it has taken so far counts. `firm` limits are locked as soon as they are asked."""

    def __init__(
        self, store: LimitStore, connection: Connection, programs: ProgramBook, firm: Container[str] = ()
    ) -> None:
        super().__init__(store, connection, programs)
        self._firm = AllLimits() if store.holder is None else firm
        self.locked: dict[str, int] = {}
        self.draws: dict[str, Draw] = {}

    @property
    def locks_early(self) -> bool:
        """Whether some leased limit is firm: then the limits of every command must be known before deciding."""
        return bool(self._firm)

    def load(self, limit_ids: Iterable[str]) -> None:
        """Look at limits that the group's commands need, with one query; lock the firm ones in id order."""
        ordered = sorted(limit_ids)
        self.lock([limit_id for limit_id in ordered if self.is_firm(limit_id)])
        self._look([limit_id for limit_id in ordered if limit_id not in self._before])

    def consume(self, uses: Sequence[tuple[str, int]]) -> None:
        """Count what a decision took (negative: gave back)."""
        for limit_id, units in uses:
            draw = self.draws.setdefault(limit_id, Draw())
            draw.add(units, self._capacity(limit_id) if units > 0 else 0)

    def _used(self, limit_id: str) -> int:
        if limit_id not in self._before and self.is_firm(limit_id):
            self.lock([limit_id])
        draw = self.draws.get(limit_id)
        return super()._used(limit_id) + (draw.taken - draw.returned if draw is not None else 0)

    def is_firm(self, limit_id: str) -> bool:
        """Whether the limit is locked before it is looked at."""
        return limit_id in self._firm or not is_leased(limit_id)

    def lock(self, limit_ids: list[str]) -> None:
        """The limits' own rows, then every slice of them: what nobody has used comes back into the row."""
        self.locked.update(self._store.lock_limits(self._connection, limit_ids))
        slices = self._store.lock_leases(self._connection, (), [name for name in limit_ids if is_leased(name)])
        for lease in slices:
            self.locked[lease.limit_id] -= lease.rest + lease.returned
        collected = {lease.limit_id for lease in slices}
        if collected:
            used = {limit_id: self.locked[limit_id] for limit_id in collected}
            self._store.save_limits(self._connection, used, (), sorted(collected))
        self._before.update((limit_id, self.locked[limit_id]) for limit_id in limit_ids)
