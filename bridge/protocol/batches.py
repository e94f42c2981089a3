"""The bytes of a batch in either of its two shapes: items of a brand (86 bytes each), or of wallets that signed (183).

Pure. Owns the choice between the two; the layouts are those of `items` and `signed_items`. A batch never mixes them.
"""

from collections.abc import Sequence

from bridge.protocol.items import Item, MalformedItems, decode_items, encode_items
from bridge.protocol.signed_items import SignedItem, decode_signed_items, encode_signed_items

AnyItem = Item | SignedItem


def is_signed(items: Sequence[AnyItem]) -> bool:
    """Whether `postSigned` takes them, not `postBatch`. Raises MalformedItems (both shapes together)."""
    found = {isinstance(item, SignedItem) for item in items}
    if len(found) > 1:
        raise MalformedItems(len(items))
    return found == {True}


def encode_batch(items: Sequence[AnyItem]) -> bytes:
    """Raises InvalidItem, MalformedItems (empty, too many, or of both shapes)."""
    signed = [item for item in items if isinstance(item, SignedItem)]
    if is_signed(items):
        return encode_signed_items(signed)
    return encode_items([item for item in items if isinstance(item, Item)])


def decode_batch(data: bytes, *, signed: bool) -> Sequence[AnyItem]:
    """The items in order. Raises MalformedItems."""
    return decode_signed_items(data) if signed else decode_items(data)
