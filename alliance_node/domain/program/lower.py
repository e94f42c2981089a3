"""Owns the step from the validated file to the typed plan: decimals become exact integer ratios, times instants."""

from __future__ import annotations

from fractions import Fraction

from alliance_node.domain.program.plan import (
    NO_BUDGET,
    AmountAtLeast,
    AmountBelow,
    AnyTag,
    Before,
    BracketAmount,
    BracketStep,
    DayOfMonthIn,
    FixedAmount,
    GradedAmount,
    NoTag,
    NotBefore,
    OneOf,
    PerUnitAmount,
    Plan,
    PlanAmount,
    PlanBudget,
    PlanCampaign,
    PlanLimit,
    PlanRule,
    Predicate,
    Ratio,
    StreakAmount,
    WeekdayIn,
)
from alliance_node.domain.program.rules_schema import (
    Amount,
    ByBracket,
    Campaign,
    Fixed,
    Graded,
    Limit,
    PerUnit,
    Rule,
    Streak,
    When,
)
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_instant, to_minor


def lower(program: ProgramFile) -> Plan:
    """The plan of a checked program."""
    earning = [_rule(rule, "bonus" if rule.bonus else "base", program) for rule in program.earn.rules]
    growing = [_rule(rule, "growth", program) for rule in program.growth.rules]
    rules = [*earning, *growing]
    purchase = tuple(rule for rule in rules if not rule.behaviours)
    positions = {rule.rule_id: number for number, rule in enumerate(purchase) if rule.grants != "growth"}
    return Plan(
        purchase_rules=purchase,
        behaviour_rules=tuple(rule for rule in rules if rule.behaviours),
        campaigns=tuple(_campaign(campaign, positions, program) for campaign in program.earn.campaigns),
        stacking=program.earn.stacking,
        budgets=tuple(PlanBudget(budget.id, budget.per, budget.points) for budget in program.earn.budgets),
    )


def lower_limits(limits: list[Limit], owner: str) -> tuple[PlanLimit, ...]:
    """The limits with the names of their counters."""
    return tuple(
        PlanLimit(
            f"{owner}/{limit.per}/{'times' if limit.times is not None else 'points'}",
            limit.per,
            "times" if limit.times is not None else "points",
            limit.times if limit.times is not None else limit.points or 0,
        )
        for limit in limits
    )


def _rule(rule: Rule, grants: str, program: ProgramFile) -> PlanRule:
    owner = f"growth/{rule.id}" if grants == "growth" else f"earn/{rule.id}"
    return PlanRule(
        rule.id,
        grants,
        tuple(rule.behaviours or ()),
        lower_when(rule.when, program),
        _amount(rule, program),
        lower_limits(rule.limits, owner),
        _budget(rule.budget, program),
    )


def _budget(name: str | None, program: ProgramFile) -> int:
    names = [budget.id for budget in program.earn.budgets]
    return NO_BUDGET if name is None else names.index(name)


def _campaign(campaign: Campaign, positions: dict[str, int], program: ProgramFile) -> PlanCampaign:
    chosen = campaign.applies_to or list(positions)
    return PlanCampaign(
        campaign.id,
        lower_when(campaign.when, program),
        _ratio(Fraction(campaign.multiplier) - 1),
        tuple(sorted(positions[rule_id] for rule_id in chosen)),
        lower_limits(campaign.limits, f"campaign/{campaign.id}"),
        _budget(campaign.budget, program),
    )


def lower_when(when: When, program: ProgramFile) -> tuple[Predicate, ...]:
    """The conditions that are given, those that only a clock decides first."""
    exponent, tz = program.currency_exponent, program.timezone
    found: list[Predicate] = []
    if when.starts is not None:
        found.append(NotBefore(to_instant(when.starts, tz)))
    if when.until is not None:
        found.append(Before(to_instant(when.until, tz)))
    if when.sources is not None:
        found.append(OneOf("source", tuple(when.sources)))
    if when.channels is not None:
        found.append(OneOf("channel", tuple(when.channels)))
    if when.tiers is not None:
        found.append(OneOf("tier", tuple(when.tiers)))
    if when.tags_any is not None:
        found.append(AnyTag(tuple(when.tags_any)))
    if when.tags_none is not None:
        found.append(NoTag(tuple(when.tags_none)))
    if when.amount_at_least is not None:
        found.append(AmountAtLeast(to_minor(when.amount_at_least, exponent)))
    if when.amount_below is not None:
        found.append(AmountBelow(to_minor(when.amount_below, exponent)))
    if when.weekdays is not None:
        found.append(WeekdayIn(tuple(when.weekdays)))
    if when.days_of_month is not None:
        days = tuple(day for day in when.days_of_month if day > 0)
        found.append(DayOfMonthIn(days, len(days) < len(when.days_of_month)))
    return tuple(found)


def _amount(rule: Rule, program: ProgramFile) -> PlanAmount:
    amount: Amount = rule.amount
    match amount:
        case Fixed():
            return FixedAmount(amount.points)
        case PerUnit():
            return _per_unit(amount, program.currency_exponent)
        case ByBracket():
            return _brackets(amount, program.currency_exponent)
        case Graded():
            return GradedAmount(amount.lowest, amount.highest)
        case Streak():
            bonuses = tuple((bonus.day, bonus.points) for bonus in amount.bonuses)
            return StreakAmount(f"streak/{rule.id}", tuple(amount.days), bonuses, amount.restart_after or 0)


def _per_unit(amount: PerUnit, exponent: int) -> PerUnitAmount:
    per_minor = to_minor(amount.per, exponent)
    unit, share = (per_minor, 1) if amount.whole_units else (1, per_minor)
    return PerUnitAmount(
        _ratio(Fraction(Fraction(amount.points), share)),
        tuple((tier, _ratio(Fraction(Fraction(points), share))) for tier, points in amount.by_tier.items()),
        unit,
        amount.rounding == "half_up",
    )


def _brackets(amount: ByBracket, exponent: int) -> BracketAmount:
    per_minor = to_minor(amount.per, exponent)
    steps = []
    lower_minor = first = 0
    for bracket in amount.brackets:
        upper = -1 if bracket.up_to is None else to_minor(bracket.up_to, exponent)
        ratio = _ratio(Fraction(Fraction(bracket.rate), per_minor))
        last = upper if upper < 0 or bracket.inclusive else upper - 1
        steps.append(BracketStep(lower_minor, upper, first, last, ratio))
        lower_minor, first = upper, last + 1
    return BracketAmount(amount.mode == "marginal", amount.rounding == "half_up", tuple(steps))


def _ratio(value: Fraction) -> Ratio:
    return Ratio(value.numerator, value.denominator)
