"""Refunds in every order: before and after spending, holding, converting, expiring, maturing, cancelling."""

from typing import Any

import pytest

from alliance_node.domain.commands import RecordRefund
from alliance_node.domain.errors import (
    DebtOutstanding,
    InvalidAmount,
    LateEvent,
    RefundExceedsPurchase,
    UnknownPurchase,
)
from alliance_node.domain.events import PurchaseRefunded
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")


def life(policy: str = "negative", **changes: Any) -> Life:
    more = {key.replace("__", "."): value for key, value in changes.items()}
    return Life(sample({"refunds": {"spent_points": policy}, **more}), START, "Asia/Shanghai")


def refunded(events: list[Any]) -> PurchaseRefunded:
    return next(event for event in events if isinstance(event, PurchaseRefunded))


def test_a_refund_takes_back_what_the_purchase_earned_and_no_other_lot() -> None:
    """R-EARN-9, pitfalls 4 and 7."""
    member = life()
    member.purchase(10000, "a")
    member.purchase(7000, "b")
    member.refund("a", 10000)
    assert [lot.remaining for lot in member.table.values()] == [0, 70]
    assert (member.journal["program_cost"], member.spendable, member.debt) == (-70, 70, 0)


def test_partial_refunds_are_proportional_and_add_up_exactly() -> None:
    """Thirds of 100.00 on 100 points: 33, then 33, then the remaining 34."""
    member = life()
    member.purchase(10000, "a")
    taken = [refunded(member.refund("a", part)).available_points for part in (3333, 3333, 3334)]
    assert taken == [33, 33, 34]
    assert (member.spendable, member.journal["program_cost"]) == (0, 0)


def test_base_and_bonus_lots_are_each_clawed_back_in_proportion() -> None:
    window = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}
    campaign = {"id": "double", "label": {"en": "d", "zh": "d"}, "when": window, "multiplier": "2"}
    member = life(earn__campaigns=[campaign])
    member.purchase(10000, "a")
    member.refund("a", 2500)
    assert [lot.remaining for lot in member.table.values()] == [75, 75]
    member.refund("a", 7500)
    assert [lot.amount for lot in member.table.values()] == [0, 0]


def test_more_than_the_purchase_cannot_be_refunded() -> None:
    member = life()
    member.purchase(10000, "a")
    member.refund("a", 6000)
    with pytest.raises(
        RefundExceedsPurchase, match=r"refund of 40\.01 CNY on a purchase of 100\.00 CNY .* 60\.00 CNY are already"
    ):
        member.refund("a", 4001)
    with pytest.raises(InvalidAmount):
        member.refund("a", 0)


def test_a_refund_needs_its_purchase_and_a_recent_date() -> None:
    member = life()
    with pytest.raises(UnknownPurchase, match="'pos' / 'ghost'"):
        member.refund("ghost", 100)
    member.purchase(10000, "a")
    late = RecordRefund(member.member_id, "pos", "r", "pos", "a", 100, member.now - 8 * DAY)
    with pytest.raises(LateEvent):
        member.do(late)


def test_something_that_is_no_purchase_cannot_be_refunded() -> None:
    member = life()
    member.purchase(10000, "a")
    member.refund("a", 5000)
    refund_key = "r1"
    assert any(getattr(event, "source_event_id", "") == refund_key for event in member.stream)
    with pytest.raises(UnknownPurchase):
        member.refund(refund_key, 100)


def test_the_spent_part_becomes_a_debt_that_later_points_repay() -> None:
    """Policy negative."""
    member = life("negative")
    member.purchase(10000, "a")
    member.offset(100, 1000, "x")
    member.refund("a", 10000)
    assert (member.debt, member.spendable, member.journal["member_debt"]) == (100, 0, -100)
    with pytest.raises(DebtOutstanding):
        member.redeem("coupon")
    events = member.purchase(3000)
    assert [type(event).__name__ for event in events] == ["PurchaseRecorded", "DebtRepaid"]
    assert (member.debt, member.spendable) == (70, 0)
    member.purchase(10000)
    assert (member.debt, member.spendable) == (0, 30)


def test_the_spent_part_takes_other_spendable_points_at_once() -> None:
    """Policies negative and clamp: nobody owes and owns at the same time."""
    for policy in ("negative", "clamp"):
        member = life(policy)
        member.purchase(10000, "a")
        member.offset(100, 1000)
        member.days(1).purchase(6000, "b")
        event = refunded(member.refund("a", 10000))
        debt, forgiven = (100, 0) if policy == "negative" else (60, 40)
        assert (event.debt_points, event.forgiven_points) == (debt, forgiven)
        assert (member.spendable, member.debt) == (0, 40 if policy == "negative" else 0)


def test_clamp_never_leaves_a_debt() -> None:
    member = life("clamp")
    member.purchase(10000, "a")
    member.offset(100, 1000)
    event = refunded(member.refund("a", 10000))
    assert (event.debt_points, event.forgiven_points, member.debt) == (0, 100, 0)
    member.purchase(3000)
    assert member.spendable == 30


def test_clamp_cannot_be_milked_by_cancelling_the_redemption_afterwards() -> None:
    """What was forgiven is recovered when the spent points come back (pitfall 2)."""
    member = life("clamp")
    member.purchase(10000, "a")
    member.offset(100, 1000, "x")
    member.refund("a", 10000)
    member.cancel("x")
    assert (member.spendable, member.state().booked, member.journal["program_cost"]) == (0, 0, 0)
    assert member.journal["redemption"] == 0


def test_hold_keeps_the_other_points_but_lets_nothing_be_spent_until_it_is_earned_back() -> None:
    member = life("hold")
    member.purchase(10000, "a")
    member.offset(100, 1000)
    member.days(1).purchase(6000, "b")
    member.refund("a", 10000)
    assert (member.debt, member.spendable) == (100, 60)
    with pytest.raises(DebtOutstanding, match="100 points are owed"):
        member.redeem("coupon")
    member.days(10)
    with pytest.raises(DebtOutstanding, match="debt blocks conversion"):
        member.hold(10)
    member.purchase(10000)
    assert (member.debt, member.spendable) == (0, 60)
    member.redeem("coupon")


def test_an_expired_part_goes_against_breakage() -> None:
    """DESIGN §3: unspent remainder, then expired part, then spent part."""
    member = life()
    member.purchase(10000, "a")
    member.redeem("coupon")
    member.days(400).sweep()
    assert member.journal["breakage"] == 50
    event = refunded(member.refund("a", 10000))
    assert (event.available_points, event.expired_points, event.debt_points) == (0, 50, 50)
    assert (member.journal["breakage"], member.debt) == (0, 50)


def test_an_expired_lot_that_was_not_swept_is_refunded_from_the_available_account_once() -> None:
    member = life()
    member.purchase(10000, "a")
    member.days(400)
    event = refunded(member.refund("a", 10000))
    assert (event.available_points, event.expired_points) == (100, 0)
    assert member.sweep() == []
    assert member.journal["breakage"] == 0


def test_pending_points_are_taken_back_from_pending() -> None:
    member = life(earn__pending_days=14)
    member.purchase(10000, "a")
    member.refund("a", 4000)
    assert member.journal["member_pending"] == 60
    member.days(14)
    assert member.spendable == 60
    event = refunded(member.refund("a", 6000))
    assert (event.pending_points, event.available_points, member.journal["member_pending"]) == (0, 60, 0)


def test_a_refund_while_the_points_are_held_is_settled_when_they_are_released() -> None:
    member = life()
    member.purchase(10000, "a")
    member.days(8).hold(100, "c")
    member.refund("a", 10000)
    assert (member.debt, member.state().booked) == (100, 100)
    events = member.release("c")
    assert [type(event).__name__ for event in events] == ["ConversionReleased", "DebtRepaid"]
    assert (member.debt, member.spendable, member.state().booked) == (0, 0, 0)


def test_a_refund_after_conversion_leaves_a_debt() -> None:
    member = life()
    member.purchase(10000, "a")
    member.days(8).hold(100, "c")
    member.capture("c")
    member.refund("a", 10000)
    assert (member.debt, member.journal["conversion_clearing"]) == (100, 100)
    member.give_back("c")
    assert (member.debt, member.spendable, member.journal["conversion_clearing"]) == (0, 0, 0)


@pytest.mark.parametrize("policy", ["negative", "clamp", "hold"])
@pytest.mark.parametrize("cancel_first", [True, False])
def test_refund_of_everything_returns_to_zero_in_either_order(policy: str, cancel_first: bool) -> None:
    member = life(policy)
    member.purchase(10000, "a")
    member.days(1).purchase(5000, "b")
    member.offset(100, 1000, "x")
    steps = [lambda: member.cancel("x"), lambda: (member.refund("a", 10000), member.refund("b", 5000))]
    for step in steps if cancel_first else reversed(steps):
        step()
    state = member.state()
    assert (state.booked, state.debt_points, state.growth, state.spend_minor) == (0, 0, 0, 0)
    assert not any(member.journal.values())


def test_growth_and_spend_follow_the_refund() -> None:
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 100}}]}
    member = life(growth=growth)
    member.purchase(10000, "a")
    member.refund("a", 3333)
    assert (member.state().growth, member.state().spend_minor) == (67, 6667)
    member.refund("a", 6667)
    assert (member.state().growth, member.state().spend_minor) == (0, 0)


def test_a_purchase_of_nothing_is_refunded_once_by_a_refund_of_nothing() -> None:
    """A free order can earn fixed points; they must be reversible too."""
    rule = {"id": "visit", "on": "purchase", "amount": {"type": "fixed", "points": 30}}
    member = life(earn__rules=[rule])
    member.purchase(0, "a")
    with pytest.raises(RefundExceedsPurchase):
        member.refund("a", 1)
    member.refund("a", 0)
    assert (member.spendable, member.journal["program_cost"]) == (0, 0)
    with pytest.raises(RefundExceedsPurchase):
        member.refund("a", 0)


@pytest.mark.parametrize("policy", ["negative", "clamp", "hold"])
def test_a_purchase_from_before_the_move_is_refunded_through_the_debt_policy(policy: str) -> None:
    """Its points are part of the opening balance: they count as spent, and other points pay them."""
    member = life(policy)
    member.purchase(10000, "new")
    member.import_purchase("old", 8000, 40)
    events = member.refund("old", 8000)
    event = refunded(events)
    assert (event.lots, event.debt_points, event.forgiven_points, event.whole) == ((), 40, 0, True)
    assert (member.spendable, member.debt) == ((100, 40) if policy == "hold" else (60, 0))
    assert member.state().spend_minor == 2000


def test_parts_of_an_old_purchase_add_up_exactly_and_nobody_goes_below_nothing() -> None:
    member = life("clamp")
    member.import_purchase("old", 10000, 100)
    taken = [refunded(member.refund("old", part)) for part in (3333, 3333, 3334)]
    assert [(event.debt_points, event.forgiven_points, event.whole) for event in taken] == [
        (0, 33, False),
        (0, 33, False),
        (0, 34, True),
    ]
    assert (member.debt, member.state().spend_minor) == (0, 0)
    with pytest.raises(RefundExceedsPurchase):
        member.refund("old", 1)


def test_the_last_part_of_a_refund_says_that_nothing_is_left() -> None:
    member = life()
    member.purchase(10000, "a")
    assert [refunded(member.refund("a", part)).whole for part in (9999, 1)] == [False, True]
    assert member.state().kept_purchases == 0


def test_growth_that_has_decayed_is_refunded_as_what_is_left_of_it() -> None:
    """R-TIER-3: 100 growth of last year stand at 80; the refund of it leaves this year's 100 alone."""
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 100}}]}
    ladder = {**tiers(("base", 0)), "decay": {"percent": 20, "month": 1, "day": 1}}
    member = life(growth=growth, tiers=ladder)
    member.purchase(10000, "a")
    member.days(365).purchase(10000, "b")
    assert member.state().growth == 180
    assert [refunded(member.refund("a", part)).growth for part in (5000, 5000)] == [40, 40]
    assert member.state().growth == 100
