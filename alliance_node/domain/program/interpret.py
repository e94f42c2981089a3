"""Owns the meaning of a plan, said in the plainest way: a walk over the tree. The generated code of `compile.py` must
give exactly the same points, counters and trace; the tests hold both against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alliance_node.domain.counters import Counter, used_in
from alliance_node.domain.events import CounterValue, TraceStep
from alliance_node.domain.instants import Instant, day_of_month, period_of, weekday
from alliance_node.domain.program.plan import (
    AmountAtLeast,
    AmountBelow,
    AnyTag,
    Before,
    BracketAmount,
    DayOfMonthIn,
    FixedAmount,
    NoTag,
    NotBefore,
    OneOf,
    PerUnitAmount,
    Plan,
    PlanCampaign,
    PlanLimit,
    Predicate,
    Ratio,
    WeekdayIn,
)

Evaluation = tuple[int, int, int, list[CounterValue], list[TraceStep]]
"""(base points, bonus points, growth, counters after, trace)."""


class Evaluator(Protocol):
    """`behaviour` is None for a purchase. `day` is the local day that limits and calendar conditions count in."""

    def __call__(
        self,
        behaviour: str | None,
        amount: int,
        at: Instant,
        day: int,
        channel: str,
        source: str,
        tags: tuple[str, ...],
        tier: str,
        counters: Mapping[str, Counter],
    ) -> Evaluation: ...


PERIODS = ("day", "week", "month", "year", "ever")


def interpreter(plan: Plan) -> Evaluator:
    """The plan as a function that walks it."""

    def evaluate(
        behaviour: str | None,
        amount: int,
        at: Instant,
        day: int,
        channel: str,
        source: str,
        tags: tuple[str, ...],
        tier: str,
        counters: Mapping[str, Counter],
    ) -> Evaluation:
        facts = {"source": source, "channel": channel, "tier": tier}
        return _Walk(behaviour, amount, at, day, facts, tags, counters).run(plan)

    return evaluate


class _Walk:
    """One evaluation under way."""

    def __init__(
        self,
        behaviour: str | None,
        amount: int,
        at: Instant,
        day: int,
        facts: dict[str, str],
        tags: tuple[str, ...],
        counters: Mapping[str, Counter],
    ) -> None:
        self.behaviour, self.amount, self.at, self.day = behaviour, amount, at, day
        self.facts, self.tags, self.counters = facts, tags, counters
        self.changed: list[CounterValue] = []
        self.trace: list[TraceStep] = []

    def run(self, plan: Plan) -> Evaluation:
        given = {"base": 0, "bonus": 0, "growth": 0}
        by_position = []
        for rule in plan.purchase_rules if self.behaviour is None else plan.behaviour_rules:
            points = 0
            if self._concerns(rule.behaviours) and all(self._holds(condition) for condition in rule.when):
                prefix = "growth_" if rule.grants == "growth" else ""
                points = self._amount(rule.rule_id, prefix, rule.amount)
                points = self._limited(rule.rule_id, points, rule.limits)
            by_position.append(points)
            given[rule.grants] += points
        if self.behaviour is None:
            given["bonus"] += self._campaigns(plan, by_position)
        return given["base"], given["bonus"], given["growth"], self.changed, self.trace

    def _concerns(self, behaviours: tuple[str, ...]) -> bool:
        return self.behaviour is None or self.behaviour in behaviours

    def _holds(self, condition: Predicate) -> bool:
        match condition:
            case OneOf():
                return self.facts[condition.fact] in condition.values
            case AnyTag():
                return any(tag in condition.values for tag in self.tags)
            case NoTag():
                return not any(tag in condition.values for tag in self.tags)
            case AmountAtLeast():
                return self.amount >= condition.minor
            case AmountBelow():
                return self.amount < condition.minor
            case NotBefore():
                return self.at >= condition.instant
            case Before():
                return self.at < condition.instant
            case WeekdayIn():
                return weekday(self.day) in condition.values
            case DayOfMonthIn():
                return day_of_month(self.day) in condition.values

    def _amount(self, rule_id: str, prefix: str, amount: PerUnitAmount | BracketAmount | FixedAmount) -> int:
        match amount:
            case FixedAmount():
                return self._step(rule_id, prefix + "fixed", amount.points, ())
            case PerUnitAmount():
                ratio = dict(amount.by_tier).get(self.facts["tier"], amount.default)
                points = rounded(self.amount // amount.unit_minor, ratio, amount.half_up)
                numbers = (self.amount, ratio.numerator, ratio.denominator, amount.unit_minor)
                return self._step(rule_id, prefix + "per_unit", points, numbers)
            case BracketAmount():
                return self._brackets(rule_id, prefix, amount)

    def _brackets(self, rule_id: str, prefix: str, amount: BracketAmount) -> int:
        if not amount.marginal:
            for step in amount.steps:
                if step.last < 0 or self.amount <= step.last:
                    points = rounded(self.amount, step.ratio, amount.half_up)
                    ratio = step.ratio
                    bounds = (self.amount, step.first, step.last, ratio.numerator, ratio.denominator)
                    return self._step(rule_id, prefix + "bracket", points, bounds)
        parts = []
        for step in amount.steps:
            upper = self.amount if step.upper < 0 else min(self.amount, step.upper)
            if upper > step.lower:
                parts.append((upper - step.lower, step.ratio))
        common = 1
        for step in amount.steps:
            common = common * step.ratio.denominator
        total = sum(part * ratio.numerator * (common // ratio.denominator) for part, ratio in parts)
        points = rounded(total, Ratio(1, common), amount.half_up)
        numbers = tuple(n for part, ratio in parts for n in (part, ratio.numerator, ratio.denominator))
        return self._step(rule_id, prefix + "marginal", points, numbers)

    def _step(self, rule_id: str, step: str, points: int, numbers: tuple[int, ...]) -> int:
        self.trace.append((rule_id, step, points, numbers))
        return points

    def _limited(self, rule_id: str, points: int, limits: tuple[PlanLimit, ...]) -> int:
        used = []
        for limit in limits:
            period = period_of(limit.per, self.day)
            already = used_in(self.counters.get(limit.key), period, limit.maximum)
            used.append((limit, period, already))
            room = points if limit.counts == "times" and already < limit.maximum else limit.maximum - already
            if limit.counts == "times" and already >= limit.maximum:
                room = 0
            if points > max(room, 0):
                cut = points - max(room, 0)
                numbers = (limit.maximum, already, PERIODS.index(limit.per))
                self._step(rule_id, f"limit_{limit.counts}", -cut, numbers)
                points -= cut
        if points:
            for limit, period, already in used:
                more = 1 if limit.counts == "times" else points
                self.changed.append(CounterValue(limit.key, period, already + more, more))
        return points

    def _campaigns(self, plan: Plan, by_position: list[int]) -> int:
        active = [c for c in plan.campaigns if all(self._holds(condition) for condition in c.when)]
        if plan.stacking == "exclusive":
            active = active[:1]
        if plan.stacking == "best_of" and active:
            best = max(range(len(active)), key=lambda n: (_extra(active[n], by_position, 0), -n))
            active = [active[best]]
        total = 0
        for campaign in active:
            before = total if plan.stacking == "multiplicative" else 0
            base = sum(by_position[number] for number in campaign.applies_to) + before
            extra = _extra(campaign, by_position, before)
            numbers = (base, campaign.extra.numerator, campaign.extra.denominator)
            self._step(campaign.campaign_id, "campaign", extra, numbers)
            total += self._limited(campaign.campaign_id, extra, campaign.limits)
        return total


def _extra(campaign: PlanCampaign, by_position: list[int], before: int) -> int:
    base = sum(by_position[number] for number in campaign.applies_to) + before
    return base * campaign.extra.numerator // campaign.extra.denominator


def rounded(quantity: int, ratio: Ratio, half_up: bool) -> int:
    """quantity × ratio, rounded down or half up, exactly."""
    if half_up:
        return (2 * quantity * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)
    return quantity * ratio.numerator // ratio.denominator
