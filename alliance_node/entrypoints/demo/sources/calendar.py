"""Moves each source by whole weeks so that all end on one date; weekdays and wall-clock hours stay what they were.

Owns the replayed year. May not look at amounts.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from alliance_node.entrypoints.demo.sources.purchase import TIMEZONE

LAST_DAY = date(2026, 12, 27)
"""The last replayed day, a Sunday, as the last day of the groceries (31 December 2017) is."""
DAYS = 365
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
WEEK = 7 * 86_400
_ZONE = ZoneInfo(TIMEZONE)
_DAY = 86_400


class NotWholeWeeks(ValueError):
    """A source that ends on another weekday can't be moved by whole weeks."""

    def __init__(self, source_last_day: date) -> None:
        super().__init__(
            f"{source_last_day} is no {LAST_DAY:%A}: the source can't be moved by whole weeks to {LAST_DAY}"
        )


def whole_weeks_shift(source_last_day: date) -> timedelta:
    """Days to add so that the source ends on LAST_DAY; raises NotWholeWeeks."""
    shift = LAST_DAY - source_last_day
    if shift.days % 7:
        raise NotWholeWeeks(source_last_day)
    return shift


@lru_cache(maxsize=4096)
def local_midnight(day: date) -> int:
    """The instant at which a local day begins."""
    return int(datetime.combine(day, time(), _ZONE).timestamp())


@lru_cache(maxsize=16_384)
def _offset_of_hour(hour_utc: int) -> int:
    """Seconds east of UTC during one UTC hour (zone changes happen on the hour)."""
    offset = datetime.fromtimestamp(hour_utc * 3600, _ZONE).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def shifted(instant: int, shift: timedelta) -> int:
    """The instant with the same local wall-clock time `shift` later, across any daylight-saving change."""
    wall = instant + _offset_of_hour(instant // 3600)
    moved = wall + shift.days * _DAY
    guess = moved - _offset_of_hour((moved + 5 * 3600) // 3600)
    return moved - _offset_of_hour(guess // 3600)


def local_day(instant: int) -> date:
    """The local calendar day of an instant."""
    return datetime.fromtimestamp(instant, UTC).astimezone(_ZONE).date()


def start_of_replay() -> int:
    """The first instant of the replayed year: the chain's genesis lies just before it."""
    return local_midnight(FIRST_DAY)


def end_of_year() -> int:
    """The instant at which the replayed year is over."""
    return local_midnight(LAST_DAY + timedelta(days=1))


def week_ends() -> list[int]:
    """The instants at which the replay's steps end: 604,800 s each, the last one shorter, so none outlasts the nodes'
    window for late events even where daylight saving makes a local week an hour longer."""
    return [*range(start_of_replay() + WEEK, end_of_year(), WEEK), end_of_year()]
