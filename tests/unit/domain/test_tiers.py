"""The ladder: up at once, down only after protection, never from the balance."""

from typing import Any

from alliance_node.domain.events import TierChanged
from alliance_node.domain.instants import format_instant, parse_instant
from alliance_node.domain.program import ProgramBook
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample, tiers

START = parse_instant("2026-03-31T12:00:00+08:00")
GROWTH = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}


def program(version: int = 1, **more: Any) -> Any:
    ladder = tiers(("base", 0), ("silver", 100), ("gold", 300), protection_months=6, **more)
    return sample({"version": version, "tiers": ladder, "growth": GROWTH})


def test_a_threshold_is_reached_exactly_and_protects_for_six_months() -> None:
    """R-TIER-1, R-TIER-5: six months after 31 March is 30 September."""
    member = Life(program(), START, "Asia/Shanghai")
    assert member.purchase(9999)[-1].occurred_at and member.state().tier == "base"
    events = member.purchase(100)
    change = events[-1]
    assert isinstance(change, TierChanged)
    assert (change.old_tier, change.new_tier, change.reason) == ("base", "silver", "upgrade")
    assert format_instant(change.protected_until) == "2026-09-30T04:00:00Z"


def test_one_large_purchase_climbs_several_steps() -> None:
    member = Life(program(), START, "Asia/Shanghai")
    member.purchase(1_000_000)
    assert member.state().tier == "gold"


def test_the_tier_follows_growth_and_not_the_balance() -> None:
    """Pitfall 10 (open-loyalty#131): redeeming everything leaves the tier alone."""
    member = Life(program(), START, "Asia/Shanghai")
    member.purchase(30000)
    member.offset(300, 1000)
    assert member.evaluate_tier() == []
    assert (member.spendable, member.state().tier) == (0, "gold")


def lowered(downgrade: str) -> Life:
    """A gold member after the ladder was raised by a new version."""
    higher = tiers(("base", 0), ("silver", 1000), ("gold", 3000), protection_months=6, downgrade=downgrade)
    second = sample({"version": 2, "tiers": higher, "growth": GROWTH})
    member = Life(ProgramBook.from_versions([(0, program()), (START + 86_400, second)]), START, "Asia/Shanghai")
    member.purchase(30000)
    return member


def test_protection_holds_to_the_second_then_the_tier_falls_one_step_or_to_the_earned_one() -> None:
    """R-TIER-5."""
    for downgrade, tier in (("one_step", "silver"), ("earned", "base")):
        member = lowered(downgrade)
        member.now = member.state().protected_until - 1
        assert member.evaluate_tier() == []
        member.now += 1
        member.evaluate_tier()
        assert member.state().tier == tier


def test_one_step_downgrades_go_on_at_the_next_evaluation_and_then_stop() -> None:
    member = lowered("one_step").days(400)
    member.evaluate_tier()
    member.evaluate_tier()
    assert member.evaluate_tier() == []
    assert member.state().tier == "base"


def test_an_evaluation_lifts_what_a_lower_ladder_has_earned() -> None:
    lower = tiers(("base", 0), ("silver", 10), ("gold", 20), protection_months=6)
    second = sample({"version": 2, "tiers": lower, "growth": GROWTH})
    member = Life(ProgramBook.from_versions([(0, program()), (START + 86_400, second)]), START, "Asia/Shanghai")
    member.purchase(5000)
    member.days(2).evaluate_tier()
    assert member.state().tier == "gold"


def test_a_refund_takes_the_tier_that_the_purchase_had_given() -> None:
    member = Life(program(), START, "Asia/Shanghai")
    member.purchase(15000)
    member.days(10).purchase(20000, "big")
    assert member.state().tier == "gold"
    events = member.days(1).refund("big", 20000)
    change = events[-1]
    assert isinstance(change, TierChanged)
    assert (change.new_tier, change.reason, member.state().growth) == ("silver", "refund", 150)


def test_a_refund_of_a_later_purchase_leaves_an_older_tier_to_the_evaluation() -> None:
    member = Life(program(), START, "Asia/Shanghai")
    member.purchase(30000)
    member.days(1).purchase(5000, "small")
    assert len(member.refund("small", 5000)) == 1
    assert member.state().tier == "gold"


def test_cumulative_spend_can_be_the_basis() -> None:
    """coffee-stars: gold after a cumulative spend."""
    spend = sample({"tiers": tiers(("green", 0), ("gold", "560.00"), basis="spend")})
    member = Life(spend, START, "Asia/Shanghai")
    member.purchase(55999)
    assert member.state().tier == "green"
    member.purchase(1)
    assert member.state().tier == "gold"
