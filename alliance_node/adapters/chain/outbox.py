"""Items handed to the bridge inside the caller's transaction.

Owns the translation of kinds, and how many may wait.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.ports import OutgoingConversion
from bridge.protocol.items import ItemKind
from bridge.transactions.outbox import OutgoingItem, amount_of, enqueue_many
from bridge.transactions.room import room

_KINDS = {
    "convert_in": ItemKind.CONVERT_IN,
    "claim": ItemKind.CLAIM,
    "return": ItemKind.RETURN,
    "to_wallet": ItemKind.TO_WALLET,
    "spend": ItemKind.SPEND,
    "unspend": ItemKind.UNSPEND,
}


class BridgeOutbox:
    """Implements `application.ports.ConversionOutbox`; `limit` rows may wait."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def enqueue(self, connection: Connection, items: Sequence[OutgoingConversion]) -> None:
        """State HELD, in this transaction; the same id with the same content again is a no-op."""
        enqueue_many(connection, [_outgoing(item) for item in items])

    def amount_of(self, connection: Connection, item_id: str) -> int | None:
        """Of an item that was enqueued before."""
        return amount_of(connection, item_id)

    def room(self, connection: Connection, wanted: int) -> int:
        """How many of `wanted` may be enqueued now."""
        return room(connection, self._limit, wanted)


def _outgoing(item: OutgoingConversion) -> OutgoingItem:
    return OutgoingItem(
        item.item_id,
        int(_KINDS[item.kind]),
        item.rate_version,
        item.counterparty,
        item.deadline,
        item.amount,
        item.payload,
    )
