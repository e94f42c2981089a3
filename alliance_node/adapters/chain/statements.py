"""The alliance's side of statements: trees, files, and posting through the bridge's publisher.

Owns the wiring to `bridge`. The courier that sends has no right on the ledger; the hot key signs.
"""

import hmac
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.chain.connection import ChainConnection
from alliance_node.adapters.sql.alliance_store import load_clock, rates_of
from alliance_node.adapters.sql.statement_store import SqlStatementStore
from alliance_node.application.errors import AllianceNotConnected, LedgerUnreachable
from alliance_node.application.statement_records import Anchor, Lines, Publication, StatementRow, TreeSummary
from alliance_node.application.statements import PublicationStopped
from alliance_node.domain.instants import Instant
from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError
from bridge.chain.witness import fetch_witness
from bridge.protocol import statement_files as files
from bridge.protocol.liabilities import LiabilityTree
from bridge.protocol.statements import Head, Statement
from bridge.protocol.words import format_address
from bridge.statements.layout import statement_slot
from bridge.statements.publisher import PublicationDiverged, PublicationRefused, Publisher


class ChainStatements:
    """Implements `application.statement_records.StatementLedger`. `secret` and `courier` are 32-byte keys."""

    def __init__(self, connection: ChainConnection, store: SqlStatementStore, secret: bytes, courier: bytes) -> None:
        self._connection, self._store, self._secret = connection, store, secret
        self._registry = connection.book.address("StatementRegistry")
        self._courier = Signer(courier)
        self._publisher = Publisher(
            connection.rpc,
            connection.book,
            connection.brand_id,
            connection.signer,
            self._courier,
            finality_depth=connection.settings.finality_depth,
        )
        self._kept: tuple[int, LiabilityTree] | None = None  # the month that members ask for

    @property
    def courier(self) -> str:
        """The account that sends; a ledger with an allowlist of accounts must name it."""
        return format_address(self._courier.address)

    def summary(self, month: int, lines: Sequence[tuple[str, int]]) -> TreeSummary:
        tree = self._build(month, lines)
        return TreeSummary(tree.root, tree.total_points, tree.leaves)

    def rate_version(self, connection: sa.Connection, at: Instant) -> int:
        rows, clock = rates_of(connection, self._connection.brand_id), load_clock(connection)
        if clock is None:
            raise AllianceNotConnected("this node has not seen a final block of the alliance yet")
        alliance_time = at - (clock.block_timestamp - clock.alliance_time)
        in_force = [row.version for row in rows if row.effective_at <= alliance_time]
        return in_force[-1] if in_force else 0

    def publish(self) -> Publication:
        try:
            step = self._publisher.step(_Records(self._store))
        except (PublicationDiverged, PublicationRefused) as error:
            raise PublicationStopped(str(error), error.next_step) from error
        except ChainError as error:
            raise LedgerUnreachable(str(error)) from error
        return Publication(step.waiting, step.sent)

    def statement_file(
        self,
        statement: StatementRow,
        lines: Sequence[tuple[str, int]],
        heads: Sequence[tuple[Anchor, Sequence[bytes]]],
    ) -> bytes:
        chain_id, brand_id, told = self._connection.book.chain_id, self._connection.brand_id, _statement(statement)
        file = files.StatementFile(
            files.STATEMENT_FORMAT,
            chain_id,
            format_address(self._registry),
            brand_id,
            files.statement_text(told),
            [files.node_text(node) for node in self._tree(statement.month, lambda: lines).top],
            [files.head_text(_head(anchor), proof) for anchor, proof in heads],
        )
        return files.encode(file)

    def inclusion_file(self, statement: StatementRow, lines: Lines, member_id: str) -> bytes:
        told = _statement(statement)
        inclusion = self._tree(statement.month, lines).prove(uuid.UUID(member_id).bytes)
        witness = self._witness(statement)
        chain_id, brand_id = self._connection.book.chain_id, self._connection.brand_id
        return files.encode(files.inclusion_file(chain_id, self._registry, brand_id, told, inclusion, witness))

    def _witness(self, statement: StatementRow) -> dict[str, object] | None:
        """The registry's slot at the newest final block; left out while the chain is away or behind."""
        if statement.published_block is None:
            return None
        slot = statement_slot(self._connection.brand_id, statement.month)
        try:
            head = int(self._connection.rpc.call("eth_blockNumber"), 16)
            final = head - self._connection.settings.finality_depth
            witness = fetch_witness(self._connection.rpc, self._registry, slot, final)
        except ChainError:
            return None
        return dict(msgspec.to_builtins(witness))

    def _tree(self, month: int, lines: Lines) -> LiabilityTree:
        kept = self._kept
        if kept is None or kept[0] != month:
            kept = self._kept = month, self._build(month, lines())
        return kept[1]

    def _build(self, month: int, lines: Sequence[tuple[str, int]]) -> LiabilityTree:
        brand_id = self._connection.brand_id
        secret = hmac.digest(self._secret, brand_id.to_bytes(4, "big") + month.to_bytes(4, "big"), "sha256")
        balances = ((uuid.UUID(member_id).bytes, points) for member_id, points in lines)
        return LiabilityTree(secret, brand_id, month, balances)


class _Records:
    """What is on file, as the publisher asks for it."""

    def __init__(self, store: SqlStatementStore) -> None:
        self._store = store

    def unpublished_heads(self) -> list[Head]:
        with self._store.read() as connection:
            return [_head(anchor) for anchor in self._store.unpublished_anchors(connection)]

    def unpublished_statements(self) -> list[Statement]:
        with self._store.read() as connection:
            return [_statement(row) for row in self._store.unpublished_statements(connection)]

    def note_published(self, heads: Sequence[int], statements: Sequence[int], block: int) -> None:
        with self._store.write() as connection:
            self._store.note_published(connection, heads, statements, block)


def _head(anchor: Anchor) -> Head:
    return Head(anchor.day, anchor.size, anchor.root)


def _statement(row: StatementRow) -> Statement:
    head = (row.head_day, row.log_size, row.log_root)
    tree = (row.liabilities_root, row.total_points, row.leaves)
    return Statement(row.month, row.cut_off, *head, *tree, row.rate_version)
