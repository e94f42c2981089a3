"""Owns the Python text of one predicate, one amount, one limit. May not assemble functions: that is `compile.py`.

Every literal passes `literal`, which admits integers and strings only, written by `repr`.
"""

from __future__ import annotations

from alliance_node.domain.program.interpret import PERIODS
from alliance_node.domain.program.plan import (
    NO_BUDGET,
    AmountAtLeast,
    AmountBelow,
    AnyTag,
    Before,
    BracketAmount,
    DayOfMonthIn,
    FixedAmount,
    GradedAmount,
    NoTag,
    NotBefore,
    OneOf,
    PerUnitAmount,
    PlanAmount,
    PlanBudget,
    PlanLimit,
    Predicate,
    Ratio,
    StreakAmount,
    WeekdayIn,
)

_PERIOD_CODE = {
    "day": "day",
    "week": "(day + 3) // 7",
    "month": "month_number(day)",
    "year": "month_number(day) // 12",
    "ever": "0",
}
_FACTS = {"source": "source", "channel": "channel", "tier": "tier"}


Constant = int | str | tuple["Constant", ...]


def literal(value: Constant) -> str:
    """The source of a constant. Anything but integers, strings and tuples of them stops the compiler."""
    if isinstance(value, tuple):
        return "(" + "".join(literal(part) + ", " for part in value) + ")"
    if type(value) is int or type(value) is str:
        return repr(value)
    raise TypeError(f"{type(value).__name__} cannot be a literal of a program")


def indent(lines: list[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def condition_code(condition: Predicate) -> str:
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
            named = f"day_of_month(day) in {literal(condition.values)}"
            return f"(day_of_month(day + 1) == 1 or {named})" if condition.last else named


def amount_code(amount: PlanAmount, name: str, rule_id: str, prefix: str) -> list[str]:
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
        case GradedAmount():
            low, high = literal(amount.lowest), literal(amount.highest)
            step = f"({literal(rule_id)}, {literal(prefix + 'graded')}, {name}, (grade, {low}, {high}))"
            return [
                f"{name} = {low} + grade * {literal(amount.highest - amount.lowest)} // 100",
                f"trace.append({step})",
            ]
        case StreakAmount():
            key, constants = literal(amount.key), literal((amount.days, amount.bonuses, amount.restart_after))
            owner = literal((rule_id, prefix))
            return [f"{name} = streak(counters.get({key}), {key}, day, {constants}, {owner}, changed, trace)"]


def _per_unit(amount: PerUnitAmount, name: str, rule_id: str, step: str) -> list[str]:
    unit = literal(amount.unit_minor)
    quantity = "amount" if amount.unit_minor == 1 else f"(amount // {unit})"

    def branch(ratio: Ratio) -> list[str]:
        numbers = f"(amount, {literal(ratio.numerator)}, {literal(ratio.denominator)}, {unit})"
        return [
            f"{name} = {product_code(quantity, ratio, amount.half_up)}",
            f"trace.append(({literal(rule_id)}, {literal(step)}, {name}, {numbers}))",
        ]

    lines: list[str] = []
    for tier, ratio in amount.by_tier:
        lines += [f"{'elif' if lines else 'if'} tier == {literal(tier)}:", *indent(branch(ratio), 1)]
    return [*lines, "else:", *indent(branch(amount.default), 1)] if lines else branch(amount.default)


def _slab(amount: BracketAmount, name: str, rule_id: str, step: str) -> list[str]:
    lines: list[str] = []
    for bracket in amount.steps:
        ratio = bracket.ratio
        constants = (bracket.first, bracket.last, ratio.numerator, ratio.denominator)
        numbers = "(amount, " + ", ".join(literal(constant) for constant in constants) + ")"
        body = [
            f"{name} = {product_code('amount', ratio, amount.half_up)}",
            f"trace.append(({literal(rule_id)}, {literal(step)}, {name}, {numbers}))",
        ]
        if bracket.last < 0:
            return [*lines, "else:", *indent(body, 1)] if lines else body
        head = f"{'elif' if lines else 'if'} amount <= {literal(bracket.last)}:"
        lines += [head, *indent(body, 1)]
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
        lines += [f"if amount > {literal(bracket.lower)}:", *indent(body, 1)]
    lines.append(f"{name} = {product_code('total', Ratio(1, common), amount.half_up)}")
    lines.append(f"trace.append(({literal(rule_id)}, {literal(step)}, {name}, numbers))")
    return lines


def product_code(quantity: str, ratio: Ratio, half_up: bool) -> str:
    top, bottom = ratio.numerator, ratio.denominator
    if half_up:
        return f"({quantity} * {literal(2 * top)} + {literal(bottom)}) // {literal(2 * bottom)}"
    scaled = quantity if top == 1 else f"{quantity} * {literal(top)}"
    return scaled if bottom == 1 else f"{scaled} // {literal(bottom)}"


def budget_head(used: set[int]) -> list[str]:
    """What the function starts with: for each budget that is used what is left (-1: not asked yet) and the use."""
    left = [f"b{number} = " for number in sorted(used)]
    taken = [f"l{number} = " for number in sorted(used)]
    return ["".join(left) + "-1", "".join(taken) + "0"] if used else []


def budget_tail(used: set[int]) -> list[str]:
    """What the function ends with when budgets are used."""
    lines = ["limits = []"]
    for number in sorted(used):
        lines += [f"if l{number}:", f"    limits.append(LimitUse(k{number}, l{number}))"]
    return lines


def _budget_code(number: int, budget: PlanBudget, name: str, owner: str) -> list[str]:
    left, maximum = f"b{number}", literal(budget.maximum)
    period = _PERIOD_CODE[budget.per].replace("day", "budget_day")
    numbers = f"({maximum}, {maximum} - {left}, {literal(PERIODS.index(budget.per))})"
    return [
        f"if {name} > 0:",
        f"    if {left} < 0:",
        f"        k{number} = {literal(f'budget:{budget.budget_id}/')} + '%d' % ({period})",
        f"        {left} = available.get(k{number}, 0)",
        f"        if {left} < 0:",
        f"            {left} = 0",
        f"    if {name} > {left}:",
        f"        trace.append(({literal(owner)}, 'limit_budget', {left} - {name}, {numbers}))",
        f"        {name} = {left}",
        f"    {left} -= {name}",
        f"    l{number} += {name}",
    ]


def limit_code(
    limits: tuple[PlanLimit, ...], name: str, owner: str, budget: int = NO_BUDGET, budgets: tuple[PlanBudget, ...] = ()
) -> list[str]:
    """The cuts of the member's limits, then of the shared budget; what is left counts in all of them."""
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
            f"{used} = 0 if c is None or c[0] < t{number} else used_in(c, t{number}, {maximum})",
            f"room = {room}",
            f"if {excess}:",
            f"    cut = {name} - room",
            f"    trace.append({step})",
            f"    {name} -= cut",
        ]
    if budget != NO_BUDGET:
        lines += _budget_code(budget, budgets[budget], name, owner)
    if limits:
        lines.append(f"if {name}:")
    for number, limit in enumerate(limits):
        more = "1" if limit.counts == "times" else name
        lines.append(f"    changed.append(CounterValue(({literal(limit.key)}, t{number}, u{number} + {more}, {more})))")
    return lines
