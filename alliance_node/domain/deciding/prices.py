"""Owns what a redemption costs at an instant: the tier's price, redemption days, points and money. Takes nothing."""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.events import TraceStep
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.program.offers import CompiledOffer
from alliance_node.domain.program.redemption_schema import Award
from alliance_node.domain.state import MemberState, timezone_at


class Price(NamedTuple):
    """One unit: an award, a ticket, or a step of an offset or donation. `cash_minor` is paid besides the points."""

    points: int
    value_minor: int
    cash_minor: int


def price_now(program: CompiledProgram, state: MemberState, compiled: CompiledOffer, at: Instant) -> Price:
    """One unit of the option for this member, tier price and redemption day included."""
    return price_with_trace(program, state, compiled, at)[0]


def price_with_trace(
    program: CompiledProgram, state: MemberState, compiled: CompiledOffer, at: Instant
) -> tuple[Price, tuple[TraceStep, ...]]:
    """The price and what made it differ from the list price.

    Steps: (option, "tier_price", -saved, (full, of the tier)) and (day, "redemption_day", -saved, (full, percent)).
    """
    offer, trace = compiled.offer, list[TraceStep]()
    points = full = offer.points
    if isinstance(offer, Award):
        points = offer.points_by_tier.get(state.tier, full)
        if points != full:
            trace.append((offer.id, "tier_price", points - full, (full, points)))
    day = _cheapest_day(program, state, offer.id, at)
    if day is not None:
        day_id, percent = day
        reduced = -(-points * percent // 100)  # rounded up
        trace.append((day_id, "redemption_day", reduced - points, (points, percent)))
        points = reduced
    return Price(points, compiled.value_minor, compiled.cash_minor), tuple(trace)


def _cheapest_day(program: CompiledProgram, state: MemberState, option: str, at: Instant) -> tuple[str, int] | None:
    """R-RED-6: of the redemption days that hold, the one with the smallest percentage (the first in the file of equal
    ones)."""
    if not program.redemption_days:
        return None
    local = program.day_for(at, timezone_at(state, at))
    holding = [
        day
        for day in program.redemption_days
        if option in day.options
        and day.dates.in_window(at)
        and day.dates.on_day(local)
        and (not day.tiers or state.tier in day.tiers)
    ]
    best = min(holding, key=lambda day: day.percent, default=None)
    return (best.day_id, best.percent) if best is not None else None
