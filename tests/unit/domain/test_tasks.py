"""Goals and task chains: golden numbers, once a period, on the day it happened, and back again with a refund."""

from itertools import permutations
from typing import Any

import pytest

from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import (
    DebtRepaid,
    Event,
    LotsExtended,
    PurchaseRefunded,
    TaskRevoked,
    TaskRewarded,
    TierChanged,
)
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import ProgramBook
from alliance_node.domain.state import MAX_REWARDS
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, tiers

MONDAY = parse_instant("2026-03-02T12:00:00+08:00")


def text(name: str) -> dict[str, str]:
    return {"en": name, "zh": name}


def goal(name: str = "goal", per: str = "week", points: int = 100, **more: Any) -> dict[str, Any]:
    return {"id": name, "label": text(name), "per": per, "points": points, **more}


def life(*goals: dict[str, Any], at: int = MONDAY, zone: str = "Asia/Shanghai", **more: Any) -> Life:
    changes = {key.replace("__", "."): value for key, value in more.items()}
    nothing = [{"id": "spend", "on": "purchase", "amount": {"type": "fixed", "points": 0}}]
    return Life(sample({"earn.rules": nothing, "tasks.goals": list(goals), **changes}), at, zone)


def rewarded(events: list[Event]) -> list[int]:
    return [points_of(event) for event in events if isinstance(event, TaskRewarded)]


def revoked(events: list[Event]) -> list[TaskRevoked]:
    return [event for event in events if isinstance(event, TaskRevoked)]


@pytest.mark.parametrize("points", [100, 50])
def test_three_purchases_in_a_week(points: int) -> None:
    """R-EARN-6 golden: 100, and 50 in the coffee preset; the fourth purchase gives nothing more."""
    member = life(goal(purchases=3, points=points))
    assert [rewarded(member.days(1).purchase(100)) for _ in range(4)] == [[], [], [points], []]
    assert member.spendable == points


def test_a_thousand_spent_in_a_month_gives_300() -> None:
    """R-EARN-6 golden, at the boundary: 999.99 is not 1,000."""
    member = life(goal(per="month", spend="1000.00", points=300))
    assert rewarded(member.purchase(99_999)) == []
    assert rewarded(member.purchase(1)) == [300]
    assert rewarded(member.purchase(200_000)) == []
    assert rewarded(member.days(31).purchase(100_000)) == [300]


def test_a_week_begins_on_monday_of_the_members_calendar() -> None:
    """Sunday evening in New York is Monday in Shanghai, but not the member's."""
    member = life(goal(purchases=2), at=parse_instant("2026-03-08T23:00:00-04:00"), zone="America/New_York")
    assert rewarded(member.purchase(100)) == []
    member.now += 3600
    assert rewarded(member.purchase(100)) == []
    assert rewarded(member.purchase(100)) == [100]


def test_behaviours_count_by_name_and_condition() -> None:
    member = life(goal(behaviours=["review", "share"], times=2, when={"sources": ["app"]}))
    assert rewarded(member.behave("review")) == []
    assert rewarded(member.behave("share")) == [100]


def test_conditions_choose_the_purchases_that_count() -> None:
    member = life(goal(purchases=2, when={"tags_any": ["tea"], "amount_at_least": "10.00"}))
    member.purchase(1000, tags=("tea",))
    member.purchase(999, tags=("tea",))
    member.purchase(5000)
    assert rewarded(member.purchase(1000, tags=("tea",))) == [100]


def test_late_purchases_count_in_the_week_where_they_belong() -> None:
    """DESIGN §3: the goal is chosen by `occurred_at`."""
    member = life(goal(purchases=2))
    sunday = member.days(6).now
    member.purchase(100)
    member.days(1).purchase(100)
    assert rewarded(member.purchase(100, at=sunday)) == [100]
    assert rewarded(member.purchase(100)) == [100]


def test_the_version_in_force_on_the_day_decides() -> None:
    first = sample({"tasks.goals": [goal(purchases=2, points=10)]})
    second = sample({"version": 2, "tasks.goals": [goal(purchases=2, points=20)]})
    member = Life(ProgramBook.from_versions([(0, first), (MONDAY + 3 * DAY, second)]), MONDAY, "Asia/Shanghai")
    member.purchase(0)
    member.days(4)
    assert rewarded(member.purchase(0, at=MONDAY + DAY)) == [10]
    assert rewarded(member.purchase(0)) == []


def test_a_lower_target_rewards_progress_that_was_made_before() -> None:
    first = sample({"tasks.goals": [goal(purchases=9)]})
    second = sample({"version": 2, "tasks.goals": [goal(purchases=2)]})
    member = Life(ProgramBook.from_versions([(0, first), (MONDAY + DAY, second)]), MONDAY, "Asia/Shanghai")
    for _ in range(3):
        member.purchase(0)
    assert rewarded(member.days(1).purchase(0)) == [100]


def test_growth_of_a_goal_lifts_the_tier_in_the_same_decision() -> None:
    ladder = tiers(("base", 0), ("gold", 50))
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 0}}]}
    member = life(goal(purchases=1, points=0, growth=50), tiers=ladder, growth=growth)
    events = member.purchase(100)
    assert [type(event) for event in events[1:]] == [TaskRewarded, TierChanged]
    assert (member.state().tier, member.spendable) == ("gold", 0)
    events = member.refund("p1", 100)
    assert [type(event) for event in events] == [PurchaseRefunded, TaskRevoked, TierChanged]
    assert (member.state().tier, member.state().growth) == ("base", 0)


def test_a_reward_repays_a_debt() -> None:
    rules = [{"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]
    member = life(goal(per="month", purchases=2), earn__rules=rules)
    member.purchase(5000, "a")
    member.redeem("coupon")
    member.refund("a", 5000)
    assert member.debt == 50
    member.purchase(0)
    events = member.purchase(0)
    assert [type(event) for event in events[1:]] == [TaskRewarded, DebtRepaid]
    assert (member.debt, member.spendable) == (0, 50)


def test_rewards_are_bonus_lots_that_mature_like_other_points_and_are_never_convertible() -> None:
    member = life(goal(purchases=1), earn__pending_days=14)
    lot = next(event for event in member.purchase(100) if isinstance(event, TaskRewarded)).lots[0]
    assert (lot.kind, lot.convertible, lot.matures_at) == ("bonus", False, MONDAY + 14 * DAY)
    assert (member.spendable, member.journal["member_pending"]) == (0, 100)


# ---- refunds ---------------------------------------------------------------------------------------------------------


def test_a_refund_that_undoes_the_goal_takes_the_reward_back_and_reaching_it_again_rewards_again() -> None:
    member = life(goal(purchases=3))
    for key in "abc":
        member.purchase(100, key)
    assert member.spendable == 100
    assert revoked(member.refund("a", 50)) == []
    [event] = revoked(member.refund("a", 50))
    assert (event.task, event.available_points, event.debt_points) == ("goal", 100, 0)
    assert (member.spendable, member.journal["program_cost"], member.state().rewards) == (0, 0, {})
    assert revoked(member.refund("b", 100)) == []
    assert [rewarded(member.purchase(100)) for _ in range(3)] == [[], [100], []]


def test_spend_goes_back_by_the_amount() -> None:
    member = life(goal(per="month", spend="1000.00", points=300))
    member.purchase(120_000, "a")
    assert revoked(member.refund("a", 20_000)) == []
    assert len(revoked(member.refund("a", 1))) == 1
    assert rewarded(member.purchase(1)) == [300]


@pytest.mark.parametrize(("policy", "debt", "forgiven"), [("negative", 100, 0), ("hold", 100, 0), ("clamp", 0, 100)])
def test_a_spent_reward_follows_the_debt_policy(policy: str, debt: int, forgiven: int) -> None:
    """Unspent remainder first, then the spent part (DESIGN §3)."""
    member = life(goal(purchases=2, points=110), refunds={"spent_points": policy})
    member.purchase(100, "a")
    member.purchase(100, "b")
    member.redeem("coupon", quantity=2)
    [event] = revoked(member.refund("b", 100))
    assert (event.available_points, event.debt_points, event.forgiven_points) == (10, debt, forgiven)
    assert (member.debt, member.spendable) == (debt, 0)


def test_under_clamp_a_refund_does_not_count_on_points_of_a_reward_that_falls_with_it() -> None:
    """Found by random lives: both wanted the same last points, and a debt remained that clamp forbids."""
    ten = [{"id": "spend", "on": "purchase", "amount": {"type": "fixed", "points": 10}}]
    member = life(goal(purchases=1, points=60), earn__rules=ten, refunds={"spent_points": "clamp"})
    member.purchase(100, "a")
    member.redeem("coupon")
    refund, event = member.refund("a", 100)
    assert (refund.debt_points, refund.forgiven_points) == (0, 10)  # type: ignore[union-attr]
    assert (event.available_points, event.debt_points, event.forgiven_points) == (20, 0, 40)  # type: ignore[union-attr]
    assert (member.debt, member.spendable) == (0, 0)


def test_a_pending_and_an_expired_reward_are_taken_back_where_they_are() -> None:
    member = life(goal(purchases=2), earn__pending_days=14)
    member.purchase(100, "a")
    member.purchase(100, "b")
    [event] = revoked(member.refund("b", 100))
    assert (event.pending_points, member.journal["member_pending"]) == (100, 0)
    member = life(goal(purchases=2))
    member.purchase(100, "a")
    member.purchase(100, "b")
    member.days(400).sweep()
    assert member.journal["breakage"] == 100
    [event] = revoked(member.refund("a", 100))
    assert (event.expired_points, member.journal["breakage"], member.journal["program_cost"]) == (100, 0, 0)


def test_a_revoked_reward_gives_its_budget_back() -> None:
    budgets = [{"id": "pot", "points": 120, "per": "month"}]
    member = life(goal(purchases=1, budget="pot"), earn__budgets=budgets)
    member.purchase(100, "a")
    assert member.limits["budget:pot/24314"] == 20
    member.refund("a", 100)
    assert member.limits["budget:pot/24314"] == 120


def test_rewards_older_than_the_state_remembers_are_final() -> None:
    """At most 32 are kept: what is forgotten is neither taken back nor paid twice."""
    goals = [goal(f"goal{number}", per="day", purchases=1, points=1) for number in range(MAX_REWARDS // 2)]
    member = life(*goals)
    for key in "abc":
        member.purchase(100, key)
        member.days(1)
    assert (len(member.state().rewards), member.spendable) == (MAX_REWARDS, MAX_REWARDS * 3 // 2)
    assert revoked(member.refund("a", 100)) == []
    assert rewarded(member.purchase(100, at=MONDAY)) == []
    assert len(revoked(member.refund("b", 100))) == MAX_REWARDS // 2


# ---- chains ----------------------------------------------------------------------------------------------------------


def chain(**more: Any) -> dict[str, Any]:
    steps = [
        {"id": "order", "day": 1, "on": "purchase", "points": 100},
        {"id": "check-in", "day": 2, "on": "behaviour", "behaviours": ["check-in"], "points": 50},
        {"id": "profile", "day": 3, "on": "behaviour", "behaviours": ["profile"], "points": 80},
        {"id": "again", "day": 7, "on": "purchase", "points": 200},
    ]
    labelled = [{**step, "label": text("s")} for step in steps]
    return {"id": "newcomer", "label": text("newcomer"), "steps": labelled, **more}


def newcomer(at: str = "2026-03-02T12:00:00+08:00", zone: str = "Asia/Shanghai", **more: Any) -> Life:
    return life(at=parse_instant(at), zone=zone, tasks__chains=[chain(**more)])


@pytest.mark.parametrize("late_completion", [True, False])
def test_the_newcomers_first_seven_days(late_completion: bool) -> None:
    """R-EARN-7 golden: 100, 50, 80, 200: 430 in all; day 8 pays nothing."""
    member = newcomer(late_completion=late_completion)
    assert rewarded(member.purchase(100)) == [100]
    assert rewarded(member.days(1).behave("check-in")) == [50]
    assert rewarded(member.days(1).behave("profile")) == [80]
    assert rewarded(member.days(4).purchase(100)) == [200]
    assert member.spendable == 430
    assert rewarded(member.purchase(100)) == []
    assert rewarded(member.days(1).purchase(100)) == []


def test_day_eight_pays_nothing() -> None:
    member = newcomer()
    member.purchase(100)
    member.days(1).behave("check-in")
    member.days(1).behave("profile")
    assert rewarded(member.days(5).purchase(100)) == []
    assert member.spendable == 230


def test_late_completion_inside_the_seven_days_is_the_programs_choice() -> None:
    kind, strict = newcomer(), newcomer(late_completion=False)
    for member, expected in ((kind, [[50], [80]]), (strict, [[], []])):
        member.purchase(100)
        member.days(2)
        assert [rewarded(member.behave("check-in")), rewarded(member.behave("profile"))] == expected


def test_steps_are_done_in_order_not_before_their_day_and_one_at_a_time() -> None:
    member = newcomer()
    assert rewarded(member.behave("check-in")) == []
    assert rewarded(member.purchase(100)) == [100]
    assert rewarded(member.behave("check-in")) == []
    assert rewarded(member.days(1).behave("profile")) == []
    assert rewarded(member.behave("check-in")) == [50]
    assert rewarded(member.behave("profile")) == []
    assert rewarded(member.days(1).behave("profile")) == [80]


@pytest.mark.parametrize(
    ("zone", "registered", "end_of_day_seven", "day_eight"),
    [
        ("Asia/Shanghai", "2026-03-02T23:59:00+08:00", "2026-03-08T23:59:59+08:00", "2026-03-09T00:00:00+08:00"),
        ("America/New_York", "2026-03-02T00:00:00-05:00", "2026-03-08T23:59:59-04:00", "2026-03-09T00:00:00-04:00"),
        ("America/New_York", "2026-10-30T23:00:00-04:00", "2026-11-05T23:59:59-05:00", "2026-11-06T00:00:00-05:00"),
        ("Pacific/Auckland", "2028-02-24T00:30:00+13:00", "2028-03-01T23:00:00+13:00", "2028-03-02T00:00:00+13:00"),
    ],
)
def test_registration_day_is_day_one_in_local_time(
    zone: str, registered: str, end_of_day_seven: str, day_eight: str
) -> None:
    """R-EARN-7, pitfall 11: however short the first day was, across clock changes and leap days."""
    for moment, expected in ((end_of_day_seven, [200]), (day_eight, [])):
        member = newcomer(registered, zone)
        member.purchase(100)
        member.days(3)
        member.behave("check-in")
        member.behave("profile")
        member.now = parse_instant(moment)
        assert rewarded(member.purchase(100)) == expected


def test_a_late_event_does_its_step_on_the_day_it_happened() -> None:
    member = newcomer()
    start = member.now
    member.purchase(100)
    member.days(7)
    assert rewarded(member.behave("check-in")) == []
    assert rewarded(member.behave("check-in", at=start + DAY)) == [50]


def test_a_step_done_by_a_refunded_purchase_is_revoked_and_can_be_done_again() -> None:
    member = newcomer()
    member.purchase(100, "a")
    assert revoked(member.refund("a", 50)) == []
    [event] = revoked(member.refund("a", 50))
    assert (event.task, event.reward, event.available_points) == ("newcomer", "newcomer/order", 100)
    assert rewarded(member.days(1).purchase(100)) == [100]
    assert rewarded(member.behave("check-in")) == [50]


def test_a_step_that_others_followed_is_revoked_but_the_others_stay() -> None:
    member = newcomer()
    member.purchase(100, "a")
    member.days(1).behave("check-in")
    assert len(revoked(member.refund("a", 100))) == 1
    assert (member.spendable, rewarded(member.purchase(100))) == (50, [])
    assert rewarded(member.days(1).behave("profile")) == [80]


def test_a_purchase_extends_lots_and_completes_tasks_in_one_decision() -> None:
    expiry = {
        "term": {"policy": "rolling", "months": 1},
        "extension": {"months": 6, "within_days": 60},
        "notice_days": [7],
    }
    member = life(goal(per="month", purchases=1), expiry=expiry)
    member.purchase(100)
    events = member.days(31).purchase(100)
    assert [type(event) for event in events[1:]] == [LotsExtended, TaskRewarded]


def test_steps_count_in_the_order_in_which_they_happened_however_they_arrive() -> None:
    """The till sends day 1's order on day 4, after the app's check-in and profile: all three are paid then."""
    member = newcomer()
    start = member.now
    assert rewarded(member.days(1).behave("check-in")) == []
    assert rewarded(member.days(1).behave("profile")) == []
    member.days(1)
    events = member.purchase(100, "a", at=start)
    assert rewarded(events) == [100, 50, 80]
    assert [event.occurred_at - start for event in events if isinstance(event, TaskRewarded)] == [0, DAY, 2 * DAY]
    assert rewarded(member.days(3).purchase(100)) == [200]
    assert [event.reward for event in revoked(member.refund("a", 100))] == ["newcomer/order"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_arrival_gives_the_same_430(order: tuple[int, ...]) -> None:
    """R-EARN-7 with late events."""
    member = newcomer()
    start = member.now
    member.days(7)
    deeds = [
        lambda: member.purchase(100, at=start),
        lambda: member.behave("check-in", at=start + DAY),
        lambda: member.behave("profile", at=start + 2 * DAY),
        lambda: member.purchase(100, at=start + 6 * DAY),
    ]
    for number in order:
        deeds[number]()
    assert member.spendable == 430


def test_what_happened_before_the_step_before_it_does_not_count() -> None:
    member = newcomer()
    start = member.now
    member.days(2).behave("profile")
    member.purchase(100, at=start)
    member.days(1)
    assert rewarded(member.behave("check-in")) == [50]
    assert rewarded(member.days(1).behave("profile")) == [80]


def test_a_refunded_purchase_that_waited_takes_its_step_back() -> None:
    member = newcomer()
    start = member.now
    member.days(6).purchase(100, "early")
    for behaviour, day in (("check-in", 1), ("profile", 2)):
        member.behave(behaviour, at=start + day * DAY)
    assert rewarded(member.purchase(100, "first", at=start)) == [50, 80, 200]
    assert [event.reward for event in revoked(member.refund("early", 100))] == ["newcomer/again"]
    assert rewarded(member.purchase(100, "last")) == [200]
    assert [event.reward for event in revoked(member.refund("first", 100))] == ["newcomer/order"]
    assert [event.reward for event in revoked(member.refund("last", 100))] == ["newcomer/again"]
    assert member.spendable == 130


def test_a_refunded_purchase_waits_no_more() -> None:
    member = newcomer()
    start = member.now
    member.days(6).purchase(100, "early")
    member.refund("early", 100)
    for behaviour, day in (("check-in", 1), ("profile", 2)):
        member.behave(behaviour, at=start + day * DAY)
    assert rewarded(member.purchase(100, "first", at=start)) == [100, 50, 80]
