"""Shapes of lotteries: rows, what the use cases need, and their store's seam.

Owns shapes only; no behaviour, no SQL.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.ledger import Ledger
from alliance_node.application.ports import Database
from alliance_node.domain.instants import Instant
from alliance_node.domain.lottery import Beacon, PartyTerms

DrawStatus = Literal["open", "closed", "drawing", "drawn"]


class DrawRow(msgspec.Struct, frozen=True):
    """One draw. `announcement`, `closing` and `beacon` are the published documents, canonical JSON; the salt is secret
    until the close. Tickets are never kept here: they are the ledger's redemptions."""

    draw_id: str
    option: str
    status: DrawStatus
    program_version: int
    starts: Instant
    closes: Instant
    announcement: str
    salt: bytes
    closing: str | None = None
    beacon: str | None = None
    drawn_at: Instant | None = None


class PartyRow(msgspec.Struct, frozen=True):
    """A party's seed: the brand's own is kept from the start and shown at the close, others' when they reveal it."""

    draw_id: str
    place: int
    party: str
    seed: bytes | None
    revealed_at: Instant | None


class DrawRequest(msgspec.Struct, frozen=True):
    """A draw for a lottery option; `parties` are the others, at least one: the brand is always the first."""

    draw_id: str
    option: str
    parties: tuple[PartyTerms, ...]


class DrawReport(msgspec.Struct):
    """How far the prizes are: `undelivered` names the tickets whose holder has left the program."""

    winners: int = 0
    awarded: int = 0
    undelivered: list[int] = []


class LotteryStore(Database, Protocol):
    """Draws, parties, and the tickets that the ledger holds."""

    def add_draw(self, connection: Connection, draw: DrawRow, parties: Sequence[PartyRow]) -> None: ...

    def lock_draw(self, connection: Connection, draw_id: str) -> DrawRow | None:
        """The draw, locked until the transaction ends."""
        ...

    def draw(self, connection: Connection, draw_id: str) -> DrawRow | None: ...

    def draws(self, connection: Connection) -> list[DrawRow]:
        """All draws, the newest close first."""
        ...

    def parties(self, connection: Connection, draw_id: str) -> list[PartyRow]:
        """In the announced order."""
        ...

    def save_draw(self, connection: Connection, draw: DrawRow) -> None: ...

    def save_party(self, connection: Connection, party: PartyRow) -> None: ...

    def tickets(self, connection: Connection, option: str, starts: Instant, closes: Instant) -> dict[str, int]:
        """Member id → tickets redeemed in the window and not cancelled."""
        ...


class BeaconSource(Protocol):
    """The alliance's ledger as a source of chance that nobody knew before."""

    def first_block_not_before(self, at: Instant) -> Beacon | None:
        """The first final block of that time or later, None while there is none. Raises AllianceNotConnected."""
        ...


class LotteryDesk:
    """What the use cases of a lottery work with; `chunk` prizes are given in one commit."""

    def __init__(
        self,
        ledger: Ledger,
        store: LotteryStore,
        beacons: BeaconSource | None = None,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        chunk: int = 200,
    ) -> None:
        self.ledger = ledger
        self.store = store
        self.beacons = beacons
        self.random_bytes = random_bytes
        self.chunk = chunk
