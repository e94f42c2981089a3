"""Owns what is worse in how a membership and its points age: tiers, expiry, recalls, refunds, promises."""

from __future__ import annotations

from fractions import Fraction

from alliance_node.domain.instants import local_date
from alliance_node.domain.program.comparing.kit import CHANGED, Comparison, Place
from alliance_node.domain.program.lifecycle_schema import Expiry, NeverExpires, Retention
from alliance_node.domain.program.values import to_instant

_SPENT_POINTS = ("hold", "negative", "clamp")
_ENDS = ("rolling", "month", "quarter", "year", "never")
"""How late a lot of the same months ends: at its own date, at the end of the calendar period, never."""


def tiers(c: Comparison) -> None:
    """The ladder, its thresholds (a devaluation when they rise), protection, decay and retention."""
    old, new = c.old.tiers, c.new.tiers
    c.same(Place("tiers.basis"), old.basis, new.basis)
    c.not_lower(Place("tiers.protection_months"), old.protection_months, new.protection_months)
    c.not_below(Place("tiers.downgrade"), old.downgrade, new.downgrade, ("earned", "one_step"))
    if old.basis == new.basis:
        for place, step, after in c.pairs(Place("tiers.ladder"), old.ladder, new.ladder):
            c.not_higher(place.at("at_least"), step.at_least, after.at_least, devaluation=True)
    if new.decay is not None and old.decay is None:
        c.worse(Place("tiers.decay"), None, f"{new.decay.percent} % a year", "added")
    elif new.decay is not None and old.decay is not None:
        c.not_higher(Place("tiers.decay.percent"), old.decay.percent, new.decay.percent)
        c.same(Place("tiers.decay.day"), *(f"{decay.month}-{decay.day}" for decay in (old.decay, new.decay)))
    before = {task.tier: task for task in old.retention}
    for tier, had, has in c.by_tier(before, {task.tier: task for task in new.retention}):
        if had is not None:
            _retention(c, Place(f"tiers.retention.{tier}"), had, has)


def expiry(c: Comparison) -> None:
    """Terms for every tier, extension, grace, notices."""
    old, new = c.old.expiry, c.new.expiry
    for tier, before in c.tiers.items():
        (rank, months), (rank_after, months_after) = _term(old, before), _term(new, tier)
        if rank_after < rank or (_ENDS[rank_after] != "never" and months_after < months):
            c.worse(Place(f"expiry.term.{tier}"), _told(rank, months), _told(rank_after, months_after), "shorter")
    ends = any(_ENDS[_term(new, tier)[0]] != "never" for tier in c.tiers)
    if old.extension is not None and ends:
        if new.extension is None:
            c.worse(Place("expiry.extension"), f"{old.extension.months} months", None, "removed")
        else:
            c.not_lower(Place("expiry.extension.months"), old.extension.months, new.extension.months)
            c.not_lower(Place("expiry.extension.within_days"), old.extension.within_days, new.extension.within_days)
    c.not_lower(Place("expiry.grace_days"), old.grace_days, new.grace_days)
    c.not_narrower(Place("expiry.notice_days"), old.notice_days, new.notice_days)


def recalls(c: Comparison) -> None:
    """R-VAL-4: a clearing event is always worse, and a devaluation."""
    before = {recall.id: recall for recall in c.old.recalls}
    for recall in c.new.recalls:
        place = Place(f"recalls.{recall.id}", recall.label)
        had = before.get(recall.id)
        if had is None:
            c.worse(place, None, f"earned before {recall.earned_before}, at {recall.at}", "added", devaluation=True)
            continue
        for field, reason in (("earned_before", "later"), ("at", "earlier")):
            old, new = getattr(had, field), getattr(recall, field)
            moved = to_instant(new, c.new.timezone) - to_instant(old, c.old.timezone)
            if (moved > 0 and reason == "later") or (moved < 0 and reason == "earlier"):
                c.worse(place.at(field), c.time(old, c.old), c.time(new, c.new), reason, devaluation=True)


def refunds_and_promises(c: Comparison) -> None:
    """The debt policy, the brand's promises, and the calendar that everything is counted in."""
    c.not_below(Place("refunds.spent_points"), c.old.refunds.spent_points, c.new.refunds.spent_points, _SPENT_POINTS)
    old, new = c.old.promises, c.new.promises
    c.not_lower(Place("promises.notice_days"), old.notice_days, new.notice_days)
    until, place = old.value_guaranteed_until, Place("promises.value_guaranteed_until")
    if until is not None and until >= local_date(c.at, c.old.timezone):
        if new.value_guaranteed_until is None:
            c.worse(place, until, None, "removed", devaluation=True)
        elif new.value_guaranteed_until < until:
            c.worse(place, until, new.value_guaranteed_until, "earlier", devaluation=True)
    c.same(Place("timezone"), c.old.timezone, c.new.timezone)


def _term(expiry: Expiry, tier: str) -> tuple[int, int]:
    term = expiry.term
    if isinstance(term, NeverExpires) or tier in expiry.never_for_tiers:
        return _ENDS.index("never"), 0
    ends = "rolling" if term.policy == "rolling" else term.boundary
    return _ENDS.index(ends), term.by_tier.get(tier, term.months)


def _told(rank: int, months: int) -> str:
    if _ENDS[rank] == "never":
        return "without end"
    return f"{months} months" if _ENDS[rank] == "rolling" else f"{months} months, to the end of the {_ENDS[rank]}"


def _retention(c: Comparison, place: Place, old: Retention, new: Retention | None) -> None:
    if new is None:
        c.worse(place, _task(old), None, "removed")
        return
    (measure, needed), (measure_after, needed_after) = _task(old), _task(new)
    if measure != measure_after:
        c.worse(place, measure, measure_after, CHANGED)
    elif Fraction(needed_after) > Fraction(needed):
        c.worse(place.at(measure), needed, needed_after, "higher")


def _task(task: Retention) -> tuple[str, str]:
    measures = (("spend", task.spend), ("purchases", task.purchases), ("growth", task.growth))
    return next((name, str(value)) for name, value in measures if value is not None)
