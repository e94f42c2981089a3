"""What the bridge's indexer tells the node, carried into the application inside the indexer's commit.

Owns the translation of the bridge's words and keeps what the alliance published (rates, its clock).
"""

from sqlalchemy import Connection

from alliance_node.adapters.sql.alliance_store import ClockRow, RateRow, save_clock, save_rates
from alliance_node.application.bonus_records import BudgetChange, BudgetKey, SponsoredKey
from alliance_node.application.chain_block import ArrivalSeen, ChainBlock, ClaimNoticed, apply_block
from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.founders.accelerate import accelerate_due, due_members
from alliance_node.application.founders.records import FounderDesk
from alliance_node.application.sponsor_budgets import orders_answered
from bridge.indexer.model import Arrival, BudgetMoved, ClaimSeen, FinalBlock, ItemOutcome, RateAnnounced
from bridge.protocol.items import ItemKind

_KINDS = {
    ItemKind.CONVERT_IN: "convert_in",
    ItemKind.CLAIM: "claim",
    ItemKind.RETURN: "return",
    ItemKind.TO_WALLET: "to_wallet",
    ItemKind.FUND: "fund",
    ItemKind.SPEND: "spend",
    ItemKind.UNSPEND: "unspend",
    ItemKind.CLOSE: "close",
    ItemKind.CONVERT_OUT: "convert_out",
    ItemKind.TRANSFER: "transfer",
}
_OF_MEMBERS = ("convert_in", "claim", "return", "to_wallet", "convert_out", "transfer")
"""The others belong to no conversion: the brand's own business, or a bonus."""


class NodeObserver:
    """Implements `bridge.indexer.model.Observer`."""

    def __init__(self, desk: ConversionDesk, founders: FounderDesk | None = None) -> None:
        self._desk = desk
        self._founders = founders
        self._bonuses = desk.bonuses

    def prepare(self, connection: Connection, item_ids: list[str]) -> None:
        """Locks every member whose points these items move, by id, as every group of commands does."""
        names = self._desk.store.members_of_items(connection, item_ids)
        if self._desk.bonus_store is not None:
            names |= set(self._desk.bonus_store.members(connection, item_ids))
        if self._founders is not None:
            names |= due_members(self._founders, connection)
        self._desk.ledger.store.lock_only(connection, sorted(names))

    def apply(self, connection: Connection, block: FinalBlock) -> None:
        """Everything the block means for this brand; raises what `apply_block` raises."""
        save_rates(connection, [_rate(rate) for rate in block.rates])
        save_clock(connection, ClockRow(block.number, block.block_hash, block.timestamp, block.alliance_time))
        outcomes = tuple(_outcome(outcome) for outcome in block.outcomes)
        conversions = tuple(outcome for outcome in outcomes if outcome.kind in _OF_MEMBERS)
        apply_block(self._desk, connection, _translate(block, conversions))
        if self._bonuses is not None:
            self._bonuses.budgets_moved(connection, [_moved(move, self._desk) for move in block.budgets])
            others = [outcome for outcome in outcomes if outcome.kind in ("spend", "unspend")]
            self._bonuses.answered(connection, others, block.timestamp)
        if self._desk.bonus_store is not None:
            orders = [outcome for outcome in outcomes if outcome.kind in ("fund", "close")]
            orders_answered(self._desk.bonus_store, connection, orders)
        if self._founders is not None:
            accelerate_due(self._founders, connection, block.timestamp)


def _translate(block: FinalBlock, outcomes: tuple[OwnOutcome, ...]) -> ChainBlock:
    return ChainBlock(
        block.number,
        block.timestamp,
        block.alliance_time,
        outcomes,
        tuple(_arrival(arrival) for arrival in block.arrivals),
        tuple(_claim(claim) for claim in block.claims),
    )


def _outcome(outcome: ItemOutcome) -> OwnOutcome:
    return OwnOutcome(
        outcome.item_id,
        _KINDS[ItemKind(outcome.kind)],
        outcome.accepted,
        outcome.reason.name.lower() if outcome.reason is not None else None,
        outcome.local_points,
        outcome.alliance_units,
        outcome.seq,
        outcome.item_index,
        outcome.tx_hash,
    )


def _arrival(arrival: Arrival) -> ArrivalSeen:
    return ArrivalSeen(
        arrival.source_brand,
        arrival.commitment,
        arrival.deadline,
        arrival.alliance_units,
        arrival.claim_address,
        arrival.seq,
        arrival.item_index,
        arrival.tx_hash,
    )


def _moved(move: BudgetMoved, desk: ConversionDesk) -> BudgetChange:
    if move.beneficiary == desk.directory.brand_id:
        return BudgetChange(BudgetKey(move.sponsor, move.terms, move.deadline), move.units)
    return BudgetChange(SponsoredKey(move.beneficiary, move.terms, move.deadline), move.units)


def _claim(claim: ClaimSeen) -> ClaimNoticed:
    return ClaimNoticed(tuple(claim.item_ids), claim.seq, claim.item_index, claim.tx_hash)


def _rate(rate: RateAnnounced) -> RateRow:
    return RateRow(
        rate.brand_id,
        rate.version,
        rate.rate.in_numerator,
        rate.rate.in_denominator,
        rate.rate.out_numerator,
        rate.rate.out_denominator,
        rate.announced_at,
        rate.effective_at,
        rate.guaranteed_until,
    )
