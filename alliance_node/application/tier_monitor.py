"""Use case: how members and what they spent are spread over the tiers, and whether the ladder is inflated (R-TIER-1).

Owns the report and its alarms; the counting is the store's, in sets.
"""

from itertools import pairwise
from typing import Literal

import msgspec

from alliance_node.application.ports import JobStore, Programs
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import CompiledProgram


class TierRow(msgspec.Struct, frozen=True):
    """One step of the ladder, lowest first. Shares are in basis points (1/10,000), rounded down."""

    tier: str
    members: int
    members_bps: int
    spend_minor: int
    spend_bps: int


class TierAlarm(msgspec.Struct, frozen=True):
    """`inverted`: the tier has more members (`value`) than `below` (`limit`). `share`: its share of members (`value`,
    basis points) is above the program's maximum (`limit`)."""

    kind: Literal["inverted", "share"]
    tier: str
    value: int
    limit: int
    below: str = ""


class TierReport(msgspec.Struct, frozen=True):
    """The pyramid at an instant. Members who left are not counted; spend is what its members ever spent."""

    at: Instant
    members: int
    spend_minor: int
    tiers: list[TierRow]
    alarms: list[TierAlarm]


def tier_report(store: JobStore, programs: Programs, now: Instant) -> TierReport:
    """The shares of all tiers of the program in force; a tier that it no longer names counts as the lowest."""
    with store.read() as connection:
        program = programs.book(connection).at(now)
        counted = store.tier_counts(connection)
    members, spend = [0] * len(program.tier_ids), [0] * len(program.tier_ids)
    for tier, count, minor in counted:
        members[program.rank_of(tier)] += count
        spend[program.rank_of(tier)] += minor
    everybody, everything = sum(members), sum(spend)
    rows = [
        TierRow(tier, members[rank], _bps(members[rank], everybody), spend[rank], _bps(spend[rank], everything))
        for rank, tier in enumerate(program.tier_ids)
    ]
    return TierReport(now, everybody, everything, rows, [*_inverted(rows), *_too_many(program, rows, everybody)])


def _bps(part: int, whole: int) -> int:
    return part * 10_000 // whole if whole > 0 else 0


def _inverted(rows: list[TierRow]) -> list[TierAlarm]:
    return [
        TierAlarm("inverted", upper.tier, upper.members, lower.members, lower.tier)
        for lower, upper in pairwise(rows)
        if upper.members > lower.members
    ]


def _too_many(program: CompiledProgram, rows: list[TierRow], everybody: int) -> list[TierAlarm]:
    most = {share.tier: share.max_percent for share in program.file.tiers.shares}
    return [
        TierAlarm("share", row.tier, row.members_bps, most[row.tier] * 100)
        for row in rows
        if row.tier in most and row.members * 100 > most[row.tier] * everybody
    ]
