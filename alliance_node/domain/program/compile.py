"""Owns the translation of a plan into one Python function, generated once per program version (DESIGN.md §9).

The source is built from the typed tree only. Every literal passes `literal`, which admits integers and the strings of
validated fields, written by `repr`; no text of the file is ever used as code. `interpret.py` is the oracle.
"""

from __future__ import annotations

from typing import Any, cast

from alliance_node.domain.events import CounterValue
from alliance_node.domain.instants import day_of_month, month_number
from alliance_node.domain.program.interpret import PERIODS, Evaluator
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
    PlanAmount,
    PlanCampaign,
    PlanLimit,
    PlanRule,
    Predicate,
    Ratio,
    WeekdayIn,
)

SIGNATURE = "def evaluate(behaviour, amount, at, day, channel, source, tags, tier, counters):"

_PERIOD_CODE = {
    "day": "day",
    "week": "(day + 3) // 7",
    "month": "month_number(day)",
    "year": "month_number(day) // 12",
    "ever": "0",
}
_FACTS = {"source": "source", "channel": "channel", "tier": "tier"}


def compile_plan(plan: Plan) -> Evaluator:
    """The generated function."""
    code = compile(generate_source(plan), "<program>", "exec")
    namespace: dict[str, Any] = {
        "__builtins__": {},
        "CounterValue": CounterValue,
        "month_number": month_number,
        "day_of_month": day_of_month,
    }
    exec(code, namespace)  # noqa: S102 - generated from the typed plan, see the module docstring
    return cast(Evaluator, namespace["evaluate"])


def generate_source(plan: Plan) -> str:
    """The function's source text; shown by `alliance program compile` and read by tests."""
    lines = [SIGNATURE, "    base = bonus = growth = 0", "    changed = []", "    trace = []"]
    lines += ["    if behaviour is None:", "        pass"]
    for number, rule in enumerate(plan.purchase_rules):
        lines += _indent(_rule(rule, f"p{number}"), 2)
    lines += _indent(_campaigns(plan), 2)
    lines += ["    else:", "        pass"]
    for number, rule in enumerate(plan.behaviour_rules):
        lines += _indent(_rule(rule, f"q{number}"), 2)
    lines.append("    return base, bonus, growth, changed, trace")
    return "\n".join(lines) + "\n"


def literal(value: int | str | tuple[int | str, ...]) -> str:
    """The source of a constant. Anything but integers, strings and flat tuples of them stops the compiler."""
    if isinstance(value, tuple):
        return "(" + "".join(literal(part) + ", " for part in value) + ")"
    if type(value) is int or type(value) is str:
        return repr(value)
    raise TypeError(f"{type(value).__name__} cannot be a literal of a program")


def _indent(lines: list[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def _rule(rule: PlanRule, name: str) -> list[str]:
    conditions = [_condition(condition) for condition in rule.when]
    if rule.behaviours:
        conditions.insert(0, f"behaviour in {literal(rule.behaviours)}")
    prefix = "growth_" if rule.grants == "growth" else ""
    body = _amount(rule.amount, name, rule.rule_id, prefix)
    body += _limits(rule.limits, name, rule.rule_id)
    body.append(f"{rule.grants} += {name}")
    if not conditions:
        return body
    return [f"{name} = 0", f"if {' and '.join(conditions)}:", *_indent(body, 1)]


def _condition(condition: Predicate) -> str:
    match condition:
        case OneOf():
            return f"{_FACTS[condition.fact]} in {literal(condition.values)}"
        case AnyTag():
            return "(" + " or ".join(f"{literal(value)} in tags" for value in condition.values) + ")"
        case NoTag():
            return " and ".join(f"{literal(value)} not in tags" for value in condition.values)
        case AmountAtLeast():
            return f"amount >= {literal(condition.minor)}"
        case AmountBelow():
            return f"amount < {literal(condition.minor)}"
        case NotBefore():
            return f"at >= {literal(condition.instant)}"
        case Before():
            return f"at < {literal(condition.instant)}"
        case WeekdayIn():
            return f"(day + 3) % 7 + 1 in {literal(condition.values)}"
        case DayOfMonthIn():
            return f"day_of_month(day) in {literal(condition.values)}"


def _amount(amount: PlanAmount, name: str, rule_id: str, prefix: str) -> list[str]:
    match amount:
        case FixedAmount():
            step = f"({literal(rule_id)}, {literal(prefix + 'fixed')}, {literal(amount.points)}, ())"
            return [f"{name} = {literal(amount.points)}", f"trace.append({step})"]
        case PerUnitAmount():
            return _per_unit(amount, name, rule_id, prefix + "per_unit")
        case BracketAmount():
            if amount.marginal:
                return _marginal(amount, name, rule_id, prefix + "marginal")
            return _slab(amount, name, rule_id, prefix + "bracket")


def _per_unit(amount: PerUnitAmount, name: str, rule_id: str, step: str) -> list[str]:
    unit = literal(amount.unit_minor)
    quantity = "amount" if amount.unit_minor == 1 else f"(amount // {unit})"

    def branch(ratio: Ratio) -> list[str]:
        numbers = f"(amount, {literal(ratio.numerator)}, {literal(ratio.denominator)}, {unit})"
        return [
            f"{name} = {_product(quantity, ratio, amount.half_up)}",
            f"trace.append(({literal(rule_id)}, {literal(step)}, {name}, {numbers}))",
        ]

    lines: list[str] = []
    for tier, ratio in amount.by_tier:
        lines += [f"{'elif' if lines else 'if'} tier == {literal(tier)}:", *_indent(branch(ratio), 1)]
    return [*lines, "else:", *_indent(branch(amount.default), 1)] if lines else branch(amount.default)


def _slab(amount: BracketAmount, name: str, rule_id: str, step: str) -> list[str]:
    lines: list[str] = []
    for bracket in amount.steps:
        ratio = bracket.ratio
        constants = (bracket.first, bracket.last, ratio.numerator, ratio.denominator)
        numbers = "(amount, " + ", ".join(literal(constant) for constant in constants) + ")"
        body = [
            f"{name} = {_product('amount', ratio, amount.half_up)}",
            f"trace.append(({literal(rule_id)}, {literal(step)}, {name}, {numbers}))",
        ]
        if bracket.last < 0:
            return [*lines, "else:", *_indent(body, 1)] if lines else body
        head = f"{'elif' if lines else 'if'} amount <= {literal(bracket.last)}:"
        lines += [head, *_indent(body, 1)]
    raise TypeError("the last bracket of a plan has no end")


def _marginal(amount: BracketAmount, name: str, rule_id: str, step: str) -> list[str]:
    common = 1
    for bracket in amount.steps:
        common *= bracket.ratio.denominator
    lines = ["total = 0", "numbers = ()"]
    for bracket in amount.steps:
        ratio = bracket.ratio
        upper = literal(bracket.upper)
        part = "amount" if bracket.upper < 0 else f"(amount if amount < {upper} else {upper})"
        weight = ratio.numerator * (common // ratio.denominator)
        body = [
            f"part = {part} - {literal(bracket.lower)}",
            f"total += part * {literal(weight)}",
            f"numbers += (part, {literal(ratio.numerator)}, {literal(ratio.denominator)})",
        ]
        lines += [f"if amount > {literal(bracket.lower)}:", *_indent(body, 1)]
    lines.append(f"{name} = {_product('total', Ratio(1, common), amount.half_up)}")
    lines.append(f"trace.append(({literal(rule_id)}, {literal(step)}, {name}, numbers))")
    return lines


def _product(quantity: str, ratio: Ratio, half_up: bool) -> str:
    top, bottom = ratio.numerator, ratio.denominator
    if half_up:
        return f"({quantity} * {literal(2 * top)} + {literal(bottom)}) // {literal(2 * bottom)}"
    scaled = quantity if top == 1 else f"{quantity} * {literal(top)}"
    return scaled if bottom == 1 else f"{scaled} // {literal(bottom)}"


def _limits(limits: tuple[PlanLimit, ...], name: str, owner: str) -> list[str]:
    lines: list[str] = []
    for number, limit in enumerate(limits):
        used, maximum = f"u{number}", literal(limit.maximum)
        numbers = f"({maximum}, {used}, {literal(PERIODS.index(limit.per))})"
        step = f"({literal(owner)}, {literal('limit_' + limit.counts)}, -cut, {numbers})"
        room = "0" if limit.counts == "times" else f"{maximum} - {used} if {maximum} > {used} else 0"
        excess = f"{used} >= {maximum} and {name} > 0" if limit.counts == "times" else f"{name} > room"
        lines += [
            f"t{number} = {_PERIOD_CODE[limit.per]}",
            f"c = counters.get({literal(limit.key)})",
            f"{used} = c[1] if c is not None and c[0] == t{number} else 0",
            f"room = {room}",
            f"if {excess}:",
            f"    cut = {name} - room",
            f"    trace.append({step})",
            f"    {name} -= cut",
        ]
    if limits:
        lines.append(f"if {name}:")
    for number, limit in enumerate(limits):
        more = "1" if limit.counts == "times" else name
        lines.append(f"    changed.append(CounterValue({literal(limit.key)}, t{number}, u{number} + {more}))")
    return lines


def _campaigns(plan: Plan) -> list[str]:
    if not plan.campaigns:
        return []
    lines = ["extra = 0"]
    one_only = plan.stacking in ("exclusive", "best_of")
    if one_only:
        lines += _choose_one(plan)
    for number, campaign in enumerate(plan.campaigns):
        body = _campaign_body(campaign, f"m{number}", plan.stacking)
        guard = f"chosen == {literal(number)}" if one_only else _all(campaign.when)
        lines += [f"if {guard}:", *_indent(body, 1)]
    return [*lines, "bonus += extra"]


def _choose_one(plan: Plan) -> list[str]:
    lines = ["chosen = -1"]
    if plan.stacking == "exclusive":
        for number, campaign in enumerate(plan.campaigns):
            lines += [f"{'elif' if number else 'if'} {_all(campaign.when)}:", f"    chosen = {literal(number)}"]
        return lines
    lines.append("best = -1")
    for number, campaign in enumerate(plan.campaigns):
        gain = _product(_sum(campaign), campaign.extra, half_up=False)
        body = [f"gain = {gain}", "if gain > best:", f"    best = gain; chosen = {literal(number)}"]
        lines += [f"if {_all(campaign.when)}:", *_indent(body, 1)]
    return lines


def _campaign_body(campaign: PlanCampaign, name: str, stacking: str) -> list[str]:
    before = " + extra" if stacking == "multiplicative" else ""
    constants = f"{literal(campaign.extra.numerator)}, {literal(campaign.extra.denominator)}"
    return [
        f"ground = {_sum(campaign)}{before}",
        f"{name} = {_product('ground', campaign.extra, half_up=False)}",
        f"trace.append(({literal(campaign.campaign_id)}, 'campaign', {name}, (ground, {constants})))",
        *_limits(campaign.limits, name, campaign.campaign_id),
        f"extra += {name}",
    ]


def _sum(campaign: PlanCampaign) -> str:
    return "(" + (" + ".join(f"p{number}" for number in campaign.applies_to) or "0") + ")"


def _all(when: tuple[Predicate, ...]) -> str:
    return " and ".join(_condition(condition) for condition in when) or "True"
