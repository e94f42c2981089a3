"""What a new version takes from members (R-VAL-3, R-VAL-4): nothing worse goes unnoticed, better is never held up."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import ProgramFile
from alliance_node.domain.program.checks import findings
from alliance_node.domain.program.compare import Change, worse_points
from tests.unit.domain.full_program import FULL, both, full
from tests.unit.domain.sample import GOLDEN_BRACKETS, sample, sample_data

Data = dict[str, Any]
NEUTRAL = {"version", "typical_purchase", "schema_version", "max_percent", "points_only", "month"}
"""Numbers whose change, either way, is no loss: the version, what returns are computed for, the brand's own alarms.
(`month` of the decay is told with its day.)"""


def load(data: Data) -> ProgramFile:
    program = ProgramFile.model_validate(data)
    assert findings(program) == []
    return program


def changed(edit: Callable[[Data], object], base: Data | None = None) -> list[Change]:
    """What is worse once the edit is made to the full program."""
    before = base or sample_data(FULL)
    after = copy.deepcopy(before)
    edit(after)
    return worse_points(load(before), load(after))


def paths(edit: Callable[[Data], object]) -> list[str]:
    return [change.path for change in changed(edit)]


def test_the_same_program_is_nowhere_worse() -> None:
    assert worse_points(full(), full({"version": 2})) == []


def _numbers(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _numbers(item, (*path, number))
    elif type(value) is int or (isinstance(value, str) and value.replace(".", "").isdigit()):
        yield path


def _step(path: tuple[Any, ...], up: bool) -> Callable[[Data], None]:
    def edit(data: Data) -> None:
        place = data
        for step in path[:-1]:
            place = place[step]
        value = place[path[-1]]
        if isinstance(value, str):
            decimals = len(value.partition(".")[2])
            number = int(value.replace(".", "")) + (1 if up else -1)
            text = f"{number:0{decimals + 1}d}"
            place[path[-1]] = f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text
        else:
            place[path[-1]] = value + (1 if up else -1)

    return edit


@pytest.mark.parametrize("path", [p for p in _numbers(sample_data(FULL)) if NEUTRAL.isdisjoint(p)], ids=str)
def test_no_number_can_move_both_ways_without_being_noticed(path: tuple[Any, ...]) -> None:
    """R-VAL-3: every number of a program is compared: a step up or a step down is worse."""
    for up in (True, False):
        try:
            if changed(_step(path, up)):
                return
        except (ValueError, AssertionError):  # not a program any more: it cannot move that way
            return
    pytest.fail("it can move both ways")


def set_to(path: str, value: Any) -> Callable[[Data], None]:
    """An edit: dotted keys and list positions."""

    def edit(data: Data) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        place: Any = data
        for step in steps:
            place = place[step]
        if value is None:
            del place[last]
        else:
            place[last] = value

    return edit


WORSE = [
    ("earn.rules.0.amount.points", "1.9", "earn.rules.spend.amount.base"),
    ("earn.rules.0.amount.by_tier", {}, "earn.rules.spend.amount.gold"),
    ("earn.rules.0.amount.whole_units", True, "earn.rules.spend.amount.whole_units"),
    ("earn.rules.0.when.tiers", ["gold"], "earn.rules.spend.when.tiers"),
    ("earn.rules.0.when.channels", ["app"], "earn.rules.spend.when.channels"),
    ("earn.rules.0.when.amount_at_least", "20.00", "earn.rules.spend.when.amount_at_least"),
    ("earn.rules.0.when.tags_none", ["gift-card", "sale"], "earn.rules.spend.when.tags_none"),
    ("earn.rules.0.limits.0.per", "week", "earn.rules.spend.limits.week.points"),
    ("earn.rules.0.budget", "pot", "earn.rules.spend.budget"),
    ("earn.rules.0.bonus", True, "earn.rules.spend.bonus"),
    ("earn.rules.1.amount", {**GOLDEN_BRACKETS, "mode": "marginal"}, "earn.rules.brackets.amount"),
    ("earn.rules.1", None, "earn.rules.brackets"),
    ("earn.rules.2.amount.days", [10, 11], "earn.rules.check-in.amount.day_2"),
    ("earn.rules.2.amount.bonuses", [], "earn.rules.check-in.amount.day_7"),
    ("earn.rules.2.amount.restart_after", 14, "earn.rules.check-in.amount.restart_after"),
    ("earn.rules.3.amount", {"type": "fixed", "points": 79}, "earn.rules.post.amount.highest"),
    ("earn.campaigns.0", None, "earn.campaigns.double"),
    ("earn.campaigns.0.when.until", "2026-11-11T00:00", "earn.campaigns.double.when.until"),
    ("earn.campaigns.0.multiplier", "1.9", "earn.campaigns.double.multiplier"),
    ("earn.campaigns.1.applies_to", ["spend"], "earn.campaigns.member-day.applies_to"),
    ("earn.stacking", "exclusive", "earn.stacking"),
    ("earn.gifts.0.option", "coupon", "earn.gifts.mug-for-200.option"),
    ("growth.rules.0", None, "growth.rules.g-spend"),
    ("tasks.goals.0", None, "tasks.goals.three"),
    ("tasks.goals.0.per", "month", "tasks.goals.three.per"),
    ("tasks.chains.0.late_completion", False, "tasks.chains.newcomer.late_completion"),
    ("tasks.chains.0.steps.0", None, "tasks.chains.newcomer.steps"),
    ("tiers.ladder.1.at_least", "5001", "tiers.ladder.gold.at_least"),
    ("tiers.retention", [], "tiers.retention.gold"),
    ("tiers.retention.0", {"tier": "gold", "purchases": 3}, "tiers.retention.gold"),
    ("expiry.term", {"policy": "rolling", "months": 12}, "expiry.term.gold"),
    ("expiry.extension", None, "expiry.extension"),
    ("recalls.0.earned_before", "2027-02-01T00:00", "recalls.spring.earned_before"),
    ("recalls.0.at", "2028-03-01T00:00", "recalls.spring.at"),
    ("redemption.0.points", 101, "redemption.checkout.value"),
    ("redemption.0", None, "redemption.checkout"),
    ("redemption.2.points_by_tier", {}, "redemption.gift.points_by_tier.gold"),
    ("redemption.2.stock", 299, "redemption.gift.stock"),
    ("redemption.4.benefit", None, "redemption.lounge-pass.benefit"),
    ("redemption.8.prizes.0", None, "redemption.draw.prizes.phone"),
    ("redemption.8.reveal_by", "2026-11-14T00:00", "redemption.draw.reveal_by"),
    ("redemption_days", [], "redemption_days.half"),
    ("benefits.0.allowances", [], "benefits.lounge.allowances.gold"),
    ("member_gifts", None, "member_gifts"),
    ("refunds.spent_points", "hold", "refunds.spent_points"),
    ("promises.value_guaranteed_until", None, "promises.value_guaranteed_until"),
    ("promises.value_guaranteed_until", "2026-12-30", "promises.value_guaranteed_until"),
    ("alliance", None, "alliance"),
    ("alliance.rate_in.denominator", 2, "alliance.rate_in"),
    ("timezone", "Asia/Tokyo", "timezone"),
]


@pytest.mark.parametrize(("path", "value", "worse"), WORSE)
def test_what_is_worse_is_named_with_old_and_new(path: str, value: Any, worse: str) -> None:
    found = changed(set_to(path, value))
    assert worse in [change.path for change in found]
    assert all(change.old != change.new and change.reason for change in found)


EXTENSION = {"months": 6, "within_days": 30}

BETTER = [
    ("earn.rules.0.amount.points", "2.1"),
    ("earn.rules.0.amount", {"type": "per_unit", "points": "30", "per": "10.00"}),
    ("earn.rules.0.when", {}),
    ("earn.rules.0.limits", []),
    ("earn.rules.1.bonus", False),
    ("earn.rules.1.amount", {"type": "per_unit", "points": "1.5"}),
    ("earn.rules.1.amount.rounding", "half_up"),
    ("earn.rules.2.amount.restart_after", 7),
    ("earn.rules.3.amount", {"type": "fixed", "points": 80}),
    ("earn.campaigns.0.when.until", "2026-11-13T00:00"),
    ("earn.campaigns.0.applies_to", None),
    ("earn.stacking", "additive"),
    ("earn.pending_days", 0),
    ("tiers.decay", None),
    ("tiers.downgrade", "one_step"),
    ("tiers.shares", []),
    ("expiry.term", {"policy": "rolling", "months": 18}),
    ("expiry.term", {"policy": "fixed", "months": 18, "boundary": "month"}),
    ("expiry", {"term": {"policy": "rolling", "months": 12}, "extension": EXTENSION, "never_for_tiers": ["gold"]}),
    ("recalls", []),
    ("recalls.0.at", "2028-05-01T00:00"),
    ("redemption.0.points", 50),
    ("redemption.2.stock", None),
    ("redemption.3.tiers", None),
    ("redemption.8.prizes.0.value", "160.00"),
    ("benefits.0.allowances.0", {"tier": "gold", "per": "month"}),
    ("refunds.spent_points", "clamp"),
    ("promises.value_guaranteed_until", "2027-01-01"),
    ("points.name", both("beans")),
]


@pytest.mark.parametrize(("path", "value"), BETTER)
def test_what_is_better_needs_no_notice(path: str, value: Any) -> None:
    assert paths(set_to(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "is_devaluation"),
    [
        ("redemption.1.points", 51, True),
        ("redemption.1.value", "0.99", True),
        ("redemption.0.value", "0.99", True),
        ("redemption.2.cash", "0.30", True),
        ("tiers.ladder.1.at_least", "5100", True),
        ("recalls.0.earned_before", "2027-03-01T00:00", True),
        ("alliance.rate_out.denominator", 11, True),
        ("earn.rules.4.amount.points", 79, False),
        ("redemption.2.stock", 1, False),
        ("expiry.grace_days", 29, False),
    ],
)
def test_devaluations_are_told_apart(path: str, value: Any, is_devaluation: bool) -> None:
    """R-VAL-3: values, point prices, offsets, thresholds of tiers and recalls touch what members already have."""
    found = changed(set_to(path, value))
    assert [change.devaluation for change in found] == [is_devaluation]


def test_a_new_tier_must_be_treated_as_the_tier_below_it() -> None:
    """Members who were gold and are platinum now must find the rules of gold, or better ones."""
    platinum = {"id": "platinum", "name": both("platinum"), "at_least": "20000"}

    def add(data: Data) -> None:
        data["tiers"]["ladder"].append(platinum)

    assert set(paths(add)) == {
        "earn.rules.spend.when.tiers",
        "earn.rules.spend.amount.platinum",
        "tiers.retention.platinum",
        "expiry.term.platinum",
        "redemption.concert.tiers",
        "redemption.gift.points_by_tier.platinum",
    }


def test_a_campaign_that_takes_the_place_of_a_better_one_is_worse() -> None:
    """R-EARN-4: under `exclusive` the first campaign counts alone."""
    window = {"from": "2026-11-01T00:00", "until": "2026-11-12T00:00"}
    double = {"id": "double", "label": both("double"), "when": window, "multiplier": "2"}
    small = {"id": "small", "label": both("small"), "when": window, "multiplier": "1.1"}
    alone = sample({"earn.campaigns": [double]})
    assert [str(change) for change in worse_points(alone, sample({"earn.campaigns": [small, double]}))] == [
        "earn.campaigns.double: counts → small may take its place (changed: counted as worse)"
    ]
    assert worse_points(alone, sample({"earn.campaigns": [double, small]})) == []
    both_add = {"earn.campaigns": [small, double], "earn.stacking": "additive"}
    assert worse_points(alone, sample(both_add)) == []


def test_a_limit_of_times_may_be_used_up_by_a_wider_condition() -> None:
    rule = {
        "id": "spend",
        "on": "purchase",
        "when": {"amount_at_least": "100.00"},
        "amount": {"type": "per_unit", "points": "1"},
        "limits": [{"per": "day", "times": 1}],
    }
    found = worse_points(sample({"earn.rules": [rule]}), sample({"earn.rules": [{**rule, "when": {}}]}))
    assert [change.path for change in found] == ["earn.rules.spend.when"]
    assert "smaller events may use up its limit" in found[0].reason


def test_a_longer_run_may_give_less_than_two_short_ones() -> None:
    """R-EARN-3: 10 on the first day of a run and nothing later: who could check in on every other day only had more."""
    rule = {"id": "in", "on": "behaviour", "behaviours": ["check-in"], "when": {"weekdays": [1, 3, 5]}}
    falling = {**rule, "amount": {"type": "streak", "days": [10, 0]}}
    rising = {**rule, "amount": {"type": "streak", "days": [0, 10]}}

    def worse(old: Data, **changes: Any) -> list[str]:
        before, after = sample({"earn.rules": [old]}), sample({"earn.rules": [{**old, **changes}]})
        return [change.path for change in worse_points(before, after)]

    assert worse(falling, when={}) == ["earn.rules.in.when"]
    assert worse(falling, behaviours=["check-in", "visit"]) == ["earn.rules.in.behaviours"]
    assert worse(rising, when={}, behaviours=["check-in", "visit"]) == []


def test_a_new_rule_on_an_old_budget_is_worse_for_those_who_had_it() -> None:
    def add(data: Data) -> None:
        data["earn"]["rules"].append({**data["earn"]["rules"][3], "id": "post-2", "behaviours": ["share"]})

    assert [change.path for change in changed(add)] == ["earn.budgets.pot"]


def test_what_is_over_when_the_version_begins_may_go() -> None:
    """A campaign, a flash sale or a lottery that has ended is no loss."""
    without = copy.deepcopy(FULL)
    without["earn.campaigns"] = FULL["earn.campaigns"][1:]
    without["redemption"] = [option for option in FULL["redemption"] if option["id"] not in ("one-yuan", "draw")]
    after = parse_instant("2026-11-12T00:00:00+08:00")
    assert worse_points(full(), sample(without), after) == []
    assert len(worse_points(full(), sample(without), after - 1)) == 3


def test_a_change_says_what_it_was_and_what_it_is() -> None:
    found = changed(set_to("redemption.1.points", 60))
    assert [str(change) for change in found] == ["redemption.coupon.points: 50 → 60 (higher)"]
    assert found[0].name is not None and found[0].name.en == "coupon"
