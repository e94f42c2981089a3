"""A brand node's own view of its items on chain, exported to a file and compared with the chain, item by item.

Owns the file format (docs/auditing.md) and the comparison. The file is the node's word; the chain is the fact.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from bridge.audit.contracts.conversion_desk.batch import unpack_outcome
from bridge.audit.contracts.conversion_desk.kinds import ISSUING, REDEEMING
from bridge.audit.findings import Check, Finding

ITEMS = Check("node-items", "NODE-1", "the node's items are those on chain, with the same kind, points and units")
TOTALS = Check("node-totals", "NODE-2", "the node's issued and redeemed units are those on chain")
SUSPENSE = Check("node-suspense", "NODE-3", "what the node keeps in suspense is on chain, and counted with its totals")
EXPORT_CHECKS = (ITEMS, TOTALS, SUSPENSE)

# Per brand: (batch number << 16 | item index) -> packed word of the Converted event.
ChainItems = dict[int, dict[int, int]]


class NodeExportError(Exception):
    """The export file is missing or isn't in the documented form."""


class ExportedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One accepted item as the node booked it. `kind` as in `protocol.items.ItemKind`."""

    seq: int
    item_index: int
    kind: int
    local_points: int
    alliance_units: int
    item_id: str | None = None


class SuspendedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An accepted item on the brand's account at the chain that the node can't give to a member: it says so."""

    seq: int
    item_index: int
    kind: int
    alliance_units: int
    item_id: str | None = None


class ExportedBrand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All accepted items of one brand up to batch `through_seq` (all, when absent), and their sums in units; the sums
    don't count what is in `suspense`."""

    brand_id: int
    items: list[ExportedItem]
    issued: int
    redeemed: int
    through_seq: int | None = None
    suspense: list[SuspendedItem] = []


NodeExport = list[ExportedBrand]


def load_export(path: Path) -> NodeExport:
    """Raises NodeExportError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=NodeExport)
    except OSError as error:
        raise NodeExportError(f"the node export {path} cannot be read: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise NodeExportError(f"the node export {path} is not in the documented form: {error}") from error


def export_is_the_chain(export: NodeExport, on_chain: ChainItems) -> Iterator[Finding]:
    """Every exported item against the chain, and every item on chain against the export."""
    for brand in export:
        chain = {
            (key >> 16, key & 0xFFFF): packed
            for key, packed in on_chain.get(brand.brand_id, {}).items()
            if brand.through_seq is None or key >> 16 <= brand.through_seq
        }
        yield from _suspense_agrees(brand, chain)
        yield from _items_agree(brand, chain)
        yield from _totals_agree(brand, chain)


def _suspense_agrees(brand: ExportedBrand, chain: Mapping[tuple[int, int], int]) -> Iterator[Finding]:
    """Each is on chain as the node says, once, and no member's at the same time."""
    seen = {(item.seq, item.item_index) for item in brand.items}
    for item in brand.suspense:
        key = (item.seq, item.item_index)
        if key in seen:
            yield SUSPENSE.failed("each item once", f"a second row, item id {item.item_id}", _where(brand, key))
        seen.add(key)
        packed = chain.get(key)
        fact = unpack_outcome(packed) if packed is not None else None
        said = f"kind {item.kind}, {item.alliance_units} units"
        if fact is None:
            yield SUSPENSE.failed("no such accepted item on chain", said, _where(brand, key))
        elif (fact.kind, fact.alliance_units) != (item.kind, item.alliance_units):
            yield SUSPENSE.failed(f"kind {fact.kind}, {fact.alliance_units} units", said, _where(brand, key))


def suspense_of(export: NodeExport) -> dict[str, dict[str, int | str]]:
    """Per brand with some: how many items, and their units, for the report."""
    return {
        str(brand.brand_id): {
            "items": len(brand.suspense),
            "alliance_units": str(sum(item.alliance_units for item in brand.suspense)),
        }
        for brand in export
        if brand.suspense
    }


def _items_agree(brand: ExportedBrand, chain: Mapping[tuple[int, int], int]) -> Iterator[Finding]:
    seen: set[tuple[int, int]] = set()
    for item in brand.items:
        key = (item.seq, item.item_index)
        where = _where(brand, key)
        if key in seen:
            yield ITEMS.failed("each item once", f"a second row, item id {item.item_id}", where)
            continue
        seen.add(key)
        packed = chain.get(key)
        if packed is None:
            yield ITEMS.failed("no such accepted item on chain", _row(item), where)
            continue
        fact = unpack_outcome(packed)
        said = (item.kind, item.local_points, item.alliance_units)
        if said != (fact.kind, fact.local_points, fact.alliance_units):
            expected = f"kind {fact.kind}, {fact.local_points} local points, {fact.alliance_units} units"
            yield ITEMS.failed(expected, _row(item), where)
    suspended = {(item.seq, item.item_index) for item in brand.suspense}
    for key in sorted(chain.keys() - seen - suspended):
        fact = unpack_outcome(chain[key])
        on_chain = f"kind {fact.kind}, {fact.local_points} local points, {fact.alliance_units} units"
        yield ITEMS.failed(on_chain, "not in the node's export", _where(brand, key))


def _totals_agree(brand: ExportedBrand, chain: Mapping[tuple[int, int], int]) -> Iterator[Finding]:
    issued = redeemed = 0
    for packed in chain.values():
        fact = unpack_outcome(packed)
        if fact.kind in ISSUING:
            issued += fact.alliance_units
        elif fact.kind in REDEEMING:
            redeemed += fact.alliance_units
    issued -= sum(item.alliance_units for item in brand.suspense if item.kind in ISSUING)
    redeemed -= sum(item.alliance_units for item in brand.suspense if item.kind in REDEEMING)
    if (brand.issued, brand.redeemed) != (issued, redeemed):
        said = f"issued {brand.issued}, redeemed {brand.redeemed}"
        yield TOTALS.failed(f"issued {issued}, redeemed {redeemed}", said, f"brand {brand.brand_id}")


def _where(brand: ExportedBrand, key: tuple[int, int]) -> str:
    return f"brand {brand.brand_id} batch {key[0]}, item {key[1]}"


def _row(item: ExportedItem) -> str:
    return f"kind {item.kind}, {item.local_points} local points, {item.alliance_units} units"
