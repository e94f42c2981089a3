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
EXPORT_CHECKS = (ITEMS, TOTALS)

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


class ExportedBrand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All accepted items of one brand up to batch `through_seq` (all, when absent), and their sums in units."""

    brand_id: int
    items: list[ExportedItem]
    issued: int
    redeemed: int
    through_seq: int | None = None


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
        yield from _items_agree(brand, chain)
        yield from _totals_agree(brand, chain)


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
    for key in sorted(chain.keys() - seen):
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
    if (brand.issued, brand.redeemed) != (issued, redeemed):
        said = f"issued {brand.issued}, redeemed {brand.redeemed}"
        yield TOTALS.failed(f"issued {issued}, redeemed {redeemed}", said, f"brand {brand.brand_id}")


def _where(brand: ExportedBrand, key: tuple[int, int]) -> str:
    return f"brand {brand.brand_id} batch {key[0]}, item {key[1]}"


def _row(item: ExportedItem) -> str:
    return f"kind {item.kind}, {item.local_points} local points, {item.alliance_units} units"
