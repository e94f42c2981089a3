"""What members, brands and operators may ask: balances, lots, history, explanations, previews, totals.

Owns reading only. Every quantity comes from the domain's one definition.
"""

from typing import Literal

import msgspec

from alliance_node.application.ports import LedgerStore, Programs
from alliance_node.application.records import ChainReceipt, ConversionRow
from alliance_node.domain.commands import RecordPurchase
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook


class BalanceView(msgspec.Struct, frozen=True):
    """Points of a member at an instant."""

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
    state: Literal["pending", "spendable", "spent", "expired"]


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


class PreviewView(msgspec.Struct, frozen=True):
    """What a purchase would give, and why."""

    points: int
    tier: str
    explanation: tuple[str, ...]


class TotalsView(msgspec.Struct, frozen=True):
    """Since the beginning, in points (`unclaimed` counts conversions owed to members who are gone)."""

    members: int
    purchases: int
    issued: int
    clawed_back: int
    redeemed: int
    expired: int
    converted_out: int
    converted_in: int
    returned: int
    liability: int
    held: int
    unclaimed: int
    accounts: dict[str, int]


class Queries:
    """Reads over one store. Every method opens its own read transaction."""

    def __init__(self, store: LedgerStore, programs: Programs) -> None:
        self.store = store
        self.programs = programs

    def balance(self, member_id: str, at: Instant) -> BalanceView:
        """Raises UnknownMember."""
        raise NotImplementedError

    def lots(self, member_id: str, at: Instant, cursor: str | None = None, limit: int = 100) -> LotPage:
        """Raises UnknownMember, InvalidCursor."""
        raise NotImplementedError

    def history(self, member_id: str, cursor: str | None = None, limit: int = 50) -> HistoryPage:
        """Raises UnknownMember, InvalidCursor."""
        raise NotImplementedError

    def explanation(self, member_id: str, version: int, language: str) -> list[str]:
        """Why that event gave those points. Raises UnknownEvent."""
        raise NotImplementedError

    def preview_purchase(self, command: RecordPurchase, now: Instant) -> PreviewView:
        """Raises UnknownMember and the domain's refusals."""
        raise NotImplementedError

    def conversion(self, conversion_id: str) -> ConversionView:
        """Raises UnknownConversion."""
        raise NotImplementedError

    def conversions(self, member_id: str, limit: int = 50) -> list[ConversionView]:
        """Newest first."""
        raise NotImplementedError

    def totals(self, at: Instant) -> TotalsView:
        """Derived from entries; never a counter."""
        raise NotImplementedError

    def program_book(self) -> ProgramBook:
        """Every program version."""
        raise NotImplementedError
