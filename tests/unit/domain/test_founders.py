"""The founder membership's accelerator (R-NFT-1): what it adds, what refunds take of it, how a program changes it."""

from typing import Any

import pytest
import yaml

from alliance_node.domain.commands import AccelerateEarning
from alliance_node.domain.errors import NothingToAccelerate, UnknownPurchase
from alliance_node.domain.events import EarningAccelerated
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import ProgramInvalid, load_program
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.summary import summary
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, sample_data, sample_text

START = parse_instant("2026-03-02T12:00:00+08:00")
FOUNDERS = {"founders": {"extra_percent": 20}}


def life(**changes: Any) -> Life:
    return Life(sample({**FOUNDERS, **changes}), START, "Asia/Shanghai")


def accelerate(member: Life, key: str, token_id: int = 7, at: int | None = None) -> EarningAccelerated:
    occurred_at = START if at is None else at
    events = member.do(AccelerateEarning(member.member_id, "pos", key, token_id, occurred_at))
    return next(event for event in events if isinstance(event, EarningAccelerated))


def test_a_membership_adds_its_percentage_rounded_down() -> None:
    member = life()
    member.purchase(12_900, "a")
    event = accelerate(member, "a")
    assert (event.points_in_full, [lot.amount for lot in event.lots], event.token_id) == (25, [25], 7)
    assert member.spendable == 129 + 25
    assert member.journal["program_cost"] == -154


def test_the_extra_points_are_bonus_points_with_the_purchases_dates() -> None:
    """R-ALL-9: bonus points never convert."""
    member = life(**{"earn.pending_days": 10})
    member.purchase(10_000, "a")
    member.now += 3 * DAY
    (lot,) = accelerate(member, "a").lots
    assert (lot.kind, lot.convertible, lot.earned_at) == ("bonus", False, START)
    assert lot.matures_at == START + 10 * DAY
    member.now = START + 10 * DAY
    assert member.spendable == 120


def test_nothing_is_added_without_a_whole_point_or_a_purchase() -> None:
    member = life()
    member.purchase(400, "small")
    with pytest.raises(NothingToAccelerate):
        accelerate(member, "small")
    with pytest.raises(UnknownPurchase):
        accelerate(member, "none")
    plain = Life(sample(), START, "Asia/Shanghai")
    plain.purchase(10_000, "a")
    with pytest.raises(NothingToAccelerate):
        accelerate(plain, "a")


@pytest.mark.parametrize("before", range(4))
def test_refunds_take_back_exactly_what_was_added_whenever_it_was(before: int) -> None:
    """Pitfall 4: thirds of a refund, with the extra points added before, between or after them."""
    member = life()
    member.purchase(10_000, "a")
    parts = [3_333, 3_333, 3_334]
    for amount in parts[:before]:
        member.refund("a", amount)
    if before == 3:
        with pytest.raises(NothingToAccelerate):
            accelerate(member, "a")
    else:
        accelerate(member, "a")
        assert member.spendable == [120, 67 + 14, 34 + 7][before]
    for amount in parts[before:]:
        member.refund("a", amount)
    assert (member.spendable, member.debt, member.journal["program_cost"]) == (0, 0, 0)


def test_spent_extra_points_are_owed_after_a_refund() -> None:
    member = life()
    member.purchase(10_000, "a")
    accelerate(member, "a")
    member.offset(100, 100_000)
    member.refund("a", 10_000)
    assert (member.spendable, member.debt) == (0, 100)


def test_a_program_with_founders_says_so_and_less_of_it_is_worse() -> None:
    program = sample(FOUNDERS)
    assert "Founder members earn 20% more." in summary(program, "en")
    assert "创始会员消费加赠 20%。" in summary(program, "zh")
    less = sample({"founders": {"extra_percent": 19}, "version": 2})
    assert [change.path for change in worse_points(program, less)] == ["founders.extra_percent"]
    assert [change.path for change in worse_points(program, sample({"version": 2}))] == ["founders"]
    assert worse_points(sample(), sample({**FOUNDERS, "version": 2})) == []


@pytest.mark.parametrize("percent", [0, 201, -5, "20", 1.5])
def test_the_percentage_is_a_whole_number_within_bounds(percent: Any) -> None:
    with pytest.raises(ProgramInvalid):
        sample({"founders": {"extra_percent": percent}})


def test_founders_need_an_alliance() -> None:
    data = sample_data(FOUNDERS)
    del data["alliance"]
    with pytest.raises(ProgramInvalid, match="needs an alliance section"):
        load_program(yaml.safe_dump(data, allow_unicode=True), "sample.yaml")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Risk-free and a guaranteed return"), ("zh", "稳赚不赔的会员"), ("zh", "保 本 升 值")]
)
def test_a_program_that_promises_return_is_refused_with_the_place(language: str, text: str) -> None:
    """R-NFT-4."""
    name = {"en": "Sample", "zh": "样例", language: text}
    with pytest.raises(ProgramInvalid) as refused:
        load_program(sample_text({"name": name}), "sample.yaml")
    assert f"name.{language}" in str(refused.value)
