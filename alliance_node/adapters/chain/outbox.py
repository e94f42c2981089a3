"""Items handed to the bridge inside the caller's transaction. Owns the translation of kinds only."""

from collections.abc import Sequence

from sqlalchemy import Connection

from alliance_node.application.ports import OutgoingConversion
from bridge.protocol.items import ItemKind
from bridge.transactions.outbox import OutgoingItem, enqueue_many

_KINDS = {
    "convert_in": ItemKind.CONVERT_IN,
    "claim": ItemKind.CLAIM,
    "return": ItemKind.RETURN,
    "to_wallet": ItemKind.TO_WALLET,
    "spend": ItemKind.SPEND,
    "unspend": ItemKind.UNSPEND,
    "convert_out": ItemKind.CONVERT_OUT,
    "transfer": ItemKind.TRANSFER,
}


class BridgeOutbox:
    """Implements `application.ports.ConversionOutbox`."""

    def enqueue(self, connection: Connection, items: Sequence[OutgoingConversion]) -> None:
        """State HELD, in this transaction; the same id with the same content again is a no-op."""
        enqueue_many(connection, [_outgoing(item) for item in items])


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
