"""What members, brands and operators may ask: balances, lots, history, explanations, totals.

Owns reading only. Every quantity comes from the domain's one definition.
"""

import base64
from typing import Literal

import msgspec

from alliance_node.application.errors import InvalidCursor, UnknownConversion, UnknownEvent
from alliance_node.application.group import is_member_id
from alliance_node.application.ports import Programs, ReadStore
from alliance_node.application.records import ChainReceipt, ConversionRow, LotTuple, StoredEvent
from alliance_node.application.states import load_state
from alliance_node.domain import quantities
from alliance_node.domain.codecs import decode_event
from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import Event
from alliance_node.domain.explain import explain
from alliance_node.domain.growth import effective_growth
from alliance_node.domain.instants import FAR_FUTURE, Instant
from alliance_node.domain.posting import (
    BREAKAGE,
    CONVERSION_CLEARING,
    DONATION_POT,
    MEMBER_AVAILABLE,
    MEMBER_DEBT,
    MEMBER_PENDING,
    PROGRAM_COST,
    REDEMPTION,
    SPONSORED_BONUS,
)
from alliance_node.domain.program import ProgramBook

LotState = Literal["pending", "spendable", "spent", "expired"]


class BalanceView(msgspec.Struct, frozen=True):
    """Points of a member at an instant.

    `tier_progress` is what the program's ladder measures: growth value, or cumulative spend in minor units.
    """

    member_id: str
    version: int
    spendable: int
    held: int
    pending: int
    due_expiry: int
    debt: int
    tier: str
    tier_since: Instant
    protected_until: Instant
    growth: int
    tier_progress: int
    next_expiry_at: Instant | None
    next_expiry_points: int


class LotView(msgspec.Struct, frozen=True):
    """One lot; `state` as of the asked instant."""

    lot_no: int
    amount: int
    remaining: int
    earned_at: Instant
    matures_at: Instant
    expires_at: Instant
    kind: str
    convertible: bool
    state: LotState


class LotPage(msgspec.Struct, frozen=True):
    """Lots in order of expiry; `next_cursor` None on the last page."""

    lots: tuple[LotView, ...]
    next_cursor: str | None


class HistoryItem(msgspec.Struct, frozen=True):
    """One event of a member's stream: what happened and what it did to the available points."""

    version: int
    kind: str
    occurred_at: Instant
    received_at: Instant
    points: int
    reference: str | None
    receipts: tuple[ChainReceipt, ...] = ()


class HistoryPage(msgspec.Struct, frozen=True):
    """Newest first; `next_cursor` None on the last page."""

    items: tuple[HistoryItem, ...]
    next_cursor: str | None


class ConversionView(msgspec.Struct, frozen=True):
    """A conversion with where it can be looked up on chain."""

    conversion: ConversionRow
    receipts: tuple[ChainReceipt, ...]


class TotalsView(msgspec.Struct, frozen=True):
    """Since the beginning, in points. `issued` is everything that cost the program (purchases, behaviours, tasks,
    prizes), `redeemed` includes donations, `sponsored` is what sponsors' budgets paid, less what was taken back.
    `unclaimed` is owed to members who are gone; `open_conversions` counts those that are neither completed, returned,
    rejected nor unclaimed."""

    members: int
    purchases: int
    issued: int
    clawed_back: int
    redeemed: int
    expired: int
    converted_out: int
    converted_in: int
    returned: int
    sponsored: int
    liability: int
    held: int
    unclaimed: int
    open_conversions: int
    accounts: dict[str, int]


class Queries:
    """Reads over one store. Every method opens its own read transaction."""

    def __init__(self, store: ReadStore, programs: Programs) -> None:
        self.store = store
        self.programs = programs

    def balance(self, member_id: str, at: Instant) -> BalanceView:
        """Raises UnknownMember."""
        with self.store.read() as connection:
            state = load_state(self.store, connection, member_id)
            book = self.programs.book(connection)
        growth = effective_growth(book, state, at)
        open_lots = [lot for lot in state.lots.values() if quantities.is_spendable(lot, state, at)]
        next_expiry = min((lot.expires_at for lot in open_lots if lot.expires_at < FAR_FUTURE), default=None)
        return BalanceView(
            member_id,
            state.version,
            quantities.spendable(state, at),
            quantities.held(state),
            quantities.pending(state, at),
            quantities.due_expiry(state, at),
            state.debt_points,
            state.tier,
            state.tier_since,
            state.protected_until,
            growth,
            growth if book.at(at).tier_on_growth else state.spend_minor,
            next_expiry,
            sum(lot.remaining for lot in open_lots if lot.expires_at == next_expiry),
        )

    def lots(self, member_id: str, at: Instant, cursor: str | None = None, limit: int = 100) -> LotPage:
        """Raises UnknownMember, InvalidCursor."""
        after = read_cursor(cursor, 2)
        with self.store.read() as connection:
            load_state(self.store, connection, member_id)
            rows = self.store.lots_after(connection, member_id, (after[0], after[1]) if after else None, limit + 1)
        shown = rows[:limit]
        following = cursor_of(shown[-1][5], shown[-1][0]) if len(rows) > limit else None
        return LotPage(tuple(_lot_view(row, at) for row in shown), following)

    def open_lots(self, member_id: str, at: Instant) -> list[LotView]:
        """What can be spent now or will mature, the earliest expiry first. Raises UnknownMember."""
        with self.store.read() as connection:
            state = load_state(self.store, connection, member_id)
        views = (_lot_view(msgspec.structs.astuple(lot), at) for lot in state.lots.values())
        in_use = [view for view in views if view.state in ("spendable", "pending")]
        return sorted(in_use, key=lambda view: (view.expires_at, view.lot_no))

    def history(self, member_id: str, cursor: str | None = None, limit: int = 50) -> HistoryPage:
        """Raises UnknownMember, InvalidCursor."""
        before = read_cursor(cursor, 1)
        with self.store.read() as connection:
            load_state(self.store, connection, member_id)
            rows = self.store.events_before(connection, member_id, before[0] if before else None, limit + 1)
            decoded = [(row, decode_event(row.payload)) for row in rows[:limit]]
            conversions = [found for _, event in decoded if (found := getattr(event, "conversion_id", None))]
            receipts = self.store.receipts(connection, conversions)
        items = tuple(_history_item(row, event, receipts) for row, event in decoded)
        return HistoryPage(items, cursor_of(items[-1].version) if len(rows) > limit else None)

    def explanation(self, member_id: str, version: int, language: str) -> list[str]:
        """Why that event gave those points. Raises UnknownEvent; ValueError for an unknown language."""
        with self.store.read() as connection:
            rows = self.store.stream(connection, member_id, version, 1) if is_member_id(member_id) else []
            book = self.programs.book(connection)
        if not rows:
            raise UnknownEvent(f"member {str(member_id)[:64]!r} has no event {version}")
        return explain(decode_event(rows[0].payload), language, book)

    def conversion(self, conversion_id: str) -> ConversionView:
        """Raises UnknownConversion."""
        with self.store.read() as connection:
            row = self.store.conversion(connection, conversion_id) if is_member_id(conversion_id) else None
            if row is None:
                name = str(conversion_id)[:64]
                raise UnknownConversion(f"no conversion {name!r}", chinese=(f"没有转换 {name!r}", ""))
            receipts = self.store.receipts(connection, [conversion_id])
        return ConversionView(row, tuple(receipts.get(conversion_id, ())))

    def conversions(self, member_id: str, limit: int = 50) -> list[ConversionView]:
        """Newest first."""
        if not is_member_id(member_id):
            return []
        with self.store.read() as connection:
            rows = self.store.conversions_of(connection, member_id, limit)
            receipts = self.store.receipts(connection, [row.conversion_id for row in rows])
        return [ConversionView(row, tuple(receipts.get(row.conversion_id, ()))) for row in rows]

    def totals(self, at: Instant) -> TotalsView:
        """Derived from entries, never a counter; sweep to the cut-off first if expiry must be complete."""
        with self.store.read() as connection:
            sums = self.store.account_sums(connection)
            members, purchases = self.store.counts(connection)
            held = self.store.held_points(connection)
            unclaimed = self.store.unclaimed_points(connection)
            still_open = self.store.open_conversions(connection)
        return _totals(sums, members, purchases, held, unclaimed, still_open)

    def program_book(self) -> ProgramBook:
        """Every program version."""
        with self.store.read() as connection:
            return self.programs.book(connection)


def _lot_view(row: LotTuple, at: Instant) -> LotView:
    lot_no, amount, remaining, earned_at, matures_at, expires_at, kind, convertible, _ = row
    state: LotState = "spendable"
    if remaining == 0:
        state = "spent"
    elif at >= expires_at:
        state = "expired"
    elif at < matures_at:
        state = "pending"
    return LotView(lot_no, amount, remaining, earned_at, matures_at, expires_at, kind, convertible, state)


def _history_item(row: StoredEvent, event: Event, receipts: dict[str, list[ChainReceipt]]) -> HistoryItem:
    conversion_id = getattr(event, "conversion_id", None)
    reference = conversion_id or getattr(event, "redemption_id", None) or row.source_event_id
    found = tuple(receipts.get(conversion_id, ())) if conversion_id else ()
    return HistoryItem(row.version, row.kind, row.occurred_at, row.received_at, points_of(event), reference, found)


def _totals(
    sums: list[tuple[str, str, int]], members: int, purchases: int, held: int, unclaimed: int, still_open: int
) -> TotalsView:
    accounts: dict[str, int] = {}
    cell: dict[tuple[str, str], int] = {}
    for kind, account, amount in sums:
        accounts[account] = accounts.get(account, 0) + amount
        cell[kind, account] = amount
    liability = sum(accounts.get(account, 0) for account in (MEMBER_AVAILABLE, MEMBER_PENDING, MEMBER_DEBT))
    cost = [amount for (_, account), amount in cell.items() if account == PROGRAM_COST]  # each kind has one sign
    return TotalsView(
        members,
        purchases,
        -sum(amount for amount in cost if amount < 0),
        sum(amount for amount in cost if amount > 0),
        accounts.get(REDEMPTION, 0) + accounts.get(DONATION_POT, 0),
        accounts.get(BREAKAGE, 0),
        cell.get(("conversion_captured", CONVERSION_CLEARING), 0),
        -cell.get(("conversion_received", CONVERSION_CLEARING), 0),
        -cell.get(("conversion_returned", CONVERSION_CLEARING), 0),
        -accounts.get(SPONSORED_BONUS, 0),
        liability,
        held,
        unclaimed,
        still_open,
        dict(sorted(accounts.items())),
    )


def cursor_of(*places: int) -> str:
    """The text of a place in a list, for the caller to come back with."""
    return base64.urlsafe_b64encode(".".join(map(str, places)).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, count: int) -> tuple[int, ...] | None:
    """The place that a cursor names; None without one. Raises InvalidCursor."""
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        places = tuple(int(part) for part in text.split("."))
    except ValueError as error:
        raise InvalidCursor("the cursor is not one that this node handed out") from error
    if len(places) != count or any(not 0 <= place < 1 << 62 for place in places):
        raise InvalidCursor("the cursor is not one that this node handed out")
    return places
