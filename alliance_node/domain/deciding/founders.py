"""Owns the founder membership's accelerator (R-NFT-1): what it adds to a purchase, and what refunds take of that.

Who held which membership when is a fact of the alliance's ledger and comes with the command; it is never guessed here.
"""

from __future__ import annotations

from collections.abc import Iterable

from alliance_node.domain.commands import AccelerateEarning
from alliance_node.domain.deciding.accruing import accrued
from alliance_node.domain.deciding.clawback import Share
from alliance_node.domain.deciding.guards import check_not_future
from alliance_node.domain.errors import NothingToAccelerate, UnknownPurchase
from alliance_node.domain.event_facts import PurchaseHistory
from alliance_node.domain.events import EarningAccelerated, Event, PurchaseRecorded, PurchaseRefunded
from alliance_node.domain.instants import Instant
from alliance_node.domain.program.book import CompiledProgram
from alliance_node.domain.state import MemberState


def decide_acceleration(
    program: CompiledProgram,
    state: MemberState,
    command: AccelerateEarning,
    now: Instant,
    history: PurchaseHistory | None,
) -> list[Event]:
    """The percentage of what the purchase earned, less the share that was refunded since. Raises `UnknownPurchase`,
    `NothingToAccelerate`."""
    check_not_future(command.occurred_at, now)
    if history is None or not isinstance(history.purchase, PurchaseRecorded):
        raise UnknownPurchase(
            f"no purchase {command.source!r} / {command.source_event_id!r} of this member",
            f"该会员没有消费 {command.source!r} / {command.source_event_id!r}",
        )
    purchase = history.purchase
    percent, full = founder_percent(program), founder_points(program, purchase)
    left = full - _refunded(purchase, history.later).of(full)
    if not left:
        raise NothingToAccelerate(
            f"{percent} % of the purchase's {_earned(purchase)} points, less what was refunded, is no whole point",
            f"该笔消费 {_earned(purchase)} 分的 {percent}%，扣除退款后不足一分",
        )
    at = min(purchase.occurred_at, now)
    lots = accrued(program, state, state.next_lot_no, at, 0, left, "bonus")
    trace = (("founders", "founder", left, (_earned(purchase), percent, command.token_id)),)
    return [
        EarningAccelerated(
            at, program.version, command.source, command.source_event_id, command.token_id, full, lots, trace
        )
    ]


def founder_percent(program: CompiledProgram) -> int:
    """What founders earn on top, in percent; 0 when the program has no such section."""
    founders = program.file.founders
    return founders.extra_percent if founders is not None else 0


def founder_points(program: CompiledProgram, purchase: PurchaseRecorded) -> int:
    """What the accelerator adds to the whole purchase, rounded down."""
    return _earned(purchase) * founder_percent(program) // 100


def still_added(later: Iterable[Event], share: Share) -> list[tuple[int, int]]:
    """Of each lot that the accelerator added, how much is undone in all when `share` of the purchase is."""
    return [
        (lot.lot_no, share.of(event.points_in_full) - (event.points_in_full - lot.amount))
        for event in later
        if isinstance(event, EarningAccelerated)
        for lot in event.lots
    ]


def _earned(purchase: PurchaseRecorded) -> int:
    return sum(lot.amount for lot in purchase.lots)


def _refunded(purchase: PurchaseRecorded, later: Iterable[Event]) -> Share:
    refunds = [event for event in later if isinstance(event, PurchaseRefunded)]
    amount = sum(event.amount_minor for event in refunds)
    return Share(amount, purchase.amount_minor) if purchase.amount_minor else Share(len(refunds), 1)
