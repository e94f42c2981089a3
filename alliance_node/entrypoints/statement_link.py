"""A node's heads and statements, wired: keys from the key ring, the ledger's side when there is an alliance.

Owns the order "head, then statement". `adapters.chain` is imported only for nodes that have an alliance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from alliance_node.adapters.identity.derived_keys import derived_key
from alliance_node.adapters.identity.key_provider import KeyRing
from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.adapters.sql.statement_store import SqlStatementStore
from alliance_node.application.seal import Sealer
from alliance_node.application.statement_records import Publication, StatementRow
from alliance_node.application.statements import Statements
from alliance_node.domain.instants import Instant
from alliance_node.entrypoints.chain_link import ChainLink

if TYPE_CHECKING:
    from alliance_node.adapters.chain.statements import ChainStatements


class StatementLink:
    """The use cases and the daily order of one node."""

    def __init__(self, engine: sa.Engine, ring: KeyRing, chain: ChainLink | None) -> None:
        store = SqlStatementStore(engine)
        self._chain = _on_chain(store, ring, chain)
        self.desk = Statements(store, Sealer(SqlLogStore(engine)), self._chain)

    @property
    def courier(self) -> str | None:
        """The account that sends records to the ledger; None without an alliance."""
        return self._chain.courier if self._chain is not None else None

    def daily(self, now: Instant, tz: str) -> StatementRow | None:
        """The day's head and, on a month's first day, its statement: after the sweep. A second run changes nothing."""
        self.desk.take_heads(now)
        return self.desk.make_due(now, tz) if self._chain is not None else None

    def publish(self) -> Publication:
        """One step. Raises AllianceNotConnected, PublicationStopped, StatementNotReady."""
        return self.desk.ledger.publish()

    def publish_once(self) -> bool:
        """For a worker: one step, and nothing is left over (a sent record needs a block first)."""
        self.publish()
        return False


def _on_chain(store: SqlStatementStore, ring: KeyRing, chain: ChainLink | None) -> ChainStatements | None:
    if chain is None:
        return None
    from alliance_node.adapters.chain.statements import ChainStatements

    secret, courier = derived_key(ring, "Statements"), derived_key(ring, "Courier")
    return ChainStatements(chain.connection, store, secret, courier)
