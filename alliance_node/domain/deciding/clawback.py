"""Owns how points are taken back: unspent, pending, expired (against breakage), spent, in this order (DESIGN.md §3).

The spent part follows the program's debt policy. Knows nothing of what the points were given for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from alliance_node.domain.counters import used_in
from alliance_node.domain.deciding.spending import available, loaded_lot
from alliance_node.domain.events import Clawback, CounterValue, LimitUse, TraceStep
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import MemberState


class Taken(NamedTuple):
    """What is taken back, split by where it was. `debt` is owed, `forgiven` is not."""

    lots: tuple[Clawback, ...]
    available: int
    pending: int
    expired: int
    debt: int
    forgiven: int

    def trace(self) -> tuple[TraceStep, ...]:
        """One step for each part that is not nothing."""
        steps = (
            ("clawback_available", self.available),
            ("clawback_pending", self.pending),
            ("clawback_expired", self.expired),
            ("clawback_debt", self.debt),
            ("clawback_forgiven", self.forgiven),
        )
        return tuple(("refund", name, -points, ()) for name, points in steps if points)


def take_back(
    program: CompiledProgram,
    state: MemberState,
    wanted: Iterable[tuple[int, int]],
    now: Instant,
    gone: int = 0,
    reserved: int = 0,
) -> Taken:
    """`wanted` points of each named lot, and `gone` points of which no lot is known (they count as spent).

    `reserved`: spendable points that the same decision takes back afterwards; they cannot cover what was spent here.
    """
    from_available = from_pending = from_expired = taken_alive = 0
    parts: list[Clawback] = []
    spent = gone
    for lot_no, points in wanted:
        lot = loaded_lot(state, lot_no)
        taken = min(points, lot.remaining)
        if lot_no in state.pending:
            from_pending += taken
        elif lot.expires_at <= state.swept_through:
            from_expired += taken
        else:
            from_available += taken
            taken_alive += taken if lot.matures_at <= now < lot.expires_at else 0
        spent += points - taken
        if points:
            parts.append(Clawback(lot_no, taken, points - taken))
    forgiven = _forgiven(program, state, spent, taken_alive + reserved, now)
    return Taken(tuple(parts), from_available, from_pending, from_expired, spent - forgiven, forgiven)


def spendable_of(state: MemberState, wanted: Iterable[tuple[int, int]], now: Instant) -> int:
    """How many of the `wanted` points of each lot could still be spent: what `take_back` would take of them."""
    lots = [(loaded_lot(state, lot_no), points) for lot_no, points in wanted if lot_no not in state.pending]
    alive = [(lot, points) for lot, points in lots if lot.matures_at <= now < lot.expires_at]
    return sum(min(points, lot.remaining) for lot, points in alive if lot.expires_at > state.swept_through)


def _forgiven(program: CompiledProgram, state: MemberState, spent: int, taken_alive: int, now: Instant) -> int:
    """Under the clamp policy, what the other spendable points cannot cover; nothing under the others."""
    if program.file.refunds.spent_points != "clamp":
        return 0
    capacity = available(state, now) - taken_alive - state.debt_points
    return max(0, spent - max(0, capacity))


class Share(NamedTuple):
    """How much of something is undone in all: `part` of `whole`. A later share contains the earlier ones."""

    part: int
    whole: int

    def of(self, amount: int) -> int:
        """The share of an amount, rounded down; the whole of it when everything is undone."""
        return amount * self.part // self.whole


def counters_back(
    state: MemberState, used: Iterable[CounterValue], share: Share, earlier: Iterable[CounterValue]
) -> tuple[CounterValue, ...]:
    """What the share of an event gives back to the member's counters, beyond what `earlier` shares gave.

    What counts once (a time, a purchase) comes back with the whole, what counts points or money in proportion. A
    period that is no longer known stays used.
    """
    given: dict[tuple[str, int], int] = {}
    for key, period, _, delta in earlier:
        given[key, period] = given.get((key, period), 0) - delta
    changed = []
    for key, period, _, delta in used:
        now_used = used_in(state.counters.get(key), period, -1)
        back = min(share.of(delta) - given.get((key, period), 0), now_used)
        if back > 0:
            changed.append(CounterValue(key, period, now_used - back, -back))
    return tuple(changed)


def budgets_back(used: Iterable[LimitUse], share: Share, earlier: Iterable[LimitUse]) -> tuple[LimitUse, ...]:
    """What the share of an event gives back to shared budgets, beyond what `earlier` shares gave. Stock stays taken:
    the thing has left the shelf."""
    given: dict[str, int] = {}
    for limit_id, units in earlier:
        given[limit_id] = given.get(limit_id, 0) - units
    back = [(limit_id, share.of(units) - given.get(limit_id, 0)) for limit_id, units in used if is_budget(limit_id)]
    return tuple(LimitUse(limit_id, -units) for limit_id, units in back if units)


def is_budget(limit_id: str) -> bool:
    """Whether the shared limit is a budget of points."""
    return limit_id.startswith("budget:")
