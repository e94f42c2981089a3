"""Time is an argument: time zones change with the next local day, days of 23 and 25 hours count once."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from alliance_node.domain.errors import TimezoneChangedRecently, TimezoneUnchanged, UnknownTimeZone
from alliance_node.domain.events import TimezoneChanged
from alliance_node.domain.instants import format_instant, local_day, parse_instant
from alliance_node.domain.state import timezone_at
from tests.unit.domain.life import DAY, Life
from tests.unit.domain.sample import sample

DAILY = {
    "earn": {
        "day_boundary": "member",
        "rules": [
            {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}},
            {
                "id": "check-in",
                "on": "behaviour",
                "behaviours": ["check-in"],
                "amount": {"type": "fixed", "points": 5},
                "limits": [{"per": "day", "times": 1}],
            },
        ],
    }
}
START = parse_instant("2026-03-01T12:00:00+00:00")


def daily(zone: str, at: str | int = START) -> Life:
    return Life(sample(DAILY), parse_instant(at) if isinstance(at, str) else at, zone)


def earned(member: Life) -> int:
    """Points of one more check-in now."""
    before = member.spendable
    member.behave("check-in")
    return member.spendable - before


def test_a_new_time_zone_is_in_force_from_the_members_next_local_day() -> None:
    member = daily("Asia/Shanghai")
    (event,) = member.change_timezone("America/New_York")
    assert event == TimezoneChanged(
        START, "Asia/Shanghai", "America/New_York", parse_instant("2026-03-02T00:00:00+08:00")
    )
    state = member.state()
    assert timezone_at(state, event.effective_at - 1) == "Asia/Shanghai"
    assert timezone_at(state, event.effective_at) == "America/New_York"


def test_a_move_gives_no_second_check_in_on_the_same_day() -> None:
    """Shanghai is ahead of New York: after the change the same calendar day comes again and counts once."""
    member = daily("Asia/Shanghai", "2026-03-02T00:30:00+08:00")
    member.change_timezone("America/New_York")
    assert (earned(member), earned(member)) == (5, 0)
    member.now = parse_instant("2026-03-03T00:00:00+08:00")  # 2 March, 11:00 in New York
    assert earned(member) == 0
    member.now = parse_instant("2026-03-03T00:00:00-05:00")
    assert earned(member) == 5


def test_a_move_eastwards_loses_no_day() -> None:
    member = daily("America/New_York", "2026-03-02T12:00:00-05:00")
    assert earned(member) == 5
    member.change_timezone("Pacific/Auckland")
    member.now = parse_instant("2026-03-03T00:00:00-05:00")  # 3 March, 18:00 in Auckland
    assert (earned(member), earned(member)) == (5, 0)
    member.now = parse_instant("2026-03-04T00:00:00+13:00")
    assert earned(member) == 5


def test_a_time_zone_changes_once_in_thirty_days() -> None:
    member = daily("Asia/Shanghai")
    member.change_timezone("America/New_York")
    member.now = START + 30 * DAY - 1
    with pytest.raises(TimezoneChangedRecently, match="possible from 2026-03-31T12:00:00Z"):
        member.change_timezone("Asia/Shanghai")
    member.now += 1
    (event,) = member.change_timezone("Pacific/Auckland")
    assert isinstance(event, TimezoneChanged)
    assert (event.old_timezone, event.new_timezone) == ("America/New_York", "Pacific/Auckland")


def test_the_same_zone_and_an_unknown_one_are_refused() -> None:
    member = daily("Asia/Shanghai")
    with pytest.raises(TimezoneUnchanged):
        member.change_timezone("Asia/Shanghai")
    with pytest.raises(UnknownTimeZone):
        member.change_timezone("Mars/Olympus")
    assert member.state().version == 1


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Pacific/Auckland", "2026-04-05", 25),
        ("Pacific/Auckland", "2026-09-27", 23),
        ("Asia/Shanghai", "2026-03-08", 24),
        ("Asia/Shanghai", "2028-02-29", 24),
    ],
)
def test_each_local_day_counts_once_however_long_it_is(zone: str, day: str, hours: int) -> None:
    """Pitfall 11: one check-in an hour through the day and the hours around it."""
    midnight = int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp())
    member = daily(zone, midnight - 3_600)
    given = []
    for _ in range(hours + 2):
        given.append(earned(member))
        member.now += 3_600
    assert given == [5, 5, *[0] * (hours - 1), 5]


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "Asia/Shanghai"])
def test_a_year_of_days_is_simulated_in_seconds(zone: str) -> None:
    """Every local day of the leap year 2028 gives its check-in; every lot ends after its last local day, and the sweep
    a year and a day later leaves nothing."""
    began = time.perf_counter()
    member = daily(zone, "2028-01-01T12:00:00+00:00")
    first = local_day(member.now, zone)
    for _ in range(366):
        assert earned(member) == 5
        member.days(1)
    assert local_day(member.now, zone) - first == 366
    leap = [lot for lot in member.table.values() if "2028-02-29" in format_instant(lot.earned_at)]
    assert [format_instant(lot.expires_at) for lot in leap] == ["2029-02-28T16:00:00Z"]
    member.days(366)
    assert member.spendable == 0
    member.sweep()
    assert member.state().booked == 0
    assert datetime.fromtimestamp(member.now, UTC).year == 2030
    assert time.perf_counter() - began < 30
