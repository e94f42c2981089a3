"""Owns the translation of a plan into one Python function, generated once per program version (DESIGN.md §9).

The source is built from the typed tree only. Every literal passes `literal`, which admits integers and the strings of
validated fields, written by `repr`; no text of the file is ever used as code. `interpret.py` is the oracle.
"""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from alliance_node.domain.counters import used_in
from alliance_node.domain.events import CounterValue, LimitUse
from alliance_node.domain.instants import day_of_month, month_number
from alliance_node.domain.program.emit import (
    amount_code,
    budget_head,
    budget_tail,
    condition_code,
    indent,
    limit_code,
    literal,
    product_code,
)
from alliance_node.domain.program.interpret import UNLIMITED, Evaluator
from alliance_node.domain.program.plan import NO_BUDGET, Plan, PlanCampaign, PlanRule, Predicate
from alliance_node.domain.program.streaks import streak

SIGNATURE = (
    "def evaluate(behaviour, amount, at, day, channel, source, tags, tier, counters, "
    "available=UNLIMITED, budget_day=0, grade=0):"
)


def compile_plan(plan: Plan) -> Evaluator:
    """The generated function."""
    code = compile(generate_source(plan), "<program>", "exec")
    namespace = helpers()
    exec(code, namespace)  # noqa: S102 - generated from the typed plan, see the module docstring
    return cast(Evaluator, namespace["evaluate"])


def helpers() -> dict[str, Any]:
    """Everything that the generated function may call, and nothing else."""
    return {
        "__builtins__": {},
        # From one tuple, without the Python call of a NamedTuple's own constructor: every purchase makes several.
        "CounterValue": partial(tuple.__new__, CounterValue),
        "LimitUse": LimitUse,
        "UNLIMITED": UNLIMITED,
        "month_number": month_number,
        "day_of_month": day_of_month,
        "streak": streak,
        "used_in": used_in,
    }


def generate_source(plan: Plan) -> str:
    """The function's source text; shown by `alliance program compile` and read by tests."""
    lines = [SIGNATURE, "    base = bonus = growth = 0", "    changed = []", "    trace = []"]
    rules = (*plan.purchase_rules, *plan.behaviour_rules)
    budgets = {rule.budget for rule in rules} | {campaign.budget for campaign in plan.campaigns}
    budgets.discard(NO_BUDGET)
    lines += indent(budget_head(budgets), 1)
    lines += ["    if behaviour is None:", "        pass"]
    for number, rule in enumerate(plan.purchase_rules):
        lines += indent(_rule(plan, rule, f"p{number}"), 2)
    lines += indent(_campaigns(plan), 2)
    lines += ["    else:", "        pass"]
    for number, rule in enumerate(plan.behaviour_rules):
        lines += indent(_rule(plan, rule, f"q{number}"), 2)
    lines += indent(budget_tail(budgets), 1)
    lines.append("    return base, bonus, growth, changed, trace, limits")
    return "\n".join(lines) + "\n"


def _rule(plan: Plan, rule: PlanRule, name: str) -> list[str]:
    conditions = [condition_code(condition) for condition in rule.when]
    if rule.behaviours:
        conditions.insert(0, f"behaviour in {literal(rule.behaviours)}")
    prefix = "growth_" if rule.grants == "growth" else ""
    body = amount_code(rule.amount, name, rule.rule_id, prefix)
    body += limit_code(rule.limits, name, rule.rule_id, rule.budget, plan.budgets)
    body.append(f"{rule.grants} += {name}")
    if not conditions:
        return body
    return [f"{name} = 0", f"if {' and '.join(conditions)}:", *indent(body, 1)]


def _campaigns(plan: Plan) -> list[str]:
    if not plan.campaigns:
        return []
    lines = ["extra = 0"]
    one_only = plan.stacking in ("exclusive", "best_of")
    if one_only:
        lines += _choose_one(plan)
    for number, campaign in enumerate(plan.campaigns):
        body = _campaign_body(plan, campaign, f"m{number}")
        guard = f"chosen == {literal(number)}" if one_only else _all(campaign.when)
        lines += [f"if {guard}:", *indent(body, 1)]
    return [*lines, "bonus += extra"]


def _choose_one(plan: Plan) -> list[str]:
    lines = ["chosen = -1"]
    if plan.stacking == "exclusive":
        for number, campaign in enumerate(plan.campaigns):
            lines += [f"{'elif' if number else 'if'} {_all(campaign.when)}:", f"    chosen = {literal(number)}"]
        return lines
    lines.append("best = -1")
    for number, campaign in enumerate(plan.campaigns):
        gain = product_code(_sum(campaign), campaign.extra, half_up=False)
        body = [f"gain = {gain}", "if gain > best:", f"    best = gain; chosen = {literal(number)}"]
        lines += [f"if {_all(campaign.when)}:", *indent(body, 1)]
    return lines


def _campaign_body(plan: Plan, campaign: PlanCampaign, name: str) -> list[str]:
    before = " + extra" if plan.stacking == "multiplicative" else ""
    constants = f"{literal(campaign.extra.numerator)}, {literal(campaign.extra.denominator)}"
    return [
        f"ground = {_sum(campaign)}{before}",
        f"{name} = {product_code('ground', campaign.extra, half_up=False)}",
        f"trace.append(({literal(campaign.campaign_id)}, 'campaign', {name}, (ground, {constants})))",
        *limit_code(campaign.limits, name, campaign.campaign_id, campaign.budget, plan.budgets),
        f"extra += {name}",
    ]


def _sum(campaign: PlanCampaign) -> str:
    return "(" + (" + ".join(f"p{number}" for number in campaign.applies_to) or "0") + ")"


def _all(when: tuple[Predicate, ...]) -> str:
    return " and ".join(condition_code(condition) for condition in when) or "True"
