"""Owns whether one amount of a rule gives at least as much as another, for every purchase, grade, streak and tier."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from alliance_node.domain.program.comparing.kit import CHANGED, Comparison, Place
from alliance_node.domain.program.rules_schema import Amount, ByBracket, Fixed, Graded, PerUnit, Streak
from alliance_node.domain.program.values import to_minor


class _Line(NamedTuple):
    """Points of amounts of money from `first` to `last` (None: no end), in minor units, before rounding."""

    first: int
    last: int | None
    slope: Fraction
    offset: Fraction

    def at(self, amount: int) -> Fraction:
        return self.slope * amount + self.offset


def compare_amounts(c: Comparison, place: Place, old: Amount, new: Amount) -> None:
    """Worse when some member in some case would get less, or when that cannot be told."""
    if isinstance(old, Streak) and isinstance(new, Streak):
        _streaks(c, place, old, new)
    elif isinstance(old, Fixed | Graded) and isinstance(new, Fixed | Graded) and old.type + new.type != "fixedfixed":
        (old_low, old_high), (low, high) = _range(old), _range(new)
        c.not_lower(place.at("lowest"), old_low, low)
        c.not_lower(place.at("highest"), old_high, high)
    elif isinstance(old, Fixed) and isinstance(new, Fixed):
        c.not_lower(place.at("points"), old.points, new.points)
    elif isinstance(old, Fixed | PerUnit | ByBracket) and isinstance(new, Fixed | PerUnit | ByBracket):
        _money(c, place, old, new)
    else:
        c.same(place.at("type"), old.type, new.type)


def always_rises(streak: Streak) -> bool:
    """Whether no day of a run gives less than the day before."""
    days = _every_day(streak)
    return streak.restart_after is None and all(earlier <= later for earlier, later in pairwise(days))


def _range(amount: Fixed | Graded) -> tuple[int, int]:
    return (amount.points, amount.points) if isinstance(amount, Fixed) else (amount.lowest, amount.highest)


def _streaks(c: Comparison, place: Place, old: Streak, new: Streak) -> None:
    if old.restart_after == new.restart_after:
        days = old.restart_after or max(_known_days(old), _known_days(new))
        for day in range(1, days + 1):
            if _on_day(new, day) < _on_day(old, day):
                c.worse(place.at(f"day_{day}"), _on_day(old, day), _on_day(new, day), "lower")
                return
    elif min(_every_day(new)) < max(_every_day(old)):
        c.worse(place.at("restart_after"), old.restart_after, new.restart_after, CHANGED)


def _known_days(streak: Streak) -> int:
    """After this many days the points no longer change."""
    return max(len(streak.days), *(bonus.day for bonus in streak.bonuses), 0) + 1


def _every_day(streak: Streak) -> list[int]:
    return [_on_day(streak, day) for day in range(1, (streak.restart_after or _known_days(streak)) + 1)]


def _on_day(streak: Streak, day: int) -> int:
    base = streak.days[min(day, len(streak.days)) - 1]
    return base + sum(bonus.points for bonus in streak.bonuses if bonus.day == day)


def _money(c: Comparison, place: Place, old: Fixed | PerUnit | ByBracket, new: Fixed | PerUnit | ByBracket) -> None:
    """Both are straight lines in pieces: where the new one is not below at every corner it is nowhere below."""
    if getattr(old, "rounding", "down") == "half_up" and getattr(new, "rounding", "half_up") == "down":
        c.worse(place.at("rounding"), "half_up", "down", "lower")
    if isinstance(new, PerUnit) and new.whole_units and not _units_fit(old, new):
        c.worse(place.at("whole_units"), "no", f"yes, of {new.per}", "lower")
    for tier, before in c.tiers.items():
        lines = _lines(old, before, c.old.currency_exponent), _lines(new, tier, c.new.currency_exponent)
        lost = _first_loss(*lines)
        if lost is not None:
            c.worse(place.at(tier) if _has_tiers(old, new) else place, _told(old, before), _told(new, tier), "lower")
            if not _has_tiers(old, new):
                return


def _units_fit(old: Amount, new: PerUnit) -> bool:
    """Whether whole units lose nothing: the old ones were whole too, and a multiple of the new ones."""
    if not isinstance(old, PerUnit) or not old.whole_units:
        return False
    return Fraction(Fraction(old.per), Fraction(new.per)).denominator == 1


def _has_tiers(*amounts: Amount) -> bool:
    return any(isinstance(amount, PerUnit) and amount.by_tier for amount in amounts)


def _told(amount: Amount, tier: str) -> str:
    match amount:
        case PerUnit():
            return f"{amount.by_tier.get(tier, amount.points)} per {amount.per}"
        case ByBracket():
            rates = ", ".join(f"{step.rate} to {step.up_to}" if step.up_to else step.rate for step in amount.brackets)
            return f"{amount.mode} {rates} per {amount.per}"
        case Fixed():
            return str(amount.points)
    return amount.type


def _lines(amount: Fixed | PerUnit | ByBracket, tier: str, exponent: int) -> list[_Line]:
    match amount:
        case Fixed():
            return [_Line(0, None, Fraction(0), Fraction(amount.points))]
        case PerUnit():
            points = Fraction(amount.by_tier.get(tier, amount.points))
            return [_Line(0, None, Fraction(points, to_minor(amount.per, exponent)), Fraction(0))]
    lines = []
    first, lower, total = 0, 0, Fraction(0)
    for step in amount.brackets:
        slope = Fraction(Fraction(step.rate), to_minor(amount.per, exponent))
        upper = None if step.up_to is None else to_minor(step.up_to, exponent)
        last = upper if upper is None or step.inclusive else upper - 1
        offset = total - slope * lower if amount.mode == "marginal" else Fraction(0)
        lines.append(_Line(first, last, slope, offset))
        if upper is not None and last is not None:
            total += slope * (upper - lower)
            lower, first = upper, last + 1
    return lines


def _first_loss(old: list[_Line], new: list[_Line]) -> int | None:
    """The smallest corner at which the new lines are below the old ones, or None."""
    corners = {line.first for line in (*old, *new)} | {line.last for line in (*old, *new) if line.last is not None}
    for amount in sorted(corners):
        if _at(new, amount) < _at(old, amount):
            return amount
    return max(corners) if new[-1].slope < old[-1].slope else None


def _at(lines: list[_Line], amount: int) -> Fraction:
    return next(line.at(amount) for line in lines if line.last is None or amount <= line.last)
