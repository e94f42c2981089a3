"""Owns the lots of an accrual: one base lot, one bonus lot, with their dates. Decides no points."""

from __future__ import annotations

from alliance_node.domain.events import NewLot
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import MemberState

_new = tuple.__new__
"""Makes a lot without the Python call that a NamedTuple's own constructor is: every purchase makes some."""


def accrued(
    program: CompiledProgram, state: MemberState, number: int, at: Instant, base: int, bonus: int, kind: str
) -> tuple[NewLot, ...]:
    """The lots, from `number` on, of what `state` earned at `at`, which is never after now: a sender's clock that runs
    ahead holds nothing back. Only base points of purchases are convertible."""
    if not base and not bonus:
        return ()
    matures_at = at + program.pending_seconds
    expires_at = program.expires_at(at, state.tier)
    if not bonus:
        return (_new(NewLot, (number, base, at, matures_at, expires_at, kind, kind == "base")),)
    extra = _new(NewLot, (number + (base > 0), bonus, at, matures_at, expires_at, "bonus", False))
    if not base:
        return (extra,)
    return (_new(NewLot, (number, base, at, matures_at, expires_at, kind, kind == "base")), extra)
