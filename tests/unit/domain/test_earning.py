"""Earning: brackets, behaviours with caps, campaigns, pending points, and what is refused."""

from typing import Any

import pytest

from alliance_node.domain.commands import RecordBehaviour, RecordPurchase, RecordRefund
from alliance_node.domain.counters import after_use, used_in
from alliance_node.domain.errors import (
    FutureEvent,
    InvalidAmount,
    InvalidIdentifier,
    LateEvent,
    MemberAlreadyEnrolled,
    NoProgramInForce,
    UnknownBehaviour,
    UnknownMember,
    UnknownTimeZone,
)
from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import BehaviourRecorded, PurchaseRecorded, PurchaseRefunded
from alliance_node.domain.instants import local_date, parse_instant
from alliance_node.domain.program import ProgramBook
from alliance_node.domain.quantities import pending
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import GOLDEN_BRACKETS, sample, tiers

NOON = parse_instant("2026-03-02T12:00:00+08:00")


def life(changes: dict[str, Any] | None = None) -> Life:
    return Life(sample(changes), NOON, "Asia/Shanghai")


def rule(**fields: Any) -> dict[str, Any]:
    return {"id": "spend", "on": "purchase", **fields}


@pytest.mark.parametrize(
    ("amount_minor", "points"),
    [(0, 0), (1, 0), (9999, 99), (10000, 120), (30000, 360), (30001, 450), (30002, 450), (100000, 1500)],
)
def test_slab_brackets_count_the_whole_amount_at_one_rate(amount_minor: int, points: int) -> None:
    """R-EARN-1 golden: 99.99 at 1.0, 100.00 and 300.00 at 1.2, 300.01 at 1.5 (pitfall 10)."""
    events = life({"earn.rules": [rule(amount=GOLDEN_BRACKETS)]}).purchase(amount_minor)
    assert points_of(events[0]) == points


@pytest.mark.parametrize(
    ("amount_minor", "points"),
    [(9999, 99), (10000, 100), (10001, 100), (30000, 340), (30001, 340), (30100, 341), (30067, 341), (30066, 340)],
)
def test_marginal_brackets_count_each_part_at_its_own_rate(amount_minor: int, points: int) -> None:
    """R-EARN-1 `marginal`: 100 × 1.0 + 200 × 1.2 + the rest × 1.5, rounded once."""
    program = {"earn.rules": [rule(amount={**GOLDEN_BRACKETS, "mode": "marginal"})]}
    assert points_of(life(program).purchase(amount_minor)[0]) == points


@pytest.mark.parametrize(("rounding", "points"), [("down", 149), ("half_up", 150)])
def test_rounding_is_the_rules_choice(rounding: str, points: int) -> None:
    amount = {"type": "per_unit", "points": "1.5", "rounding": rounding}
    assert points_of(life({"earn.rules": [rule(amount=amount)]}).purchase(9970)[0]) == points


def test_whole_units_count_only_full_steps_of_money() -> None:
    amount = {"type": "per_unit", "points": "3", "per": "10.00", "whole_units": True}
    assert points_of(life({"earn.rules": [rule(amount=amount)]}).purchase(2999)[0]) == 6


def test_every_condition_of_a_rule_must_hold() -> None:
    """R-EARN-8: rates by source, channel, tag; boundaries of amounts: at_least is included, below is not."""
    when = {
        "sources": ["pos"],
        "channels": ["app"],
        "tags_any": ["tea", "coffee"],
        "tags_none": ["sale"],
        "amount_at_least": "10.00",
        "amount_below": "20.00",
    }
    member = life({"earn.rules": [rule(when=when, amount={"type": "fixed", "points": 7})]})
    assert points_of(member.purchase(1000, channel="app", tags=("tea",))[0]) == 7
    assert points_of(member.purchase(1999, channel="app", tags=("x", "coffee"))[0]) == 7
    assert points_of(member.purchase(2000, channel="app", tags=("tea",))[0]) == 0
    assert points_of(member.purchase(999, channel="app", tags=("tea",))[0]) == 0
    assert points_of(member.purchase(1000, channel="shop", tags=("tea",))[0]) == 0
    assert points_of(member.purchase(1000, channel="app", tags=("tea", "sale"))[0]) == 0
    assert points_of(member.purchase(1000, channel="app")[0]) == 0


def test_member_day_counts_in_the_members_zone_or_the_programs() -> None:
    """R-EARN-5, pitfall 11: it is already the 3rd in Auckland while it is the 2nd in Shanghai."""
    day = rule(when={"days_of_month": [3]}, amount={"type": "fixed", "points": 9})
    of_member = Life(sample({"earn.rules": [day]}), NOON + 8 * 3600, "Pacific/Auckland")
    of_program = Life(
        sample({"earn.rules": [day], "earn.day_boundary": "program"}), NOON + 8 * 3600, "Pacific/Auckland"
    )
    assert points_of(of_member.purchase(100)[0]) == 9
    assert points_of(of_program.purchase(100)[0]) == 0


def test_weekdays_count_monday_as_one() -> None:
    monday = rule(when={"weekdays": [1]}, amount={"type": "fixed", "points": 4})
    member = life({"earn.rules": [monday]})  # 2 March 2026 is a Monday
    assert points_of(member.purchase(100)[0]) == 4
    assert points_of(member.days(1).purchase(100)[0]) == 0


CHECK_IN = {
    "id": "check-in",
    "on": "behaviour",
    "behaviours": ["check-in"],
    "amount": {"type": "fixed", "points": 10},
    "limits": [{"per": "day", "times": 2}, {"per": "month", "points": 45}],
}


def test_behaviour_points_stop_at_the_caps_of_day_and_month() -> None:
    """R-EARN-2, R-EARN-10: two a day; 45 points a month, the last one cut to what is left."""
    member = life({"earn.rules": [rule(amount={"type": "fixed", "points": 0}), CHECK_IN]})
    assert [points_of(member.behave("check-in")[0]) for _ in range(3)] == [10, 10, 0]
    member.days(1)
    assert [points_of(member.behave("check-in")[0]) for _ in range(3)] == [10, 10, 0]
    assert [points_of(member.days(1).behave("check-in")[0]) for _ in range(2)] == [5, 0]
    member.now = parse_instant("2026-04-01T00:00:00+08:00")
    assert points_of(member.behave("check-in")[0]) == 10
    assert all(not lot.convertible for lot in member.table.values())


def test_a_day_with_23_or_25_hours_is_one_day() -> None:
    """Pitfall 11: New York loses an hour on 8 March 2026 and gains one on 1 November 2026."""
    program = sample({"earn.rules": [rule(amount={"type": "fixed", "points": 0}), CHECK_IN]})
    for early, late, next_day in (
        ("2026-03-08T00:30:00-05:00", "2026-03-08T23:30:00-04:00", "2026-03-09T00:00:00-04:00"),
        ("2026-11-01T00:30:00-04:00", "2026-11-01T23:59:59-05:00", "2026-11-02T00:00:00-05:00"),
    ):
        member = Life(program, parse_instant(early), "America/New_York")
        member.behave("check-in")
        member.behave("check-in")
        member.now = parse_instant(late)
        assert points_of(member.behave("check-in")[0]) == 0
        member.now = parse_instant(next_day)
        assert points_of(member.behave("check-in")[0]) == 10


def campaign(name: str, multiplier: str, **more: Any) -> dict[str, Any]:
    window = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}
    return {"id": name, "label": {"en": name, "zh": name}, "when": window, "multiplier": multiplier, **more}


@pytest.mark.parametrize(
    ("stacking", "bonus"), [("exclusive", 50), ("best_of", 200), ("additive", 250), ("multiplicative", 350)]
)
def test_stacking_policy_says_how_two_campaigns_meet(stacking: str, bonus: int) -> None:
    """R-EARN-4: 1.5 times and 3 times on 100 points; the extra is a bonus lot of its own, not convertible."""
    campaigns = [campaign("half", "1.5"), campaign("triple", "3")]
    member = life({"earn.campaigns": campaigns, "earn.stacking": stacking})
    event = member.purchase(10000)[0]
    assert isinstance(event, PurchaseRecorded)
    assert [(lot.amount, lot.kind, lot.convertible) for lot in event.lots] == [
        (100, "base", True),
        (bonus, "bonus", False),
    ]


def test_campaign_window_includes_its_start_and_excludes_its_end() -> None:
    member = life({"earn.campaigns": [campaign("double", "2")]})
    for text, points in (("2026-03-09T23:59:59+08:00", 200), ("2026-03-10T00:00:00+08:00", 100)):
        member.now = parse_instant(text)
        assert points_of(member.purchase(10000)[0]) == points


def test_campaign_applies_only_to_the_rules_it_names_and_up_to_its_cap() -> None:
    rules = [
        rule(amount={"type": "per_unit", "points": "1"}),
        rule(amount={"type": "fixed", "points": 40}) | {"id": "x"},
    ]
    capped = campaign("double", "2", applies_to=["spend"], limits=[{"per": "ever", "points": 130}])
    member = life({"earn.rules": rules, "earn.campaigns": [capped]})
    assert points_of(member.purchase(10000)[0]) == 240
    assert points_of(member.purchase(10000)[0]) == 170
    assert points_of(member.purchase(10000)[0]) == 140


def test_late_purchase_takes_the_rules_of_its_own_time() -> None:
    """DESIGN §3: version, campaign and dates by occurred_at; booked now."""
    first, second = sample(), sample({"version": 2, "earn.rules": [rule(amount={"type": "fixed", "points": 1})]})
    book = ProgramBook.from_versions([(0, first), (NOON + DAY, second)])
    member = Life(book, NOON + 3 * DAY, "Asia/Shanghai")
    late = member.purchase(10000, at=NOON)[0]
    prompt = member.purchase(10000)[0]
    assert isinstance(late, PurchaseRecorded) and isinstance(prompt, PurchaseRecorded)
    assert (points_of(late), late.program_version) == (100, 1)
    assert (points_of(prompt), prompt.program_version) == (1, 2)


def test_late_window_is_seven_days_to_the_second() -> None:
    member = life().days(8)
    member.purchase(100, at=member.now - 7 * DAY)
    with pytest.raises(LateEvent, match="more than 7 days"):
        member.purchase(100, at=member.now - 7 * DAY - 1)


def test_five_minutes_of_future_are_allowed_and_no_more() -> None:
    member = life()
    member.purchase(100, at=member.now + 300)
    with pytest.raises(FutureEvent, match="301 s after now"):
        member.purchase(100, at=member.now + 301)


@pytest.mark.parametrize("amount", [-1, 10**12 + 1, True, 1.5, float("nan"), "100", None])
def test_amounts_that_are_no_whole_number_in_range_are_refused(amount: Any) -> None:
    member = life()
    with pytest.raises(InvalidAmount):
        member.purchase(amount)
    assert member.state().version == 1


@pytest.mark.parametrize(
    ("source", "event_id"), [("", "1"), ("s" * 65, "1"), ("pos", ""), ("pos", "e" * 129), ("alliance:redemption", "1")]
)
def test_bad_business_keys_are_refused(source: str, event_id: str) -> None:
    member = life()
    with pytest.raises(InvalidIdentifier):
        member.do(RecordPurchase(member.member_id, source, event_id, 100, member.now))


def test_too_many_or_too_long_tags_are_refused() -> None:
    member = life()
    for more in ({"tags": ("t",) * 65}, {"tags": ("t" * 65,)}, {"channel": ""}):
        with pytest.raises(InvalidIdentifier):
            member.purchase(100, **more)


def test_unknown_behaviour_names_the_known_ones() -> None:
    member = life({"earn.rules": [rule(amount={"type": "fixed", "points": 0}), CHECK_IN]})
    with pytest.raises(UnknownBehaviour, match="it has: check-in"):
        member.behave("dance")


def test_stranger_cannot_earn_and_nobody_enrols_twice() -> None:
    member = Life(sample(), NOON, enrol=False)
    with pytest.raises(UnknownMember):
        member.do(RecordBehaviour(member.member_id, "app", "1", "check-in", NOON))
    member.enrol()
    with pytest.raises(MemberAlreadyEnrolled):
        member.enrol()
    with pytest.raises(UnknownTimeZone):
        Life(sample(), NOON, "Mars/Olympus")


def test_without_a_program_in_force_nothing_is_decided() -> None:
    book = ProgramBook.from_versions([(NOON, sample())])
    member = Life(book, NOON, "Asia/Shanghai")
    with pytest.raises(NoProgramInForce, match="the first begins 2026-03-02T04:00:00Z"):
        member.purchase(100, at=NOON - 1)
    with pytest.raises(NoProgramInForce, match="the first begins never"):
        ProgramBook.from_versions([]).at(NOON)


def test_pending_points_mature_after_the_return_window_and_only_then_can_be_used() -> None:
    """R-EARN-9: booked as pending; the next decision after the date books the maturity first."""
    member = life({"earn.pending_days": 14})
    member.purchase(10000)
    assert (member.spendable, pending(member.state(), member.now)) == (0, 100)
    assert member.journal["member_pending"] == 100
    member.days(14)
    assert member.spendable == 100
    events = member.redeem("coupon")
    assert [type(event).__name__ for event in events] == ["PointsMatured", "RedemptionMade"]
    assert member.journal["member_pending"] == 0 and member.spendable == 50


def test_growth_weights_are_separate_from_points() -> None:
    """R-TIER-2 golden: +100 per purchase; behaviours have their own weights; points are not growth."""
    growth = [
        {"id": "g-spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}},
        {"id": "g-visit", "on": "purchase", "amount": {"type": "fixed", "points": 100}},
        {"id": "g-share", "on": "behaviour", "behaviours": ["share"], "amount": {"type": "fixed", "points": 200}},
        {"id": "g-review", "on": "behaviour", "behaviours": ["review"], "amount": {"type": "fixed", "points": 300}},
    ]
    member = life({"growth": {"rules": growth}})
    member.purchase(25050)
    assert member.state().growth == 350
    events = member.behave("share") + member.behave("review")
    assert [event.growth for event in events if isinstance(event, BehaviourRecorded)] == [200, 300]
    assert (member.state().growth, member.spendable) == (850, 250)


def test_by_tier_rates_follow_the_members_tier() -> None:
    """R-EARN-8 with tiers: 2 per unit, 3 for gold; a purchase that lifts the member still earns at the old tier."""
    amount = {"type": "per_unit", "points": "2", "by_tier": {"gold": "3"}}
    ladder = tiers(("green", 0), ("gold", "560.00"), basis="spend")
    member = life({"earn.rules": [rule(amount=amount)], "tiers": ladder})
    assert points_of(member.purchase(56000)[0]) == 1120
    assert member.state().tier == "gold"
    assert points_of(member.purchase(10000)[0]) == 300


def test_late_behaviours_count_on_their_own_day_and_never_reset_today() -> None:
    """R-EARN-10 with late events: one a day, whatever the order of arrival."""
    once = CHECK_IN | {"limits": [{"per": "day", "times": 1}]}
    member = life({"earn.rules": [rule(amount={"type": "fixed", "points": 0}), once]}).days(20)

    def check_in(days_ago: int) -> int:
        at = member.now - days_ago * DAY
        return points_of(member.do(RecordBehaviour(member.member_id, "app", member.fresh("b"), "check-in", at))[0])

    assert [check_in(days) for days in (0, 1, 0, 7, 1, 7, 3, 0)] == [10, 10, 0, 10, 0, 0, 10, 0]
    assert [check_in(days) for days in range(8)] == [0, 0, 10, 0, 10, 10, 10, 0]


def test_a_period_that_is_no_longer_kept_counts_as_used_up() -> None:
    counter = None
    for day in range(20, 30):
        counter = after_use(counter, day, 1)
    assert counter is not None
    assert [used_in(counter, day, 5) for day in (30, 29, 22, 21, 20)] == [0, 1, 1, 5, 5]
    assert used_in(after_use(after_use(None, 10, 1), 8, 2), 9, 5) == 0


@pytest.mark.parametrize(
    ("day", "points"),
    [
        ("2026-02-28", 9),
        ("2028-02-28", 0),
        ("2028-02-29", 9),
        ("2026-04-30", 9),
        ("2026-05-30", 0),
        ("2026-05-31", 9),
        ("2026-05-15", 9),
    ],
)
def test_the_last_day_of_a_month_is_a_day_like_others(day: str, points: int) -> None:
    """R-EARN-5: -1 is the last day, in months of 28 to 31 days."""
    member_day = rule(when={"days_of_month": [15, -1]}, amount={"type": "fixed", "points": 9})
    member = Life(sample({"earn.rules": [member_day]}), parse_instant(f"{day}T23:00:00+08:00"), "Asia/Shanghai")
    assert points_of(member.purchase(100)[0]) == points


def test_a_campaign_may_come_back_every_month() -> None:
    """R-EARN-5: double points on the 8th of each month and on Sundays, for ever."""
    days = [{"days_of_month": [8]}, {"weekdays": [7]}]
    campaigns = [
        {"id": f"c{number}", "label": {"en": "c", "zh": "c"}, "when": when, "multiplier": "2"}
        for number, when in enumerate(days)
    ]
    member = life({"earn.campaigns": campaigns})
    found = {}
    for _ in range(60):
        found[local_date(member.now, "Asia/Shanghai").isoformat()] = points_of(member.purchase(10000)[0])
        member.days(1)
    doubled = [day for day, points in found.items() if points == 200]
    assert doubled == [
        "2026-03-08",
        "2026-03-15",
        "2026-03-22",
        "2026-03-29",
        "2026-04-05",
        "2026-04-08",
        "2026-04-12",
        "2026-04-19",
        "2026-04-26",
    ]


def test_a_late_event_needs_an_approval_which_its_event_carries() -> None:
    """DESIGN §3: later than the window only when somebody approved it, and who."""
    member = life({"earn.rules": [rule(amount={"type": "per_unit", "points": "1"}), CHECK_IN]}).days(30)
    late = member.now - 20 * DAY
    with pytest.raises(LateEvent, match="more than 7 days"):
        member.purchase(10000, at=late)
    [bought] = member.purchase(10000, "a", at=late, late_approval="Li Wei: till was offline")
    assert isinstance(bought, PurchaseRecorded)
    assert (bought.late_approval, bought.lots[0].earned_at, points_of(bought)) == (
        "Li Wei: till was offline",
        late,
        100,
    )
    [checked] = member.behave("check-in", at=late, late_approval="Li Wei")
    assert isinstance(checked, BehaviourRecorded) and checked.late_approval == "Li Wei"
    refund = RecordRefund(member.member_id, "pos", "r", "pos", "a", 10000, late, "Li Wei: returned then")
    [refunded] = member.do(refund)
    assert isinstance(refunded, PurchaseRefunded) and refunded.late_approval == "Li Wei: returned then"
    with pytest.raises(InvalidIdentifier, match="late_approval has 201 characters; at most 200"):
        member.purchase(100, at=late, late_approval="x" * 201)
