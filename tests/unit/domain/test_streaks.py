"""Check-in streaks: the golden variants, and one day counts once wherever and whenever it is (R-EARN-3, pitfall 11)."""

from typing import Any

import pytest

from alliance_node.domain.counters import KEPT_PERIODS
from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import BehaviourRecorded
from alliance_node.domain.instants import local_day, parse_instant
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample

NOON = parse_instant("2026-03-02T12:00:00+08:00")
TEN_AND_FIFTY = {"days": [10], "bonuses": [{"day": 7, "points": 50}]}
ONE_AND_TEN = {"days": [1], "bonuses": [{"day": 7, "points": 10}]}
RISING = {"days": [5, 6, 7, 8, 9, 10]}


def life(shape: dict[str, Any], at: int = NOON, zone: str = "Asia/Shanghai", **more: Any) -> Life:
    rules = [
        {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}},
        {"id": "daily", "on": "behaviour", "behaviours": ["check-in"], "amount": {"type": "streak", **shape}, **more},
    ]
    return Life(sample({"earn.rules": rules, "earn.late_days": 14}), at, zone)


def check_in(member: Life, at: int | None = None) -> int:
    return points_of(member.behave("check-in", at=at)[0])


def every_day(member: Life, days: int) -> list[int]:
    found = []
    for _ in range(days):
        found.append(check_in(member))
        member.days(1)
    return found


@pytest.mark.parametrize(
    ("shape", "points"),
    [
        (TEN_AND_FIFTY, [10, 10, 10, 10, 10, 10, 60, 10, 10]),
        (ONE_AND_TEN, [1, 1, 1, 1, 1, 1, 11, 1, 1]),
        (RISING, [5, 6, 7, 8, 9, 10, 10, 10, 10]),
    ],
)
def test_the_golden_variants(shape: dict[str, Any], points: list[int]) -> None:
    """R-EARN-3: 10 a day and +50 on day 7; 1 a day and +10 on day 7; 5 to 10 a day, rising."""
    assert every_day(life(shape), 9) == points


def test_a_streak_that_restarts_pays_its_bonus_every_week() -> None:
    assert every_day(life({**TEN_AND_FIFTY, "restart_after": 7}), 15) == [*[10] * 6, 60, *[10] * 6, 60, 10]


def test_a_missed_day_begins_a_new_run() -> None:
    member = life(RISING)
    assert every_day(member, 3) == [5, 6, 7]
    assert every_day(member.days(1), 2) == [5, 6]


def test_one_check_in_a_day_counts() -> None:
    member = life(RISING)
    assert [check_in(member), check_in(member)] == [5, 0]
    again = member.stream[-1]
    assert isinstance(again, BehaviourRecorded)
    assert again.trace == (("daily", "streak_again", 0, (1,)),)
    assert check_in(member.days(1)) == 6


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("America/New_York", "2026-03-06T23:30:00-05:00"),
        ("America/New_York", "2026-10-30T00:10:00-04:00"),
        ("Europe/Berlin", "2026-03-27T01:59:00+01:00"),
        ("Asia/Shanghai", "2026-12-29T23:59:59+08:00"),
        ("Asia/Shanghai", "2028-02-26T08:00:00+08:00"),
        ("Asia/Shanghai", "2027-02-26T08:00:00+08:00"),
    ],
)
def test_short_and_long_days_month_ends_and_leap_days_are_one_day_each(zone: str, first: str) -> None:
    """Pitfall 11: six local days in a row, at the same time of the wall clock, across the change."""
    member = life(RISING, parse_instant(first), zone)
    start = local_day(member.now, zone)
    found = []
    for day in range(6):
        while local_day(member.now, zone) < start + day:
            member.now += 1800
        found.append(check_in(member))
        member.now += 12 * 3600 if day % 2 else 3600
    assert found == [5, 6, 7, 8, 9, 10]


def test_two_check_ins_a_minute_apart_over_midnight_are_two_days() -> None:
    member = life(RISING, parse_instant("2026-03-02T23:59:30+08:00"))
    assert check_in(member) == 5
    member.now += 60
    assert check_in(member) == 6


def test_a_change_of_time_zone_breaks_no_streak_and_counts_no_day_twice() -> None:
    """From Shanghai to New York the 3rd begins again: it counted already; the 4th goes on."""
    member = life(RISING, parse_instant("2026-03-02T09:00:00+08:00"))
    assert check_in(member) == 5
    member.change_timezone("America/New_York")
    member.now = parse_instant("2026-03-02T23:00:00-05:00")
    assert check_in(member) == 0
    member.now = parse_instant("2026-03-03T01:00:00-05:00")
    assert check_in(member) == 6


def test_a_late_check_in_counts_on_its_own_day() -> None:
    """DESIGN §3: the streak is chosen by `occurred_at`."""
    member = life(RISING)
    monday = member.now
    assert check_in(member) == 5
    member.days(2)
    assert check_in(member) == 5
    assert check_in(member, monday + DAY) == 6 + 2
    late = member.stream[-1]
    assert isinstance(late, BehaviourRecorded)
    assert late.trace == (("daily", "streak", 6, (2, 6, 0)), ("daily", "streak_mended", 2, (1, 3)))
    assert check_in(member.days(1)) == 8


@pytest.mark.parametrize("missing", range(7))
def test_a_late_check_in_gives_the_same_in_the_end_as_one_in_time(missing: int) -> None:
    """Whatever day of a week arrives last: 6 × 10 + 60."""
    member = life(TEN_AND_FIFTY)
    monday = member.now
    total = 0
    for day in range(7):
        if day != missing:
            member.now = monday + day * DAY
            total += check_in(member)
    member.now = monday + 8 * DAY
    assert total + check_in(member, monday + missing * DAY) == 120
    assert check_in(member, monday + missing * DAY) == 0


def test_a_day_older_than_what_is_kept_gives_nothing() -> None:
    """A limit can refuse too much, never grant too much."""
    member = life(RISING)
    monday = member.now
    every_day(member.days(1), KEPT_PERIODS + 1)
    assert check_in(member, monday) == 0


def test_limits_cut_what_a_streak_gives_but_not_the_run() -> None:
    member = life(RISING, limits=[{"per": "month", "points": 12}])
    assert every_day(member, 4) == [5, 6, 1, 0]
    assert member.state().counters["streak/daily"].used == 4


def test_growth_can_be_given_by_streak() -> None:
    rule = {
        "id": "loyal",
        "on": "behaviour",
        "behaviours": ["check-in"],
        "amount": {"type": "streak", "days": [10, 20]},
    }
    member = Life(sample({"growth": {"rules": [rule]}}), NOON, "Asia/Shanghai")
    for _ in range(3):
        member.behave("check-in")
        member.days(1)
    assert (member.state().growth, member.spendable) == (50, 0)
