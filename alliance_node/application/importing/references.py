"""Commands for members who are named by the brand's own reference: resolve, decide, tell. Shared by openings, history.

Owns the path from items with a reference to outcomes. May not know what the commands mean.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.importing.members import REFERENCE
from alliance_node.application.importing.outcomes import (
    IMPORTED_DIFFERENTLY,
    UNKNOWN_REFERENCE,
    refused_by_ledger,
    rejected,
)
from alliance_node.application.importing.ports import People
from alliance_node.application.importing.rows import Item, Outcome
from alliance_node.application.ledger import Ledger
from alliance_node.domain.commands import ImportOpening, ImportPurchase
from alliance_node.domain.events import Event, OpeningImported, PurchaseImported
from alliance_node.domain.instants import Instant


class Asked(Protocol):
    """The content of an item: whom it is about, and its command once the member is known."""

    @property
    def reference(self) -> str: ...

    def command(self, member_id: str, now: Instant, import_id: str) -> ImportOpening | ImportPurchase: ...


Differs = Callable[[Any, Event, str], str]
"""(command, the earlier event under its key, import id) → why the line cannot be imported; empty: it says the same."""

TotalsOf = Callable[[Event], Mapping[str, int]]
"""What a booked event brought."""


def carry_out(
    ledger: Ledger,
    people: People,
    connection: Connection,
    items: Sequence[Item],
    now: Instant,
    import_id: str,
    differs: Differs,
    totals_of: TotalsOf,
) -> list[Outcome]:
    """One group of the ledger for all items that name a known member; outcomes in the order given."""
    asked = {place: item.content for place, item in enumerate(items) if not item.rejections}
    known = people.known(connection, REFERENCE, sorted({content.reference for content in asked.values()}))
    outcomes = {
        place: Outcome("rejected", item.totals, item.rejections) for place, item in enumerate(items) if item.rejections
    }
    commands: dict[int, ImportOpening | ImportPurchase] = {}
    for place, content in asked.items():
        member_id = known.get(content.reference)
        if member_id is None:
            message = "no member has this external_ref; import members first"
            outcomes[place] = rejected(items[place], UNKNOWN_REFERENCE, message)
        else:
            commands[place] = content.command(member_id, now, import_id)
    results = ledger.execute_in(connection, [Envelope(command) for command in commands.values()], now)
    for (place, command), result in zip(commands.items(), results, strict=True):
        outcomes[place] = _told(items[place], command, result, import_id, differs, totals_of)
    return [outcomes[place] for place in range(len(items))]


def _told(
    item: Item,
    command: ImportOpening | ImportPurchase,
    result: Result,
    import_id: str,
    differs: Differs,
    totals_of: TotalsOf,
) -> Outcome:
    refused = refused_by_ledger(item, result)
    if refused is not None:
        return refused
    if result.outcome == "replayed":
        reason = differs(command, result.events[0], import_id)
        if reason:
            return rejected(item, IMPORTED_DIFFERENTLY, reason)
        return Outcome("already", totals_of(result.events[0]))
    imported = next(event for event in result.events if isinstance(event, OpeningImported | PurchaseImported))
    return Outcome("new", totals_of(imported))
