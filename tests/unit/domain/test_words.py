"""Explanations, previews, summaries and returns, in English and Chinese."""

from typing import Any

import pytest

from alliance_node.domain.commands import RecordPurchase
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.preview import preview
from alliance_node.domain.program.returns import effective_returns, percent, return_warnings
from alliance_node.domain.program.summary import summary
from alliance_node.programs import PRESETS, load_preset
from tests.unit.domain.life import Life
from tests.unit.domain.sample import GOLDEN_BRACKETS, sample, tiers

START = parse_instant("2026-03-02T12:00:00+08:00")


def life(changes: dict[str, Any] | None = None) -> Life:
    return Life(sample(changes), START, "Asia/Shanghai")


def test_a_purchase_is_explained_with_its_numbers_in_english() -> None:
    """R-EARN-11: why 120 points?"""
    label = {"en": "Shopping", "zh": "购物"}
    member = life({"earn.rules": [{"id": "spend", "label": label, "on": "purchase", "amount": GOLDEN_BRACKETS}]})
    event = member.purchase(10000)[0]
    assert explain(event, "en", member.book) == [
        "This purchase of 100.00 CNY earned 120 points.",
        "Shopping: 100.00 CNY (100.00 CNY to 300.00 CNY) × 1.2 = 120 points.",
        "They are valid through 2027-03-02.",
        "Decided by program version 1.",
    ]
    assert explain(event, "zh", member.book) == [
        "本次消费 100.00 CNY，获得 120 分。",
        "购物：100.00 CNY (100.00 CNY 至 300.00 CNY) × 1.2 = 120 分。",
        "有效期至 2027-03-02（含当日）。",
        "依据规则第 1 版。",
    ]


def test_without_the_program_the_rule_ids_are_used() -> None:
    event = life().purchase(10000)[0]
    assert explain(event)[1] == "spend: 100.00 × 1 = 100 points."
    with pytest.raises(ValueError, match="'fr' is not one of en, zh"):
        explain(event, "fr")


def test_limits_campaigns_and_marginal_parts_are_said() -> None:
    window = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}
    campaign = {"id": "c", "label": {"en": "Double", "zh": "双倍"}, "when": window, "multiplier": "2"}
    marginal = {**GOLDEN_BRACKETS, "mode": "marginal"}
    rule = {"id": "spend", "on": "purchase", "amount": marginal, "limits": [{"per": "day", "points": 100}]}
    member = life({"earn.rules": [rule], "earn.campaigns": [campaign], "earn.pending_days": 3})
    lines = explain(member.purchase(20000)[0], "en", member.book)
    assert lines[1:5] == [
        "spend: 100.00 CNY × 1 + 100.00 CNY × 1.2 = 220 points.",
        "spend: limit of 100 points a day, 0 used: -120 points.",
        "Double: 100 × 1 extra = 100 points.",
        "They can be used from 2026-03-05.",
    ]


def test_every_event_of_a_life_has_words_in_both_languages() -> None:
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 50}}]}
    expiry = {"term": {"policy": "rolling", "months": 1}, "extension": {"months": 1, "within_days": 30}}
    ladder = tiers(("base", 0), ("gold", 100))
    member = life({"growth": growth, "expiry": expiry, "tiers": ladder, "earn.pending_days": 8})
    member.purchase(100000, "a")
    member.days(8).purchase(100, "b")
    member.redeem("coupon", "x")
    member.hold(100, "c1")
    member.hold(100, "c2")
    member.capture("c1")
    member.give_back("c1")
    member.days(90).release("c2")
    member.sweep()
    member.cancel("x")
    member.refund("b", 100)
    member.receive(70)
    member.redeem("coupon")
    member.refund("a", 100000)
    member.receive(70)
    member.days(60).evaluate_tier()
    kinds = {type(event).__name__ for event in member.stream}
    assert kinds >= {"LotsExtended", "PointsMatured", "DebtRepaid", "TierChanged", "PointsExpired", "PurchaseRefunded"}
    for event in member.stream:
        english, chinese = explain(event, "en", member.book), explain(event, "zh", member.book)
        assert len(english) == len(chinese) > 0
        assert all(line.endswith(".") for line in english) and all(line.endswith("。") for line in chinese)
        assert explain(event)


def test_a_preview_equals_the_booking_and_changes_nothing() -> None:
    """R-EARN-11, pitfall 9."""
    member = life({"earn.rules": [{"id": "spend", "on": "purchase", "amount": GOLDEN_BRACKETS}]})
    command = RecordPurchase(member.member_id, "pos", "1", 30001, member.now)
    before = member.state()
    shown = preview(member.book, before, command, member.now, "zh")
    assert before == member.state()
    events = member.do(command)
    assert shown.decision.events == events
    assert (shown.points, shown.spendable_after, shown.tier_after) == (450, member.spendable, "base")
    assert shown.explanation == [line for event in events for line in explain(event, "zh", member.book)]


def test_the_summary_of_coffee_stars_is_generated_from_the_file() -> None:
    assert summary(load_preset("coffee-stars"), "en").startswith(
        "Coffee Stars: you earn 2 stars (Gold 3) for every 1 USD you spend. 100 stars pay 1.5 USD at checkout."
    )
    assert "每消费 1 USD 得 2 星星（金星 3）" in summary(load_preset("coffee-stars"), "zh")


def test_coffee_stars_return_three_percent_and_gold_four_and_a_half() -> None:
    """R-VAL-1, REQUIREMENTS §10 golden."""
    green, gold = effective_returns(load_preset("coffee-stars"))
    assert (percent(green.best.rate), percent(green.typical.rate), percent(green.worst.rate)) == ("3.0 %",) * 3
    assert (percent(gold.best.rate), percent(gold.typical.rate), percent(gold.worst.rate)) == ("4.5 %",) * 3


@pytest.mark.parametrize("name", PRESETS)
def test_presets_return_a_healthy_share(name: str) -> None:
    """R-VAL-1: 1 % to 5 % of spend at the best, typical and worst channel, per tier."""
    assert return_warnings(load_preset(name)) == []


def test_an_unhealthy_return_is_warned_about_with_its_number() -> None:
    amount = {"type": "per_unit", "points": "10"}
    found = return_warnings(sample({"earn.rules": [{"id": "spend", "on": "purchase", "amount": amount}]}))
    assert found[0] == "tier base: the best channel (gift) returns 12.5 %, outside 1.0 % to 5.0 %"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("amount_minor", "english"),
    [
        (9999, "99.99 CNY (up to 99.99 CNY) × 1 = 99 points"),
        (30000, "300.00 CNY (100.00 CNY to 300.00 CNY) × 1.2 = 360 points"),
        (30001, "300.01 CNY (from 300.01 CNY) × 1.5 = 450 points"),
    ],
)
def test_bracket_boundaries_are_said_without_ambiguity(amount_minor: int, english: str) -> None:
    """R-EARN-1, pitfall 10: every bracket is named by its first and last amount, both included."""
    member = life({"earn.rules": [{"id": "spend", "on": "purchase", "amount": GOLDEN_BRACKETS}]})
    assert english in explain(member.purchase(amount_minor)[0], "en", member.book)[1]
