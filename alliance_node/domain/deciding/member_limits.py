"""Owns how a member's own limits are used and given back. Shared limits are not known here."""

from __future__ import annotations

from collections.abc import Mapping

from alliance_node.domain.counters import Counter, used_in
from alliance_node.domain.errors import MemberLimitReached
from alliance_node.domain.events import CounterValue
from alliance_node.domain.instants import period_of
from alliance_node.domain.program.plan import PlanLimit
from alliance_node.domain.words import PERIOD_WORDS

_COUNTED = {"times": ("times", "次数"), "points": ("points", "积分")}


def use_limits(
    limits: tuple[PlanLimit, ...], counters: Mapping[str, Counter], day: int, times: int, points: int
) -> tuple[CounterValue, ...]:
    """The counters after the use. Raises `MemberLimitReached` when one has no room for all of it."""
    changed = []
    for limit in limits:
        period = period_of(limit.per, day)
        used = used_in(counters.get(limit.key), period, limit.maximum)
        more = times if limit.counts == "times" else points
        if used + more > limit.maximum:
            raise MemberLimitReached(
                f"{_COUNTED[limit.counts][0]} {PERIOD_WORDS['en'][limit.per]}: "
                f"{used} used of {limit.maximum}, {more} more asked",
                f"{PERIOD_WORDS['zh'][limit.per]}{_COUNTED[limit.counts][1]}："
                f"已用 {used}，上限 {limit.maximum}，此次 {more}",
            )
        changed.append(CounterValue(limit.key, period, used + more, more))
    return tuple(changed)


def give_limits_back(counters: Mapping[str, Counter], taken: tuple[CounterValue, ...]) -> tuple[CounterValue, ...]:
    """What undoing an event sets its counters to; a period that is no longer known stays used."""
    changed = []
    for key, period, _, delta in taken:
        used = used_in(counters.get(key), period, -1)
        if used >= delta:
            changed.append(CounterValue(key, period, used - delta, -delta))
    return tuple(changed)
