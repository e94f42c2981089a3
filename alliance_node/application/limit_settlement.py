"""Right before a group is saved: its takes of shared limits become final, exact to the unit.

Owns which row pays. Where a draw can be paid from this process's own slice, only that row is locked. Else the limit's
own row is locked, and gives a new slice while there is plenty, the units alone when it is getting scarce, and near the
end every process's slice is collected first: so nothing is stranded in the slice of a process that is gone.
Always: units used = the row's `used` − `rest` and `returned` of all slices, and slices with a rest share one capacity.
Order of locks: own rows of limits by id, then slices by (id, holder).
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection

from alliance_node.application.errors import LimitsMoved
from alliance_node.application.limits import Draw, SharedLimits
from alliance_node.application.ports import LimitStore
from alliance_node.application.records import LeaseRow

SHARE = 16
"""A slice is this part of what is free: it shrinks with the rest."""


def settle(store: LimitStore, connection: Connection, limits: SharedLimits) -> None:
    """Pay for everything that the group took. Raises LimitsMoved when it must be decided again."""
    if not limits.draws:
        return
    firm = {name: limits.locked[name] + draw.taken - draw.returned for name, draw in _locked(limits)}
    loose = {name: draw for name, draw in limits.draws.items() if name not in firm}
    if store.holder is None or not loose:
        store.save_limits(connection, firm, (), ())
    else:
        _Settlement(store, connection, store.holder, loose).run(firm)


def _locked(limits: SharedLimits) -> list[tuple[str, Draw]]:
    unasked = [name for name in limits.draws if name not in limits.locked and limits.is_firm(name)]
    limits.lock(unasked)
    return [(name, draw) for name, draw in limits.draws.items() if name in limits.locked]


class _Settlement:
    def __init__(self, store: LimitStore, connection: Connection, holder: str, draws: Mapping[str, Draw]) -> None:
        self._store = store
        self._connection = connection
        self._holder = holder
        self._draws = draws
        self._used: dict[str, int] = {}
        self._changes: list[LeaseRow] = []
        self._gone: list[str] = []
        self._moved: set[str] = set()

    def run(self, firm: dict[str, int]) -> None:
        seen = self._by_limit(self._store.leases(self._connection, sorted(self._draws)))
        from_slice = {name for name, draw in self._draws.items() if self._slice_pays(draw, seen[name])}
        from_row = sorted(self._draws.keys() - from_slice)
        rows = self._store.lock_limits(self._connection, from_row)
        slices = self._by_limit(self._store.leases(self._connection, from_row))
        collect = [name for name in from_row if self._must_collect(self._draws[name], rows[name], slices[name])]
        drawn = [name for name in sorted(from_slice) if self._draws[name].taken]
        locked = self._by_limit(self._store.lock_leases(self._connection, sorted([*drawn, *from_row]), collect))
        for name in drawn:
            if not self._slice_pays(self._draws[name], locked[name]):
                self._moved.add(name)
        for name in collect:
            rows[name] -= sum(lease.rest + lease.returned for lease in locked[name])
        for name in from_row:
            self._pay_from_row(name, self._draws[name], rows[name], name in collect)
        if self._moved:
            raise LimitsMoved(self._moved)
        for name in from_slice:
            draw = self._draws[name]
            self._change(name, draw.capacity or 0, -draw.taken, draw.returned)
        self._store.save_limits(self._connection, {**firm, **self._used}, self._changes, self._gone)

    @staticmethod
    def _by_limit(leases: list[LeaseRow]) -> dict[str, list[LeaseRow]]:
        found: dict[str, list[LeaseRow]] = defaultdict(list)
        for lease in leases:
            found[lease.limit_id].append(lease)
        return found

    def _slice_pays(self, draw: Draw, leases: list[LeaseRow]) -> bool:
        """A slice serves decisions under its own capacity only; giving back needs no room."""
        own = next((lease for lease in leases if lease.holder == self._holder), None)
        if not draw.taken:
            return True
        return own is not None and own.capacity == draw.capacity and own.rest >= draw.taken

    def _must_collect(self, draw: Draw, used: int, leases: list[LeaseRow]) -> bool:
        other_capacity = any(lease.rest and lease.capacity != draw.capacity for lease in leases)
        scarce = _slice_of(draw, used) < draw.taken and draw.ceiling is not None and used > draw.ceiling
        return bool(leases) and (other_capacity or scarce)

    def _pay_from_row(self, name: str, draw: Draw, used: int, collected: bool) -> None:
        size = _slice_of(draw, used)
        if collected:
            self._gone.append(name)
        if draw.capacity is not None and size >= draw.taken:
            self._used[name] = used + size
            self._change(name, draw.capacity, size - draw.taken, draw.returned)
        elif draw.ceiling is not None and used <= draw.ceiling:
            self._used[name] = used + draw.taken - draw.returned
        else:
            self._moved.add(name)

    def _change(self, name: str, capacity: int, rest: int, returned: int) -> None:
        self._changes.append(LeaseRow(name, self._holder, capacity, rest, returned))


def _slice_of(draw: Draw, used: int) -> int:
    return (draw.capacity - used) // SHARE if draw.capacity is not None else 0
