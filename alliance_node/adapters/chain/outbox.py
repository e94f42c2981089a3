"""Items handed to the bridge inside the caller's transaction.

Owns the translation of kinds, and how many may wait.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.ports import OutgoingConversion
from bridge.protocol.items import ItemKind
from bridge.transactions.outbox import (
    ItemStatus,
    OutgoingItem,
    amount_of,
    enqueue_many,
    payload_of,
    take_out_of_suspense,
)
from bridge.transactions.room import room
from bridge.transactions.states import ItemState

_KINDS = {
    "convert_in": ItemKind.CONVERT_IN,
    "claim": ItemKind.CLAIM,
    "return": ItemKind.RETURN,
    "to_wallet": ItemKind.TO_WALLET,
    "spend": ItemKind.SPEND,
    "unspend": ItemKind.UNSPEND,
    "fund": ItemKind.FUND,
    "close": ItemKind.CLOSE,
    "convert_out": ItemKind.CONVERT_OUT,
    "transfer": ItemKind.TRANSFER,
}


class BridgeOutbox:
    """Implements `application.ports.ConversionOutbox`; `limit` rows may wait."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def enqueue(self, connection: Connection, items: Sequence[OutgoingConversion]) -> list[OwnOutcome]:
        """State HELD, in this transaction; the same id with the same content again is a no-op, or takes the item out
        of suspense: a restored node asks for what it forgot. Returns what became of those that ended meanwhile."""
        if enqueue_many(connection, [_outgoing(item) for item in items]) == len(items):
            return []
        kinds = {item.item_id: item.kind for item in items}
        return [_outcome(ended, kinds[ended.item_id]) for ended in take_out_of_suspense(connection, sorted(kinds))]

    def amount_of(self, connection: Connection, item_id: str) -> int | None:
        """Of an item that was enqueued before."""
        return amount_of(connection, item_id)

    def explain(self, connection: Connection, item_id: str) -> None:
        """Out of suspense; what became of it is known to whoever asks."""
        take_out_of_suspense(connection, [item_id])

    def paid_account(self, connection: Connection, item_id: str) -> bytes | None:
        """Whom a transfer pays."""
        payload = payload_of(connection, item_id)
        return None if payload is None else payload[12:]

    def room(self, connection: Connection, wanted: int) -> int:
        """How many of `wanted` may be enqueued now."""
        return room(connection, self._limit, wanted)


def _outcome(ended: ItemStatus, kind: str) -> OwnOutcome:
    return OwnOutcome(
        ended.item_id,
        kind,
        ended.state == ItemState.CAPTURED,
        ended.reason.name.lower() if ended.reason is not None else None,
        ended.local_points or 0,
        ended.alliance_units or 0,
        ended.seq or 0,
        ended.item_index or 0,
        ended.tx_hash or b"",
    )


def _outgoing(item: OutgoingConversion) -> OutgoingItem:
    return OutgoingItem(
        item.item_id,
        int(_KINDS[item.kind]),
        item.rate_version,
        item.counterparty,
        item.deadline,
        item.amount,
        item.payload,
        item.account,
        item.account_nonce,
        item.minimum,
        item.signature,
    )
