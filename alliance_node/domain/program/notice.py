"""Owns from when a new version may take effect: notice for what is worse, promises about value, recalls announced in
time (R-VAL-3, R-VAL-4). Stores nothing and knows no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alliance_node.domain.instants import DAY_SECONDS, Instant, day_of_date, format_instant, start_of_day
from alliance_node.domain.program.compare import Change, worse_points
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_instant


class Announced(NamedTuple):
    """A version that was announced, and from when it is or will be in force."""

    program: ProgramFile
    effective_from: Instant


class Objection(NamedTuple):
    """Why the version may not take effect as asked: what it takes, and the earliest instant at which it may."""

    reason: str
    changes: tuple[Change, ...]
    earliest: Instant

    def __str__(self) -> str:
        points = "".join(f"\n- {change}" for change in self.changes)
        return f"{self.reason}; the earliest is {format_instant(self.earliest)}{points}"


def objections(known: Sequence[Announced], new: ProgramFile, effective_from: Instant, now: Instant) -> list[Objection]:
    """Everything against `new`, announced `now`, taking effect at `effective_from`. `known` are all announced versions
    in order; without any only recalls are judged, by the notice that the program itself promises."""
    begun = now if known else min(now, effective_from)
    earliest = begun + _notice_days(known or [Announced(new, begun)], now) * DAY_SECONDS
    changes = worse_points(known[-1].program, new, effective_from) if known else []
    rules = tuple(change for change in changes if not change.path.startswith("recalls."))
    found = []
    if rules and effective_from < earliest:
        days = (earliest - now) // DAY_SECONDS
        reason = f"it is worse for members in {_points(rules)}, which needs {days} days of notice"
        found.append(Objection(reason, rules, earliest))
    guaranteed = guaranteed_until(known)
    devalued = tuple(change for change in rules if change.devaluation)
    if devalued and effective_from < guaranteed:
        found.append(Objection(f"value is guaranteed, but it is devalued in {_points(devalued)}", devalued, guaranteed))
    return [*found, *_recalls(known, new, changes, earliest, guaranteed)]


def guaranteed_until(known: Sequence[Announced]) -> Instant:
    """The end of the last day for which any announced version guarantees the value of points; 0 without a promise."""
    ends = [
        start_of_day(day_of_date(program.promises.value_guaranteed_until) + 1, program.timezone)
        for program, _ in known
        if program.promises.value_guaranteed_until is not None
    ]
    return max(ends, default=0)


def _notice_days(known: Sequence[Announced], now: Instant) -> int:
    """The longest notice that the version in force or one that is still to come promises."""
    in_force = [number for number, version in enumerate(known) if version.effective_from <= now]
    current = known[in_force[-1] if in_force else 0 :]
    return max(version.program.promises.notice_days for version in current)


def _recalls(
    known: Sequence[Announced], new: ProgramFile, changes: Sequence[Change], earliest: Instant, guaranteed: Instant
) -> list[Objection]:
    """R-VAL-4: a recall's own date is what members must know in time, whenever the version that has it begins."""
    found = []
    for recall in new.recalls:
        path = f"recalls.{recall.id}"
        touched = tuple(change for change in changes if change.path == path or change.path.startswith(f"{path}."))
        at = to_instant(recall.at, new.timezone)
        if (touched or not known) and at < max(earliest, guaranteed):
            why = "value is guaranteed" if at < guaranteed else "it was not announced for the notice period"
            reason = f"recall {recall.id} may not take effect at {format_instant(at)}, since {why}"
            found.append(Objection(reason, touched, max(earliest, guaranteed)))
    return found


def _points(changes: Sequence[Change]) -> str:
    return f"{len(changes)} point{'s' if len(changes) > 1 else ''}"
