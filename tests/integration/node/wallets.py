"""Brand nodes with own wallets, for tests: members with personal data in the vault, and wallets of a library that is
not ours.

Owns no expectation. The fixtures are imported where they are needed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from alliance_node.adapters.chain.runner import bridge_of
from alliance_node.adapters.clock import SystemClock
from alliance_node.adapters.identity.key_provider import KeyRing
from alliance_node.adapters.identity.vault import PersonalRecord, SqlVault
from alliance_node.adapters.identity.wallets import VaultWallets
from alliance_node.adapters.sql.wallet_store import SqlWalletStore
from alliance_node.application.conversions import Quote, QuoteRequest
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.wallets.intents import IntentAnswer, IntentWish, draft_intent, submit_intent
from alliance_node.application.wallets.linking import WalletLinks, link_wallet, start_link
from bridge.protocol.rates import Rate
from tests.chain_fixtures import GENESIS, Alliance, Brand
from tests.integration.node import world as world_module
from tests.integration.node.brands import BrandNode, admit, settle
from tests.integration.node.world import DAY

PAGE = "https://points.example"
RING = KeyRing(1, {1: b"\x01" * 32}, b"\x02" * 32)
ANN, BEN = (Account.from_key(bytes([value]) * 32) for value in (0x51, 0x52))


class WalletNode(BrandNode):
    """A brand whose members may link wallets."""

    def __init__(self, url: str, alliance: Alliance, brand: Brand, directory: Path) -> None:
        super().__init__(url, alliance, brand, directory)
        self.vault = SqlVault(RING)
        self.links = WalletLinks(
            self.world.ledger,
            self.connection.wallets,
            VaultWallets(self.vault),
            SqlWalletStore(self.world.engine),
            PAGE,
        )
        self.desk.wallets, self.desk.vault = self.links, self.vault
        self.bridge = bridge_of(self.connection, self.desk, SystemClock())

    @property
    def now(self) -> int:
        return self.alliance.now()

    def person(self, points: int = 0) -> str:
        """A member with a record in the vault."""
        member = self.world.member(points, self.now)
        with self.world.store.write() as connection:
            self.vault.store(connection, PersonalRecord(member, {}), self.now)
        return member

    def link(self, member: str, wallet: LocalAccount) -> None:
        asked = start_link(self.links, member, wallet.address, "en", self.now)
        link_wallet(self.links, member, asked.message, signed(wallet, asked.message), self.now)

    def member_with(self, wallet: LocalAccount, points: int = 0) -> str:
        member = self.person(points)
        self.link(member, wallet)
        return member

    def to_wallet(self, member: str, points: int) -> str:
        """Local points into the linked wallet."""
        offer = quote_conversions(self.desk, [QuoteRequest(member, None, points)], self.now)[0]
        assert isinstance(offer, Quote), offer
        result = self.request(member, offer)
        assert result.accepted, result.body
        return str(self.world.queries.conversions(member, 1)[0].conversion.conversion_id)

    def draft(self, member: str, **wish: Any) -> tuple[dict[str, Any], Any]:
        made = draft_intent(self.desk, member, IntentWish(**wish), self.now)
        return made.message, made.typed_data

    def submit(self, member: str, kind: Any, message: dict[str, Any], signature: str) -> IntentAnswer:
        return submit_intent(self.desk, member, kind, message, signature, self.now)

    def send(self, member: str, wallet: LocalAccount, **wish: Any) -> str:
        """Draft, sign, hand in; the conversion's id."""
        message, typed = self.draft(member, **wish)
        return self.submit(member, wish["kind"], message, signed_data(wallet, typed)).conversion_id

    def row(self, conversion_id: str) -> tuple[str, str | None, list[str]]:
        """Status, reason, steps."""
        view = self.conversion(conversion_id)
        return view.conversion.status, view.conversion.reason, [receipt.step for receipt in view.receipts]

    def units_of(self, wallet: LocalAccount) -> int:
        return self.connection.wallets.account(bytes.fromhex(wallet.address[2:])).units

    def texts(self) -> str:
        """Everything that stands in the node's own tables, as text: for what may not be there."""
        found = []
        with self.world.engine.connect() as connection:
            for table in sa.inspect(connection).get_table_names():
                if not table.startswith("bridge_"):
                    found += [str(row) for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]
        return "\n".join(found).lower()


@pytest.fixture
def node(chain: Alliance, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WalletNode]:
    """A brand at 10 units a point, both ways."""
    monkeypatch.setattr(world_module, "START", GENESIS - 400 * DAY)
    made = WalletNode(database_url, chain, admit(chain, Rate(10, 1, 1, 10)), tmp_path)
    settle(made, rounds=1)
    yield made
    made.close()


def fresh() -> Any:
    """A wallet that nobody used: nonces live as long as the chain."""
    return Account.create()


def signed(wallet: LocalAccount, message: str) -> str:
    """`personal_sign`."""
    return "0x" + bytes(wallet.sign_message(encode_defunct(text=message)).signature).hex()


def signed_data(wallet: LocalAccount, typed_data: Any) -> str:
    """`eth_signTypedData_v4`."""
    return "0x" + bytes(wallet.sign_typed_data(full_message=typed_data).signature).hex()


def funded(node: WalletNode, points: int = 900) -> tuple[str, Any]:
    """A member and a wallet with 3,000 units."""
    wallet = fresh()
    member = node.member_with(wallet, points)
    node.to_wallet(member, 300)
    settle(node, rounds=2)
    return member, wallet
