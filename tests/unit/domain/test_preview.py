"""Previews of any command: equal to booking, in the same words, with the limits that it meets and refusals in words."""

from __future__ import annotations

import pytest

from alliance_node.domain import errors
from alliance_node.domain.commands import (
    CancelRedemption,
    Command,
    HoldForConversion,
    RecordBehaviour,
    RecordPurchase,
    RecordRefund,
    Redeem,
    SendGift,
    UseBenefit,
)
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.preview import Preview, preview
from alliance_node.domain.quantities import pending
from alliance_node.domain.refusals import refusal
from tests.unit.domain.full_program import full
from tests.unit.domain.life import DAY, Life

START = parse_instant("2026-11-05T12:00:00+08:00")
OTHER = "7f3c1c52-5a0e-4c1d-9a51-1f6f0f8f0002"


def life() -> Life:
    """A member who has points to spend, most of them ten days old."""
    member = Life(full(), START - 10 * DAY, "Asia/Shanghai")
    member.purchase(400_000, "first")
    member.days(10).behave("profile")
    return member


def look(member: Life, command: Command, language: str = "en") -> Preview:
    history = member.history(command)
    state = member.state(member.named(history))
    return preview(member.book, state, command, member.now, language, history=history, available=member.limits)


def told(shown: Preview) -> list[tuple[str, str, str, int, int, int, bool]]:
    return [(r.kind, r.name, r.unit, r.maximum, r.used, r.left, r.binds) for r in shown.limits]


def commands(member: Life) -> list[Command]:
    m, now = member.member_id, member.now
    return [
        RecordPurchase(m, "pos", "p", 25_000, now),
        RecordBehaviour(m, "app", "b", "check-in", now),
        RecordBehaviour(m, "app", "b2", "post", now, 50),
        RecordRefund(m, "pos", "r", "pos", "first", 100_000, now),
        Redeem(m, "x1", "checkout", 1, 10_000, 300, now, "order-1"),
        Redeem(m, "x2", "gift", 2, None, None, now),
        Redeem(m, "x3", "draw", 5, None, None, now),
        Redeem(m, "x4", "trees", 1, None, 200, now),
        Redeem(m, "x5", "lounge-pass", 1, None, None, now),
        HoldForConversion(m, "c", 100, 1000, now),
        SendGift(m, "g", OTHER, 50, now),
        UseBenefit(m, "u", "lounge", now),
    ]


@pytest.mark.parametrize("number", range(12))
def test_a_preview_of_any_command_equals_its_booking(number: int) -> None:
    """R-EARN-11, pitfall 9: the same events, balance, tier and words; the state is unchanged."""
    member = life()
    command = commands(member)[number]
    before = member.state()
    shown = look(member, command, "zh")
    assert member.state() == before
    if shown.refusal is not None:
        with pytest.raises(errors.DomainError) as refused:
            member.do(command)
        assert shown.refusal == refusal(refused.value, "zh")
        assert (shown.decision.events, shown.points, shown.spendable_after) == ([], 0, member.spendable)
        return
    events = member.do(command)
    state = member.state()
    assert shown.decision.events == events
    assert (shown.spendable_after, shown.pending_after) == (member.spendable, pending(state, member.now))
    assert (shown.growth_after, shown.tier_after) == (state.growth, state.tier)
    assert shown.explanation == [line for event in events for line in explain(event, "zh", member.book)]


def test_a_purchase_says_which_cap_it_meets_and_what_is_left() -> None:
    """R-EARN-10: at most 5,000 points a day from `spend`."""
    member = life()
    at = member.now
    some = look(member, RecordPurchase(member.member_id, "pos", "1", 100_000, at))
    assert ("member", "spend, a day", "points", 5000, 0, 3000, False) in told(some)
    much = look(member, RecordPurchase(member.member_id, "pos", "1", 400_000, at))
    assert ("member", "spend, a day", "points", 5000, 0, 0, True) in told(much)
    gift = [room for room in some.limits if room.kind == "stock"]
    assert [(room.limit_id, room.maximum, room.used, room.left) for room in gift] == [("stock:gift", 300, 1, 298)]


def test_a_budget_that_is_empty_is_named() -> None:
    member = life()
    command = RecordBehaviour(member.member_id, "app", "1", "post", member.now, 50)
    member.limits[f"budget:pot/{(2026 * 12) + 10}"] = 30
    assert told(look(member, command)) == [("budget", "pot", "points", 10_000, 9_970, 0, True)]
    member.limits[f"budget:pot/{(2026 * 12) + 10}"] = 0
    shown = look(member, command)
    assert (shown.points, told(shown)) == (0, [("budget", "pot", "points", 10_000, 10_000, 0, True)])


def test_a_redemption_says_stock_order_and_the_member_s_own_limit() -> None:
    """R-RED-2, R-RED-4: what is left after it, or what is in the way."""
    member = life()
    now = member.now
    five = look(member, Redeem(member.member_id, "x", "coupon", 5, None, None, now))
    assert told(five) == [("member", "coupon, a month", "times", 4, 0, 4, True)]
    assert five.refusal is not None and five.refusal.code == "member_limit_reached"
    sale = look(member, Redeem(member.member_id, "x", "one-yuan", 51, None, None, now))
    assert told(sale) == [("stock", "one-yuan", "pieces", 50, 0, 50, True)]
    order = look(member, Redeem(member.member_id, "x", "checkout", 1, 1000, 300, now, "o"), "zh")
    assert told(order) == [("order", "订单的 50 %", "money", 500, 0, 200, False)]
    member.offset(300, 1000, order_id="o")
    again = look(member, Redeem(member.member_id, "x", "checkout", 1, 1000, 300, now, "o"))
    assert told(again) == [("order", "50 % of the order", "money", 500, 300, 200, True)]


def test_daily_maxima_of_conversions_and_gifts_are_said() -> None:
    member = life()
    hold = look(member, HoldForConversion(member.member_id, "c", 600, 6000, member.now))
    assert told(hold) == [("member", "conversion to partner brands, a day", "points", 1000, 0, 400, False)]
    gift = look(member, SendGift(member.member_id, "g", OTHER, 1001, member.now), "zh")
    assert told(gift) == [
        ("member", "会员互赠，每日", "points", 1000, 0, 1000, True),
        ("member", "会员互赠，每月", "times", 5, 0, 4, False),
    ]
    assert gift.refusal is not None and gift.refusal.message == "每日赠出积分：已用 0，上限 1000，此次 1001"


def test_an_unknown_command_target_is_refused_in_words() -> None:
    member = life()
    shown = look(member, CancelRedemption(member.member_id, "nothing", member.now), "en")
    assert shown.refusal is not None
    assert (shown.refusal.code, shown.refusal.next_step) == (
        "unknown_redemption",
        "Use the id of a redemption of this member.",
    )
