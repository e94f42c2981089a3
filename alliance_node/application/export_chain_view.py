"""Use case: export what this node believes it did on the chain, for the auditor's comparison.

Owns the file's content (format in docs/auditing.md). It holds no member: items, points and units only.
"""

import msgspec

from alliance_node.application.ports import ReadStore

_KINDS = {"issued": 1, "credited": 2, "returned": 3, "minted": 4, "burnt": 9, "transferred": 10}
_ISSUING = ("issued", "minted")
_REDEEMING = ("credited", "returned", "burnt")


class ExportedItem(msgspec.Struct, frozen=True):
    """One accepted item as the node booked it."""

    seq: int
    item_index: int
    kind: int
    local_points: int
    alliance_units: int
    item_id: str | None


class ExportedBrand(msgspec.Struct, frozen=True):
    """All accepted items of this brand up to batch `through_seq`, and their sums in alliance units."""

    brand_id: int
    items: list[ExportedItem]
    issued: int
    redeemed: int
    through_seq: int


def export_chain_view(store: ReadStore, brand_id: int) -> bytes:
    """JSON; the same database gives the same bytes."""
    with store.read() as connection:
        receipts = store.accepted_items(connection)
    items = [
        ExportedItem(
            receipt.seq,
            receipt.item_index,
            _KINDS[receipt.step],
            receipt.local_points,
            receipt.alliance_units,
            receipt.conversion_id,
        )
        for receipt in receipts
    ]
    issued = sum(receipt.alliance_units for receipt in receipts if receipt.step in _ISSUING)
    redeemed = sum(receipt.alliance_units for receipt in receipts if receipt.step in _REDEEMING)
    through = max((item.seq for item in items), default=0)
    brand = ExportedBrand(brand_id, items, issued, redeemed, through)
    return msgspec.json.format(msgspec.json.encode([brand]), indent=1) + b"\n"
