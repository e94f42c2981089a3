"""One final block, applied: our items reach their end, and the node learns what happened.

Owns the way from the chain's facts to `FinalBlock` and to CAPTURED / RELEASED. Runs inside the indexer's one commit. It
stops loudly when the chain holds a batch of our brand with another content than ours.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from bridge.indexer import grants
from bridge.indexer.founders import apply_founders
from bridge.indexer.model import Arrival, BudgetMoved, ClaimSeen, FinalBlock, ItemOutcome, RateAnnounced
from bridge.indexer.scan import PostedBatch, ScannedBlock
from bridge.protocol.batches import AnyItem, decode_batch
from bridge.protocol.claims import claim_address, commitment
from bridge.protocol.events import Converted
from bridge.protocol.items import WALLET_SIGNED, Item, ItemKind, RejectReason
from bridge.transactions import suspense
from bridge.transactions.item_rows import LARGEST
from bridge.transactions.repair import own_items
from bridge.transactions.states import BatchState, Halted, HaltReason, ItemState, TransactionState
from bridge.transactions.tables import batch, item, transaction

_CHUNK = 500
_EXPIRING = (ItemKind.CONVERT_IN, ItemKind.CLAIM, ItemKind.FUND, ItemKind.SPEND, *WALLET_SIGNED)
_UNSENT = (ItemState.HELD, ItemState.QUARANTINED)
_BUDGET_SIGNS: dict[int, int] = {ItemKind.FUND: 1, ItemKind.UNSPEND: 1, ItemKind.SPEND: -1, ItemKind.CLOSE: -1}


class ChainInvariantBroken(Exception):
    """The desk did what its promises exclude (e.g. an item without exactly one result). Nothing was applied."""


class BlockApplier:
    """Applies the blocks of one brand's view; `domain` is the desk's claim domain."""

    def __init__(self, brand_id: int, domain: bytes, reference_key: bytes) -> None:
        self._brand_id = brand_id
        self._domain = domain
        self._reference_key = reference_key

    def apply(self, connection: sa.Connection, block: ScannedBlock, alliance_time: int, *, last: bool) -> FinalBlock:
        """Write our rows for this block and say what it held. `last`: also release what can no longer land.

        Raises Halted (FOREIGN_BATCH, FORGOTTEN_BATCH), ChainInvariantBroken.
        """
        rates = [
            RateAnnounced(e.brand_id, e.version, e.rate, e.announced_at, e.effective_at, e.guaranteed_until)
            for e in block.rates
        ]
        final = FinalBlock(block.number, block.hash, block.timestamp, alliance_time, [], [], rates, [], [])
        emptied = _Emptied(connection, block.number)
        for posted in block.batches:
            items = self._items(posted)
            if posted.brand_id == self._brand_id:
                emptied.write()  # what is filled from here on was not emptied before
                final.outcomes.extend(self._own_batch(connection, block, posted))
            if items:
                self._crossings(posted, items, final, emptied)
        emptied.write()
        final.arrivals.extend(apply_founders(connection, block, self._domain, self._brand_id))
        if last:
            final.outcomes.extend(self._release_expired(connection, alliance_time))
            suspense.send_home(connection, alliance_time)
            grants.send_home(connection, alliance_time)
        return final

    def own_items(self, connection: sa.Connection, blocks: Sequence[ScannedBlock]) -> list[str]:
        """Items of ours that these blocks can end: those of their batches, and those that may expire unsent."""
        seqs = [posted.seq for block in blocks for posted in block.batches if posted.brand_id == self._brand_id]
        ends = (item.c.state.in_(_UNSENT), item.c.kind.in_(_EXPIRING), item.c.deadline <= blocks[-1].timestamp)
        found = list(connection.scalars(sa.select(item.c.item_id).where(*ends)))
        for start in range(0, len(seqs), _CHUNK):
            ours = item.c.batch_seq.in_(seqs[start : start + _CHUNK])
            found += connection.scalars(sa.select(item.c.item_id).where(ours))
        return found

    # --- our own batches -----------------------------------------------------------------------------------------

    def _own_batch(self, connection: sa.Connection, block: ScannedBlock, posted: PostedBatch) -> list[ItemOutcome]:
        row = connection.execute(sa.select(batch).where(batch.c.seq == posted.seq)).one_or_none()
        if row is None or row.items_hash != posted.items_hash:
            raise self._stranger(connection, posted)
        query = sa.select(item).where(item.c.batch_seq == posted.seq).order_by(item.c.item_index)
        query = query.with_for_update()  # whether one is in suspense may not change until its end is written
        rows = connection.execute(query).all()
        if len(rows) != len(posted.results) or [r.item for r in posted.results] != list(range(len(rows))):
            raise ChainInvariantBroken(f"batch {posted.seq}: {len(posted.results)} results for {len(rows)} items")
        outcomes = [
            _outcome(stored, result, posted, log_index)
            for stored, result, log_index in zip(rows, posted.results, posted.log_indices, strict=True)
        ]
        self._finish(connection, block, posted, rows, outcomes)
        ours = grants.answered(connection, outcomes, block.number)
        told = zip(rows, outcomes, strict=True)
        return [one for stored, one in told if not stored.in_suspense and one.item_id not in ours]

    def _finish(
        self,
        connection: sa.Connection,
        block: ScannedBlock,
        posted: PostedBatch,
        rows: Sequence["sa.Row[tuple[object, ...]]"],
        outcomes: list[ItemOutcome],
    ) -> None:
        """FINAL → CAPTURED or RELEASED, whatever the sender had already seen."""
        updates = [
            {
                "at": stored._mapping["position"],
                "state": ItemState.CAPTURED if outcome.accepted else ItemState.RELEASED,
                "reason": outcome.reason,
                "local_points": min(outcome.local_points, LARGEST),  # more: a stranger's item, cut as in `item_rows`
                "alliance_units": min(outcome.alliance_units, LARGEST),
                "block_number": block.number,
                "tx_hash": posted.tx_hash,
                "claim_address": self._address_of_own(stored) if outcome.accepted else None,
            }
            for stored, outcome in zip(rows, outcomes, strict=True)
        ]
        connection.execute(sa.update(item).where(item.c.position == sa.bindparam("at")), updates)
        done = {"state": BatchState.CAPTURED, "block_number": block.number, "block_hash": block.hash}
        connection.execute(sa.update(batch).where(batch.c.seq == posted.seq).values(done))
        landed = sa.update(transaction).where(
            transaction.c.seq == posted.seq, transaction.c.state == TransactionState.LIVE
        )
        connection.execute(landed.values(state=TransactionState.DONE))

    def _stranger(self, connection: sa.Connection, posted: PostedBatch) -> Halted:
        """A batch under our number that we did not post: forgotten by an old backup, or foreign."""
        detail = f"batch {posted.seq} in transaction 0x{posted.tx_hash.hex()} is not the one of this database"
        is_ours = bool(own_items(connection, posted, self._reference_key))
        reason = HaltReason.FORGOTTEN_BATCH if is_ours else HaltReason.FOREIGN_BATCH
        return Halted(self._brand_id, reason, detail)

    def _address_of_own(self, stored: "sa.Row[tuple[object, ...]]") -> bytes | None:
        """The claim address that a convert-in filled."""
        fields = stored._mapping
        if fields["kind"] != ItemKind.CONVERT_IN:
            return None
        return claim_address(self._domain, self._brand_id, fields["payload"], fields["deadline"])

    def _release_expired(self, connection: sa.Connection, alliance_time: int) -> list[ItemOutcome]:
        """Items that were never signed and can't be accepted any more: the chain makes it impossible (pitfall 19)."""
        query = (
            sa.update(item)
            .where(
                item.c.state.in_(_UNSENT),
                item.c.kind.in_(_EXPIRING),
                item.c.deadline <= alliance_time,
            )
            .values(state=ItemState.RELEASED, reason=RejectReason.DEADLINE_PASSED)
            .returning(item.c.item_id, item.c.kind)
        )
        reason = RejectReason.DEADLINE_PASSED
        return [
            ItemOutcome(row.item_id, row.kind, False, reason, 0, 0, 0, 0, b"", 0) for row in connection.execute(query)
        ]

    # --- what crosses between brands -----------------------------------------------------------------------------

    def _items(self, posted: PostedBatch) -> Sequence[AnyItem]:
        if not posted.items:
            return []
        items = decode_batch(posted.items, signed=posted.signed)
        if len(items) != posted.count:
            raise ChainInvariantBroken(f"batch {posted.seq} of brand {posted.brand_id} logs {posted.count} items")
        return items

    def _crossings(self, posted: PostedBatch, items: Sequence[AnyItem], final: FinalBlock, emptied: "_Emptied") -> None:
        """What a wallet signed crosses to nobody: it is the relaying brand's own outcome."""
        for result in posted.results:
            if not isinstance(result, Converted):
                continue
            content = items[result.item]
            if not isinstance(content, Item):
                continue
            if result.kind == ItemKind.CONVERT_IN and content.counterparty == self._brand_id:
                final.arrivals.append(self._arrival(posted, content, result))
            elif result.kind == ItemKind.CLAIM and content.counterparty == self._brand_id:
                seen = self._claim(posted, content, result)
                final.claims.append(seen)
                emptied.add(seen.claim_address, seen.item_ids)
            elif result.kind == ItemKind.RETURN and posted.brand_id == self._brand_id:
                emptied.add(claim_address(self._domain, self._brand_id, content.payload, content.deadline), [])
            elif (moved := self._budget(posted, content, result)) is not None:
                final.budgets.append(moved)

    def _arrival(self, posted: PostedBatch, content: Item, result: Converted) -> Arrival:
        address = claim_address(self._domain, posted.brand_id, content.payload, content.deadline)
        return Arrival(
            posted.brand_id,
            content.counterparty,
            content.payload,
            content.deadline,
            result.alliance_units,
            address,
            posted.tx_hash,
            posted.seq,
            result.item,
        )

    def _budget(self, posted: PostedBatch, content: Item, result: Converted) -> BudgetMoved | None:
        """What fills or empties a budget that our brand pays for or may spend."""
        if result.kind not in _BUDGET_SIGNS:
            return None
        pair = (posted.brand_id, content.counterparty)
        sponsor, beneficiary = reversed(pair) if result.kind in (ItemKind.SPEND, ItemKind.UNSPEND) else pair
        if self._brand_id not in pair:
            return None
        units = _BUDGET_SIGNS[result.kind] * result.alliance_units
        return BudgetMoved(sponsor, beneficiary, content.payload, content.deadline, units)

    def _claim(self, posted: PostedBatch, content: Item, result: Converted) -> ClaimSeen:
        """A claim of points that our brand issued (no item ids: somebody else had sent points to the address)."""
        secret = commitment(posted.brand_id, content.rate_version, content.payload)
        address = claim_address(self._domain, self._brand_id, secret, content.deadline)
        place = (posted.tx_hash, posted.seq, result.item)
        return ClaimSeen(address, self._brand_id, posted.brand_id, result.alliance_units, *place, [])


def _outcome(stored: "sa.Row[tuple[object, ...]]", result: object, posted: PostedBatch, log_index: int) -> ItemOutcome:
    fields = stored._mapping
    place = (posted.seq, fields["item_index"], posted.tx_hash, log_index)
    if isinstance(result, Converted):
        if result.kind != fields["kind"]:
            raise ChainInvariantBroken(f"item {fields['item_id']} came back as kind {result.kind}")
        return ItemOutcome(
            fields["item_id"], fields["kind"], True, None, result.local_points, result.alliance_units, *place
        )
    reason = RejectReason(getattr(result, "reason", 0))
    return ItemOutcome(fields["item_id"], fields["kind"], False, reason, 0, 0, *place)


class _Emptied:
    """Claim addresses that a block emptied, written as sets: one statement for hundreds of claims."""

    def __init__(self, connection: sa.Connection, number: int) -> None:
        self._connection = connection
        self._number = number
        self._waiting: dict[bytes, list[str]] = {}

    def add(self, address: bytes, item_ids: list[str]) -> None:
        """`item_ids` is filled with the convert-ins whose points were at this address, when they are written."""
        self._waiting[address] = item_ids

    def write(self) -> None:
        """Those convert-ins are complete now (those in suspense are nobody's)."""
        addresses = sorted(self._waiting)
        for start in range(0, len(addresses), _CHUNK):
            query = (
                sa.update(item)
                .where(item.c.claim_address.in_(addresses[start : start + _CHUNK]), item.c.emptied_block.is_(None))
                .values(emptied_block=self._number)
                .returning(item.c.item_id, item.c.claim_address, item.c.in_suspense)
            )
            grants.emptied(self._connection, addresses[start : start + _CHUNK], self._number)
            for row in sorted(self._connection.execute(query)):
                if not row.in_suspense:
                    self._waiting[bytes(row.claim_address)].append(row.item_id)
        self._waiting = {}
