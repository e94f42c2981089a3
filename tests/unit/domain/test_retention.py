"""Protected tiers are kept by their retention task; tiers whose points never expire; the outlook tells all of it."""

from typing import Any

import pytest

from alliance_node.domain.events import Event, LotsExtended, TierChanged
from alliance_node.domain.instants import FAR_FUTURE, format_instant, parse_instant
from alliance_node.domain.outlook import Fall, NextTier, outlook
from alliance_node.domain.program import ProgramBook, ProgramFile
from alliance_node.domain.retention import RetentionTask
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample, tiers

GROWTH = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}
START = parse_instant("2026-03-01T12:00:00+08:00")
STEPS = (("base", 0), ("silver", 1000), ("gold", 5000))


def program(retention: dict[str, Any] | None = None, expiry: dict[str, Any] | None = None, **more: Any) -> ProgramFile:
    kept = [{"tier": "silver", **retention}] if retention else []
    ladder = tiers(*STEPS, protection_months=6, decay={"percent": 20}, retention=kept, **more)
    changes: dict[str, Any] = {"tiers": ladder, "growth": GROWTH}
    return sample({**changes, "expiry": expiry} if expiry else changes)


def silver(file: ProgramFile) -> Life:
    """A silver member since 1 March 2026, protected until 1 September, with exactly what silver needs."""
    member = Life(file, START)
    member.purchase(100_000)
    assert member.state().tier == "silver"
    return member


def next_year(member: Life) -> list[Event]:
    """The evaluation after the decay of the new year: 1,000 growth value have become 800."""
    member.now = parse_instant("2027-01-01T00:00:00+08:00")
    return member.evaluate_tier()


@pytest.mark.parametrize("task", [{"spend": "30.00"}, {"purchases": 2}, {"growth": 30}])
def test_a_retention_task_keeps_the_tier_and_protects_it_again(task: dict[str, Any]) -> None:
    """R-TIER-5: counted from the rise on; the purchase that lifted the member does not count."""
    member = silver(program(task))
    member.days(30).purchase(1_500)
    member.days(30).purchase(1_500)
    change = next_year(member)[-1]
    assert isinstance(change, TierChanged)
    assert (change.old_tier, change.new_tier, change.reason) == ("silver", "silver", "retained")
    assert format_instant(change.protected_until) == "2027-06-30T16:00:00Z"
    assert member.evaluate_tier() == []
    state = member.state()
    assert (state.kept_spend_minor, state.kept_purchases, state.kept_growth) == (0, 0, 0)
    member.now = change.protected_until
    assert member.evaluate_tier()[-1].new_tier == "base"


@pytest.mark.parametrize("task", [{"spend": "30.01"}, {"purchases": 3}, {"growth": 31}])
def test_a_missed_retention_task_loses_the_tier(task: dict[str, Any]) -> None:
    """R-TIER-5: one unit short."""
    member = silver(program(task))
    member.days(30).purchase(1_500)
    member.days(30).purchase(1_500)
    assert next_year(member)[-1].reason == "downgrade"
    assert (member.state().tier, member.state().protected_until) == ("base", 0)


def test_a_refund_undoes_its_part_of_the_retention_task() -> None:
    member = silver(program({"purchases": 1}))
    member.days(30).purchase(1_500, "kept")
    member.refund("kept", 1_500)
    assert next_year(member)[-1].reason == "downgrade"


def test_a_tier_that_is_still_earned_needs_no_task() -> None:
    member = silver(program({"purchases": 9}))
    member.purchase(30_000)
    assert [type(event).__name__ for event in next_year(member)] == ["GrowthDecayed"]
    assert member.state().tier == "silver"


NEVER = {"term": {"policy": "rolling", "months": 12}, "never_for_tiers": ["silver"]}


def ends(member: Life) -> list[int]:
    return [lot.expires_at for lot in member.table.values()]


def test_points_of_a_tier_lose_their_end_with_the_rise_and_get_the_whole_term_with_the_fall() -> None:
    """R-EXP-4: the points of the very purchase that lifted the member too."""
    member = Life(program(expiry=NEVER), START)
    member.purchase(10_000)
    events = member.purchase(90_000)
    assert [type(event).__name__ for event in events] == ["PurchaseRecorded", "TierChanged", "LotsExtended"]
    assert events[-1].reason == "tier"
    member.purchase(500)
    assert set(ends(member)) == {FAR_FUTURE}
    member.now = parse_instant("2027-01-01T00:00:00+08:00")
    *_, down, lost = member.evaluate_tier()
    assert isinstance(down, TierChanged) and isinstance(lost, LotsExtended)
    assert lost.reason == "tier_lost"
    assert {format_instant(end) for end in ends(member)} == {"2028-01-01T16:00:00Z"}


def test_a_version_never_changes_the_dates_of_points_that_are_there() -> None:
    """R-EXP-4: who is in the tier when a version makes its points never expire keeps the old dates and earns without
    end from then on; a later version that drops the rule leaves such points without end."""
    began, dropped = START + 30 * DAY, START + 60 * DAY
    plain = program()
    never = program(expiry=NEVER).model_copy(update={"version": 2})
    again = plain.model_copy(update={"version": 3})
    member = Life(ProgramBook.from_versions([(0, plain), (began, never), (dropped, again)]), START)
    member.purchase(100_000)
    assert member.state().tier == "silver"
    [old] = ends(member)
    member.days(40).purchase(500)
    assert ends(member) == [old, FAR_FUTURE]
    member.days(40).purchase(500)
    assert ends(member)[:2] == [old, FAR_FUTURE] and old < ends(member)[2] < FAR_FUTURE
    member.now = old
    assert member.spendable == 10


def test_a_refund_that_takes_the_tier_gives_the_points_an_end_again() -> None:
    member = Life(program(expiry=NEVER), START)
    member.purchase(10_000)
    member.purchase(90_000, "lift")
    member.days(10).refund("lift", 90_000)
    assert member.state().tier == "base"
    assert format_instant(ends(member)[0]) == "2027-03-11T16:00:00Z"


def test_expired_points_do_not_come_back_with_a_rise() -> None:
    """R-EXP-5: what has expired and is not swept yet stays expired."""
    member = Life(program(expiry=NEVER), START)
    member.purchase(10_000)
    member.days(400)
    member.purchase(100_000)
    assert member.state().tier == "silver"
    assert member.spendable == 1000


def test_points_held_over_a_rise_come_back_without_an_end() -> None:
    member = Life(program(expiry=NEVER), START)
    member.purchase(90_000)
    member.days(10).hold(900, "c")
    member.purchase(10_000)
    assert member.state().tier == "silver"
    member.release("c")
    assert {lot.expires_at for lot in member.table.values() if lot.remaining} == {FAR_FUTURE}
    assert member.spendable == 1000


def test_points_held_over_a_fall_come_back_with_a_term() -> None:
    member = Life(program(expiry=NEVER), START)
    member.purchase(100_000)
    member.days(10).hold(900, "c")
    next_year(member)
    member.release("c")
    assert {format_instant(lot.expires_at) for lot in member.table.values() if lot.remaining} == {
        "2028-01-01T16:00:00Z"
    }


def test_terms_differ_by_tier() -> None:
    """R-EXP-1 golden: 24 and 36 months (airline) for members of a higher tier."""
    term = {"policy": "rolling", "months": 24, "by_tier": {"silver": 36}}
    member = Life(program(expiry={"term": term}), START)
    member.purchase(100_000)
    member.purchase(100)
    assert [format_instant(end) for end in ends(member)] == ["2028-03-01T16:00:00Z", "2029-03-01T16:00:00Z"]


def test_the_outlook_of_a_new_member_names_the_next_tier() -> None:
    """R-TIER-8."""
    member = Life(program(), START)
    member.purchase(30_000)
    seen = outlook(member.book, member.state(), member.now)
    assert (seen.tier, seen.basis, seen.value, seen.fall) == ("base", "growth", 300, None)
    assert seen.next == NextTier("silver", 1000, 700)
    assert (format_instant(seen.next_decay), seen.decay_loss) == ("2026-12-31T16:00:00Z", 60)


def test_the_outlook_counts_the_coming_decay_and_the_missing_task() -> None:
    """R-TIER-8: protected until September, safe until the new year's decay, then base."""
    member = silver(program({"spend": "30.00"}))
    member.days(10).purchase(1_000)
    seen = outlook(member.book, member.state(), member.now)
    assert format_instant(seen.protected_until) == "2026-09-01T04:00:00Z"
    assert seen.retention == RetentionTask("spend", 3_000, 1_000)
    assert seen.retention.missing == 2_000
    assert seen.fall == Fall(parse_instant("2027-01-01T00:00:00+08:00"), "base", 808, 192)
    assert seen.kept_until == 0


def test_a_met_task_moves_the_fall_behind_the_next_protection() -> None:
    member = silver(program({"purchases": 1}))
    member.days(10).purchase(0)
    seen = outlook(member.book, member.state(), member.now)
    assert format_instant(seen.kept_until) == "2027-06-30T16:00:00Z"
    assert seen.fall is not None and seen.fall.at == seen.kept_until


def test_the_outlook_comes_true() -> None:
    """What it says happens, at the instant it says and not a second before."""
    for task in ({"purchases": 1}, {"purchases": 2}, None):
        member = silver(program(task, downgrade="one_step"))
        member.days(3).purchase(0)
        seen = outlook(member.book, member.state(), member.now)
        assert seen.fall is not None
        if seen.kept_until:
            next_year(member)
            assert member.state().protected_until == seen.kept_until
        member.now = seen.fall.at - 1
        assert not [event for event in member.evaluate_tier() if isinstance(event, TierChanged)]
        member.now = seen.fall.at
        member.evaluate_tier()
        assert member.state().tier == seen.fall.to


def test_an_announced_higher_ladder_is_part_of_the_outlook() -> None:
    begins = START + 30 * DAY
    ladder = tiers(("base", 0), ("silver", 2000), ("gold", 5000), protection_months=0)
    later = sample({"version": 2, "tiers": ladder, "growth": GROWTH})
    first = sample({"tiers": tiers(*STEPS, protection_months=0), "growth": GROWTH})
    member = Life(ProgramBook.from_versions([(0, first), (begins, later)]), START)
    member.purchase(100_000)
    assert outlook(member.book, member.state(), member.now).fall == Fall(begins, "base", 1000, 1000)


def test_spend_as_the_basis_never_falls_by_itself() -> None:
    file = sample({"tiers": tiers(("green", 0), ("gold", "560.00"), basis="spend")})
    member = Life(file, START)
    member.purchase(56_000)
    seen = outlook(member.book, member.state(), member.now)
    assert (seen.basis, seen.value, seen.next, seen.fall, seen.next_decay) == ("spend", 56_000, None, None, 0)
