"""The yearly decay of growth value: lazy, at calendar boundaries, never twice, never by a later version."""

from typing import Any

import pytest

from alliance_node.domain.commands import RecordPurchase
from alliance_node.domain.events import GrowthDecayed, TierChanged
from alliance_node.domain.growth import boundaries, decayed, effective_growth
from alliance_node.domain.instants import format_instant, parse_instant
from alliance_node.domain.program import ProgramBook, ProgramFile
from tests.unit.domain.life import Life
from tests.unit.domain.sample import sample, tiers

GROWTH = {"rules": [{"id": "g", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}]}
START = parse_instant("2026-03-01T12:00:00+08:00")
NEW_YEAR = parse_instant("2027-01-01T00:00:00+08:00")


def program(version: int = 1, percent: int | None = 20, **more: Any) -> ProgramFile:
    decay = {"decay": {"percent": percent}} if percent else {}
    ladder = tiers(("base", 0), ("silver", 1000), ("gold", 5000), protection_months=6, **decay, **more)
    return sample({"version": version, "tiers": ladder, "growth": GROWTH})


def test_a_fifth_is_lost_at_the_new_year_of_the_program() -> None:
    """R-TIER-3 golden: -20 % a year, at local midnight of the program's zone."""
    member = Life(program(), START)
    member.purchase(100_000)
    assert effective_growth(member.book, member.state(), NEW_YEAR - 1) == 1000
    assert effective_growth(member.book, member.state(), NEW_YEAR) == 800
    assert format_instant(NEW_YEAR) == "2026-12-31T16:00:00Z"


def test_the_decay_is_booked_before_the_next_purchase_and_spares_what_comes_after() -> None:
    member = Life(program(), START)
    member.purchase(100_000)
    member.now = NEW_YEAR + 3600
    events = member.purchase(10_000)
    assert events[0] == GrowthDecayed(member.now, 1, NEW_YEAR, 200)
    assert member.state().growth == 900
    assert not [event for event in member.purchase(10_000) if isinstance(event, GrowthDecayed)]
    assert member.state().growth == 1000


def test_growth_gained_after_a_boundary_that_took_nothing_does_not_decay_by_it() -> None:
    member = Life(program(), START)
    member.now = NEW_YEAR + 3600
    member.purchase(100_000)
    assert member.days(1).evaluate_tier() == []
    assert member.state().growth == 1000


def test_what_is_lost_is_rounded_down_every_year() -> None:
    """101 → 101 - 20 = 81 → 81 - 16 = 65 → 65 - 13 = 52."""
    member = Life(program(), START)
    member.purchase(10_100)
    values = [effective_growth(member.book, member.state(), NEW_YEAR + year * 366 * 86_400) for year in range(3)]
    assert values == [81, 65, 52]


def test_ten_years_away_are_booked_as_one_event() -> None:
    member = Life(program(), START)
    member.purchase(100_000)
    member.now = parse_instant("2036-06-01T00:00:00+08:00")
    expected = effective_growth(member.book, member.state(), member.now)
    decay, *_ = member.purchase(0)
    assert isinstance(decay, GrowthDecayed)
    assert format_instant(decay.through) == "2035-12-31T16:00:00Z"
    assert member.state().growth == expected == decayed(member.book, 1000, START, member.now)


def test_a_version_without_decay_keeps_its_boundaries_free() -> None:
    """An old event is never re-decided: decay that a later version brings begins with that version."""
    begins = parse_instant("2027-06-01T00:00:00+08:00")
    book = ProgramBook.from_versions([(0, program(percent=None)), (begins, program(2))])
    member = Life(book, START)
    member.purchase(100_000)
    found = list(boundaries(book, START, parse_instant("2029-06-01T00:00:00+08:00")))
    assert [format_instant(each.at) for each in found] == ["2027-12-31T16:00:00Z", "2028-12-31T16:00:00Z"]
    assert effective_growth(book, member.state(), begins) == 1000


@pytest.mark.parametrize(
    ("zone", "instant"), [("America/New_York", "2027-07-01T04:00:00Z"), ("UTC", "2027-07-01T00:00:00Z")]
)
def test_the_day_and_the_zone_are_the_programs(zone: str, instant: str) -> None:
    ladder = tiers(("base", 0), decay={"percent": 50, "month": 7, "day": 1})
    book = ProgramBook.from_versions([(0, sample({"timezone": zone, "tiers": ladder, "growth": GROWTH}))])
    found = list(boundaries(book, NEW_YEAR, NEW_YEAR + 365 * 86_400))
    assert [format_instant(each.at) for each in found] == [instant]


def test_an_evaluation_after_protection_judges_the_decayed_value() -> None:
    member = Life(program(), START)
    member.purchase(100_000)
    assert member.state().tier == "silver"
    member.now = NEW_YEAR - 1
    assert member.evaluate_tier() == []
    member.now = NEW_YEAR
    decay, change = member.evaluate_tier()
    assert isinstance(decay, GrowthDecayed) and isinstance(change, TierChanged)
    assert (change.new_tier, member.state().growth) == ("base", 800)
    assert member.evaluate_tier() == []


def test_an_upgrade_counts_only_what_is_left() -> None:
    member = Life(program(), START)
    member.purchase(90_000)
    member.now = NEW_YEAR
    member.purchase(20_000)
    assert (member.state().growth, member.state().tier) == (920, "base")


def test_a_preview_of_the_new_year_changes_nothing() -> None:
    member = Life(program(), START)
    member.purchase(100_000)
    member.now = NEW_YEAR
    decision, _ = member.decide(RecordPurchase(member.member_id, "pos", "next", 100, member.now))
    assert isinstance(decision.events[0], GrowthDecayed)
    assert member.state().growth == 1000
