"""The composition root: builds one brand node out of its settings. The only place that knows every adapter.

Owns wiring, nothing else. `open_node` touches the database (it must be migrated); `Node.close` lets go of it.
"""

import os
from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.clock import ManualClock, SystemClock
from alliance_node.adapters.identity.key_provider import EnvironmentKeyProvider, FileKeyProvider, KeyProvider
from alliance_node.adapters.identity.vault import SqlVault
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.ledger_store import SqlLedgerStore
from alliance_node.adapters.sql.lottery_store import SqlLotteryStore
from alliance_node.adapters.sql.notice_store import SqlNoticeStore
from alliance_node.adapters.sql.program_store import SqlPrograms
from alliance_node.application.commit_queue import CommitQueue
from alliance_node.application.conversions import ConversionDesk
from alliance_node.application.envelopes import Result
from alliance_node.application.errors import AllianceNotConnected, UnknownConversion
from alliance_node.application.founders.records import FounderDesk
from alliance_node.application.ledger import Ledger
from alliance_node.application.lottery_records import LotteryDesk
from alliance_node.application.ports import Clock
from alliance_node.application.queries import Queries
from alliance_node.application.records import ConversionRow
from alliance_node.domain.events import Event
from alliance_node.domain.explain import explain
from alliance_node.domain.notices import notices_with, render
from alliance_node.domain.program import ProgramBook
from alliance_node.entrypoints.chain_link import ChainLink, open_chain_link
from alliance_node.entrypoints.health import Health
from alliance_node.entrypoints.secret_files import read_key
from alliance_node.entrypoints.settings import Settings
from alliance_node.entrypoints.statement_link import StatementLink


class Node:
    """Everything one brand's process works with."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], connected: bool) -> None:
        self.settings = settings
        self.environment = environment
        self.engine: sa.Engine = open_engine(settings.resolved_database_url, settings.busy_seconds)
        self.store = SqlLedgerStore(self.engine)
        self.programs = SqlPrograms(self.engine)
        ring = key_provider(settings, environment).load()
        self.vault = SqlVault(ring)
        self.page_key = read_key(settings.path(settings.session_key))
        self.wall_clock: Clock = SystemClock()
        self.clock: Clock = self._clock()
        self.ledger = Ledger(self.store, self.programs)
        self.queue = CommitQueue(self.ledger, self.clock, settings.max_queue)
        self.queries = Queries(self.store, self.programs)
        self.notices = SqlNoticeStore(self.engine)
        self.health = Health()
        self._book = ProgramBook([])
        self.chain: ChainLink | None = None
        if connected:
            self.chain = open_chain_link(settings, environment, self.engine, self.ledger, self.vault)
        beacons = self.chain.connection.beacons if self.chain is not None else None
        self.lotteries = LotteryDesk(self.ledger, SqlLotteryStore(self.engine), beacons)
        self.statements = StatementLink(self.engine, ring, self.chain)

    def _clock(self) -> Clock:
        return ManualClock(self.engine) if self.settings.clock == "manual" else self.wall_clock

    @property
    def desk(self) -> ConversionDesk | None:
        """The conversion use cases, when this node is connected to an alliance."""
        return self.chain.desk if self.chain is not None else None

    @property
    def alliance(self) -> ChainLink:
        """The node's alliance. Raises AllianceNotConnected."""
        if self.chain is None:
            raise AllianceNotConnected("this node is not connected to an alliance")
        return self.chain

    @property
    def alliance_desk(self) -> ConversionDesk:
        """The conversion use cases. Raises AllianceNotConnected."""
        return self.alliance.desk

    @property
    def founders(self) -> FounderDesk:
        """The use cases about founder memberships. Raises AllianceNotConnected."""
        return self.alliance.founders

    @cached_property
    def currency_scale(self) -> int:
        """Decimal places of the program's currency; the same for every version. Raises NoProgramInForce."""
        return self.queries.program_book().at(self.clock.now()).file.currency_exponent

    @cached_property
    def timezone(self) -> str:
        """The time zone of members who name none. Raises NoProgramInForce."""
        return self.queries.program_book().at(self.clock.now()).timezone

    def explain(self, events: Sequence[Event], language: str) -> list[str]:
        """Why the events gave what they gave, in plain words (R-EARN-11); reads the database only for a new version."""
        book = self._book_of(events)
        return [sentence for event in events for sentence in explain(event, language, book)]

    def tell(self, result: Result, language: str) -> list[str]:
        """What the member is told of a decision at once, each with the new balance (R-UX-2)."""
        if not result.events:
            return []
        book = self._book_of(result.events)
        program = book.at(self.clock.now())
        balance = msgspec.json.decode(result.body, type=_Answered).balance.spendable
        return [render(notice, language, program) for event in result.events for notice in notices_with(event, balance)]

    def _book_of(self, events: Sequence[Event]) -> ProgramBook:
        """A book that has every version the events name; reads the database only for a new one."""
        versions = {getattr(event, "program_version", 0) for event in events} - {0}
        if not len(self._book) or any(self._book.version(version) is None for version in versions):
            self._book = self.queries.program_book()
        return self._book

    @property
    def brand_id(self) -> int | None:
        """This brand's number at the alliance; None: the node is not connected."""
        return self.settings.alliance.brand_id if self.settings.alliance is not None else None

    def brand_name(self, brand_id: int) -> str:
        """The short code of another brand, or its number while the alliance's directory is out of reach."""
        if self.chain is None:
            return f"#{brand_id}"
        return self.chain.brand_name(brand_id)

    def paid_account(self, row: ConversionRow) -> bytes | None:
        """Whom a transfer pays: asked for where it is shown, kept with no member's name."""
        if row.direction != "transfer" or self.desk is None:
            return None
        with self.store.read() as connection:
            return self.desk.outbox.paid_account(connection, row.conversion_id)

    def conversion_receipt(self, conversion_id: str, step: str) -> bytes:
        """The file that proves a step of a conversion. Raises UnknownConversion, AllianceNotConnected, and
        ReceiptUnavailable (adapters.chain.receipts)."""
        view = self.queries.conversion(conversion_id)
        found = next((receipt for receipt in view.receipts if receipt.step == step), None)
        if found is None or self.chain is None:
            raise UnknownConversion(f"this conversion has no step {step!r} on the ledger")
        return self.chain.receipt_file(found)

    def close(self) -> None:
        """Lets go of the database."""
        self.engine.dispose()


class _Balance(msgspec.Struct):
    spendable: int


class _Answered(msgspec.Struct):
    """The part of an accepted answer that notices need."""

    balance: _Balance


def open_node(settings: Settings, environment: Mapping[str, str] | None = None, *, connected: bool = True) -> Node:
    """A node over a migrated database, connected to its alliance if it has one and unless told otherwise; raises
    IdentityError, SettingsError and the database's typed errors."""
    return Node(settings, os.environ if environment is None else environment, connected)


def key_provider(settings: Settings, environment: Mapping[str, str]) -> KeyProvider:
    """Where this node's key-encryption keys come from."""
    if settings.vault_keys == "environment":
        return EnvironmentKeyProvider(environment)
    return FileKeyProvider(settings.path(settings.vault_file))
