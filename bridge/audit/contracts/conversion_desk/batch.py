"""One posted batch as the chain shows it: the call, who signed it, the events, the token's moves.

Owns reading a batch out of a transaction. It may not judge: batch_checks does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bridge.audit.contracts.brand_registry import Brand, Registry
from bridge.audit.contracts.conversion_desk.decide import Decision
from bridge.audit.contracts.conversion_desk.kinds import ISSUING, KINDS, REDEEMING
from bridge.audit.contracts.conversion_desk.wallets import account_of
from bridge.audit.model import Alliance
from bridge.chain.hexadecimal import MalformedChainData, data_of, parse_data
from bridge.protocol.items import Item, MalformedItems, decode_items
from bridge.protocol.keccak import keccak
from bridge.protocol.signed_items import SignedItem, decode_signed_items

POST_BATCH = bytes(keccak(b"postBatch(uint32,uint40,bytes)")[:4])
POST_SIGNED = bytes(keccak(b"postSigned(uint32,uint40,bytes)")[:4])
_POST_SIGNED_TEXT = f"0x{POST_SIGNED.hex()}"
UINT64 = (1 << 64) - 1


@dataclass(slots=True)
class Desk:
    """The last batch number of each brand, counts, and of the brands in `recorded` every accepted item: batch number
    shifted left by 16 bits with the item's index in the low ones -> packed word of its Converted event."""

    last_seq: dict[int, int] = field(default_factory=dict)
    items: int = 0
    accepted: int = 0
    batches: int = 0
    recorded: dict[int, dict[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchCall:
    """The arguments of `postBatch` or `postSigned`, from the calldata."""

    brand_id: int
    seq: int
    items: bytes
    is_signed: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A `Converted` event's fields."""

    kind: int
    rate_version: int
    local_points: int
    alliance_units: int


def unpack_outcome(packed: int) -> Accepted:
    return Accepted(packed >> 160 & 0xFF, packed >> 128 & 0xFFFFFFFF, packed >> 64 & UINT64, packed & UINT64)


def is_accepted(outcome: int) -> bool:
    """An outcome is a reject reason (one byte) or the packed word of an accepted item."""
    return outcome > 0xFF


@dataclass(slots=True)
class PostedBatch:
    """Filled while logs are read. `transaction` is None when the RPC does not show it; `expected` is the
    model's answer, None when it has none."""

    alliance: Alliance
    brand_id: int
    seq: int
    items_hash: int
    count: int
    timestamp: int
    where: str
    transaction: Mapping[str, Any] | None
    desk: bytes
    outcomes: dict[int, int] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    moves: list[tuple[int, int, int]] = field(default_factory=list)
    positions: list[tuple[int, int, int]] = field(default_factory=list)
    items: list[Item] | list[SignedItem] | None = None
    issued: int = 0
    redeemed: int = 0
    accepted_items: int = 0
    expected: Decision | None = None

    @property
    def brand(self) -> Brand | None:
        return self.alliance.of(Registry).brands.get(self.brand_id)

    @property
    def called_directly(self) -> bool:
        """By the signer itself, so that the items are in the transaction's own calldata."""
        to = None if self.transaction is None else self.transaction.get("to")
        try:
            return to is not None and parse_data(to, "to") == self.desk
        except MalformedChainData:
            return False

    @property
    def is_signed(self) -> bool:
        """Of items that wallets signed."""
        call = None if self.transaction is None else self.transaction.get("input")
        return isinstance(call, str) and call[:10].lower() == _POST_SIGNED_TEXT  # asked for every move: not decoded

    def read_call(self) -> BatchCall | None:
        """The posted batch as the calldata shows it, if it is there."""
        return read_call(self.transaction) if self.transaction is not None and self.called_directly else None

    def add_outcome(self, brand_id: int, seq: int, item: int, outcome: int) -> None:
        """A Converted or Rejected event; one that is foreign, out of range or a second one is a stray."""
        if (brand_id, seq) != (self.brand_id, self.seq) or item >= self.count or item in self.outcomes:
            self.strays.append(f"brand {brand_id} batch {seq} item {item}")
        else:
            self.outcomes[item] = outcome

    def accepted(self) -> Iterator[tuple[int, Accepted]]:
        """(item index, fields) of every item that the chain says was carried out, in the order of the events."""
        for index, outcome in self.outcomes.items():
            if is_accepted(outcome):
                yield index, unpack_outcome(outcome)

    def holder(self, index: int, item: Item | SignedItem) -> int | None:
        """The address that item `index` fills or empties; None for a kind that nobody knows."""
        known = self.expected.holders.get(index) if self.expected is not None else None
        if isinstance(item, SignedItem):
            return account_of(item)
        kind = KINDS.get(item.kind)
        if known is not None or kind is None:
            return known
        return kind.holder(self.alliance.domains, self.brand_id, item)

    def add_up(self) -> None:
        """Fill `issued`, `redeemed` and `accepted_items` once all outcomes are there."""
        for outcome in self.outcomes.values():
            if is_accepted(outcome):
                self.accepted_items += 1
                kind = outcome >> 160 & 0xFF
                if kind in ISSUING:
                    self.issued += outcome & UINT64
                elif kind in REDEEMING:
                    self.redeemed += outcome & UINT64


def read_call(transaction: Mapping[str, Any]) -> BatchCall | None:
    """The batch in a transaction's calldata; None when it calls something else, or is malformed."""
    try:
        data = data_of(transaction, "input")
    except MalformedChainData:
        return None
    if data[:4] not in (POST_BATCH, POST_SIGNED) or len(data) < 4 + 4 * 32 or _word(data, 2) != 96:
        return None
    size = _word(data, 3)
    items = data[132 : 132 + size]
    return BatchCall(_word(data, 0), _word(data, 1), items, data[:4] == POST_SIGNED) if len(items) == size else None


def read_items(call: BatchCall) -> list[Item] | list[SignedItem] | None:
    try:
        return decode_signed_items(call.items) if call.is_signed else decode_items(call.items)
    except MalformedItems:
        return None


def _word(data: bytes, index: int) -> int:
    return int.from_bytes(data[4 + 32 * index : 36 + 32 * index], "big")
