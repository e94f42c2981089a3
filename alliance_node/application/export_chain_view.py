"""Use case: export what this node believes it did on the chain, for the auditor's comparison.

Owns the file's content (format in docs/auditing.md). It holds no member: items, points and units only.
"""

import msgspec

from alliance_node.application.ports import ReadStore

_KINDS = {"issued": 1, "credited": 2, "returned": 3, "minted": 4, "burnt": 9, "transferred": 10}
# By the numbers of the ledger's items: convert-in, into a wallet, fund and unspend mint; claim, return, spend, close
# and a wallet's convert-out burn.
_ISSUING, _REDEEMING = (1, 4, 5, 7), (2, 3, 6, 8, 9)


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


class BesideConversions(msgspec.Struct, frozen=True):
    """What is on the ledger beside members' conversions: items of wallets and budgets, and what is in suspense."""

    items: list[ExportedItem] = []
    suspense: list[SuspendedItem] = []


class ExportedBrand(msgspec.Struct, frozen=True):
    """All accepted items of this brand up to batch `through_seq`, and their sums in alliance units."""

    brand_id: int
    items: list[ExportedItem]
    issued: int
    redeemed: int
    through_seq: int
    suspense: list[SuspendedItem]


def export_chain_view(store: ReadStore, brand_id: int, beside: BesideConversions | None = None) -> bytes:
    """JSON; the same database gives the same bytes. `beside`: what the bridge knows of."""
    beside = beside or BesideConversions()
    with store.read() as connection:
        receipts = store.accepted_items(connection)
    conversions = [
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
    placed = {(one.seq, one.item_index) for one in conversions}
    others = [one for one in beside.items if (one.seq, one.item_index) not in placed]
    items = sorted([*conversions, *others], key=lambda one: (one.seq, one.item_index))
    issued = sum(item.alliance_units for item in items if item.kind in _ISSUING)
    redeemed = sum(item.alliance_units for item in items if item.kind in _REDEEMING)
    through = max((*(one.seq for one in items), *(one.seq for one in beside.suspense)), default=0)
    brand = ExportedBrand(brand_id, items, issued, redeemed, through, beside.suspense)
    return msgspec.json.format(msgspec.json.encode([brand]), indent=1) + b"\n"
