"""Owns the answers to "will I be downgraded?" and "what do I still need?" (R-TIER-8). Reads only, books nothing.

It plays the coming evaluations as if nothing more were bought: the end of the protection, the yearly decays, and the
starts of program versions already announced.
"""

from __future__ import annotations

import msgspec

from alliance_node.domain.deciding.tiers import fall, protection_from
from alliance_node.domain.growth import Boundary, after_decay, boundaries, effective_growth
from alliance_node.domain.instants import DAY_SECONDS, Instant
from alliance_node.domain.program.book import CompiledProgram, ProgramBook
from alliance_node.domain.retention import RetentionTask, retention_of
from alliance_node.domain.state import MemberState

HORIZON_SECONDS = 3660 * DAY_SECONDS
"""A fall that lies more than ten years ahead is none that a member need know of."""


class NextTier(msgspec.Struct, frozen=True):
    """The tier above: where it begins and how much is missing, in growth value or minor units of money."""

    tier: str
    at_least: int
    missing: int


class Fall(msgspec.Struct, frozen=True):
    """What happens if nothing more is bought: when, to which tier, with which value then, and how much more until then
    would keep the tier."""

    at: Instant
    to: str
    value_then: int
    missing: int


class Outlook(msgspec.Struct, frozen=True):
    """A member's place on the ladder at an instant.

    `value` is what the ladder measures (`basis` growth or spend) after all decay. `protected_until` is 0 when nothing
    protects. `kept_until` is the end of the further protection when the retention task is met already, else 0.
    `next_decay` and `decay_loss` say when growth value falls next and by how much (0: it does not).
    """

    tier: str
    basis: str
    value: int
    protected_until: Instant
    next: NextTier | None
    retention: RetentionTask | None
    kept_until: Instant
    fall: Fall | None
    next_decay: Instant
    decay_loss: int


def outlook(programs: ProgramBook, state: MemberState, now: Instant) -> Outlook:
    """The member's outlook at `now` under the versions in force and announced."""
    program = programs.at(now)
    growth = effective_growth(programs, state, now)
    value = growth if program.tier_on_growth else state.spend_minor
    protected = state.protected_until if state.protected_until > now else 0
    task = retention_of(program, state)
    coming = next(iter(boundaries(programs, now, now + HORIZON_SECONDS)), None)
    kept_until, falls = _fall(programs, state, now)
    return Outlook(
        state.tier,
        "growth" if program.tier_on_growth else "spend",
        value,
        protected,
        _next_tier(program, state, value),
        task,
        kept_until,
        falls,
        coming.at if coming is not None and growth else 0,
        growth - after_decay(growth, coming.percent) if coming is not None else 0,
    )


def _next_tier(program: CompiledProgram, state: MemberState, value: int) -> NextTier | None:
    above = program.rank_of(state.tier) + 1
    if above >= len(program.tier_ids):
        return None
    at_least = program.tier_thresholds[above]
    return NextTier(program.tier_ids[above], at_least, max(0, at_least - value))


def _fall(programs: ProgramBook, state: MemberState, now: Instant) -> tuple[Instant, Fall | None]:
    """(end of the further protection that a met retention task gives, the fall after everything)."""
    growth = effective_growth(programs, state, now)
    decays = boundaries(programs, now, now + HORIZON_SECONDS)
    first = _first_fall(programs, state, growth, decays, max(now, state.protected_until))
    if first is None:
        return 0, None
    program = programs.at(first.at)
    task = retention_of(program, state)
    if task is None or task.missing or not program.file.tiers.protection_months:
        return 0, first
    kept_until = protection_from(program, first.at)
    return kept_until, _first_fall(programs, state, growth, decays, kept_until)


def _first_fall(
    programs: ProgramBook, state: MemberState, growth: int, decays: list[Boundary], since: Instant
) -> Fall | None:
    """The first evaluation from `since` on that finds the tier not earned, retention tasks aside."""
    changes = [each.at for each in decays] + [start for start, _, _ in programs.terms()]
    for at in sorted({since, *(change for change in changes if change > since)}):
        program = programs.at(at)
        value = _growth_at(growth, decays, at) if program.tier_on_growth else state.spend_minor
        current, earned = program.rank_of(state.tier), program.earned_rank(value, value)
        if earned < current:
            target = program.tier_ids[fall(program, current, earned)]
            return Fall(at, target, value, program.tier_thresholds[current] - value)
    return None


def _growth_at(growth: int, decays: list[Boundary], at: Instant) -> int:
    for boundary in decays:
        if boundary.at <= at:
            growth = after_decay(growth, boundary.percent)
    return growth
