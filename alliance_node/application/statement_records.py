"""What statements are made of, as rows, and what making them needs from outside."""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.ports import Database
from alliance_node.application.records import LogHead
from alliance_node.domain.instants import Instant

Lines = Callable[[], Sequence[tuple[str, int]]]
"""A statement's lines, read only when they are needed."""


class Anchor(msgspec.Struct, frozen=True):
    """The sealed log as it stood on a day (since 1970-01-01, UTC). `swept_through`: the newest finished sweep in it."""

    day: int
    size: int
    root: bytes
    last_xid: int
    last_seq: int
    swept_through: Instant
    taken_at: Instant
    published_block: int | None = None


class StatementRow(msgspec.Struct, frozen=True):
    """A month's statement; `month` counts from January 1970."""

    month: int
    cut_off: Instant
    head_day: int
    log_size: int
    log_root: bytes
    liabilities_root: bytes
    total_points: int
    leaves: int
    rate_version: int
    made_at: Instant
    published_block: int | None = None


class StatementStore(Database, Protocol):
    """Heads, statements and their lines, and the journal as it stood at a place of the sealed log."""

    def last_anchor(self, connection: Connection) -> Anchor | None: ...

    def anchors(self, connection: Connection, after_day: int, through_day: int) -> list[Anchor]: ...

    def unpublished_anchors(self, connection: Connection) -> list[Anchor]: ...

    def add_anchors(self, connection: Connection, anchors: Sequence[Anchor]) -> None: ...

    def heads_sealed_from(self, connection: Connection, at: Instant) -> list[LogHead]:
        """The newest head, and the last one of every earlier day (UTC), sealed at or after an instant; oldest first."""
        ...

    def first_received_at(self, connection: Connection) -> Instant | None:
        """When the first event of all came in; None before it."""
        ...

    def finished_sweep(self, connection: Connection, job: str) -> Instant:
        """The cut-off of the newest finished run of the job; 0 when there was none."""
        ...

    def liabilities(self, connection: Connection, anchor: Anchor) -> list[tuple[str, int]]:
        """(member, points) of everybody whose points at the anchor's place of the log are not zero, by member id."""
        ...

    def member_accounts(self, connection: Connection, anchor: Anchor) -> int:
        """The journal's total over the members' accounts at the same place."""
        ...

    def statement(self, connection: Connection, month: int) -> StatementRow | None: ...

    def statements(self, connection: Connection) -> list[StatementRow]:
        """All, oldest first."""
        ...

    def add_statement(
        self, connection: Connection, statement: StatementRow, lines: Sequence[tuple[str, int]]
    ) -> None: ...

    def lines(self, connection: Connection, month: int) -> list[tuple[str, int]]: ...

    def points_of(self, connection: Connection, month: int, member_id: str) -> int | None: ...

    def months_of(self, connection: Connection, member_id: str) -> list[int]:
        """Months whose statement lists the member, newest first."""
        ...

    def note_published(
        self, connection: Connection, days: Sequence[int], months: Sequence[int], block: int
    ) -> None: ...


class TreeSummary(msgspec.Struct, frozen=True):
    """What a tree of liabilities says of itself."""

    root: bytes
    total_points: int
    leaves: int


class Publication(msgspec.Struct, frozen=True):
    """How far publishing is: records not yet final on chain, and the transaction that this step sent."""

    waiting: int
    sent: bytes | None


class StatementLedger(Protocol):
    """The alliance's side of statements: the tree that everybody computes alike, the files, the registry."""

    def summary(self, month: int, lines: Sequence[tuple[str, int]]) -> TreeSummary: ...

    def rate_version(self, connection: Connection, at: Instant) -> int:
        """The brand's published rate in force at an instant; 0 when there was none. Raises AllianceNotConnected."""
        ...

    def publish(self) -> Publication:
        """One step towards having every record on chain. Raises AllianceNotConnected, PublicationStopped."""
        ...

    def statement_file(
        self,
        statement: StatementRow,
        lines: Sequence[tuple[str, int]],
        heads: Sequence[tuple[Anchor, Sequence[bytes]]],
    ) -> bytes: ...

    def inclusion_file(self, statement: StatementRow, lines: Lines, member_id: str) -> bytes: ...
