"""Owns the checks of budgets, goals, task chains and threshold gifts against the rest of the program."""

from __future__ import annotations

from collections.abc import Iterator

from alliance_node.domain.instants import day_of_month, local_day, weekday
from alliance_node.domain.program.finding import Finding, Path, decimals_of
from alliance_node.domain.program.rules_schema import Limit, When
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_instant

GIFT_KINDS = ("coupon", "gift", "experience")
"""Options that can come with a purchase: things that the brand hands over."""

LONGEST_SEARCH_DAYS = 366


def task_whens(program: ProgramFile) -> Iterator[tuple[Path, When, bool]]:
    """The conditions of goals, steps and threshold gifts, and whether a behaviour is asked for."""
    for number, goal in enumerate(program.tasks.goals):
        yield ("tasks", "goals", number, "when"), goal.when, goal.behaviours is not None
    for number, chain in enumerate(program.tasks.chains):
        for place, step in enumerate(chain.steps):
            yield ("tasks", "chains", number, "steps", place, "when"), step.when, step.on == "behaviour"
    for number, gift in enumerate(program.earn.gifts):
        yield ("earn", "gifts", number, "when"), gift.when, False


def task_ids(program: ProgramFile) -> Iterator[tuple[str, Path, str]]:
    """(group, path, id): goals, chains and gifts share one space of names with rules and campaigns."""
    for number, goal in enumerate(program.tasks.goals):
        yield "rule", ("tasks", "goals", number), goal.id
    for number, chain in enumerate(program.tasks.chains):
        yield "rule", ("tasks", "chains", number), chain.id
    for number, gift in enumerate(program.earn.gifts):
        yield "rule", ("earn", "gifts", number), gift.id
    for number, budget in enumerate(program.earn.budgets):
        yield "budget", ("earn", "budgets", number), budget.id


def task_findings(program: ProgramFile) -> Iterator[Finding]:
    """Everything about tasks, gifts and budgets that refuses the program."""
    yield from _budgets(program)
    yield from _gifts(program)
    yield from _limits(program)
    for number, goal in enumerate(program.tasks.goals):
        path = ("tasks", "goals", number, "spend")
        yield from decimals_of(path, goal.spend, program.currency_exponent, program.currency)
        if goal.spend is not None and not goal.spend.strip("0."):
            yield path, "a goal needs a spend above 0"


def task_advice(program: ProgramFile) -> Iterator[Finding]:
    """What does not refuse the program: budgets that nothing draws on."""
    used = {rule.budget for rule in program.earn.rules} | {campaign.budget for campaign in program.earn.campaigns}
    used |= {goal.budget for goal in program.tasks.goals} | {chain.budget for chain in program.tasks.chains}
    for number, budget in enumerate(program.earn.budgets):
        if budget.id not in used:
            yield ("earn", "budgets", number), f"nothing draws on budget {budget.id}"


def _budgets(program: ProgramFile) -> Iterator[Finding]:
    known = {budget.id for budget in program.earn.budgets}
    named: list[tuple[Path, str | None]] = []
    named += [(("earn", "rules", n, "budget"), rule.budget) for n, rule in enumerate(program.earn.rules)]
    named += [(("earn", "campaigns", n, "budget"), each.budget) for n, each in enumerate(program.earn.campaigns)]
    named += [(("tasks", "goals", n, "budget"), goal.budget) for n, goal in enumerate(program.tasks.goals)]
    named += [(("tasks", "chains", n, "budget"), chain.budget) for n, chain in enumerate(program.tasks.chains)]
    for path, name in named:
        if name is not None and name not in known:
            yield path, f"budget {name} is not under earn.budgets ({', '.join(sorted(known)) or 'none'})"
    for number, rule in enumerate(program.growth.rules):
        if rule.budget is not None:
            yield ("growth", "rules", number, "budget"), "a budget counts points; growth value has none"


def _gifts(program: ProgramFile) -> Iterator[Finding]:
    kinds = {offer.id: offer.kind for offer in program.redemption}
    for number, gift in enumerate(program.earn.gifts):
        path = ("earn", "gifts", number)
        kind = kinds.get(gift.option)
        if kind is None:
            yield (*path, "option"), f"{gift.option} is no option under redemption"
        elif kind not in GIFT_KINDS:
            yield (*path, "option"), f"{gift.option} is of kind {kind}; a gift is one of {', '.join(GIFT_KINDS)}"
        for place, limit in enumerate(gift.limits):
            if limit.times is None:
                yield (*path, "limits", place), "a gift has no points: its limits count times"


def _limits(program: ProgramFile) -> Iterator[Finding]:
    limited: list[tuple[Path, list[Limit]]] = []
    limited += [(("earn", "rules", n, "limits"), rule.limits) for n, rule in enumerate(program.earn.rules)]
    limited += [(("growth", "rules", n, "limits"), rule.limits) for n, rule in enumerate(program.growth.rules)]
    limited += [(("earn", "campaigns", n, "limits"), each.limits) for n, each in enumerate(program.earn.campaigns)]
    limited += [(("earn", "gifts", n, "limits"), gift.limits) for n, gift in enumerate(program.earn.gifts)]
    limited += [(("redemption", n, "limits"), offer.limits) for n, offer in enumerate(program.redemption)]
    for path, limits in limited:
        seen = set()
        for number, limit in enumerate(limits):
            kind = ("times" if limit.times is not None else "points", limit.per)
            if kind in seen:
                yield (*path, number), f"two limits of {kind[0]} per {kind[1]}: keep the smaller one"
            seen.add(kind)


def when_findings(path: Path, when: When, tz: str, behaviour: bool) -> Iterator[Finding]:
    """Conditions that can never hold."""
    if behaviour and (when.amount_at_least or when.amount_below):
        yield path, "a behaviour has no amount of money"
    if behaviour and (when.channels or when.tags_any):
        yield path, "a behaviour has no channel and no tags"
    if when.starts is not None and when.until is not None and (when.weekdays or when.days_of_month):
        first, last = local_day(to_instant(when.starts, tz), tz), local_day(to_instant(when.until, tz) - 1, tz)
        if first <= last < first + LONGEST_SEARCH_DAYS and not any(_fits(when, day) for day in range(first, last + 1)):
            yield path, f"no day from {when.starts} until {when.until} has these weekdays and days of the month"


def _fits(when: When, day: int) -> bool:
    numbers = {day_of_month(day), -1} if day_of_month(day + 1) == 1 else {day_of_month(day)}
    on_weekday = when.weekdays is None or weekday(day) in when.weekdays
    return on_weekday and (when.days_of_month is None or not numbers.isdisjoint(when.days_of_month))
