"""Owns the yearly decay of growth value (R-TIER-3): a comparison of dates, like expiry. Books nothing by itself.

Growth value is stored as of `growth_through`; every boundary after it takes its share, rounded down, as soon as
somebody looks. A boundary belongs to the program version in force at that instant: a later version never re-decides it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from alliance_node.domain.events import Event, GrowthDecayed
from alliance_node.domain.instants import DAY_SECONDS, Instant, day_of_date, start_of_day
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.state import MemberState

_YEAR_SECONDS = 31_556_952


class Boundary(NamedTuple):
    """The instant of a yearly decay and the percentage it takes."""

    at: Instant
    percent: int


def boundaries(programs: ProgramBook, after: Instant, until: Instant) -> list[Boundary]:
    """The decays in `(after, until]`, oldest first."""
    if not programs.decays or after >= until:
        return []
    calendar = _of_years(programs, 1969 + after // _YEAR_SECONDS, 1972 + until // _YEAR_SECONDS)
    return [each for each in calendar if after < each[0] <= until]


@lru_cache(maxsize=64)
def _of_years(programs: ProgramBook, first: int, until: int) -> tuple[Boundary, ...]:
    """The decays of calendar years; remembered, because every purchase asks."""
    return tuple(sorted(each for year in range(first, until) for each in _of_year(programs, year)))


@lru_cache(maxsize=1024)
def _last_until_day(programs: ProgramBook, day: int) -> Instant:
    """The last decay before the end of a day (of UTC), or 0; remembered, because every purchase asks."""
    end = (day + 1) * DAY_SECONDS
    return max([each.at for each in _of_years(programs, 1970, 1972 + end // _YEAR_SECONDS) if each.at < end], default=0)


def _of_year(programs: ProgramBook, year: int) -> Iterator[Boundary]:
    for begins, ends, program in programs.terms():
        decay = program.file.tiers.decay
        if decay is not None:
            at = start_of_day(day_of_date(date(year, decay.month, decay.day)), program.timezone)
            if begins <= at < ends:
                yield Boundary(at, decay.percent)


def after_decay(growth: int, percent: int) -> int:
    """What one boundary leaves; what is lost is rounded down."""
    return growth - growth * percent // 100


def decayed(programs: ProgramBook, growth: int, since: Instant, at: Instant) -> int:
    """What is left at `at` of growth value that stood at `growth` at `since`."""
    for boundary in boundaries(programs, since, at):
        growth = after_decay(growth, boundary.percent)
    return growth


def counted_through(state: MemberState) -> Instant:
    """The instant up to which the stored growth value has decayed already."""
    return max(state.growth_through, state.enrolled_at)


def effective_growth(programs: ProgramBook, state: MemberState, at: Instant) -> int:
    """The growth value that counts at the instant, whatever has been booked."""
    return decayed(programs, state.growth, counted_through(state), at)


def decay(programs: ProgramBook, state: MemberState, now: Instant) -> list[Event]:
    """The decay that is due, as one event up to the last boundary passed, or nothing.

    It is booked even when nothing is lost: growth value that comes after the boundary must not decay by it.
    """
    since = counted_through(state)
    if since >= _last_until_day(programs, now // DAY_SECONDS):  # nearly always
        return []
    passed = boundaries(programs, since, now)
    if not passed:
        return []
    through = passed[-1].at
    lost = state.growth - effective_growth(programs, state, through)
    return [GrowthDecayed(now, programs.at(now).version, through, lost)]
