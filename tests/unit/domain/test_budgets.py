"""Shared budgets of points: cut to what is left, shared exactly by rules, campaigns and tasks (R-EARN-10)."""

from typing import Any

import pytest

from alliance_node.domain.commands import RecordBehaviour, RecordPurchase
from alliance_node.domain.decide import limits_needed
from alliance_node.domain.events import LimitUse, PurchaseRecorded, PurchaseRefunded, TaskRewarded
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program.compile import generate_source
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

NOON = parse_instant("2026-03-02T12:00:00+08:00")
MARCH = "budget:pot/24314"
WINDOW = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}


def text(name: str) -> dict[str, str]:
    return {"en": name, "zh": name}


def spend(**more: Any) -> dict[str, Any]:
    return {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}, **more}


def life(
    rules: list[dict[str, Any]], points: int = 150, per: str = "month", zone: str = "Asia/Shanghai", **more: Any
) -> Life:
    changes = {key.replace("__", "."): value for key, value in more.items()}
    budgets = [{"id": "pot", "points": points, "per": per}]
    return Life(sample({"earn.rules": rules, "earn.budgets": budgets, **changes}), NOON, zone)


def bought(events: list[Any]) -> PurchaseRecorded:
    return next(event for event in events if isinstance(event, PurchaseRecorded))


def test_a_budget_gives_what_is_left_and_the_trace_says_so() -> None:
    member = life([spend(budget="pot")])
    assert bought(member.purchase(10000)).limits == (LimitUse(MARCH, 100),)
    event = bought(member.purchase(10000))
    assert event.limits == (LimitUse(MARCH, 50),)
    assert event.trace[-1] == ("spend", "limit_budget", -50, (150, 100, 2))
    event = bought(member.purchase(10000))
    assert (event.limits, event.lots) == ((), ())
    assert (member.spendable, member.limits[MARCH]) == (150, 0)


def test_periods_of_a_budget_are_of_the_programs_calendar() -> None:
    """It is still 31 March in New York when April begins in Shanghai."""
    member = life([spend(budget="pot")], zone="America/New_York")
    member.purchase(20000)
    member.now = parse_instant("2026-04-01T00:00:00+08:00")
    assert bought(member.purchase(10000)).limits == (LimitUse("budget:pot/24315", 100),)
    late = bought(member.purchase(10000, at=parse_instant("2026-03-31T23:59:00+08:00")))
    assert late.limits == ()


@pytest.mark.parametrize(
    ("per", "period"), [("day", 20514), ("week", 2931), ("month", 24314), ("year", 2026), ("ever", 0)]
)
def test_every_period_has_its_number(per: str, period: int) -> None:
    assert bought(life([spend(budget="pot")], per=per).purchase(100)).limits == (LimitUse(f"budget:pot/{period}", 1),)


def test_rules_and_campaigns_of_one_purchase_share_the_rest_exactly() -> None:
    """100 + 30 of 150, then the campaign's 100 is cut to 20."""
    visit = {"id": "visit", "on": "purchase", "amount": {"type": "fixed", "points": 30}, "budget": "pot"}
    double = {"id": "x2", "label": text("x2"), "when": WINDOW, "multiplier": "2", "applies_to": ["spend"]}
    member = life([spend(budget="pot"), visit], earn__campaigns=[{**double, "budget": "pot"}])
    event = bought(member.purchase(10000))
    assert event.limits == (LimitUse(MARCH, 150),)
    assert [lot.amount for lot in event.lots] == [130, 20]
    assert event.trace[-1] == ("x2", "limit_budget", -80, (150, 130, 2))


def test_a_goal_draws_on_what_its_purchase_left() -> None:
    goal = {"id": "first", "label": text("f"), "per": "ever", "purchases": 1, "points": 100, "budget": "pot"}
    member = life([spend(budget="pot")], tasks__goals=[goal])
    events = member.purchase(10000)
    reward = next(event for event in events if isinstance(event, TaskRewarded))
    assert (reward.limits, reward.lots[0].amount) == ((LimitUse(MARCH, 50),), 50)
    assert reward.trace == (("first", "goal", 100, (1, 1)), ("first", "limit_budget", -50, (150, 100, 2)))
    assert member.limits[MARCH] == 0


def test_a_members_cap_counts_what_the_budget_left() -> None:
    member = life([spend(budget="pot", limits=[{"per": "day", "points": 120}])], points=110)
    member.purchase(10000)
    member.purchase(10000)
    assert member.state().counters["earn/spend/day/points"].used == 110


def test_a_program_without_budgets_asks_for_none() -> None:
    """Nothing shared, nothing locked."""
    member = Life(sample(), NOON)
    command = RecordPurchase(member.member_id, "pos", "p", 100, NOON)
    assert limits_needed(member.book, command) == ()
    assert "available.get" not in generate_source(member.book.at(NOON).plan)


def test_only_what_an_event_can_draw_on_is_asked_for() -> None:
    answer = {"id": "answer", "on": "behaviour", "behaviours": ["survey"], "amount": {"type": "fixed", "points": 5}}
    past = {"starts": None, "from": "2026-01-01T00:00", "until": "2026-02-01T00:00"}
    budgets = [{"id": name, "points": 10} for name in ("pot", "other", "old")]
    rules = [
        spend(budget="pot"),
        {**answer, "budget": "other"},
        {**spend(budget="old"), "id": "winter", "when": {key: value for key, value in past.items() if value}},
    ]
    member = Life(sample({"earn.rules": rules, "earn.budgets": budgets}), NOON)
    purchase = RecordPurchase(member.member_id, "pos", "p", 100, NOON)
    behaviour = RecordBehaviour(member.member_id, "app", "b", "survey", NOON)
    assert limits_needed(member.book, purchase) == ("budget:pot/0",)
    assert limits_needed(member.book, behaviour) == ("budget:other/0",)


def test_a_refund_gives_the_budget_back_in_proportion_and_exactly() -> None:
    """Thirds of 100.00 on 100 points: 33, 33 and 34 come back."""
    member = life([spend(budget="pot")])
    member.purchase(10000, "a")
    back = []
    for part in (3333, 3333, 3334):
        events = member.refund("a", part)
        back.append(next(event for event in events if isinstance(event, PurchaseRefunded)).limits)
    assert back == [(LimitUse(MARCH, -33),), (LimitUse(MARCH, -33),), (LimitUse(MARCH, -34),)]
    assert member.limits[MARCH] == 150


def test_a_refund_gives_caps_back_points_in_proportion_times_when_whole() -> None:
    member = life([spend(limits=[{"per": "day", "points": 150}, {"per": "month", "times": 2}])])
    counters = member.state().counters
    member.purchase(10000, "a")
    member.refund("a", 5000)
    counters = member.state().counters
    assert (counters["earn/spend/day/points"].used, counters["earn/spend/month/times"].used) == (50, 1)
    member.refund("a", 5000)
    counters = member.state().counters
    assert (counters["earn/spend/day/points"].used, counters["earn/spend/month/times"].used) == (0, 0)


def test_a_refund_in_the_next_month_gives_back_where_it_was_taken() -> None:
    member = life([spend(budget="pot", limits=[{"per": "month", "points": 120}])])
    member.purchase(10000, "a")
    member.days(31).purchase(10000, "b")
    member.refund("a", 10000)
    assert (member.limits[MARCH], member.limits["budget:pot/24315"]) == (150, 50)
    counter = member.state().counters["earn/spend/month/points"]
    assert (counter.period, counter.used, counter.older) == (24315, 100, ((24314, 0),))
