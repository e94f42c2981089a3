"""Import of opening balances: one line per lot, the lines of a member together; a member's opening is all or nothing.

Owns what lines of an openings file mean. A member has one opening for ever: its key is the member's id.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from alliance_node.application.importing import references
from alliance_node.application.importing.errors import FileUnusable
from alliance_node.application.importing.members import REFERENCE
from alliance_node.application.importing.ports import People
from alliance_node.application.importing.rows import Column, Item, Outcome, Rejection, Row, RowRefused, rejections_of
from alliance_node.application.importing.values import Reader
from alliance_node.application.ledger import Ledger
from alliance_node.domain.commands import ImportOpening, OpeningLot
from alliance_node.domain.deciding.opening import MAX_OPENING_LOTS, OPENING_KINDS, is_repeated
from alliance_node.domain.events import Event, OpeningImported
from alliance_node.domain.instants import FAR_FUTURE, Instant, local_date
from alliance_node.domain.program.values import MAX_POINTS

COLUMNS = (
    Column(REFERENCE, "the member, as in the members file", required=True),
    Column("amount", "points of one lot that are left; empty: the line brings no lot"),
    Column("earned_at", "when the lot was earned"),
    Column("expires_at", "when it ends (a date counts in full); the program's term when empty"),
    Column("kind", f"one of {', '.join(OPENING_KINDS)}; opening when empty"),
    Column("convertible", "true when the lot may be converted into alliance points"),
    Column("tier", "a tier of the program; what growth and spend earn when empty"),
    Column("tier_since", "when the tier was reached; now when empty"),
    Column("protected_until", "until when it is protected; the program's protection from tier_since when empty"),
    Column("growth", "growth value now"),
    Column("spend", "cumulative spend that counts for tiers, in the program's currency"),
)
_OF_THE_MEMBER = ("tier", "tier_since", "protected_until", "growth", "spend")


class Opening(msgspec.Struct, frozen=True):
    """All lines of one member."""

    reference: str
    lots: tuple[OpeningLot, ...]
    tier: str
    tier_since: Instant
    protected_until: Instant
    growth: int
    spend_minor: int

    def command(self, member_id: str, now: Instant, import_id: str) -> ImportOpening:
        return ImportOpening(
            member_id,
            member_id,
            self.lots,
            now,
            self.tier,
            self.tier_since,
            self.protected_until,
            self.growth,
            self.spend_minor,
            import_id,
        )


class Openings:
    """Implements `run.Kind`."""

    name = "openings"
    columns = COLUMNS

    def __init__(self, ledger: Ledger, people: People, reader: Reader) -> None:
        self._ledger = ledger
        self._people = people
        self._reader = reader

    def items(self, rows: Iterable[Row]) -> Iterator[Item]:
        """Each member is one item, whatever number of lines. Raises FileUnusable when a member has too many."""
        group: list[Row] = []
        owner = ""
        for row in rows:
            name = row.values.get(REFERENCE, "")
            told_apart = owner and name and group[-1].values.get(REFERENCE)
            if group and told_apart and name != owner:
                yield self._item(group)
                group = []
            owner = name or owner
            group.append(row)
            if len(group) > MAX_OPENING_LOTS:
                raise FileUnusable(
                    f"more than {MAX_OPENING_LOTS} lines from line {group[0].line} on belong to one member "
                    f"or cannot be told apart",
                    "Join lots of the same dates, or correct the lines without external_ref.",
                )
        if group:
            yield self._item(group)

    def _item(self, group: list[Row]) -> Item:
        lines = tuple(row.line for row in group)
        totals = {"members": 1, "points": sum(self._reader.readable(row.values, "amount") for row in group)}
        faults: dict[int, Rejection] = {}
        lots: list[OpeningLot] = []
        for row in group:
            try:
                lot = self._lot(row)
            except RowRefused as refusal:
                faults[row.line] = Rejection(row.line, refusal.code, refusal.message)
            else:
                lots.extend([lot] if lot is not None else [])
        if not faults:
            try:
                return Item(lines, self._opening(group, tuple(lots)), totals=totals)
            except RowRefused as refusal:
                return Item(lines, None, rejections_of(lines, lines[0], refusal.code, refusal.message), totals)
        told = rejections_of(lines, next(iter(faults)), "", "")
        return Item(lines, None, tuple(faults.get(rejection.line, rejection) for rejection in told), totals)

    def _lot(self, row: Row) -> OpeningLot | None:
        if row.problem is not None:
            raise RowRefused(*row.problem)
        read, values = self._reader, row.values
        self._people.normal(REFERENCE, read.text(values, REFERENCE))
        amount = read.whole(values, "amount")
        earned_at, expires_at = read.instant(values, "earned_at"), read.instant(values, "expires_at", end=True)
        kind, convertible = values.get("kind") or "opening", read.flag(values, "convertible")
        if kind not in OPENING_KINDS:
            raise RowRefused("unknown_kind", f"kind is none of {', '.join(OPENING_KINDS)}")
        if not values.get("amount"):
            if any(values.get(column) for column in ("earned_at", "expires_at", "kind", "convertible")):
                raise RowRefused("missing_value", "amount is empty, but the line describes a lot")
            return None
        if not amount:
            raise RowRefused("not_a_whole_number", "amount is 0; leave out lots with nothing left")
        if earned_at is None:
            raise RowRefused("missing_value", "earned_at is empty")
        return OpeningLot(amount, earned_at, expires_at, kind, convertible)

    def _opening(self, group: list[Row], lots: tuple[OpeningLot, ...]) -> Opening:
        values = _said_once(group)
        read = self._reader
        return Opening(
            self._people.normal(REFERENCE, group[0].values[REFERENCE]),
            lots,
            values.get("tier", ""),
            read.instant(values, "tier_since") or 0,
            read.instant(values, "protected_until", end=True) or 0,
            read.whole(values, "growth"),
            read.amount(values, "spend", MAX_POINTS),
        )

    def carry_out(self, connection: Connection, items: Sequence[Item], now: Instant, import_id: str) -> list[Outcome]:
        """All in the caller's transaction."""
        return references.carry_out(
            self._ledger, self._people, connection, items, now, import_id, _differs, self._totals
        )

    def _totals(self, event: Event) -> Mapping[str, int]:
        assert isinstance(event, OpeningImported)
        totals = {"members": 1, f"members.tier.{event.tier}": 1, "lots": len(event.lots)}
        totals |= {"growth": event.growth, "spend_minor": event.spend_minor}
        for lot in event.lots:
            for name in ("points", f"points.kind.{lot.kind}", f"points.expires.{self._month(lot.expires_at)}"):
                totals[name] = totals.get(name, 0) + lot.amount
        return totals

    def _month(self, expires_at: Instant) -> str:
        """The month of a lot's last local day."""
        if expires_at == FAR_FUTURE:
            return "never"
        return local_date(expires_at - 1, self._reader.timezone).strftime("%Y-%m")


def _said_once(group: list[Row]) -> Mapping[str, str]:
    """What the lines say about the member: on one line or repeated alike on several."""
    said: dict[str, str] = {}
    for row in group:
        for column in _OF_THE_MEMBER:
            value = row.values.get(column)
            if value and said.setdefault(column, value) != value:
                raise RowRefused("contradiction", f"the member's lines name different values of {column}")
    return said


def _differs(command: Any, event: Event, import_id: str) -> str:
    if isinstance(event, OpeningImported) and event.import_name == import_id:
        return "the member's lines do not stand together: the opening was imported from an earlier line of this file"
    if not is_repeated(command, event):
        return "the member's opening was imported before, with other lots, growth or spend; it is not changed"
    return ""
