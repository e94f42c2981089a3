"""Budgets, goals, chains, threshold gifts and their conditions: what refuses a program, all problems at once."""

from typing import Any

import pytest

from alliance_node.domain.program import ProgramInvalid, load_program, warnings
from tests.unit.domain.sample import sample, sample_text

LABEL = {"en": "l", "zh": "l"}
SPEND = {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}
CHECK_IN = {"id": "daily", "on": "behaviour", "behaviours": ["check-in"]}


def problems(changes: dict[str, Any]) -> str:
    with pytest.raises(ProgramInvalid) as caught:
        load_program(sample_text(changes), "shop.yaml")
    return "\n".join(f"{problem.where}: {problem.reason}" for problem in caught.value.problems)


def rule(**fields: Any) -> dict[str, Any]:
    return {"earn.rules": [{**SPEND, **fields}]}


def goal(**fields: Any) -> dict[str, Any]:
    shape = {"id": "goal", "label": LABEL, "per": "week", "points": 5}
    measured = fields.keys() & {"purchases", "spend", "behaviours", "times"}
    return {"tasks.goals": [shape | ({} if measured else {"purchases": 1}) | fields]}


def chain(*steps: dict[str, Any], **fields: Any) -> dict[str, Any]:
    shape = {"label": LABEL, "on": "purchase", "points": 5}
    named = [{"id": f"s{number}", "day": 1, **shape, **step} for number, step in enumerate(steps or ({},))]
    return {"tasks.chains": [{"id": "chain", "label": LABEL, "steps": named, **fields}]}


def gift(**fields: Any) -> dict[str, Any]:
    return {"earn.gifts": [{"id": "mug", "label": LABEL, "when": {}, "option": "gift", **fields}]}


def behaviour(amount: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"earn.rules": [SPEND, {**CHECK_IN, "amount": amount, **fields}]}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (rule(budget="pot"), "earn.rules[0].budget: budget pot is not under earn.budgets (none)"),
        (goal(budget="pot"), "tasks.goals[0].budget: budget pot is not under"),
        (chain(budget="pot"), "tasks.chains[0].budget: budget pot is not under"),
        (
            {
                "earn.budgets": [{"id": "pot", "points": 1}],
                "growth": {"rules": [{**SPEND, "id": "g", "budget": "pot"}]},
            },
            "growth.rules[0].budget: a budget counts points; growth value has none",
        ),
        ({"earn.budgets": [{"id": "pot", "points": 1}] * 2}, "earn.budgets[1].id: pot is used twice"),
        (goal(id="spend"), "tasks.goals[0].id: spend is used twice"),
        (goal(id="chain") | chain(), "tasks.chains[0].id: chain is used twice"),
        (gift(id="spend"), "earn.gifts[0].id: spend is used twice"),
        (gift(option="car"), "earn.gifts[0].option: car is no option under redemption"),
        (gift(option="checkout"), "checkout is of kind offset; a gift is one of coupon, gift, experience"),
        (gift(limits=[{"per": "day", "points": 5}]), "a gift has no points: its limits count times"),
        (gift(when={"tiers": ["gold"]}), "earn.gifts[0].when.tiers: tier gold is not in the ladder"),
        (goal(when={"amount_at_least": "1.001"}), "has more than 2 decimals: CNY has 2"),
        (goal(spend="0.001"), "tasks.goals[0].spend: 0.001 has more than 2 decimals"),
        (goal(spend="0.00"), "a goal needs a spend above 0"),
        (goal(behaviours=["a"]), "a goal on behaviours needs times"),
        (goal(purchases=1, spend="5"), "a goal counts exactly one of"),
        (goal(behaviours=["a"], times=1, when={"amount_below": "5"}), "a behaviour has no amount of money"),
        (chain({"day": 3}, {"day": 2}), "the steps' days [3, 2] must rise and end by day 7"),
        (chain({"day": 8}), "the steps' days [8] must rise and end by day 7"),
        (chain({"on": "behaviour"}), "name the behaviours of a behaviour step"),
        (chain({"when": {"tiers": ["gold"]}}), "tasks.chains[0].steps[0].when.tiers: tier gold"),
        (rule(limits=[{"per": "day", "times": 1}] * 2), "earn.rules[0].limits[1]: two limits of times per day"),
        (behaviour({"type": "graded", "lowest": 9, "highest": 5}), "highest 5 is below lowest 9"),
        (
            behaviour({"type": "streak", "days": [1], "bonuses": [{"day": 9, "points": 1}], "restart_after": 7}),
            "a bonus after day 7, where the streak begins again",
        ),
        (
            behaviour({"type": "streak", "days": [1], "bonuses": [{"day": 3, "points": 1}] * 2}),
            "two bonuses on the same day of a streak",
        ),
        (
            behaviour({"type": "fixed", "points": 1}, when={"tags_any": ["tea"]}),
            "a behaviour has no channel and no tags",
        ),
        (rule(amount={"type": "streak", "days": [1]}), "streak points are for behaviours"),
        (rule(when={"days_of_month": [0]}), "0 is no day of a month; -1 is its last day"),
        (
            rule(when={"from": "2026-02-01T00:00", "until": "2026-03-01T00:00", "days_of_month": [30]}),
            "no day from 2026-02-01T00:00 until 2026-03-01T00:00 has these weekdays and days of the month",
        ),
        (
            rule(when={"from": "2026-03-02T00:00", "until": "2026-03-07T00:00", "weekdays": [6, 7]}),
            "no day from 2026-03-02T00:00",
        ),
    ],
)
def test_what_refuses_a_program(changes: dict[str, Any], reason: str) -> None:
    assert reason in problems(changes)


def test_all_problems_are_told_at_once() -> None:
    found = problems(goal(budget="a", spend="0") | chain(budget="b") | gift(option="car") | rule(budget="c"))
    assert len(found.splitlines()) == 5


def test_overflow_names_the_number_of_points() -> None:
    """A rule alone, and all purchase rules together; campaigns multiply as they stack."""
    amount = {"type": "per_unit", "points": "600000"}
    one = {"id": "big", "on": "purchase", "amount": amount}
    assert "earn.rules: the largest purchase would give 12000000000000000 points in all, more than" in problems(
        {"earn.rules": [one, {**one, "id": "big2"}]}
    )
    window = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}
    doubles = [{"id": f"x{n}", "label": LABEL, "when": window, "multiplier": "10"} for n in range(3)]
    small = {"id": "small", "on": "purchase", "amount": {"type": "per_unit", "points": "1000"}}
    assert sample({"earn.rules": [small], "earn.campaigns": doubles}).version == 1
    found = problems({"earn.rules": [small], "earn.campaigns": doubles, "earn.stacking": "multiplicative"})
    assert "earn.rules[0].amount: the largest purchase would give 10000000000000000 points, more than" in found


def test_a_window_with_one_right_day_is_accepted() -> None:
    when = {"from": "2026-02-01T00:00", "until": "2026-03-01T00:00", "days_of_month": [-1]}
    assert sample(rule(when=when)).earn.rules[0].when.days_of_month == [-1]


def test_a_budget_that_nothing_draws_on_is_told_but_refuses_nothing() -> None:
    changes = {"earn.budgets": [{"id": "pot", "points": 1}]}
    told = [f"{problem.where}: {problem.reason}" for problem in warnings(sample(changes), sample_text(changes))]
    assert "earn.budgets[0]: nothing draws on budget pot" in told
    changes |= rule(budget="pot")
    assert not any("draws on" in problem.reason for problem in warnings(sample(changes), sample_text(changes)))
