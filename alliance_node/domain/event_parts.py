"""Owns what the events of a member's stream are made of. Holds no rule; import these from `events`."""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.instants import Instant

TraceStep = tuple[str, str, int, tuple[int, ...]]
"""(rule id, step, points that the step gave, the numbers that explain it)."""


class NewLot(NamedTuple):
    """A lot as its event creates it. It is pending exactly when `matures_at` is after the event's `occurred_at`."""

    lot_no: int
    amount: int
    earned_at: Instant
    matures_at: Instant
    expires_at: Instant
    kind: str
    convertible: bool


class CounterValue(NamedTuple):
    """A counter's value after the event, and by how much the event moved it (what undoing the event gives back)."""

    key: str
    period: int
    used: int
    delta: int = 0


class ArrivedPart(NamedTuple):
    """Redeemed points that had arrived from another brand with the event of that version."""

    source_version: int
    points: int


class AwardPromise(NamedTuple):
    """A circulation award for the calendar month `period`, for `needs` arrived points redeemed in it."""

    period: int
    points: int
    needs: int


class LimitUse(NamedTuple):
    """Units taken of a shared limit (stock, budget, an order's cap); negative: given back."""

    limit_id: str
    units: int


class GrantedGift(NamedTuple):
    """Something given with a purchase without points (a threshold gift, R-EARN-4): the option and how many."""

    rule_id: str
    option: str
    quantity: int


class Extension(NamedTuple):
    """A lot's expiry before and after, and the points that it concerned."""

    lot_no: int
    points: int
    old_expires_at: Instant
    new_expires_at: Instant


class Clawback(NamedTuple):
    """What a refund took of one lot: `points` from what remained, `spent` from what was spent."""

    lot_no: int
    points: int
    spent: int


class Restored(NamedTuple):
    """Points given back from one lot: `points` into it, `moved` into a new lot, `recovered` for a forgiven clawback."""

    lot_no: int
    points: int
    moved: int
    recovered: int
