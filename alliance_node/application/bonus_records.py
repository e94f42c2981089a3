"""What is kept of sponsored points: promises with their items, budgets as indexed, and what this brand orders as a
sponsor. Owns the shapes and the port; the steps are in `spending_bonuses` and `sponsor_budgets`.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.domain.instants import Instant

BonusKind = Literal["bonus", "award"]
BonusStatus = Literal["spending", "paid", "refused", "cancelled", "unspending", "returned", "kept"]
"""spending: SPEND under way · paid · refused: by the ledger · cancelled: with its redemption while SPEND is under way ·
unspending: UNSPEND under way · returned: the budget has its units again · kept: the ledger refused to take them, which
an operator is told."""
OrderStatus = Literal["waiting", "done", "refused"]


class BudgetKey(msgspec.Struct, frozen=True):
    """A budget of which this brand is the beneficiary."""

    sponsor: int
    terms: bytes
    deadline: Instant


class SponsoredKey(msgspec.Struct, frozen=True):
    """A budget of which this brand is the sponsor."""

    beneficiary: int
    terms: bytes
    deadline: Instant


class BudgetChange(msgspec.Struct, frozen=True):
    """What a final block did to a budget of this brand."""

    budget: BudgetKey | SponsoredKey
    units: int


class BudgetUnits(msgspec.Struct, frozen=True):
    """What a budget held after the last final block."""

    budget: BudgetKey | SponsoredKey
    units: int


class BonusRow(msgspec.Struct, frozen=True):
    """One promised bonus or award of `points`, and its item."""

    item_id: str
    kind: BonusKind
    redemption_id: str
    member_id: str
    budget: BudgetKey
    points: int
    units: int
    status: BonusStatus
    reason: str | None
    unspend_item_id: str | None
    updated_at: Instant


class BudgetOrder(msgspec.Struct, frozen=True):
    """A FUND or CLOSE that this brand handed to its bridge; `units` of a CLOSE are what it took back."""

    item_id: str
    kind: Literal["fund", "close"]
    budget: SponsoredKey
    units: int
    status: OrderStatus
    reason: str | None
    ordered_at: Instant


class BonusStore(Protocol):
    """Every method inside the caller's transaction."""

    def move(self, connection: Connection, change: BudgetChange) -> None: ...

    def budgets(self, connection: Connection) -> list[BudgetUnits]:
        """All of them, those to spend first, the next deadline first."""
        ...

    def units_left(self, connection: Connection, budget: BudgetKey) -> int:
        """What the last final block left in it, less what SPENDs under way ask for."""
        ...

    def add(self, connection: Connection, row: BonusRow) -> None: ...

    def members(self, connection: Connection, item_ids: Sequence[str]) -> list[str]:
        """Whose bonuses these items belong to, sorted; nothing is locked: members are locked before bonuses."""
        ...

    def known(self, connection: Connection, item_ids: Sequence[str]) -> set[str]:
        """Those that belong to a bonus or to an order."""
        ...

    def lock(self, connection: Connection, item_ids: Sequence[str]) -> dict[str, BonusRow]:
        """By the id of the SPEND."""
        ...

    def by_unspend(self, connection: Connection, item_ids: Sequence[str]) -> dict[str, BonusRow]: ...

    def in_status(self, connection: Connection, *statuses: BonusStatus) -> list[BonusRow]:
        """The oldest first; nothing is locked."""
        ...

    def of_member(self, connection: Connection, member_id: str) -> list[BonusRow]:
        """What a member is promised and was not answered yet."""
        ...

    def save(self, connection: Connection, rows: Sequence[BonusRow]) -> None: ...

    def orders(self, connection: Connection) -> list[BudgetOrder]:
        """The oldest first."""
        ...

    def lock_orders(self, connection: Connection, item_ids: Sequence[str]) -> dict[str, BudgetOrder]: ...

    def add_order(self, connection: Connection, order: BudgetOrder) -> None: ...

    def save_orders(self, connection: Connection, orders: Sequence[BudgetOrder]) -> None: ...
