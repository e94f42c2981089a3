"""Owns the meaning of a plan, said in the plainest way: a walk over the tree. The generated code of `compile.py` must
give exactly the same points, counters and trace; the tests hold both against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alliance_node.domain.counters import Counter, used_in
from alliance_node.domain.events import CounterValue, LimitUse, TraceStep
from alliance_node.domain.instants import Instant, period_of
from alliance_node.domain.program.conditions import Facts, all_hold
from alliance_node.domain.program.plan import (
    NO_BUDGET,
    BracketAmount,
    FixedAmount,
    GradedAmount,
    PerUnitAmount,
    Plan,
    PlanAmount,
    PlanBudget,
    PlanCampaign,
    PlanLimit,
    Ratio,
    StreakAmount,
)
from alliance_node.domain.program.streaks import streak

Evaluation = tuple[int, int, int, list[CounterValue], list[TraceStep], list[LimitUse]]
"""(base points, bonus points, growth, counters after, trace, what is taken of shared budgets)."""


class _Unlimited(dict[str, int]):
    """What is left of every shared limit when nobody counts: more than any event can give."""

    def get(self, _key: str, _default: object = None) -> int:
        return 10**18


UNLIMITED: Mapping[str, int] = _Unlimited()


class Evaluator(Protocol):
    """`behaviour` is None for a purchase. `day` is the local day that limits and calendar conditions count in,
    `budget_day` the one of the program's calendar; `available` says what is left of the shared budgets."""

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
        available: Mapping[str, int] = UNLIMITED,
        budget_day: int = 0,
        grade: int = 0,
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
        available: Mapping[str, int] = UNLIMITED,
        budget_day: int = 0,
        grade: int = 0,
    ) -> Evaluation:
        facts = Facts(behaviour, amount, at, day, channel, source, tags, tier)
        return _Walk(plan, facts, counters, available, budget_day, grade).run()

    return evaluate


class _Walk:
    """One evaluation under way."""

    def __init__(
        self,
        plan: Plan,
        facts: Facts,
        counters: Mapping[str, Counter],
        available: Mapping[str, int],
        budget_day: int,
        grade: int,
    ) -> None:
        self.plan, self.facts, self.counters, self.grade = plan, facts, counters, grade
        self.available, self.budget_day = available, budget_day
        self.taken = [0] * len(plan.budgets)
        self.changed: list[CounterValue] = []
        self.trace: list[TraceStep] = []

    def run(self) -> Evaluation:
        given = {"base": 0, "bonus": 0, "growth": 0}
        by_position = []
        facts, plan = self.facts, self.plan
        for rule in plan.purchase_rules if facts.behaviour is None else plan.behaviour_rules:
            points = 0
            if (facts.behaviour is None or facts.behaviour in rule.behaviours) and all_hold(rule.when, facts):
                prefix = "growth_" if rule.grants == "growth" else ""
                points = self._amount(rule.rule_id, prefix, rule.amount)
                points = self._limited(rule.rule_id, points, rule.limits, rule.budget)
            by_position.append(points)
            given[rule.grants] += points
        if facts.behaviour is None:
            given["bonus"] += self._campaigns(by_position)
        limits = [
            LimitUse(self._budget_id(budget), taken)
            for budget, taken in zip(plan.budgets, self.taken, strict=True)
            if taken
        ]
        return given["base"], given["bonus"], given["growth"], self.changed, self.trace, limits

    def _budget_id(self, budget: PlanBudget) -> str:
        return f"budget:{budget.budget_id}/{period_of(budget.per, self.budget_day)}"

    def _amount(self, rule_id: str, prefix: str, amount: PlanAmount) -> int:
        match amount:
            case FixedAmount():
                return self._step(rule_id, prefix + "fixed", amount.points, ())
            case PerUnitAmount():
                money = self.facts.amount
                ratio = dict(amount.by_tier).get(self.facts.tier, amount.default)
                points = rounded(money // amount.unit_minor, ratio, amount.half_up)
                numbers = (money, ratio.numerator, ratio.denominator, amount.unit_minor)
                return self._step(rule_id, prefix + "per_unit", points, numbers)
            case BracketAmount():
                return self._brackets(rule_id, prefix, amount)
            case GradedAmount():
                points = amount.lowest + self.grade * (amount.highest - amount.lowest) // 100
                return self._step(rule_id, prefix + "graded", points, (self.grade, amount.lowest, amount.highest))
            case StreakAmount():
                counter, shape = self.counters.get(amount.key), (amount.days, amount.bonuses, amount.restart_after)
                name = (rule_id, prefix)
                return streak(counter, amount.key, self.facts.day, shape, name, self.changed, self.trace)

    def _brackets(self, rule_id: str, prefix: str, amount: BracketAmount) -> int:
        money = self.facts.amount
        if not amount.marginal:
            for step in amount.steps:
                if step.last < 0 or money <= step.last:
                    points = rounded(money, step.ratio, amount.half_up)
                    ratio = step.ratio
                    bounds = (money, step.first, step.last, ratio.numerator, ratio.denominator)
                    return self._step(rule_id, prefix + "bracket", points, bounds)
        parts = []
        for step in amount.steps:
            upper = money if step.upper < 0 else min(money, step.upper)
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

    def _limited(self, rule_id: str, points: int, limits: tuple[PlanLimit, ...], budget: int) -> int:
        used = []
        for limit in limits:
            period = period_of(limit.per, self.facts.day)
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
        if budget != NO_BUDGET:
            points = self._budgeted(rule_id, points, budget)
        if points:
            for limit, period, already in used:
                more = 1 if limit.counts == "times" else points
                self.changed.append(CounterValue(limit.key, period, already + more, more))
        return points

    def _budgeted(self, rule_id: str, points: int, number: int) -> int:
        budget = self.plan.budgets[number]
        left = max(self.available.get(self._budget_id(budget), 0), 0) - self.taken[number]
        given = min(points, left)
        if given < points:
            numbers = (budget.maximum, budget.maximum - left, PERIODS.index(budget.per))
            self._step(rule_id, "limit_budget", given - points, numbers)
        self.taken[number] += given
        return given

    def _campaigns(self, by_position: list[int]) -> int:
        plan = self.plan
        active = [campaign for campaign in plan.campaigns if all_hold(campaign.when, self.facts)]
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
            total += self._limited(campaign.campaign_id, extra, campaign.limits, campaign.budget)
        return total


def _extra(campaign: PlanCampaign, by_position: list[int], before: int) -> int:
    base = sum(by_position[number] for number in campaign.applies_to) + before
    return base * campaign.extra.numerator // campaign.extra.denominator


def rounded(quantity: int, ratio: Ratio, half_up: bool) -> int:
    """quantity × ratio, rounded down or half up, exactly."""
    if half_up:
        return (2 * quantity * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)
    return quantity * ratio.numerator // ratio.denominator
