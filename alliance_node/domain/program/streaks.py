"""Owns runs of local days: how long a run is on a day, and what the day gives (R-EARN-3). Knows no clock.

A streak's counter says for each kept day how long the run that ends on it was. A day is a calendar day of the member,
so that days of 23 and 25 hours, month ends and leap days each count once (pitfall 11). A late check-in joins the runs
before and after it, and brings what the later days would have given more, had it come in time.
"""

from __future__ import annotations

from typing import NamedTuple

from alliance_node.domain.counters import Counter, used_in
from alliance_node.domain.events import CounterValue, TraceStep

UNKNOWN = -1


class Run(NamedTuple):
    """The run that ends on a day once the day is counted, and every kept day that follows it without a gap, with its
    run before and after."""

    length: int
    later: tuple[tuple[int, int, int], ...]


def run_after(counter: Counter | None, day: int) -> Run | None:
    """The runs once the day is counted, or None when it was counted before, or is older than what is kept."""
    if used_in(counter, day, UNKNOWN) != 0:
        return None
    length = max(used_in(counter, day - 1, 0), 0) + 1
    later = []
    following = day + 1
    while (before := used_in(counter, following, 0)) > 0:
        later.append((following, before, length + following - day))
        following += 1
    return Run(length, tuple(later))


def day_points(
    length: int, days: tuple[int, ...], bonuses: tuple[tuple[int, int], ...], restart_after: int
) -> tuple[int, int]:
    """The points and the bonus of the day that makes a run so long."""
    place = (length - 1) % restart_after + 1 if restart_after else length
    return days[min(place, len(days)) - 1], sum(points for day, points in bonuses if day == place)


def streak(
    counter: Counter | None,
    key: str,
    day: int,
    amount: tuple[tuple[int, ...], tuple[tuple[int, int], ...], int],
    name: tuple[str, str],
    changed: list[CounterValue],
    trace: list[TraceStep],
) -> int:
    """The points of counting the day, never below 0; adds the runs to `changed` and the reasons to `trace`.

    `amount` is days, bonuses and restart of the rule; `name` its id and the prefix of its steps.
    """
    rule_id, prefix = name
    run = run_after(counter, day)
    if run is None:
        trace.append((rule_id, f"{prefix}streak_again", 0, (max(used_in(counter, day, 0), 0),)))
        return 0
    own, bonus = day_points(run.length, *amount)
    changed.append(CounterValue(key, day, run.length, run.length))
    trace.append((rule_id, f"{prefix}streak", own + bonus, (run.length, own, bonus)))
    if not run.later:
        return own + bonus
    more = 0
    for following, before, after in run.later:
        more += sum(day_points(after, *amount)) - sum(day_points(before, *amount))
        changed.append(CounterValue(key, following, after, after - before))
    more = max(more, -own - bonus)
    trace.append((rule_id, f"{prefix}streak_mended", more, (len(run.later), run.later[-1][2])))
    return own + bonus + more
