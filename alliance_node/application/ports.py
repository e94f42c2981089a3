"""What the application needs from outside, as Protocols; adapters implement them.

Owns the seams only. `Connection` is SQLAlchemy's: the application passes it on to keep one transaction together and
never writes a statement itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.application.chain_outcomes import OwnOutcome
from alliance_node.application.records import (
    ChainReceipt,
    ConversionRow,
    ExpiryDay,
    JobProgress,
    LeaseRow,
    LoadedMember,
    LogHead,
    LogTile,
    LotTuple,
    MemberRows,
    NewNotice,
    NoticeRow,
    ProgramRow,
    QuoteRow,
    ReceivingCodeRow,
    StoredAnswer,
    StoredEvent,
    SweepRows,
    TierRules,
    WriteSet,
)
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook


class Clock(Protocol):
    """The node's time; only adapters read real clocks."""

    def now(self) -> Instant: ...


class Vault(Protocol):
    """What the ledger side asks the identity vault: whether the person behind a pseudonym is gone (erased)."""

    def erased(self, connection: Connection, member_ids: Sequence[str]) -> set[str]:
        """Those of them who asked to be forgotten."""
        ...


class Programs(Protocol):
    """The brand's program versions."""

    def book(self, connection: Connection) -> ProgramBook:
        """All versions as of this transaction. Raises NoProgramInForce (domain) when none was ever activated."""
        ...


class Database(Protocol):
    """Transactions. `write` takes the writer's lock at once (SQLite: BEGIN IMMEDIATE).

    All raise DatabaseBusy, DatabaseUnavailable; `write` and `savepoint` also TransactionAborted and RowsRejected.
    """

    def write(self) -> AbstractContextManager[Connection]: ...

    def read(self) -> AbstractContextManager[Connection]: ...

    def savepoint(self, connection: Connection) -> AbstractContextManager[None]: ...


Key = tuple[str, str]


class LimitStore(Protocol):
    """Shared limits (stock, budgets, an order's cap) and the slices of them that processes hold."""

    @property
    def holder(self) -> str | None:
        """Under which name this process holds slices; None: it never does (one writer)."""
        ...

    def limits_used(self, connection: Connection, limit_ids: Sequence[str]) -> dict[str, int]:
        """How much of each limit members have used, without a lock; limits never used are absent."""
        ...

    def lock_limits(self, connection: Connection, limit_ids: Sequence[str]) -> dict[str, int]:
        """What each limit's own row counts as used, with all slices (0 when never), rows locked in id order."""
        ...

    def leases(self, connection: Connection, limit_ids: Sequence[str]) -> list[LeaseRow]:
        """Every slice of the limits, without a lock. While the limit's own row is locked, none grows."""
        ...

    def lock_leases(self, connection: Connection, own: Sequence[str], whole: Sequence[str]) -> list[LeaseRow]:
        """This process's slice of the limits `own` and every slice of the limits `whole`, locked in (id, holder)
        order."""
        ...

    def save_limits(
        self, connection: Connection, used: Mapping[str, int], changes: Sequence[LeaseRow], gone: Sequence[str]
    ) -> None:
        """Write what the locked rows count as used, drop all slices of the limits `gone`, then add `changes` to this
        process's slices: their `rest` and `returned` are differences; a `rest` that grows brings its `capacity`."""
        ...


class LedgerStore(Database, LimitStore, Protocol):
    """The rows of the ledger, loaded and written in sets."""

    def lock_members(self, connection: Connection, member_ids: Sequence[str]) -> dict[str, LoadedMember]:
        """The members' rows without lots, locked in id order until the transaction ends; unknown ids are absent."""
        ...

    def lock_only(self, connection: Connection, member_ids: Sequence[str]) -> None:
        """The same locks without the rows."""
        ...

    def members(self, connection: Connection, member_ids: Sequence[str]) -> dict[str, LoadedMember]:
        """The rows of `lock_members` without a lock."""
        ...

    def open_lots(self, connection: Connection, member_ids: Sequence[str]) -> dict[str, list[LotTuple]]:
        """Lots with something remaining that the member's last sweep has not passed."""
        ...

    def named_lots(self, connection: Connection, lots: Sequence[tuple[str, int]]) -> dict[str, list[LotTuple]]:
        """Lots by (member id, lot no), whatever remains of them."""
        ...

    def answers(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, StoredAnswer]:
        """Stored answers by (client id, idempotency key)."""
        ...

    def decided(self, connection: Connection, keys: Sequence[Key]) -> dict[Key, StoredEvent]:
        """Events by business key (source, source event id)."""
        ...

    def referring(self, connection: Connection, origins: Sequence[tuple[str, int]]) -> list[StoredEvent]:
        """Events that refer to the given (member id, version), in stream order."""
        ...

    def stream(self, connection: Connection, member_id: str, first: int, count: int) -> list[StoredEvent]:
        """`count` events of a member from version `first` on."""
        ...

    def save(self, connection: Connection, changes: WriteSet) -> None:
        """Write a group's rows, sorted, in sets."""
        ...

    def keep_answer(self, connection: Connection, answer: StoredAnswer, created_at: Instant) -> None:
        """Store one answer. The key being taken meanwhile raises RowsRejected."""
        ...

    def forget_answers(self, connection: Connection, before: Instant) -> int:
        """Delete the answers stored before an instant; returns how many."""
        ...


class ReadStore(LedgerStore, Protocol):
    """Pages and sums for queries."""

    def events_before(
        self, connection: Connection, member_id: str, before: int | None, limit: int
    ) -> list[StoredEvent]:
        """A member's events, newest first, below version `before`."""
        ...

    def lots_after(
        self, connection: Connection, member_id: str, after: tuple[Instant, int] | None, limit: int
    ) -> list[LotTuple]:
        """A member's lots in order of (expires_at, lot_no), after the given place."""
        ...

    def account_sums(self, connection: Connection) -> list[tuple[str, str, int]]:
        """(event kind, account, sum of amounts)."""
        ...

    def counts(self, connection: Connection) -> tuple[int, int]:
        """(members, purchases)."""
        ...

    def held_points(self, connection: Connection) -> int:
        """Points held for conversions under way."""
        ...

    def unclaimed_points(self, connection: Connection) -> int:
        """Points owed to members who are gone."""
        ...

    def open_conversions(self, connection: Connection) -> int:
        """How many conversions are still under way, in either direction."""
        ...

    def conversion(self, connection: Connection, conversion_id: str) -> ConversionRow | None: ...

    def conversions_of(self, connection: Connection, member_id: str, limit: int) -> list[ConversionRow]:
        """A member's conversions, newest first."""
        ...

    def receipts(self, connection: Connection, conversion_ids: Sequence[str]) -> dict[str, list[ChainReceipt]]: ...

    def accepted_items(self, connection: Connection) -> list[ChainReceipt]:
        """Receipts of this brand's own accepted items, in chain order."""
        ...

    def close_member(self, connection: Connection, member_id: str, at: Instant) -> bool:
        """Mark a member as gone; False when unknown or gone already."""
        ...


class RebuildStore(LedgerStore, Protocol):
    """All rows, member by member."""

    def member_rows(self, connection: Connection) -> Iterator[MemberRows]:
        """Every member that any table knows, in id order; streamed."""
        ...

    def all_limits_used(self, connection: Connection) -> dict[str, int]:
        """`limits_used` of every limit that has a row."""
        ...

    def rewrite_limits(self, connection: Connection, used: Mapping[str, int]) -> None:
        """Make these limits' rows say so, and drop all slices of them."""
        ...

    def rewrite(self, connection: Connection, member_id: str, rows: WriteSet) -> None:
        """Replace a member's row, lots and entries."""
        ...


class JobStore(Database, Protocol):
    """Jobs over all members."""

    def job(self, connection: Connection, job: str) -> JobProgress | None: ...

    def save_job(self, connection: Connection, progress: JobProgress) -> None: ...

    @property
    def works_in_sets(self) -> bool:
        """Whether `sweep_set` is offered."""
        ...

    def due_members(
        self, connection: Connection, through: Instant, after: str | None
    ) -> Iterator[tuple[str, int, int]]:
        """(member id, version, points due) of members who have lots that expired after their last sweep and not after
        `through`; streamed, in id order unless the store works in sets."""
        ...

    def due_points(self, connection: Connection, member_ids: Sequence[str], through: Instant) -> dict[str, int]:
        """What remains of those lots, per member."""
        ...

    def sweep_set(
        self, connection: Connection, rows: SweepRows, due: Sequence[tuple[str, *tuple[int, ...]]]
    ) -> tuple[int, int, list[str]]:
        """Sweep these members (as `due_members` gave them) in one statement: (members swept, their points, members left
        to the domain: points mature first, or they were changed meanwhile)."""
        ...

    def tier_candidates(self, connection: Connection, rules: TierRules, after: str | None) -> Iterator[tuple[str]]:
        """Members, in id order, whom an evaluation would move or keep by their retention task; streamed."""
        ...

    def members_with_old_lots(
        self, connection: Connection, earned_before: Instant, now: Instant, after: str | None
    ) -> Iterator[tuple[str]]:
        """Members, in id order, who have something left of living lots earned before an instant; streamed."""
        ...

    def tier_counts(self, connection: Connection) -> list[tuple[str, int, int]]:
        """(tier, members, their spend) of members who have not left."""
        ...


class NoticeStore(Database, Protocol):
    """Notices that jobs write; each once for its member, kind, day and step."""

    def write_ending(self, connection: Connection, days: Sequence[ExpiryDay], now: Instant) -> int:
        """Notices of points that end on these days; how many are new."""
        ...

    def write_recalled(self, connection: Connection, announced: NewNotice, earned_before: Instant, now: Instant) -> int:
        """The same for what a recall would take; `announced` names it and its instant."""
        ...

    def add(self, connection: Connection, rows: Sequence[NewNotice], now: Instant) -> int:
        """Write these; how many are new."""
        ...

    def of_member(self, connection: Connection, member_id: str, before: int | None, limit: int) -> list[NoticeRow]:
        """A member's notices, newest first, below `before`."""
        ...

    def inbox(self, connection: Connection, after: int, limit: int) -> list[NoticeRow]:
        """Everybody's notices in order, above `after`."""
        ...


class ProgramStore(Database, Protocol):
    """The stored program versions."""

    def program_rows(self, connection: Connection) -> Sequence[ProgramRow]:
        """Oldest first."""
        ...

    def add_program(self, connection: Connection, row: ProgramRow) -> None: ...

    def remove_program(self, connection: Connection, version: int) -> None:
        """Take a version back that was never in force."""
        ...


class LogStore(Database, Protocol):
    """Tiles and heads of the sealed log, and events in commit-safe order."""

    def lock_log(self, connection: Connection) -> None:
        """Be the one sealer until the transaction ends. Raises SealerBusy."""
        ...

    def head(self, connection: Connection) -> LogHead: ...

    def unsealed(self, connection: Connection, xid: int, seq: int, limit: int) -> list[tuple[int, int, bytes]]:
        """(xid, seq, digest) after the given place, of transactions older than every one still running."""
        ...

    def sealed_digests(self, connection: Connection, head: LogHead) -> Iterator[bytes]:
        """Digests recomputed from the stored payloads, in log order up to the head; streamed."""
        ...

    def oldest_unsealed(self, connection: Connection) -> Instant | None: ...

    def leaf_of(self, connection: Connection, member_id: str, version: int) -> tuple[int, bytes] | None:
        """(leaf index, digest) of an event, if a tile covers its place."""
        ...

    def tile(self, connection: Connection, level: int, tile: int) -> LogTile | None: ...

    def save_tiles(self, connection: Connection, tiles: Sequence[LogTile]) -> None: ...

    def save_head(self, connection: Connection, head: LogHead) -> None:
        """Keep the newest head and the last one of every earlier day."""
        ...


class ConversionStore(Database, Protocol):
    """Quotes, receiving codes and conversions."""

    def add_quotes(self, connection: Connection, quotes: Sequence[QuoteRow]) -> None: ...

    def lock_quotes(self, connection: Connection, quote_ids: Sequence[str]) -> dict[str, QuoteRow]: ...

    def mark_quotes_used(self, connection: Connection, used: Mapping[str, str]) -> None:
        """quote id → conversion id."""
        ...

    def add_codes(self, connection: Connection, codes: Sequence[ReceivingCodeRow]) -> None: ...

    def codes(self, connection: Connection, commitments: Sequence[bytes]) -> dict[bytes, ReceivingCodeRow]: ...

    def add_conversions(self, connection: Connection, rows: Sequence[ConversionRow]) -> None: ...

    def lock_conversions(self, connection: Connection, conversion_ids: Sequence[str]) -> dict[str, ConversionRow]: ...

    def members_of_items(self, connection: Connection, item_ids: Sequence[str]) -> set[str]:
        """Whose conversions these items send, claim or return; nothing is locked."""
        ...

    def conversions_by_claim(self, connection: Connection, addresses: Sequence[bytes]) -> list[ConversionRow]: ...

    def conversions_by_return(self, connection: Connection, item_ids: Sequence[str]) -> dict[str, ConversionRow]: ...

    def overdue(self, connection: Connection, alliance_time: Instant, limit: int) -> list[ConversionRow]:
        """Issued conversions whose deadline has come and whose return is not under way."""
        ...

    def update_conversions(self, connection: Connection, rows: Sequence[ConversionRow]) -> None: ...

    def every_member(self, connection: Connection) -> Iterator[str]:
        """All member ids, streamed."""
        ...

    def save_receipts(self, connection: Connection, receipts: Sequence[ChainReceipt]) -> None: ...


class OutgoingConversion(msgspec.Struct, frozen=True):
    """One item for the chain, in the application's words; `kind` is "convert_in", "claim", "return", "to_wallet",
    "spend", "unspend", "fund" or "close"; or "convert_out" or "transfer", signed by a wallet: they alone have the last
    four fields."""

    item_id: str
    kind: str
    rate_version: int
    counterparty: int
    deadline: Instant
    amount: int
    payload: bytes
    account: bytes | None = None
    account_nonce: int | None = None
    minimum: int | None = None
    signature: bytes | None = None


class ConversionOutbox(Protocol):
    """Items handed to the bridge inside the caller's transaction."""

    def enqueue(self, connection: Connection, items: Sequence[OutgoingConversion]) -> Sequence[OwnOutcome]:
        """The same item again changes nothing. Returned: those that a restored node had forgotten and that the ledger
        has answered already; nobody will tell of them again."""
        ...

    def amount_of(self, connection: Connection, item_id: str) -> int | None:
        """The amount of an item that was enqueued before; None when it was not."""
        ...

    def explain(self, connection: Connection, item_id: str) -> None:
        """An item that was enqueued before is asked for again: if a restored node had put it into suspense, it is the
        node's own again."""
        ...

    def paid_account(self, connection: Connection, item_id: str) -> bytes | None:
        """Whom a transfer that was enqueued pays: only the outbox keeps it, as the public ledger does."""
        ...

    def room(self, connection: Connection, wanted: int) -> int:
        """How many of `wanted` new conversions may still wait for the ledger; asked before members are locked."""
        ...
