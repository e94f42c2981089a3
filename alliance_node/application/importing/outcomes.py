"""Outcomes of what was refused, by the import itself or by the ledger. Decides nothing about points."""

import msgspec

from alliance_node.application.answers import RefusedBody
from alliance_node.application.envelopes import Result
from alliance_node.application.importing.rows import Item, Outcome, rejections_of

IMPORTED_DIFFERENTLY = "imported_differently"
UNKNOWN_REFERENCE = "unknown_reference"


def rejected(item: Item, code: str, message: str) -> Outcome:
    """The whole item, its first line being the reason."""
    return Outcome("rejected", item.totals, rejections_of(item.lines, item.lines[0], code, message))


def refused_by_ledger(item: Item, result: Result) -> Outcome | None:
    """The outcome of a refused command; None when it was carried out. A defect is raised: an import stops at it."""
    if result.failure is not None:
        raise result.failure
    if result.accepted:
        return None
    body = msgspec.json.decode(result.body, type=RefusedBody)
    return rejected(item, body.code, body.message)
