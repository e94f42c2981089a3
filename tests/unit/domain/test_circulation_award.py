"""The circulation award (R-ALL-6): errors, words, lint, versions. Its golden tables are in tests/golden."""

from typing import Any

import pytest

from alliance_node.domain.commands import PayCirculationAward, PaySpendingBonus, Redeem, RefuseCirculationAward
from alliance_node.domain.errors import BonusNotDue
from alliance_node.domain.events import CirculationAwardPaid, CirculationAwardRevoked, Event, RedemptionMade
from alliance_node.domain.explain import explain
from alliance_node.domain.instants import parse_instant
from alliance_node.domain.preview import preview
from alliance_node.domain.program import ProgramInvalid, load_program
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.summary import summary
from alliance_node.domain.state import MAX_AWARDS
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample, sample_text

START = parse_instant("2026-03-02T12:00:00+08:00")
AWARD: dict[str, Any] = {
    "sponsor_brand": 3,
    "terms": "0x" + "22" * 32,
    "deadline": "2027-12-01T00:00",
    "points": 50,
    "threshold_points": 100,
}
BONUS: dict[str, Any] = {
    "sponsor_brand": 4,
    "terms": "0x" + "11" * 32,
    "deadline": "2027-12-01T00:00",
    "percent": 10,
    "monthly_maximum_points": 100,
}


def life(**changes: Any) -> Life:
    member = Life(sample({"circulation_award": AWARD, **changes}), START, "Asia/Shanghai")
    member.receive(2_000)
    return member


def pay(member: Life, key: str) -> list[Event]:
    return member.do(PayCirculationAward(member.member_id, key, member.now))


def earned(member: Life, key: str = "r") -> RedemptionMade:
    made = next(event for event in member.redeem("coupon", key, 2) if isinstance(event, RedemptionMade))
    assert made.award is not None
    return made


def test_the_award_is_paid_in_points_that_cannot_be_converted() -> None:
    member = life()
    earned(member)
    (paid,) = pay(member, "r")
    assert isinstance(paid, CirculationAwardPaid)
    assert [(lot.amount, lot.kind, lot.convertible) for lot in paid.lots] == [(50, "bonus", False)]
    assert member.journal["sponsored_bonus"] == -50


def test_only_what_waits_is_paid_or_refused() -> None:
    member = life()
    member.redeem("coupon", "too-little")
    member.redeem("coupon", "reaches")
    for key in ("too-little", "unknown"):
        with pytest.raises(BonusNotDue, match="no circulation award waiting"):
            pay(member, key)
    pay(member, "reaches")
    for answer in (PayCirculationAward(member.member_id, "reaches", member.now),):
        with pytest.raises(BonusNotDue):
            member.do(answer)
    with pytest.raises(BonusNotDue):
        member.do(RefuseCirculationAward(member.member_id, "reaches", "budget_empty", member.now))


def test_a_promise_that_falls_before_the_payment_is_dropped_and_pays_nothing() -> None:
    member = life()
    member.redeem("coupon", "first")
    member.redeem("coupon", "second")
    (dropped,) = [event for event in member.cancel("first") if isinstance(event, CirculationAwardRevoked)]
    assert (dropped.redemption_id, dropped.points, dropped.lots) == ("second", 50, ())
    with pytest.raises(BonusNotDue):
        pay(member, "second")
    earned(member, "again")
    pay(member, "again")


def test_a_spent_award_that_falls_is_owed_and_taken_from_what_comes_back() -> None:
    """Pitfall 2: spending the award before the cancellation gains nothing."""
    member = life()
    member.redeem("coupon", "rest", 37)  # 150 points are left; the month's award is promised here
    pay(member, "rest")
    member.redeem("coupon", "all", 4)
    assert member.spendable == 0
    member.cancel("all")
    member.cancel("rest")
    assert (member.spendable, member.debt) == (2_000, 0)


def test_bonus_and_award_of_one_redemption_fall_together() -> None:
    """Under clamp neither covers what the other left."""
    member = life(spending_bonus=BONUS, refunds={"spent_points": "clamp"})
    made = earned(member)
    assert (made.bonus_points, made.award and made.award.points) == (10, 50)
    member.do(PaySpendingBonus(member.member_id, "r", member.now))
    pay(member, "r")
    member.redeem("coupon", "s", 39)  # 1,950 of the 1,960 left
    member.cancel("r")
    assert member.debt == 0
    member.cancel("s")
    assert member.spendable + member.state().forgiven_points == 2_000


def test_a_month_that_is_forgotten_takes_nothing_back() -> None:
    member = life()
    for number in range(MAX_AWARDS + 2):
        key = f"month-{number}"
        earned(member, key)
        pay(member, key)
        member.days(31)
    assert len(member.state().awards) == MAX_AWARDS
    assert not any(isinstance(event, CirculationAwardRevoked) for event in member.cancel("month-0"))


def test_the_preview_and_the_page_tell_of_the_award_in_both_languages() -> None:
    """Pitfall 9."""
    member = life()
    command = Redeem(member.member_id, "r", "coupon", 2, None, None, member.now)
    assert "award of 50 points follows" in preview(member.book, member.state(), command, member.now).explanation[-1]
    made = earned(member)
    assert "奖励 50 分" in explain(made, "zh")[-1]
    (refused,) = member.do(RefuseCirculationAward(member.member_id, "r", "budget_empty", member.now))
    assert explain(refused) == ["The month's award of 50 points is not paid: the sponsor's budget is used up."]


def test_a_program_with_wrong_terms_is_refused_with_its_line() -> None:
    for changes, reason in (
        ({"circulation_award": {**AWARD, "terms": "0x12"}}, "terms"),
        ({"circulation_award": {**AWARD, "points": 0}}, "points"),
        ({"circulation_award": {**AWARD, "points": 101}}, "may not exceed what earns it"),
        ({"circulation_award": {**AWARD, "threshold_points": 0}}, "threshold_points"),
        ({"circulation_award": {**AWARD, "deadline": "soon"}}, "deadline"),
        ({"circulation_award": AWARD, "alliance": None}, "alliance section"),
        (
            {"timezone": "Europe/Paris", "circulation_award": {**AWARD, "deadline": "2026-03-29T02:30"}},
            "does not exist",
        ),
    ):
        with pytest.raises(ProgramInvalid) as refused:
            load_program(sample_text(changes), "p.yaml")
        assert reason in str(refused.value) and "p.yaml:" in str(refused.value)


def test_the_summary_and_the_comparison_know_the_award() -> None:
    old = sample({"circulation_award": AWARD})
    assert "Redeem 100 points from partner brands in a month for 50 more" in summary(old)
    assert "满 100，奖 50" in summary(old, "zh")
    worse = {"points": 40, "threshold_points": 120, "deadline": "2027-11-01T00:00"}
    for field, value in worse.items():
        new = sample({"version": 2, "circulation_award": {**AWARD, field: value}})
        assert [point.path for point in worse_points(old, new, START)] == [f"circulation_award.{field}"]
    assert [point.path for point in worse_points(old, sample({"version": 2}), START)] == ["circulation_award"]
