"""What members are told: of every event, in both languages, in pinned words, each notice with the new balance."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from alliance_node.domain.events import Event, GrantedGift
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.notices import JOB_KINDS, Notice, notices, render
from alliance_node.domain.program import ProgramBook
from alliance_node.domain.state import Lot, new_member
from alliance_node.programs import load_preset
from tests.unit.domain.event_samples import AT, SAMPLES
from tests.unit.domain.full_program import full
from tests.unit.domain.golden_words import EXPLANATIONS, NOTICES
from tests.unit.domain.life import Life

BOOK = ProgramBook.from_versions([(0, full())])
PROGRAM = BOOK.at(AT)


def member_with(points: int):
    state = new_member("m")
    state.lots = {1: Lot(1, points, points, AT, AT, AT + 1, "base", True, 1)}
    return state


def test_there_is_a_sample_of_every_event() -> None:
    """A new kind of event needs words before it can be told."""
    assert {type(event) for event in SAMPLES.values()} == set(get_args(Event))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_event_is_explained_in_both_languages(name: str) -> None:
    """R-EARN-11: golden words, the numbers of the trace in them; without the program too."""
    event = SAMPLES[name]
    english, chinese = explain(event, "en", BOOK), explain(event, "zh", BOOK)
    assert list(zip(english, chinese, strict=True)) == EXPLANATIONS[name]
    assert all(line.endswith(".") for line in english) and all(line.endswith("。") for line in chinese)
    assert len(explain(event, "en")) == len(english)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_movement_is_told_with_the_new_balance(name: str) -> None:
    """R-UX-2: golden words; 420 points can be spent at that instant."""
    told = [
        (render(notice, "en", PROGRAM), render(notice, "zh", PROGRAM))
        for notice in notices(SAMPLES[name], member_with(420), BOOK, AT)
    ]
    assert told == [
        (f"{english} Balance: 420 points.", f"{chinese}余额 420 积分。") for english, chinese in NOTICES[name]
    ]


JOBS = [
    (
        Notice("expiring_soon", 420, 70, until=parse_instant("2026-12-01T00:00:00+08:00")),
        "70 points end on 2026-11-30. Use them until then. Balance: 420 points.",
        "70 积分将于 2026-11-30 到期，请及时使用。余额 420 积分。",
    ),
    (
        Notice("tier_at_risk_spend", 420, money_minor=50_000, name="gold", other="base", until=AT),
        "gold is yours until 2026-11-05, then base. Spending 500.00 CNY more keeps it. Balance: 420 points.",
        "gold保留至 2026-11-05，之后将变为base。再消费 500.00 CNY 可保级。余额 420 积分。",
    ),
    (
        Notice("tier_at_risk_purchases", 420, quantity=1, name="gold", other="base", until=AT),
        "gold is yours until 2026-11-05, then base. Purchases that keep it: 1 more. Balance: 420 points.",
        "gold保留至 2026-11-05，之后将变为base。再消费 1 次可保级。余额 420 积分。",
    ),
    (
        Notice("tier_at_risk_growth", 420, quantity=900, name="gold", other="base", until=AT),
        "gold is yours until 2026-11-05, then base. Growth value that keeps it: 900 more. Balance: 420 points.",
        "gold保留至 2026-11-05，之后将变为base。再得 900 成长值可保级。余额 420 积分。",
    ),
    (
        Notice("tier_at_risk", 420, name="gold", other="base", until=AT),
        "gold is yours until 2026-11-05, then base. See what keeps it. Balance: 420 points.",
        "gold保留至 2026-11-05，之后将变为base。请查看保级任务。余额 420 积分。",
    ),
    (
        Notice("recall_announced", 420, 90, name="spring", until=parse_instant("2028-04-01T00:00:00+08:00")),
        "spring: 90 points lapse on 2028-04-01. Use them before. Balance: 420 points.",
        "spring：90 积分将于 2028-04-01 清零，请提前使用。余额 420 积分。",
    ),
    (
        Notice("program_change", 420, name="2", until=AT, said=("Coupon: points 50 → 60.", "优惠券：积分 50 → 60。")),
        "New rules from 2026-11-05: Coupon: points 50 → 60. Balance: 420 points.",
        "2026-11-05 起执行新规则：优惠券：积分 50 → 60。余额 420 积分。",
    ),
]


@pytest.mark.parametrize(("notice", "english", "chinese"), JOBS)
def test_jobs_tell_in_the_same_words(notice: Notice, english: str, chinese: str) -> None:
    """R-EXP-5, R-TIER-8, R-VAL-3, R-VAL-4."""
    assert (render(notice, "en", PROGRAM), render(notice, "zh", PROGRAM)) == (english, chinese)
    assert any(notice.kind.startswith(kind) for kind in JOB_KINDS)


def test_a_notice_survives_being_stored() -> None:
    notice = JOBS[-1][0]
    assert msgspec.json.decode(msgspec.json.encode(notice), type=Notice) == notice


def test_nothing_is_told_where_nothing_moved() -> None:
    nothing = msgspec.structs.replace(SAMPLES["purchase without gift"], trace=())
    assert notices(nothing, member_with(0), BOOK, AT) == []
    gift = msgspec.structs.replace(nothing, gifts=(GrantedGift("mug-for-200", "gift", 1),))
    assert [notice.kind for notice in notices(gift, member_with(0), BOOK, AT)] == ["gift_with_purchase"]


def test_the_words_of_a_purchase_name_the_points_of_the_program() -> None:
    """The coffee club speaks of stars; the balance is what can be spent after the purchase."""
    member = Life(load_preset("coffee-stars"), parse_instant("2026-03-02T12:00:00-05:00"))
    (event,) = member.purchase(2100)
    (notice,) = notices(event, member.state(), member.book, member.now)
    program = member.book.at(member.now)
    assert render(notice, "en", program) == "+42 stars for your purchase of 21.00 USD. Balance: 42 stars."
    assert render(notice, "zh", program) == "消费 21.00 USD，+42 星星。余额 42 星星。"
    with pytest.raises(ValueError, match="'fr' is not one of en, zh"):
        render(notice, "fr", program)
