"""Owns the meaning of one condition of the plan, said in the plainest way. `emit.py` writes the same as source text."""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.instants import Instant, day_of_month, weekday
from alliance_node.domain.program.plan import (
    AmountAtLeast,
    AmountBelow,
    AnyTag,
    Before,
    DayOfMonthIn,
    NoTag,
    NotBefore,
    OneOf,
    Predicate,
    WeekdayIn,
)


class Facts(NamedTuple):
    """What conditions are asked about: one purchase (behaviour None) or behaviour. `day` is the local day."""

    behaviour: str | None
    amount: int
    at: Instant
    day: int
    channel: str
    source: str
    tags: tuple[str, ...]
    tier: str


def holds(condition: Predicate, facts: Facts) -> bool:
    """Whether the facts meet the condition."""
    match condition:
        case OneOf():
            value: str = getattr(facts, condition.fact)
            return value in condition.values
        case AnyTag():
            return any(tag in condition.values for tag in facts.tags)
        case NoTag():
            return not any(tag in condition.values for tag in facts.tags)
        case AmountAtLeast():
            return facts.amount >= condition.minor
        case AmountBelow():
            return facts.amount < condition.minor
        case NotBefore():
            return facts.at >= condition.instant
        case Before():
            return facts.at < condition.instant
        case WeekdayIn():
            return weekday(facts.day) in condition.values
        case DayOfMonthIn():
            is_last = condition.last and day_of_month(facts.day + 1) == 1
            return is_last or day_of_month(facts.day) in condition.values


def all_hold(conditions: tuple[Predicate, ...], facts: Facts) -> bool:
    """Whether the facts meet all of them."""
    for condition in conditions:  # noqa: SIM110 - `all` over a generator costs twice as much, and every purchase asks
        if not holds(condition, facts):
            return False
    return True
