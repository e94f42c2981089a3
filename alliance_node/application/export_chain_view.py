"""Use case: export what this node believes it did on the chain, for the auditor's comparison.

Owns the file's content (format in docs/auditing.md). It holds no member: items, points and units only.
"""

from collections.abc import Sequence

import msgspec

from alliance_node.application.ports import ReadStore

_KINDS = {"issued": 1, "credited": 2, "returned": 3}


class ExportedItem(msgspec.Struct, frozen=True):
    """One accepted item as the node booked it."""

    seq: int
    item_index: int
    kind: int
    local_points: int
    alliance_units: int
    item_id: str | None


class SuspendedItem(msgspec.Struct, frozen=True):
    """An accepted item on the brand's account at the chain that no member's conversion answers for."""

    seq: int
    item_index: int
    kind: int
    alliance_units: int
    item_id: str | None


class ExportedBrand(msgspec.Struct, frozen=True):
    """All accepted items of this brand up to batch `through_seq`, and their sums in alliance units."""

    brand_id: int
    items: list[ExportedItem]
    issued: int
    redeemed: int
    through_seq: int
    suspense: list[SuspendedItem]


def export_chain_view(store: ReadStore, brand_id: int, suspense: Sequence[SuspendedItem] = ()) -> bytes:
    """JSON; the same database gives the same bytes. `suspense`: what the bridge holds there."""
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
    issued = sum(item.alliance_units for item in items if item.kind == _KINDS["issued"])
    redeemed = sum(item.alliance_units for item in items if item.kind != _KINDS["issued"])
    through = max((*(item.seq for item in items), *(item.seq for item in suspense)), default=0)
    brand = ExportedBrand(brand_id, items, issued, redeemed, through, list(suspense))
    return msgspec.json.format(msgspec.json.encode([brand]), indent=1) + b"\n"
