"""All events of all contracts, in order, into the model; each is checked before it is taken in.

Owns the order and the dispatch. What the events say is taken as the fact after the check has spoken, so that one wrong
fact is one finding and not a flood.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from bridge.audit.admin import AdminFacts
from bridge.audit.admin_checks import KNOWN
from bridge.audit.batch_checks import BATCH_CHECKS, MINTS
from bridge.audit.batches import PostedBatch, is_accepted, read_items
from bridge.audit.decide import decide_batch
from bridge.audit.findings import Finding
from bridge.audit.logs import Shape, shape_of, values_of
from bridge.audit.model import Alliance
from bridge.audit.node_export import ChainItems
from bridge.audit.report import Tally
from bridge.audit.source import RawBlock
from bridge.chain.hexadecimal import MalformedChainData, quantity_of

Log = dict[str, Any]


class Replay:
    """Feeds blocks into an Alliance. `contracts` maps each contract's lower-case address to its name; accepted items
    of the `recorded` brands are kept in `items`."""

    def __init__(
        self, alliance: Alliance, contracts: Mapping[str, str], tally: Tally, recorded: Collection[int] = ()
    ) -> None:
        self.alliance = alliance
        self.events = 0
        self.items: ChainItems = {brand_id: {} for brand_id in recorded}
        self._contracts = contracts
        self._tally = tally
        self._admin = AdminFacts(alliance, {name: int(address, 16) for address, name in contracts.items()}, tally)
        (self._desk,) = (bytes.fromhex(a[2:]) for a, name in contracts.items() if name == "ConversionDesk")

    def apply(self, block: RawBlock) -> None:
        """Every event of the block that is ours, transaction by transaction."""
        timestamp = quantity_of(block.header, "timestamp")
        for index, receipt in enumerate(block.receipts):
            logs = [log for log in receipt["logs"] if log["address"].lower() in self._contracts]
            if logs:
                self._tally.examine(KNOWN, len(logs))
                transaction = block.transactions[index] if index < len(block.transactions) else None
                _Transaction(self, block.number, index, timestamp, transaction).apply(logs)

    def name_of(self, log: Log) -> str:
        return self._contracts[log["address"].lower()]


class _Transaction:
    """One transaction's events: batches are gathered and judged whole, everything else at once."""

    def __init__(
        self, replay: Replay, block: int, index: int, timestamp: int, transaction: Mapping[str, Any] | None
    ) -> None:
        self.replay = replay
        self.alliance = replay.alliance
        self.where = f"block {block}, transaction {index}"
        self.timestamp = timestamp
        self.transaction = transaction
        self.batch: PostedBatch | None = None

    def apply(self, logs: Iterable[Log]) -> None:
        for log in logs:
            self.replay.events += 1
            contract = self.replay.name_of(log)
            shape = shape_of(contract, log)
            if shape is None:
                topic = (log.get("topics") or ["no topic"])[0]
                self.find(KNOWN.unchecked(f"a known event of {contract}", topic, self.where))
                continue
            try:
                values = values_of(shape, log)
            except MalformedChainData as error:
                self.find(KNOWN.failed(f"a well-formed {shape.name}", error, self.where))
                continue
            self._take(shape, values)
        self._close_batch()

    def find(self, *findings: Finding) -> None:
        self.replay._tally.add(findings)

    def _take(self, shape: Shape, values: list[int]) -> None:
        special = _SPECIAL.get((shape.contract, shape.name))
        if special is not None:
            special(self, values)
        else:
            self.replay._admin.take(shape, values, self.timestamp, self.where)

    def _batch_posted(self, values: list[int]) -> None:
        self._close_batch()
        brand_id, seq, items_hash, count = values
        self.batch = PostedBatch(
            alliance=self.alliance,
            brand_id=brand_id,
            seq=seq,
            items_hash=items_hash,
            count=count,
            timestamp=self.timestamp,
            where=f"{self.where}, brand {brand_id} batch {seq}",
            transaction=self.transaction,
            desk=self.replay._desk,
        )

    def _converted(self, values: list[int]) -> None:
        packed = values[0]
        self._outcome(packed >> 224, packed >> 184 & 0xFFFFFFFFFF, packed >> 168 & 0xFFFF, packed)

    def _rejected(self, values: list[int]) -> None:
        brand_id, seq, item, reason = values
        self._outcome(brand_id, seq, item, reason)

    def _outcome(self, brand_id: int, seq: int, item: int, outcome: int) -> None:
        if self.batch is None:
            check, _ = BATCH_CHECKS[3]
            self.find(check.failed("an outcome inside a batch", f"brand {brand_id} batch {seq}", self.where))
        else:
            self.batch.add_outcome(brand_id, seq, item, outcome)

    def _transfer(self, values: list[int]) -> None:
        sender, receiver, units = values
        if sender and receiver:
            self.alliance.move(sender, receiver, units)
        elif self.batch is None:
            self.alliance.move(sender, receiver, units)
            self.find(MINTS.failed("mints and burns inside a batch", f"{units} units outside one", self.where))
        else:
            self.batch.moves.append((sender, receiver, units))

    def _position_changed(self, values: list[int]) -> None:
        if self.batch is not None:
            brand_id, issued, redeemed = values
            self.batch.positions.append((brand_id, issued, redeemed))

    def _close_batch(self) -> None:
        batch, self.batch = self.batch, None
        if batch is None:
            return
        batch.add_up()
        _decide(batch)
        tally = self.replay._tally
        for check, run in BATCH_CHECKS:
            tally.examine(check, batch.count if check.name in _PER_ITEM else 1)
            tally.add(run(batch))
        kept = self.replay.items.get(batch.brand_id)
        if kept is not None:
            kept.update(
                {(batch.seq, item): outcome for item, outcome in batch.outcomes.items() if is_accepted(outcome)}
            )
        _take_in(batch)


_PER_ITEM = {"one-outcome-per-item", "item-decision", "rate-applied"}
_SPECIAL: dict[tuple[str, str], Callable[[_Transaction, list[int]], None]] = {
    ("ConversionDesk", "BatchPosted"): _Transaction._batch_posted,
    ("ConversionDesk", "Converted"): _Transaction._converted,
    ("ConversionDesk", "Rejected"): _Transaction._rejected,
    ("AlliancePoint", "Transfer"): _Transaction._transfer,
    ("ClearingHouse", "PositionChanged"): _Transaction._position_changed,
}


def _decide(batch: PostedBatch) -> None:
    """The items from the calldata, if they are the ones posted, and the model's answer to them."""
    call = batch.read_call()
    if call is None:
        return
    batch.items = read_items(call)
    if batch.items is not None and batch.brand is not None and len(batch.items) == batch.count:
        batch.expected = decide_batch(batch.alliance, batch.brand, batch.seq, batch.items, batch.timestamp)


def _take_in(batch: PostedBatch) -> None:
    """What the events say becomes the model."""
    alliance, brand = batch.alliance, batch.brand
    for sender, receiver, units in batch.moves:
        alliance.move(sender, receiver, units)
    alliance.batches += 1
    alliance.items += batch.count
    alliance.accepted += batch.accepted_items
    if brand is not None:
        brand.next_seq = batch.seq + 1
        brand.issued += batch.issued
        brand.redeemed += batch.redeemed
        brand.limiter.consume(batch.issued, batch.timestamp)
