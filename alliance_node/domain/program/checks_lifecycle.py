"""Owns the checks of how a membership and its points age: tiers, decay, expiry, recalls. Each yields (path, reason)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from alliance_node.domain.instants import DAY_SECONDS
from alliance_node.domain.program.finding import Finding, Path, decimals_of
from alliance_node.domain.program.lifecycle_schema import FixedTerm, NeverExpires, Rolling
from alliance_node.domain.program.schema import ProgramFile
from alliance_node.domain.program.values import to_instant

SHORTEST_MONTH_DAYS = 28


def lifecycle_findings(program: ProgramFile) -> Iterator[Finding]:
    """Everything that refuses the program's tiers, expiry and recalls."""
    for check in (_ladder, _retention, _shares, _decay, _terms, _never, _notices, _recalls):
        yield from check(program)


def _unknown_tier(program: ProgramFile, path: Path, tier: str) -> list[Finding]:
    known = [step.id for step in program.tiers.ladder]
    return [] if tier in known else [(path, f"tier {tier} is not in the ladder ({', '.join(sorted(known))})")]


def _ladder(program: ProgramFile) -> Iterator[Finding]:
    tiers = program.tiers
    for number, tier in enumerate(tiers.ladder):
        path = ("tiers", "ladder", number, "at_least")
        if tiers.basis == "spend":
            yield from decimals_of(path, tier.at_least, program.currency_exponent, program.currency)
        elif Fraction(tier.at_least).denominator != 1:
            yield path, f"growth value {tier.at_least} must be whole"
    if tiers.basis == "growth" and len(tiers.ladder) > 1 and not program.growth.rules:
        yield ("tiers", "basis"), "nobody can rise: the ladder measures growth and growth.rules is empty"


def _retention(program: ProgramFile) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, task in enumerate(program.tiers.retention):
        path = ("tiers", "retention", number)
        yield from _unknown_tier(program, (*path, "tier"), task.tier)
        yield from decimals_of((*path, "spend"), task.spend, program.currency_exponent, program.currency)
        if task.tier == program.tiers.ladder[0].id:
            yield (*path, "tier"), f"{task.tier} is the lowest tier: nobody can lose it"
        if task.tier in seen:
            yield (*path, "tier"), f"{task.tier} has two retention tasks; a tier has one"
        if task.growth is not None and not program.growth.rules:
            yield (*path, "growth"), "nobody can do it: growth.rules is empty"
        seen.add(task.tier)
    if program.tiers.retention and not program.tiers.protection_months:
        yield ("tiers", "protection_months"), "0 months leave no time for the retention tasks"


def _shares(program: ProgramFile) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, share in enumerate(program.tiers.shares):
        path = ("tiers", "shares", number, "tier")
        yield from _unknown_tier(program, path, share.tier)
        if share.tier in seen:
            yield path, f"{share.tier} has two maxima; a tier has one"
        seen.add(share.tier)


def _decay(program: ProgramFile) -> Iterator[Finding]:
    if program.tiers.decay is not None and program.tiers.basis == "spend":
        yield ("tiers", "decay"), "only growth value decays; this ladder measures spend"


def _terms(program: ProgramFile) -> Iterator[Finding]:
    term = program.expiry.term
    if isinstance(term, NeverExpires):
        if program.expiry.extension is not None:
            yield ("expiry", "extension"), "points that never expire need no extension"
        return
    for tier in term.by_tier:
        yield from _unknown_tier(program, ("expiry", "term", "by_tier", tier), tier)
    shortest = _shortest_months(term)
    if program.earn.pending_days >= shortest * SHORTEST_MONTH_DAYS:
        yield (
            ("earn", "pending_days"),
            f"points pending for {program.earn.pending_days} days could expire first (after {shortest} months)",
        )


def _shortest_months(term: Rolling | FixedTerm) -> int:
    return min([term.months, *term.by_tier.values()])


def _never(program: ProgramFile) -> Iterator[Finding]:
    never, term = program.expiry.never_for_tiers, program.expiry.term
    path = ("expiry", "never_for_tiers")
    for number, tier in enumerate(never):
        yield from _unknown_tier(program, (*path, number), tier)
        if tier in never[:number]:
            yield (*path, number), f"{tier} is named twice"
        if not isinstance(term, NeverExpires) and tier in term.by_tier:
            yield (*path, number), f"{tier} has a term of its own in expiry.term.by_tier and never expires here"
    if never and isinstance(term, NeverExpires):
        yield path, "no points expire at all: expiry.term is never"


def _notices(program: ProgramFile) -> Iterator[Finding]:
    steps, term = program.expiry.notice_days, program.expiry.term
    path = ("expiry", "notice_days")
    if isinstance(term, NeverExpires) or "notice_days" not in program.expiry.model_fields_set:
        return  # a short term does not make the default wrong
    shortest = _shortest_months(term)
    for number, days in enumerate(steps):
        if days in steps[:number]:
            yield (*path, number), f"{days} is named twice"
        if days >= shortest * SHORTEST_MONTH_DAYS:
            yield (
                (*path, number),
                f"{days} days before their end, points that live {shortest} months are not earned yet",
            )


def _recalls(program: ProgramFile) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, recall in enumerate(program.recalls):
        path = ("recalls", number)
        before, at = (to_instant(text, program.timezone) for text in (recall.earned_before, recall.at))
        if before > at:
            yield (*path, "earned_before"), f"{recall.earned_before} is after {recall.at}: points not earned yet"
        elif before + program.earn.pending_days * DAY_SECONDS > at:
            yield (*path, "at"), f"points earned before {recall.earned_before} may be pending then, and would be missed"
        if recall.id in seen:
            yield (*path, "id"), f"{recall.id} is used twice"
        seen.add(recall.id)
