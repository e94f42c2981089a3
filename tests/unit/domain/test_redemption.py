"""Redemption: offset, awards with stock and limits, cancellation."""

from typing import Any

import pytest

from alliance_node.domain.commands import Redeem, business_key
from alliance_node.domain.decide import limits_needed
from alliance_node.domain.errors import (
    InsufficientPoints,
    InvalidAmount,
    InvalidIdentifier,
    LateEvent,
    MemberLimitReached,
    OffsetNotAllowed,
    OptionNotAvailable,
    OutOfStock,
    RedemptionAlreadyCancelled,
    UnknownOption,
    UnknownRedemption,
)
from alliance_node.domain.event_facts import event_key
from alliance_node.domain.events import RedemptionCancelled, RedemptionMade
from alliance_node.domain.instants import parse_instant
from alliance_node.programs import load_preset
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import BASE, sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")


def rich(changes: dict[str, Any] | None = None, points: int = 1000) -> Life:
    member = Life(sample(changes), START, "Asia/Shanghai")
    member.purchase(points * 100)
    return member


def offers(*more: dict[str, Any]) -> dict[str, Any]:
    return {"redemption": [*BASE["redemption"], *more]}


def award(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "benefit",
        "id": "lounge",
        "name": {"en": "Lounge", "zh": "贵宾室"},
        "points": 100,
        "value": "1.00",
        **fields,
    }


def test_one_hundred_points_pay_one_unit_of_money() -> None:
    """R-RED-2 golden."""
    made = rich().offset(300, 1000)[0]
    assert isinstance(made, RedemptionMade)
    assert (made.points, made.value_minor) == (300, 300)


def test_four_hundred_stars_are_a_drink_worth_six_dollars() -> None:
    """R-RED-2 golden, preset coffee-stars."""
    member = Life(load_preset("coffee-stars"), START)
    member.purchase(20000)
    made = member.redeem("drink")[0]
    assert isinstance(made, RedemptionMade)
    assert (made.points, made.value_minor, member.spendable) == (400, 600, 0)


def test_an_offset_never_exceeds_its_share_of_the_order() -> None:
    """R-VAL-2: 50 % of 9.99 is 4.99, so 400 points but not 500."""
    half = [{**BASE["redemption"][0], "max_order_percent": 50}, *BASE["redemption"][1:]]
    member = rich({"redemption": half})
    member.offset(400, 999)
    with pytest.raises(OffsetNotAllowed, match=r"at most 50 % of the order of 9\.99 CNY, that is 4\.99 CNY"):
        member.offset(500, 999)


def test_an_offset_needs_whole_steps_points_and_an_order() -> None:
    member = rich()
    with pytest.raises(OffsetNotAllowed, match="not a multiple of 100"):
        member.offset(150, 1000)
    for order, order_id in ((None, "o"), (1000, None), (1000, "")):
        with pytest.raises(OffsetNotAllowed, match="Checkout needs order_id and order_amount, the"):
            member.do(Redeem(member.member_id, "x", "checkout", 1, order, 100, member.now, order_id))
    with pytest.raises(InvalidAmount):
        member.do(Redeem(member.member_id, "x", "checkout", 1, 1000, None, member.now, "o"))
    with pytest.raises(InvalidAmount):
        member.offset(-100, 1000)


def test_spend_takes_the_earliest_expiry_across_lots() -> None:
    member = Life(sample(), START, "Asia/Shanghai")
    member.purchase(6000)
    member.days(1).purchase(6000)
    made = member.redeem("coupon")[0]
    assert [tuple(part) for part in made.slices] == [(1, 50)]
    second = member.redeem("coupon")[0]
    assert [tuple(part) for part in second.slices] == [(1, 10), (2, 40)]


def test_points_that_are_missing_are_said_in_numbers() -> None:
    """Pitfall 8: what is checked is what is taken."""
    with pytest.raises(InsufficientPoints, match="Coupon needs 50 points; 49 are spendable"):
        rich(points=49).redeem("coupon")


def test_stock_is_taken_given_back_and_never_oversold() -> None:
    """R-RED-4, pitfall 13."""
    member = rich()
    command = Redeem(member.member_id, "g", "gift", 2, None, None, member.now)
    assert limits_needed(member.book, command) == ("stock:gift",)
    assert member.book.at(member.now).capacity_of("stock:gift") == 3
    member.limits["stock:gift"] = 0
    with pytest.raises(OutOfStock, match="2 of Gift were asked; 0 are left"):
        member.do(command)
    member.limits["stock:gift"] = 3
    member.do(command)
    with pytest.raises(OutOfStock, match="1 are left"):
        member.redeem("gift", quantity=2)
    member.cancel("g")
    assert member.limits["stock:gift"] == 3


def test_limits_of_an_option_count_per_member_and_period() -> None:
    member = rich(offers(award(limits=[{"per": "month", "times": 2}])))
    member.redeem("lounge", quantity=2)
    with pytest.raises(MemberLimitReached, match="times a month: 2 used of 2, 1 more asked"):
        member.redeem("lounge")
    member.now = parse_instant("2026-04-01T00:00:00+08:00")
    member.redeem("lounge")


def test_a_cancelled_redemption_gives_the_members_allowance_back() -> None:
    limits = [{"per": "day", "times": 2}, {"per": "month", "points": 200}]
    member = rich(offers(award(limits=limits)))
    member.redeem("lounge", "x", quantity=2)
    member.days(1).cancel("x")
    member.redeem("lounge", quantity=2)
    with pytest.raises(MemberLimitReached):
        member.days(1).redeem("lounge")


def test_options_have_tiers_and_dates() -> None:
    """R-BEN-2: five thousand points buy one lounge visit, in its season, for its tiers."""
    golden = award(points=5000, tiers=["gold"], **{"from": "2026-03-02T00:00", "until": "2026-03-03T00:00"})
    ladder = tiers(("base", 0), ("gold", "6000.00"), basis="spend")
    member = rich({**offers(golden), "tiers": ladder}, points=5000)
    with pytest.raises(OptionNotAvailable, match="for tiers gold; the member is in base"):
        member.redeem("lounge")
    member.purchase(100_000)
    made = member.redeem("lounge")[0]
    assert made.points == 5000
    with pytest.raises(OptionNotAvailable, match="runs from 2026-03-01T16:00:00Z until 2026-03-02T16:00:00Z"):
        member.days(1).redeem("lounge")


def test_unknown_options_quantities_and_ids_are_refused() -> None:
    member = rich()
    with pytest.raises(UnknownOption, match="it has: checkout, coupon, gift"):
        member.redeem("yacht")
    for quantity in (0, -1, 10_001, True, 1.0):
        with pytest.raises(InvalidAmount):
            member.redeem("coupon", quantity=quantity)  # type: ignore[arg-type]
    with pytest.raises(InvalidIdentifier):
        member.redeem("coupon", "x" * 65)
    with pytest.raises(LateEvent):
        member.do(Redeem(member.member_id, "x", "coupon", 1, None, None, member.now - 8 * DAY))


def test_a_cancelled_redemption_returns_to_its_lots_once() -> None:
    """Pitfall 2: never more comes back than was taken."""
    member = rich()
    member.redeem("coupon", "x")
    member.cancel("x")
    assert ([lot.remaining for lot in member.table.values()], member.journal["redemption"]) == ([1000], 0)
    with pytest.raises(RedemptionAlreadyCancelled):
        member.cancel("x")
    with pytest.raises(UnknownRedemption):
        member.cancel("y")
    assert member.spendable == 1000


def test_points_that_expired_meanwhile_come_back_as_a_lot_with_grace() -> None:
    """DESIGN §3, pitfall 15: max(original expiry, now + grace), with its own entry and its history."""
    for swept in (False, True):
        member = rich()
        member.redeem("coupon", "x")
        member.days(400)
        if swept:
            member.sweep()
        event = member.cancel("x")[0]
        assert isinstance(event, RedemptionCancelled)
        new = event.lots[0]
        assert (new.amount, new.kind, new.expires_at) == (50, "reinstated", member.now + 30 * DAY)
        assert (new.earned_at, new.convertible) == (START, True)
        member.now = new.expires_at - 1
        assert member.spendable == 50
        member.now += 1
        assert member.spendable == 0
        member.sweep()
        assert (member.journal["breakage"], member.state().booked) == (1000, 0)


def test_a_redemption_and_its_event_share_one_business_key() -> None:
    member = rich()
    command = Redeem(member.member_id, "x", "coupon", 1, None, None, member.now)
    assert event_key(member.do(command)[0]) == business_key(command) == ("alliance:redemption", "x")
