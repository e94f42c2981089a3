"""Owns the comparisons that every section uses: what must not fall, rise, narrow or vanish. Knows no section."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple, Protocol, TypeVar

from alliance_node.domain.instants import Instant
from alliance_node.domain.program.redemption_schema import Offered
from alliance_node.domain.program.rules_schema import Limit, When
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import Text, to_instant

CHANGED = "changed: counted as worse"


class Change(NamedTuple):
    """One point in which the new version is worse, or cannot be shown not to be. `path` uses ids where the file has a
    list; `devaluation`: points already earned lose worth (R-VAL-3); `name` is what members call the thing."""

    path: str
    old: str
    new: str
    reason: str
    devaluation: bool = False
    name: Text | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.old} → {self.new} ({self.reason})"


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=_Identified)


class Place(NamedTuple):
    """Where a comparison is: the path, and the name of the thing that has it."""

    path: str
    name: Text | None = None

    def at(self, step: str) -> Place:
        """The place one step further inside."""
        return Place(f"{self.path}.{step}" if self.path else step, self.name)


class Comparison:
    """Two versions side by side. What ended before `at`, when the new one begins, is no loss."""

    def __init__(self, old: ProgramFile, new: ProgramFile, at: Instant = 0) -> None:
        self.old, self.new, self.at = old, new, at
        self.changes: list[Change] = []
        self.tiers = _counterparts(old, new)

    def worse(self, place: Place, old: object, new: object, reason: str, *, devaluation: bool = False) -> None:
        """Note a change for the worse."""
        self.changes.append(Change(place.path, said(old), said(new), reason, devaluation, place.name))

    def not_lower(self, place: Place, old: int | str, new: int | str, *, devaluation: bool = False) -> None:
        """Worse when the number falls."""
        if Fraction(new) < Fraction(old):
            self.worse(place, old, new, "lower", devaluation=devaluation)

    def not_higher(self, place: Place, old: int | str, new: int | str, *, devaluation: bool = False) -> None:
        """Worse when the number rises."""
        if Fraction(new) > Fraction(old):
            self.worse(place, old, new, "higher", devaluation=devaluation)

    def cap(self, place: Place, old: int | None, new: int | None) -> None:
        """Worse when a maximum appears or falls; none is the best."""
        if new is not None and (old is None or new < old):
            self.worse(place, "no maximum" if old is None else old, new, "lower" if old is not None else "added")

    def same(self, place: Place, old: object, new: object) -> None:
        """Worse when it changes at all: nothing shows that it is not."""
        if old != new:
            self.worse(place, old, new, CHANGED)

    def not_off(self, place: Place, old: bool, new: bool) -> None:
        """Worse when something that was so no longer is."""
        if old and not new:
            self.worse(place, old, new, "no longer so")

    def not_below(self, place: Place, old: str, new: str, order: Sequence[str]) -> None:
        """Worse when the choice moves towards the front of `order` (the worst first)."""
        if order.index(new) < order.index(old):
            self.worse(place, old, new, "less generous")

    def not_narrower(self, place: Place, old: Collection[Any] | None, new: Collection[Any] | None) -> None:
        """Worse when something leaves the list; no list means everything."""
        if new is not None and (old is None or not set(old) <= set(new)):
            self.worse(place, "all" if old is None else old, new, "fewer")

    def not_narrower_tiers(self, place: Place, old: Collection[str] | None, new: Collection[str] | None) -> None:
        """`not_narrower` for tiers: a tier that is new must be where the tier below it was."""
        if new is None:
            return
        needed = [tier for tier, before in self.tiers.items() if old is None or before in old]
        if any(tier not in new for tier in needed):
            self.worse(place, "all" if old is None else old, new, "fewer")

    def pairs(
        self, place: Place, old: Sequence[Item], new: Sequence[Item], *, devaluation: bool = False
    ) -> Iterator[tuple[Place, Item, Item]]:
        """What both versions have, by id; what the new one lacks is worse unless it is over."""
        after = {item.id: item for item in new}
        for item in old:
            inside = Place(f"{place.path}.{item.id}", name_of(item))
            if item.id in after:
                yield inside, item, after[item.id]
            elif not self.is_over(item):
                self.worse(inside, item.id, "none", "removed", devaluation=devaluation)

    def by_tier(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
        """(tier of the new version, old value of the tier that its members had, new value)."""
        for tier, before in self.tiers.items():
            yield tier, old.get(before), new.get(tier)

    def is_over(self, item: object) -> bool:
        """Whether it ended before the new version begins."""
        when = item if isinstance(item, When | Offered) else getattr(item, "when", None)
        until = getattr(when, "until", None)
        return until is not None and to_instant(until, self.old.timezone) <= self.at

    def window(self, place: Place, old: When | Offered, new: When | Offered) -> None:
        """Worse when the dates, weekdays or days of the month of `new` leave out some of `old`."""
        starts, until = self._starts(old, self.old), self._until(old, self.old)
        if max(self._starts(new, self.new), self.at) > max(starts, self.at):
            self.worse(place.at("from"), self.time(old.starts, self.old), self.time(new.starts, self.new), "later")
        ends = self._until(new, self.new)
        if ends is not None and (until is None or ends < until):
            self.worse(place.at("until"), self.time(old.until, self.old), self.time(new.until, self.new), "earlier")
        self.not_narrower(place.at("weekdays"), old.weekdays, new.weekdays)
        self.not_narrower(place.at("days_of_month"), old.days_of_month, new.days_of_month)

    def when(self, place: Place, old: When, new: When, *, widening: str = "") -> None:
        """Worse when the conditions hold less often; with `widening` (why) also when they change at all."""
        before = len(self.changes)
        self.window(place, old, new)
        self.not_narrower(place.at("sources"), old.sources, new.sources)
        self.not_narrower(place.at("channels"), old.channels, new.channels)
        self.not_narrower(place.at("tags_any"), old.tags_any, new.tags_any)
        self.not_narrower_tiers(place.at("tiers"), old.tiers, new.tiers)
        if not set(new.tags_none or ()) <= set(old.tags_none or ()):
            self.worse(place.at("tags_none"), old.tags_none or "none", new.tags_none, "more")
        self.not_higher(place.at("amount_at_least"), old.amount_at_least or "0", new.amount_at_least or "0")
        if new.amount_below is not None and (
            old.amount_below is None or Fraction(new.amount_below) < Fraction(old.amount_below)
        ):
            self.worse(place.at("amount_below"), old.amount_below or "no end", new.amount_below, "lower")
        if widening and old != new and len(self.changes) == before:
            self.worse(place, old, new, f"{CHANGED}, since {widening}")

    def limits(self, place: Place, old: Sequence[Limit], new: Sequence[Limit]) -> None:
        """Worse when a limit appears or falls."""
        before, after = _limits(old), _limits(new)
        for (per, unit), maximum in after.items():
            self.cap(place.at("limits").at(f"{per}.{unit}"), before.get((per, unit)), maximum)

    def time(self, time: str | None, program: ProgramFile) -> str:
        """A time as the file says it, with its zone when the versions differ in that."""
        zones_differ = time is not None and self.old.timezone != self.new.timezone
        return f"{time} {program.timezone}" if zones_differ else time or "open"

    def _starts(self, when: When | Offered, program: ProgramFile) -> Instant:
        return to_instant(when.starts, program.timezone) if when.starts else 0

    def _until(self, when: When | Offered, program: ProgramFile) -> Instant | None:
        return to_instant(when.until, program.timezone) if when.until else None


def said(value: object) -> str:
    """A value of a program file as short text."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case When():
            return said(value.model_dump(by_alias=True, exclude_none=True)) or "always"
        case Mapping():
            return ", ".join(f"{key} {said(item)}" for key, item in value.items())
        case date():
            return value.isoformat()
        case str():
            return value
        case Collection():
            return ", ".join(map(said, value)) or "none"
    return str(value)


def name_of(item: object) -> Text | None:
    """What members call a rule, option, tier or task."""
    found = getattr(item, "label", None) or getattr(item, "name", None)
    return found if isinstance(found, Text) else None


def _limits(limits: Sequence[Limit]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for limit in limits:
        key = (limit.per, "times" if limit.times is not None else "points")
        maximum = limit.times if limit.times is not None else limit.points or 0
        found[key] = min(found.get(key, maximum), maximum)
    return found


def _counterparts(old: ProgramFile, new: ProgramFile) -> dict[str, str]:
    """For each tier of the new ladder the tier that its members would have had: itself, or for a new one the highest
    old tier that begins no higher."""
    known = {tier.id for tier in old.tiers.ladder}
    found = {}
    for tier in new.tiers.ladder:
        below = [step.id for step in old.tiers.ladder if Fraction(step.at_least) <= Fraction(tier.at_least)]
        found[tier.id] = tier.id if tier.id in known else below[-1]
    return found
