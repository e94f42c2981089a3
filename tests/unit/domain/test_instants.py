"""Calendar arithmetic: month ends, leap days, 23- and 25-hour days, midnights that do not exist."""

from datetime import date

import pytest

from alliance_node.domain.instants import (
    add_months,
    add_months_to_date,
    day_of_date,
    end_of_term,
    format_instant,
    local_date,
    local_day,
    parse_instant,
    period_of,
    start_of_day,
    weekday,
    zone,
)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(start: date, months: int, end: date) -> None:
    assert add_months_to_date(start, months) == end


def test_add_months_keeps_the_wall_time_across_a_clock_change() -> None:
    start = parse_instant("2026-02-15T10:00:00-05:00")
    assert format_instant(add_months(start, 1, "America/New_York")) == "2026-03-15T14:00:00Z"


def test_local_day_changes_at_local_midnight() -> None:
    before = parse_instant("2026-03-01T23:59:59+08:00")
    assert local_date(before, "Asia/Shanghai") == date(2026, 3, 1)
    assert local_date(before + 1, "Asia/Shanghai") == date(2026, 3, 2)
    assert local_date(before + 1, "America/New_York") == date(2026, 3, 1)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 6, 1), 24)])
def test_days_have_23_24_or_25_hours(day: date, hours: int) -> None:
    number = day_of_date(day)
    length = start_of_day(number + 1, "America/New_York") - start_of_day(number, "America/New_York")
    assert length == hours * 3600


def test_a_skipped_midnight_starts_the_day_at_its_first_instant() -> None:
    """Santiago de Chile moved its clocks from 00:00 to 01:00 on 8 September 2024."""
    number = day_of_date(date(2024, 9, 8))
    first = start_of_day(number, "America/Santiago")
    assert local_day(first, "America/Santiago") == number
    assert local_day(first - 1, "America/Santiago") == number - 1


def test_a_term_includes_its_last_local_day() -> None:
    day = day_of_date(date(2026, 8, 31))
    assert format_instant(end_of_term(day, 6, "Asia/Shanghai")) == "2027-02-28T16:00:00Z"


def test_periods_of_the_calendar() -> None:
    sunday, monday = day_of_date(date(2026, 3, 1)), day_of_date(date(2026, 3, 2))
    assert (weekday(sunday), weekday(monday)) == (7, 1)
    assert period_of("week", monday) == period_of("week", sunday) + 1
    assert period_of("month", monday) == 2026 * 12 + 2
    assert (period_of("year", monday), period_of("ever", monday)) == (2026, 0)
    with pytest.raises(ValueError, match="unknown period"):
        period_of("fortnight", monday)


def test_times_without_offset_and_unknown_zones_are_refused() -> None:
    with pytest.raises(ValueError, match="needs an offset"):
        parse_instant("2026-03-01T10:00:00")
    with pytest.raises(ValueError, match="unknown time zone"):
        zone("Mars/Olympus")
    with pytest.raises(ValueError, match="unknown time zone"):
        zone("../../etc/passwd")
