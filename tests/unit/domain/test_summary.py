"""The 30-second summary: generated from the file, in both languages, never too long, the most important first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from alliance_node.domain.program import ProgramFile
from alliance_node.domain.program.summary import MAX_CHARACTERS_ZH, MAX_WORDS_EN, summary
from alliance_node.programs import PRESETS, load_preset
from tests.property.programs import program_files
from tests.unit.domain.full_program import full
from tests.unit.domain.sample import sample, tiers

WINDOW = {"from": "2026-11-01T00:00", "until": "2026-11-12T00:00"}


def is_short(program: ProgramFile) -> bool:
    english, chinese = summary(program, "en"), summary(program, "zh")
    whole = english.endswith(".") and chinese.endswith("。")
    named = english.startswith(f"{program.name.en}:") and chinese.startswith(f"{program.name.zh}：")
    return whole and named and len(english.split()) <= MAX_WORDS_EN == 120 and len(chinese) <= MAX_CHARACTERS_ZH == 250


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_told_in_thirty_seconds(name: str) -> None:
    """R-UX-1: at most 120 words, at most 250 characters."""
    program = load_preset(name)
    assert is_short(program)
    assert len(summary(program, "en").split()) > 50 and len(summary(program, "zh")) > 100


@given(program_files())
def test_random_programs_are_told_in_thirty_seconds(program: ProgramFile) -> None:
    """R-UX-1."""
    assert is_short(program)


def test_the_full_program_in_words() -> None:
    """Golden: every kind of rule, the most important first; what does not fit is left out whole."""
    assert summary(full(), "en") == (
        "Sample: you earn 2 points (gold 3) for every 1 CNY you spend. 100 points pay 1 CNY at checkout, up to 50 % of "
        "an order. Rewards start at 50 points (coupon). Points are valid for 12 months (gold 18); a purchase in their "
        "last 30 days adds 6 months. spring: points earned before 2027-01-01 lapse on 2028-04-01. New points can be "
        "used after 3 days. Tiers by growth value: gold from 5000. A refund takes back the points of that purchase; "
        "what was spent is owed. Points can be converted to partner brands, from 10. check-in: 10–12 points a day, 50 "
        "more on day 7. double: 2 times, 2026-11-01 until 2026-11-12. Benefits: lounge. Also: draws, flash sales, "
        "donations."
    )
    assert summary(full(), "zh") == (
        "样例：每消费 1 CNY 得 2 积分（gold 3）。结账时 100 积分抵 1 CNY，最高抵订单 50%。50 积分起可兑换（coupon）。"
        "积分有效期 12 个月（gold 18），到期前 30 天内消费可延长 6 个月。"
        "spring：2027-01-01 前获得的积分将于 2028-04-01 清零。"
        "新积分 3 天后可用。等级按成长值：gold 5000。退款时收回该笔积分，已使用的记为欠分。10 积分起可转换到联盟品牌。"
        "check-in：每天 10–12 积分，第 7 天加 50。"
    )


def said(changes: dict[str, Any]) -> tuple[str, str]:
    program = sample(changes)
    return summary(program, "en"), summary(program, "zh")


SENTENCES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"earn.campaigns": [{"id": "c", "label": {"en": "Day", "zh": "日"}, "when": WINDOW, "multiplier": "2"}]},
        "Day: 2 times, 2026-11-01 until 2026-11-12.",
        "日：2026-11-01 至 2026-11-12，2 倍。",
    ),
    (
        {
            "earn.campaigns": [
                {
                    "id": "c",
                    "label": {"en": "Member day", "zh": "会员日"},
                    "when": {"days_of_month": [8, 18, -1]},
                    "multiplier": "1.50",
                }
            ]
        },
        "Member day: 1.5 times, day 8, 18 and the last day of each month.",
        "会员日：每月 8、18 日和最后一天，1.5 倍。",
    ),
    (
        {
            "redemption_days": [
                {"id": "d", "label": {"en": "Half", "zh": "半价日"}, "when": {"weekdays": [3]}, "percent": 50}
            ]
        },
        "Half (Wednesdays): 50 % of the points.",
        "半价日（周三）：积分按 50% 计。",
    ),
    (
        {
            "tasks": {
                "goals": [{"id": "g", "label": {"en": "g", "zh": "g"}, "per": "week", "purchases": 3, "points": 100}]
            }
        },
        "3 purchases a week: 100 points.",
        "每周消费 3 次：100 积分。",
    ),
    ({"member_gifts": {"daily_maximum_points": 500, "monthly_maximum_times": 3}}, "Up to 500 points a day", "至多 500"),
    ({"refunds": {"spent_points": "hold"}}, "and redeeming waits for it.", "已使用的须补足后方可兑换。"),
    (
        {"refunds": {"spent_points": "clamp"}},
        "A refund takes back the points of that purchase.",
        "退款时收回该笔积分。",
    ),
    (
        {"promises": {"value_guaranteed_until": "2027-06-30"}},
        "The value of points is guaranteed until 2027-06-30.",
        "积分价值保证至 2027-06-30。",
    ),
    ({"expiry": {"term": {"policy": "never"}}}, "Points never expire.", "积分长期有效。"),
]


@pytest.mark.parametrize(("changes", "english", "chinese"), SENTENCES)
def test_each_section_has_its_sentence(changes: dict[str, Any], english: str, chinese: str) -> None:
    found = said(changes)
    assert english in found[0]
    assert chinese in found[1]


def test_a_sentence_that_is_too_long_does_not_silence_those_after_it() -> None:
    steps = [(f"tier{number}", 1000 * number) for number in range(20)]
    growth = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "fixed", "points": 1}}]}
    long_names = tiers(*steps)
    for tier in long_names["ladder"]:
        tier["name"] = {"en": f"a very long name of {tier['id']}", "zh": f"一个非常长的等级名称{tier['id']}"}
    english, chinese = said({"tiers": long_names, "growth": growth})
    assert "Tiers by" not in english and "等级按" not in chinese
    assert "A refund takes back" in english and "退款时收回" in chinese
