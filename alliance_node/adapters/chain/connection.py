"""Builds a node's connection to its alliance out of an address book, an RPC address and the brand's hot key.

Owns wiring of the bridge. Needs the book and the keys, not a reachable chain.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.chain.beacon import ChainBeacons
from alliance_node.adapters.chain.directory import ChainDirectory
from alliance_node.adapters.chain.founders import ChainFounders
from alliance_node.adapters.chain.outbox import BridgeOutbox
from alliance_node.adapters.chain.wallets import ChainWallets
from alliance_node.application.errors import AllianceNotConnected
from bridge.chain.keys import KeyUnavailable, Signer, load_signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook, AddressBookError
from bridge.protocol.words import parse_address
from bridge.settings import BridgeSettings
from bridge.transactions import schema

_DOUBT_SECONDS = 30.0


class ChainConfig(msgspec.Struct, frozen=True):
    """`hot_key` names a source (`env:NAME`, `keystore:PATH:PASSWORD_NAME`, `web3signer:URL:ADDRESS`); `reference_key`
    has 32 bytes. `watches_clock`: false where the chain's time is simulated. `outbox_limit`: how many rows may wait for
    the chain before new conversions are refused. `operators`: addresses that may approve a foreign batch besides the
    brand's cold and settlement keys."""

    rpc_url: str
    address_book: Path
    brand_id: int
    hot_key: str
    reference_key: bytes
    finality_depth: int = 0
    watches_clock: bool = True
    outbox_limit: int = 100_000
    operators: tuple[str, ...] = ()


class ChainConnection:
    """What the use cases (`directory`, `outbox`) and the bridge's runner need."""

    def __init__(self, engine: sa.Engine, book: AddressBook, signer: Signer, config: ChainConfig) -> None:
        self.engine = engine
        self.book = book
        self.signer = signer
        self.brand_id = config.brand_id
        self.reference_key = config.reference_key
        self.settings = BridgeSettings(
            finality_depth=config.finality_depth,
            doubt_seconds=_DOUBT_SECONDS,
            clock_tolerance=BridgeSettings().clock_tolerance if config.watches_clock else 0,
        )
        self.operators = frozenset(parse_address(each) for each in config.operators)
        self.rpc = Rpc(config.rpc_url)
        self.directory = ChainDirectory(self.rpc, book, config.brand_id, signer, config.reference_key)
        self.founders = ChainFounders(self.rpc, book, config.brand_id, config.reference_key)
        self.wallets = ChainWallets(self.rpc, book, config.brand_id)
        self.outbox = BridgeOutbox(config.outbox_limit)
        self.beacons = ChainBeacons(self.rpc, config.finality_depth)


def connect(engine: sa.Engine, config: ChainConfig, environment: Mapping[str, str]) -> ChainConnection:
    """A connection over a migrated database (`upgrade_bridge`). Raises AllianceNotConnected."""
    if len(config.reference_key) != 32:
        raise AllianceNotConnected("the reference key must have 32 bytes", "Restore the node's reference key.")
    try:
        book = AddressBook.load(config.address_book)
        signer = load_signer(config.hot_key, environment)
    except (AddressBookError, KeyUnavailable) as error:
        raise AllianceNotConnected(str(error), "Correct [alliance] in node.toml.") from error
    return ChainConnection(engine, book, signer, config)


def upgrade_bridge(engine: sa.Engine) -> None:
    """Bring the bridge's own tables in the node's database to the newest schema."""
    schema.upgrade(engine)
