"""The bonus for spending points that arrived from another brand (R-ALL-6): promise, payment, refusal, cancellation."""

from typing import Any

import pytest

from alliance_node.domain.alliance import OWN_WALLET
from alliance_node.domain.commands import PaySpendingBonus, ReceiveConversion, Redeem, RefuseSpendingBonus
from alliance_node.domain.errors import BonusNotDue, UnknownRedemption
from alliance_node.domain.events import (
    Event,
    RedemptionMade,
    SpendingBonusPaid,
    SpendingBonusRefused,
    SpendingBonusRevoked,
)
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.notices import notices_with
from alliance_node.domain.preview import preview
from alliance_node.domain.program import ProgramInvalid, load_program
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.summary import summary
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample, sample_data, sample_text

START = parse_instant("2026-03-02T12:00:00+08:00")
BONUS: dict[str, Any] = {
    "sponsor_brand": 3,
    "terms": "0x" + "11" * 32,
    "deadline": "2027-01-01T00:00",
    "percent": 10,
    "monthly_maximum_points": 30,
}


def life(**changes: Any) -> Life:
    return Life(sample({"spending_bonus": BONUS, **changes}), START, "Asia/Shanghai")


def redeemed(member: Life, quantity: int = 1, key: str = "r") -> RedemptionMade:
    found = [event for event in member.redeem("coupon", key, quantity) if isinstance(event, RedemptionMade)]
    return found[0]


def pay(member: Life, key: str = "r") -> list[Event]:
    return member.do(PaySpendingBonus(member.member_id, key, member.now))


def refuse(member: Life, key: str = "r", reason: str = "budget_empty") -> list[Event]:
    return member.do(RefuseSpendingBonus(member.member_id, key, reason, member.now))


def test_arrived_points_earn_the_percentage_rounded_down_once_the_sponsor_paid() -> None:
    """Golden: +10 %."""
    member = life()
    member.receive(105)
    made = redeemed(member, 2)
    assert (made.bonus_points, [part.points for part in made.arrived]) == (10, [100])
    assert member.spendable == 5
    (paid,) = pay(member)
    assert isinstance(paid, SpendingBonusPaid)
    assert [(lot.amount, lot.kind, lot.convertible) for lot in paid.lots] == [(10, "bonus", False)]
    assert member.spendable == 15
    assert member.journal["sponsored_bonus"] == -10


def test_points_from_the_members_own_wallet_promise_nothing() -> None:
    """They may have been this brand's: into the wallet, out again and spent would gain by going round."""
    member = life()
    member.do(ReceiveConversion(member.member_id, "w", 105, 1_050, OWN_WALLET, member.now))
    assert [lot.kind for lot in member.table.values()] == ["wallet"]
    assert redeemed(member, 2).bonus_points == 0


def test_points_of_the_brands_own_promise_nothing() -> None:
    member = life()
    member.purchase(10_000, "own")
    assert redeemed(member).bonus_points == 0
    with pytest.raises(BonusNotDue):
        pay(member)
    with pytest.raises(UnknownRedemption):
        pay(member, "unknown")


def test_the_bonus_itself_earns_no_bonus() -> None:
    member = life(**{"spending_bonus": {**BONUS, "percent": 100, "monthly_maximum_points": 500}})
    member.receive(50)
    redeemed(member)
    pay(member)
    assert redeemed(member, 1, "again").bonus_points == 0


def test_the_month_has_a_maximum_and_what_is_refused_or_cancelled_comes_back() -> None:
    member = life()
    member.receive(2_000)
    assert redeemed(member, 8).bonus_points == 30
    assert redeemed(member, 8, "more").bonus_points == 0
    (refused,) = refuse(member)
    assert isinstance(refused, SpendingBonusRefused) and refused.counters[0].used == 0
    assert redeemed(member, 4, "third").bonus_points == 20
    member.cancel("r")  # gave its room back when it was refused
    assert redeemed(member, 4, "fourth").bonus_points == 10
    member.cancel("third")
    assert redeemed(member, 4, "fifth").bonus_points == 20


def test_after_the_deadline_nothing_is_promised() -> None:
    member = life(**{"spending_bonus": {**BONUS, "deadline": "2026-03-02T12:00"}})
    member.receive(100)
    assert redeemed(member).bonus_points == 0


def test_a_cancellation_takes_the_bonus_back() -> None:
    member = life()
    member.receive(100)
    redeemed(member, 2)
    pay(member)
    revoked = member.cancel("r")[-1]
    assert isinstance(revoked, SpendingBonusRevoked) and revoked.available_points == 10
    assert member.spendable == 100
    assert member.journal["sponsored_bonus"] == 0


def test_a_bonus_that_was_spent_is_owed_and_repaid_at_once() -> None:
    """Pitfall 2: spending the bonus before the cancellation gains nothing."""
    member = life(**{"spending_bonus": {**BONUS, "percent": 100, "monthly_maximum_points": 500}})
    member.receive(50)
    redeemed(member)
    pay(member)
    redeemed(member, 1, "with-the-bonus")
    member.cancel("r")
    assert (member.spendable, member.debt) == (0, 0)


def test_a_cancelled_redemption_pays_no_bonus_any_more() -> None:
    member = life()
    member.receive(100)
    redeemed(member)
    member.cancel("r")
    for answer in (pay, refuse):
        with pytest.raises(BonusNotDue):
            answer(member)


def test_the_member_reads_what_happened_in_both_languages() -> None:
    member = life()
    member.receive(100)
    made = redeemed(member, 2)
    assert "10 bonus points follow" in explain(made, "en")[-1] and "返 10 分" in explain(made, "zh")[-1]
    (paid,) = pay(member)
    assert notices_with(paid, 10)[0].kind == "spending_bonus"
    revoked = member.cancel("r")[-1]
    assert "taken back: 10 points" in explain(revoked)[0]
    redeemed(member, 2, "s")
    (refused,) = refuse(member, "s")
    assert explain(refused)[0] == "The bonus of 10 points is not paid: the sponsor's budget is used up."
    assert explain(refused, "zh")[0] == "10 分返利未发放：赞助预算已用完。"


def test_the_preview_tells_of_the_bonus() -> None:
    """Pitfall 9."""
    member = life()
    member.receive(100)
    command = Redeem(member.member_id, "r", "coupon", 2, None, None, member.now)
    assert "10 bonus points follow" in preview(member.book, member.state(), command, member.now).explanation[-1]


def test_a_program_without_an_alliance_or_with_wrong_terms_is_refused_with_its_line() -> None:
    alone = sample_data({"spending_bonus": BONUS})
    del alone["alliance"]
    for changes, reason in (
        ({"spending_bonus": {**BONUS, "terms": "0x12"}}, "terms"),
        ({"spending_bonus": {**BONUS, "percent": 0}}, "percent"),
        ({"spending_bonus": {**BONUS, "deadline": "soon"}}, "deadline"),
        ({"spending_bonus": BONUS, "alliance": None}, "alliance section"),
    ):
        with pytest.raises(ProgramInvalid) as refused:
            load_program(sample_text(changes), "p.yaml")
        assert reason in str(refused.value) and "p.yaml:" in str(refused.value)


def test_the_summary_and_the_comparison_know_the_bonus() -> None:
    old = sample({"spending_bonus": BONUS})
    assert "earns 10% back, up to 30 a month" in summary(old)
    assert "返 10%" in summary(old, "zh")
    worse = {"percent": 5, "monthly_maximum_points": 20, "deadline": "2026-12-01T00:00"}
    for field, value in worse.items():
        new = sample({"version": 2, "spending_bonus": {**BONUS, field: value}})
        assert [point.path for point in worse_points(old, new, START)] == [f"spending_bonus.{field}"]
    assert [point.path for point in worse_points(old, sample({"version": 2}), START)] == ["spending_bonus"]
