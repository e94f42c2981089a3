"""Owns when a decision can do without a member's open lots, which are most of what there is to load.

Earning looks at lots only for what ends soon: an extension, points that are due to expire. A debt is paid from lots.
"""

from __future__ import annotations

from alliance_node.domain.commands import Command, RecordBehaviour, RecordPurchase
from alliance_node.domain.errors import NoProgramInForce
from alliance_node.domain.instants import FAR_FUTURE, Instant
from alliance_node.domain.program.book import ProgramBook
from alliance_node.domain.state import MemberState


def can_spare_lots(programs: ProgramBook, state: MemberState, command: Command, now: Instant) -> bool:
    """Whether `decide` and the balance afterwards come out the same without the lots from `lots_end_from` on."""
    if not isinstance(command, RecordPurchase | RecordBehaviour) or state.debt_points or programs.never_tiers:
        return False
    try:
        window = programs.at(command.occurred_at).extension_window
    except NoProgramInForce:  # `decide` refuses the command with the same error
        return False
    return FAR_FUTURE > state.lots_end_from > max(now, command.occurred_at) + window


def first_end(state: MemberState) -> Instant:
    """When the first of the loaded open lots ends."""
    ends = [lot.expires_at for lot in state.lots.values() if lot.remaining and lot.expires_at > state.swept_through]
    return min(ends, default=FAR_FUTURE)
