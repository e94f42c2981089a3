"""Import of purchases of the time before the move: no points are given, refunds find them.

Owns what a line of a history file means.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from alliance_node.application.importing import references
from alliance_node.application.importing.members import REFERENCE
from alliance_node.application.importing.ports import People
from alliance_node.application.importing.rows import Column, Item, Outcome, Row, RowRefused, refused_item
from alliance_node.application.importing.values import Reader
from alliance_node.application.ledger import Ledger
from alliance_node.domain.commands import ImportPurchase
from alliance_node.domain.deciding.opening import is_repeated
from alliance_node.domain.events import Event, PurchaseImported, PurchaseRecorded
from alliance_node.domain.instants import Instant, local_date

COLUMNS = (
    Column(REFERENCE, "the member, as in the members file", required=True),
    Column("source", "the system that recorded the purchase, e.g. till-12", required=True),
    Column("source_event_id", "its number there; with source unique for ever", required=True),
    Column("occurred_at", "when", required=True),
    Column("amount", "money paid, such as 42.50, in the program's currency", required=True),
    Column("currency", "refused unless it is the program's; not checked when empty"),
    Column("channel", "shop when empty"),
    Column("tags", "separated by ;"),
    Column("points", "what the old system gave for it, part of the opening balance; a refund claws them back"),
)


class OldPurchase(msgspec.Struct, frozen=True):
    """A line of a history file."""

    reference: str
    source: str
    source_event_id: str
    amount_minor: int
    occurred_at: Instant
    tags: tuple[str, ...]
    channel: str
    points: int

    def command(self, member_id: str, now: Instant, import_id: str) -> ImportPurchase:
        del now, import_id
        return ImportPurchase(
            member_id,
            self.source,
            self.source_event_id,
            self.amount_minor,
            self.occurred_at,
            self.tags,
            self.channel,
            self.points,
        )


class History:
    """Implements `run.Kind`."""

    name = "history"
    columns = COLUMNS

    def __init__(self, ledger: Ledger, people: People, reader: Reader) -> None:
        self._ledger = ledger
        self._people = people
        self._reader = reader

    def items(self, rows: Iterable[Row]) -> Iterator[Item]:
        """Each line is a purchase."""
        for row in rows:
            totals = self._said(row.values)
            if row.problem is not None:
                yield refused_item(row.line, *row.problem, totals)
                continue
            try:
                yield Item((row.line,), self._purchase(row.values), totals=totals)
            except RowRefused as refusal:
                yield refused_item(row.line, refusal.code, refusal.message, totals)

    def _said(self, values: Mapping[str, str]) -> Mapping[str, int]:
        read = self._reader
        amount = read.readable(values, "amount", money=True)
        return {"purchases": 1, "amount_minor": amount, "points": read.readable(values, "points")}

    def _purchase(self, values: Mapping[str, str]) -> OldPurchase:
        read = self._reader
        reference = self._people.normal(REFERENCE, read.text(values, REFERENCE))
        source, source_event_id = read.source(values), read.text(values, "source_event_id")
        read.text(values, "amount")
        occurred_at = read.instant(values, "occurred_at")
        if occurred_at is None:
            raise RowRefused("missing_value", "occurred_at is empty")
        if values.get("currency") and values["currency"] != read.money.currency:
            raise RowRefused("wrong_currency", f"currency is not {read.money.currency}, the program's")
        tags = tuple(tag.strip() for tag in values.get("tags", "").split(";") if tag.strip())
        for tag in tags:
            read.text({"tags": tag}, "tags")
        channel = read.text({"channel": values.get("channel") or "shop"}, "channel")
        amount = read.amount(values, "amount")
        points = read.whole(values, "points")
        return OldPurchase(reference, source, source_event_id, amount, occurred_at, tags, channel, points)

    def carry_out(self, connection: Connection, items: Sequence[Item], now: Instant, import_id: str) -> list[Outcome]:
        """All in the caller's transaction."""
        return references.carry_out(
            self._ledger, self._people, connection, items, now, import_id, _differs, self._totals
        )

    def _totals(self, event: Event) -> Mapping[str, int]:
        assert isinstance(event, PurchaseImported | PurchaseRecorded)
        month = local_date(event.occurred_at, self._reader.timezone).strftime("%Y-%m")
        points = event.points if isinstance(event, PurchaseImported) else 0
        amount = event.amount_minor
        return {"purchases": 1, "amount_minor": amount, f"amount_minor.{month}": amount, "points": points}


def _differs(command: Any, event: Event, import_id: str) -> str:
    del import_id
    return "" if is_repeated(command, event) else "this purchase was recorded before with another time or points"
