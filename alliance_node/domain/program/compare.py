"""Owns the question whether a new version of a program is worse for members, and in what (R-VAL-3, R-VAL-4).

Everything counts that is worse, or that cannot be shown not to be. Judges two files; dates and notice are the business
of whoever activates a version.
"""

from __future__ import annotations

from alliance_node.domain.instants import Instant
from alliance_node.domain.program.comparing.earning import campaigns, earning, tasks
from alliance_node.domain.program.comparing.kit import Change, Comparison
from alliance_node.domain.program.comparing.lifecycle import expiry, recalls, refunds_and_promises, tiers
from alliance_node.domain.program.comparing.redemption import (
    alliance,
    benefits,
    circulation_award,
    founders,
    gifts_between_members,
    redemption,
    redemption_days,
    spending_bonus,
)
from alliance_node.domain.program.schema import ProgramFile

__all__ = ["Change", "worse_points"]

_SECTIONS = (
    earning,
    campaigns,
    tasks,
    tiers,
    expiry,
    recalls,
    redemption,
    redemption_days,
    benefits,
    gifts_between_members,
    refunds_and_promises,
    alliance,
    founders,
    spending_bonus,
    circulation_award,
)


def worse_points(old: ProgramFile, new: ProgramFile, at: Instant = 0) -> list[Change]:
    """Every point in which `new`, in force from `at`, is worse than `old`; empty when it is better or equal in all."""
    comparison = Comparison(old, new, at)
    for section in _SECTIONS:
        section(comparison)
    return comparison.changes
