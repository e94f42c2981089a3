"""A brand's place in the current settlement, as its own staff see it: what to pay, what is paid, by when.

Owns the shape and the sums in fen. It may not read a chain: an adapter fills `SettlementState`.
"""

from typing import Any

import msgspec

from alliance_node.domain.instants import format_instant
from alliance_node.domain.settlement_words import due_words, payout_words, settled_words

UNITS_PER_FEN = 10


class SettlementState(msgspec.Struct, frozen=True):
    """From the ledger at one block; amounts in alliance units, dates in alliance time. `epoch` 0: none was closed."""

    block: int
    epoch: int
    phase: str
    closed_at: int
    due_at: int
    now: int
    position: int
    due: int
    claim: int
    paid_out: int
    payout_now: int
    owed_after_default: int
    collateral: int
    fund_contribution: int
    assessment_cap: int


def settlement_view(state: SettlementState) -> dict[str, Any]:
    """For API and command line. Dues are rounded up to whole fen, payouts down; the rest stays in the position."""
    due_fen = -(-state.due // UNITS_PER_FEN)
    payout_fen = state.payout_now // UNITS_PER_FEN
    waiting_fen = max(0, (state.claim - state.paid_out) // UNITS_PER_FEN - payout_fen)
    return {
        "block": state.block,
        "epoch": state.epoch,
        "phase": state.phase,
        "closed_at": _date(state.closed_at),
        "due_at": _date(state.due_at),
        "position_units": state.position,
        "due_fen": due_fen,
        "payout_now_fen": payout_fen,
        "payout_later_fen": waiting_fen,
        "paid_out_fen": state.paid_out // UNITS_PER_FEN,
        "owed_after_default_fen": -(-state.owed_after_default // UNITS_PER_FEN),
        "collateral_fen": state.collateral // UNITS_PER_FEN,
        "fund_contribution_fen": state.fund_contribution // UNITS_PER_FEN,
        "assessment_cap_fen": state.assessment_cap // UNITS_PER_FEN,
        "explanation": _words(state, due_fen, payout_fen, waiting_fen),
    }


def _words(state: SettlementState, due_fen: int, payout_fen: int, waiting_fen: int) -> dict[str, str]:
    if due_fen:
        return due_words(due_fen, _date(state.due_at) or "", state.now >= state.due_at)
    if payout_fen or waiting_fen:
        return payout_words(payout_fen, waiting_fen)
    return settled_words(state.phase)


def _date(seconds: int) -> str | None:
    return format_instant(seconds) if seconds else None
