"""What the indexer tells the node, block by block, and the promise of whoever listens.

Pure data. The node implements `Observer`; its effects are committed together with the bridge's rows and cursor.
"""

from typing import Protocol

import msgspec
import sqlalchemy as sa

from bridge.protocol.items import RejectReason
from bridge.protocol.rates import Rate


class ItemOutcome(msgspec.Struct, frozen=True):
    """What became of one of our own items. `seq` 0: it was never posted, its deadline passed before."""

    item_id: str
    kind: int
    accepted: bool
    reason: RejectReason | None
    local_points: int
    alliance_units: int
    seq: int
    item_index: int
    tx_hash: bytes
    log_index: int


class Arrival(msgspec.Struct, frozen=True):
    """A convert-in (by any brand) whose destination is our brand; its points wait at `claim_address`. With `seq` 0 a
    founder grant: only who knows the commitment knows whose it is, so it may not be for us."""

    source_brand: int
    counterparty: int
    commitment: bytes
    deadline: int
    alliance_units: int
    claim_address: bytes
    tx_hash: bytes
    seq: int
    item_index: int


class ClaimSeen(msgspec.Struct, frozen=True):
    """The destination brand claimed what our brand had sent: those conversions are complete. (Our own returns come as
    outcomes.) `item_ids`: our convert-ins whose points were at the address; usually one."""

    claim_address: bytes
    source_brand: int
    destination_brand: int
    alliance_units: int
    tx_hash: bytes
    seq: int
    item_index: int
    item_ids: list[str] = []


class BudgetMoved(msgspec.Struct, frozen=True):
    """A budget of which our brand is sponsor or beneficiary holds `units` more (negative: fewer)."""

    sponsor: int
    beneficiary: int
    terms: bytes
    deadline: int
    units: int


class RateAnnounced(msgspec.Struct, frozen=True):
    """Any brand's new rate version."""

    brand_id: int
    version: int
    rate: Rate
    announced_at: int
    effective_at: int
    guaranteed_until: int


class FinalBlock(msgspec.Struct, frozen=True):
    """A final block. `alliance_time` is the time deadlines are judged by, after the block's own events."""

    number: int
    block_hash: bytes
    timestamp: int
    alliance_time: int
    outcomes: list[ItemOutcome]
    arrivals: list[Arrival]
    rates: list[RateAnnounced]
    claims: list[ClaimSeen] = []
    budgets: list[BudgetMoved] = []

    @property
    def is_empty(self) -> bool:
        """Nothing but time passed."""
        return not (self.outcomes or self.arrivals or self.rates or self.claims or self.budgets)


class Observer(Protocol):
    """The node's side. `apply` is called once per relevant final block, in order, and for the last block of every
    range; `prepare` once before them."""

    def prepare(self, connection: sa.Connection, item_ids: list[str]) -> None:
        """Lock what the outcomes of these items of ours change, in one fixed order, before any of a range is applied:
        its blocks touch the same rows in any order. Some of them may get no outcome."""

    def apply(self, connection: sa.Connection, block: FinalBlock) -> None:
        """Write the node's effects through `connection`; do not commit. An error undoes the whole range."""
