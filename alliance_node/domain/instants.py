"""Owns calendar arithmetic: local days, months, time zones. May not read a clock; every instant is an argument.

An `Instant` is an integer number of Unix seconds in UTC. A local day is counted in whole days since 1970-01-01 of the
wall calendar of a time zone, so that days of 23 and 25 hours each count once (pitfall 11).
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Instant = int

FAR_FUTURE: Instant = 253402300799
"""9999-12-31T23:59:59Z: the expiry of a lot that never expires."""

DAY_SECONDS = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone of that name. Raises `ValueError` when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}") from error


@lru_cache(maxsize=65_536)
def _offset_in_quarter(quarter: int, tz: str) -> int:
    """The zone's offset in seconds; zones change their offset only on quarter hours since 1972."""
    offset = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone(tz)).utcoffset()
    return 0 if offset is None else offset.days * DAY_SECONDS + offset.seconds


def local_day(instant: Instant, tz: str) -> int:
    """The local calendar day that contains the instant, as days since 1970-01-01."""
    return (instant + _offset_in_quarter(instant // 900, tz)) // DAY_SECONDS


def local_date(instant: Instant, tz: str) -> date:
    """The local calendar date that contains the instant."""
    return date_of_day(local_day(instant, tz))


def date_of_day(day: int) -> date:
    """The date of a day number (days since 1970-01-01)."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def day_of_date(value: date) -> int:
    """The day number (days since 1970-01-01) of a date."""
    return value.toordinal() - _EPOCH_ORDINAL


def add_months_to_date(value: date, months: int) -> date:
    """The same day of the month `months` later, or the month's last day where there is no such day."""
    index = value.year * 12 + value.month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    return date(year, month, min(value.day, calendar.monthrange(year, month)[1]))


@lru_cache(maxsize=65_536)
def start_of_day(day: int, tz: str) -> Instant:
    """The first instant of a local day (where midnight is skipped by the clock change, the first instant after it)."""
    midnight = datetime.combine(date_of_day(day), datetime.min.time(), tzinfo=zone(tz))
    instant = int(midnight.timestamp())
    while local_day(instant, tz) < day:  # midnight does not exist: the clock jumps over it
        instant += 900
    return instant


def add_months(instant: Instant, months: int, tz: str) -> Instant:
    """The same local wall time, `months` later; a day the month lacks becomes its last day (31 Jan + 1 = 28/29 Feb)."""
    local = datetime.fromtimestamp(instant, UTC).astimezone(zone(tz))
    moved = add_months_to_date(local.date(), months)
    return int(datetime.combine(moved, local.time(), tzinfo=zone(tz)).timestamp())


@lru_cache(maxsize=65_536)
def end_of_term(day: int, months: int, tz: str) -> Instant:
    """The instant at which something granted on local `day` for `months` ends: its last local day counts in full."""
    last = add_months_to_date(date_of_day(day), months)
    return start_of_day(day_of_date(last + timedelta(days=1)), tz)


def parse_instant(text: str) -> Instant:
    """An RFC 3339 time with offset, as an instant. Raises `ValueError` when the offset is missing."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError("the time needs an offset, e.g. 2026-01-31T10:00:00+08:00")
    return int(value.timestamp())


def format_instant(instant: Instant) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def weekday(day: int) -> int:
    """Monday is 1, Sunday 7."""
    return (day + 3) % 7 + 1


@lru_cache(maxsize=4096)
def day_of_month(day: int) -> int:
    """1 to 31."""
    return date_of_day(day).day


@lru_cache(maxsize=4096)
def month_number(day: int) -> int:
    """The calendar month of a day, counted from year 0."""
    value = date_of_day(day)
    return value.year * 12 + value.month - 1


def period_of(per: str, day: int) -> int:
    """The number of the calendar period of a day: day, week (from Monday), month, year, or ever (always 0)."""
    match per:
        case "day":
            return day
        case "week":
            return (day + 3) // 7
        case "month":
            return month_number(day)
        case "year":
            return month_number(day) // 12
        case "ever":
            return 0
    raise ValueError(f"unknown period {per!r}")
