"""Gifts that come with a purchase over a threshold: while stock lasts, within limits, asked back by a refund."""

from typing import Any

from alliance_node.domain.commands import RecordPurchase
from alliance_node.domain.decide import limits_needed
from alliance_node.domain.events import GrantedGift, LimitUse, PurchaseRecorded, PurchaseRefunded
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample

ELEVENTH = parse_instant("2026-11-11T12:00:00+08:00")
WINDOW = {"from": "2026-11-11T00:00", "until": "2026-11-12T00:00"}
MUG = {"id": "mug", "label": {"en": "Mug", "zh": "马克杯"}, "when": {**WINDOW, "amount_at_least": "300.00"}}


def life(*gifts: dict[str, Any], stock: int = 3) -> Life:
    member = Life(sample({"earn.gifts": [{"option": "gift", **gift} for gift in gifts]}), ELEVENTH, "Asia/Shanghai")
    member.limits["stock:gift"] = stock
    return member


def bought(events: list[Any]) -> PurchaseRecorded:
    return next(event for event in events if isinstance(event, PurchaseRecorded))


def refunded(events: list[Any]) -> PurchaseRefunded:
    return next(event for event in events if isinstance(event, PurchaseRefunded))


def test_a_purchase_over_the_threshold_comes_with_the_gift() -> None:
    """R-EARN-4: 300.00 is enough, 299.99 is not, and the day after the sale nothing is."""
    member = life(MUG)
    event = bought(member.purchase(30000))
    assert event.gifts == (GrantedGift("mug", "gift", 1),)
    assert event.limits == (LimitUse("stock:gift", 1),)
    assert event.trace[-1] == ("mug", "gift", 0, (1,))
    assert bought(member.purchase(29999)).gifts == ()
    assert bought(member.days(1).purchase(30000)).gifts == ()
    assert member.limits["stock:gift"] == 2


def test_when_no_stock_is_left_there_is_no_gift_and_the_trace_says_so() -> None:
    """Pitfall 13: two gifts of two, three in stock."""
    member = life({**MUG, "quantity": 2})
    member.purchase(30000)
    event = bought(member.purchase(30000))
    assert (event.gifts, event.limits) == ((), ())
    assert event.trace[-1] == ("mug", "gift_out_of_stock", 0, (2, 1))
    assert member.limits["stock:gift"] == 1


def test_two_gifts_of_the_same_option_share_its_stock() -> None:
    member = life(MUG, {**MUG, "id": "second-mug"}, stock=1)
    event = bought(member.purchase(30000))
    assert event.gifts == (GrantedGift("mug", "gift", 1),)
    assert event.trace[-1] == ("second-mug", "gift_out_of_stock", 0, (1, 0))


def test_limits_count_how_often_a_member_got_it() -> None:
    member = life({**MUG, "limits": [{"per": "ever", "times": 1}]})
    member.purchase(30000, "a")
    event = bought(member.purchase(30000))
    assert (event.gifts, event.trace[-1]) == ((), ("mug", "limit_times", 0, (1, 1, 4)))
    member.refund("a", 30000)
    assert bought(member.purchase(30000)).gifts != ()


def test_an_option_without_stock_is_given_without_end() -> None:
    member = life({**MUG, "option": "coupon"})
    assert bought(member.purchase(30000)).limits == ()


def test_a_refund_asks_the_gift_back_when_its_condition_no_longer_holds() -> None:
    """Once, and its stock stays taken until the brand counts it again."""
    member = life(MUG)
    member.purchase(40000, "a")
    assert refunded(member.refund("a", 10000)).gifts_due_back == ()
    event = refunded(member.refund("a", 1))
    assert event.gifts_due_back == (GrantedGift("mug", "gift", 1),)
    assert ("mug", "gift_due_back", 0, (1,)) in event.trace
    assert refunded(member.refund("a", 29999)).gifts_due_back == ()
    assert member.limits["stock:gift"] == 2


def test_the_stock_is_asked_for_only_while_the_gift_can_be_given() -> None:
    member = life(MUG)
    inside = RecordPurchase(member.member_id, "pos", "p", 1, ELEVENTH)
    after = RecordPurchase(member.member_id, "pos", "p", 1, ELEVENTH + 86_400)
    assert (limits_needed(member.book, inside), limits_needed(member.book, after)) == (("stock:gift",), ())
