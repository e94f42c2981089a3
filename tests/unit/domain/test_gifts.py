"""R-ALL-10: gifts between members, each half on its own stream."""

from typing import Any

import pytest

from alliance_node.domain.commands import GiftPart, ReceiveGift, SendGift, business_key
from alliance_node.domain.errors import (
    DebtOutstanding,
    GiftLimitReached,
    GiftNotAllowed,
    GiftsNotOffered,
    InvalidAmount,
    InvalidIdentifier,
    NotGiveable,
)
from alliance_node.domain.event_facts import event_key
from alliance_node.domain.events import GiftReceived, GiftSent
from alliance_node.domain.instants import parse_instant
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import BASE, sample

START = parse_instant("2026-03-02T12:00:00+08:00")
OTHER = "7f3c1c52-5a0e-4c1d-9a51-1f6f0f8f0002"
RULES = {"minimum_points": 10, "daily_maximum_points": 500, "monthly_maximum_times": 3, "minimum_age_days": 7}


def giver(points: int = 1000, rules: dict[str, Any] | None = RULES, **more: Any) -> Life:
    life = Life(sample({"member_gifts": rules, **more}), START, "Asia/Shanghai")
    life.purchase(points * 100, "p")
    return life.days(8)


def send(life: Life, points: int, to: str = OTHER) -> GiftSent:
    event = life.do(SendGift(life.member_id, life.fresh("g"), to, points, life.now))[0]
    assert isinstance(event, GiftSent)
    return event


def receive(life: Life, *parts: GiftPart) -> GiftReceived:
    event = life.do(ReceiveGift(life.member_id, life.fresh("g"), OTHER, parts, life.now))[0]
    assert isinstance(event, GiftReceived)
    return event


def test_gifts_are_off_unless_the_program_allows_them() -> None:
    life = giver(rules=None)
    with pytest.raises(GiftsNotOffered, match="no member_gifts section"):
        send(life, 100)
    with pytest.raises(GiftsNotOffered):
        receive(life, GiftPart(10, START, START + DAY))


def test_a_gift_keeps_its_dates_and_is_never_given_on() -> None:
    """Pitfall 15: points do not get younger by being given."""
    life = giver(100)
    life.purchase(20_000)
    life.days(8)
    sent = send(life, 250)
    first, second = sent.parts
    assert (first.points, second.points) == (100, 150)
    assert (first.earned_at, second.earned_at) == (START, START + 8 * DAY)
    taker = giver(0)
    got = receive(taker, *sent.parts)
    assert [(lot.amount, lot.earned_at, lot.expires_at, lot.kind, lot.convertible) for lot in got.lots] == [
        (part.points, part.earned_at, part.expires_at, "gift", False) for part in sent.parts
    ]
    assert taker.spendable == 250 and life.spendable == 50
    assert life.journal["gift_clearing"] == -taker.journal["gift_clearing"] == 250
    with pytest.raises(NotGiveable, match="0 of 250 spendable points can be given"):
        send(taker, 250)
    with pytest.raises(NotGiveable):
        send(taker.days(30), 250)


def test_only_points_of_the_minimum_age_without_debt_can_be_given() -> None:
    life = giver()
    life.now = START + 7 * DAY - 1
    with pytest.raises(NotGiveable, match="0 of 1000 spendable"):
        send(life, 100)
    life.now += 1
    life.redeem("coupon", quantity=19)
    life.refund("p", 100_000)
    with pytest.raises(DebtOutstanding):
        send(life, 10)


def test_limits_of_the_giver_and_of_the_receiver() -> None:
    life = giver(5000)
    send(life, 300)
    with pytest.raises(GiftLimitReached, match="300 used of 500, 201 more asked"):
        send(life, 201)
    send(life, 200)
    send(life.days(1), 10)
    with pytest.raises(GiftLimitReached, match="3 used of 3"):
        send(life.days(1), 10)
    send(life.days(30), 10)
    taker = giver(0, {**RULES, "receiver_monthly_maximum_points": 100})
    receive(taker, GiftPart(100, START, START + 90 * DAY))
    with pytest.raises(GiftLimitReached, match="100 used of 100, 1 more asked"):
        receive(taker, GiftPart(1, START, START + 90 * DAY))


def test_small_gifts_gifts_to_oneself_and_nameless_ones_are_refused() -> None:
    life = giver()
    with pytest.raises(GiftNotAllowed, match="9 points are below the minimum gift of 10"):
        send(life, 9)
    with pytest.raises(GiftNotAllowed, match="to oneself"):
        send(life, 100, life.member_id)
    with pytest.raises(InvalidIdentifier):
        life.do(SendGift(life.member_id, "", OTHER, 100, life.now))
    with pytest.raises(InvalidAmount):
        send(life, -100)
    with pytest.raises(InvalidAmount):
        receive(life)


def test_a_refund_after_the_gift_leaves_a_debt_with_the_giver() -> None:
    """The gift stays with the receiver: it cannot be undone."""
    life = giver(500, redemption=BASE["redemption"])
    send(life, 500)
    life.refund("p", 50_000)
    assert (life.spendable, life.debt) == (0, 500)


def test_each_half_has_its_own_business_key() -> None:
    life = giver()
    command = SendGift(life.member_id, "g", OTHER, 100, life.now)
    assert event_key(life.do(command)[0]) == business_key(command) == ("alliance:gift-sent", "g")
