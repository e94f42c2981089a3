"""The node's connection to its alliance, as the composition root hands it out. Goes through `adapters.chain` only,
imported when there is an alliance: a node that only earns starts without the chain's libraries."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alliance_node.adapters.sql.bonus_store import SqlBonusStore
from alliance_node.adapters.sql.conversion_store import SqlConversionStore
from alliance_node.adapters.sql.founder_store import SqlFounderStore
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.errors import ApplicationError
from alliance_node.application.founders.records import FounderDesk
from alliance_node.application.ledger import Ledger
from alliance_node.application.ports import Vault
from alliance_node.application.records import ChainReceipt
from alliance_node.application.settlement_view import SettlementState
from alliance_node.entrypoints.health import State
from alliance_node.entrypoints.secret_files import read_key
from alliance_node.entrypoints.settings import Settings

if TYPE_CHECKING:
    from alliance_node.adapters.chain.connection import ChainConnection

Report = Callable[[str, State, str | None, str | None], None]


class ChainLink:
    """Directory, outbox and conversion desk of a connected node, and the loop that keeps up with the chain."""

    def __init__(self, connection: ChainConnection, desk: ConversionDesk, founders: FounderDesk) -> None:
        self.connection = connection
        self.desk = desk
        self.founders = founders

    def run(self, stop: threading.Event, report: Report) -> None:
        """Sends and observes until `stop` is set."""
        from alliance_node.adapters.chain.runner import run_bridge

        run_bridge(self.connection, self.desk, stop, report, self.founders)

    def receipt_file(self, receipt: ChainReceipt) -> bytes:
        """The file that proves a step of a conversion. Raises AllianceNotConnected, ReceiptUnavailable."""
        from alliance_node.adapters.chain.receipts import receipt_file

        return receipt_file(self.connection, receipt)

    def settlement(self) -> SettlementState:
        """The brand's place in the current settlement. Raises AllianceNotConnected."""
        from alliance_node.adapters.chain.settlement import read_settlement

        connection = self.connection
        return read_settlement(connection.rpc, connection.book, connection.brand_id)

    def brand_name(self, brand_id: int) -> str:
        """The short code of a brand, or its number while the directory does not know it."""
        try:
            return self.connection.directory.brand_code(brand_id)
        except ApplicationError:
            return f"#{brand_id}"


def open_chain_link(
    settings: Settings, environment: Mapping[str, str], engine: sa.Engine, ledger: Ledger, vault: Vault
) -> ChainLink | None:
    """None for a node without an alliance. Needs the address book and the keys, not a reachable chain."""
    alliance = settings.alliance
    if alliance is None:
        return None
    from alliance_node.adapters.chain.connection import ChainConfig, connect

    config = ChainConfig(
        rpc_url=alliance.rpc_url,
        address_book=settings.path(alliance.address_book),
        brand_id=alliance.brand_id,
        hot_key=alliance.hot_key,
        reference_key=read_key(settings.path(alliance.reference_key)),
        finality_depth=alliance.finality_depth,
        watches_clock=settings.clock == "system",
        outbox_limit=alliance.outbox_limit,
        operators=alliance.operators,
    )
    connection = connect(engine, config, environment)
    desk = ConversionDesk(
        ledger, SqlConversionStore(engine), connection.directory, connection.outbox, vault, bonuses=SqlBonusStore()
    )
    founders = FounderDesk(desk, connection.founders, SqlFounderStore(engine))
    return ChainLink(connection, desk, founders)
