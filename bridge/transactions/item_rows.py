"""An item's content and its row of `bridge_item`, both ways.

Owns the mapping of columns, for items of the brand and for items that a wallet signed. The reference is not stored: it
is the id, sealed. A column holds 63 bits where the chain's fields have 64: our own items never need the last one, and
what a stranger put there is cut to the largest number. Such a row is never sent; its batch's row keeps the true bytes.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from bridge.protocol.batches import AnyItem
from bridge.protocol.items import Item
from bridge.protocol.signed_items import SignedItem

LARGEST = (1 << 63) - 1
"""What a column of a row holds."""


def content_of(fields: Mapping[str, Any] | sa.RowMapping, reference: bytes) -> AnyItem:
    """The item that a row stands for."""
    signature = fields["signature"]
    if signature is None:
        return Item(
            fields["kind"],
            fields["rate_version"],
            fields["counterparty"],
            fields["deadline"],
            fields["amount"],
            reference,
            fields["payload"],
        )
    return SignedItem(
        fields["kind"],
        fields["rate_version"],
        fields["deadline"],
        fields["amount"],
        fields["minimum"],
        fields["account_nonce"],
        fields["account"],
        reference,
        fields["payload"],
        signature[:32],
        signature[32:64],
        signature[64],
    )


def columns_of(content: AnyItem) -> dict[str, object]:
    """What a row holds of an item."""
    shared = {
        "kind": content.kind,
        "rate_version": content.rate_version,
        "deadline": content.deadline,
        "amount": content.amount,
        "payload": content.payload,
    }
    if isinstance(content, Item):
        return shared | {"counterparty": content.counterparty}
    return shared | {
        "counterparty": 0,
        "account": content.account,
        "account_nonce": content.nonce,
        "minimum": content.minimum,
        "signature": content.r + content.s + bytes([content.v]),
    }


def cut(columns: Mapping[str, object]) -> dict[str, object]:
    """The same with a stranger's too large numbers cut to what a column holds."""
    return {name: min(value, LARGEST) if isinstance(value, int) else value for name, value in columns.items()}
