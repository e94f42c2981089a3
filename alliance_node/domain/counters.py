"""Owns how much of a limit was used in which period, bounded and safe for late events.

A counter keeps its newest period and up to `KEPT_PERIODS` older ones, so a late event counts where it belongs and never
resets today's use. What is no longer kept counts as fully used: a limit can refuse too much, never grant too much.
"""

from __future__ import annotations

from typing import NamedTuple

KEPT_PERIODS = 7
"""With the default window of 7 days for late events every day of the window is kept."""


class Counter(NamedTuple):
    """Use of a limit in its newest period (local day, week, month, year, or 0 for ever), and in older ones."""

    period: int
    used: int
    older: tuple[tuple[int, int], ...] = ()


_new = tuple.__new__
"""Makes a Counter without the Python call that a NamedTuple's own constructor is: every purchase makes several."""


def used_in(counter: Counter | None, period: int, maximum: int) -> int:
    """The use in a period; `maximum` when that is no longer known."""
    if counter is None or counter.period < period:
        return 0
    if counter.period == period:
        return counter.used
    for kept, used in counter.older:
        if kept == period:
            return used
    forgotten = len(counter.older) == KEPT_PERIODS and period < counter.older[-1][0]
    return maximum if forgotten else 0


def after_use(counter: Counter | None, period: int, used: int) -> Counter:
    """The counter once `used` is the use in the period; the newest periods are kept."""
    if counter is None:
        return _new(Counter, (period, used, ()))
    if counter[0] == period:
        return _new(Counter, (period, used, counter[2]))
    kept = {counter.period: counter.used, **dict(counter.older), period: used}
    newest, *older = sorted(kept.items(), reverse=True)
    return Counter(*newest, tuple(older[:KEPT_PERIODS]))
