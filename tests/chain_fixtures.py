"""A real Anvil with the real contracts for tests: `anvil` (empty chain) and `alliance` (deployed, brands with rates).

Import the fixtures where they are needed: `from tests.chain_fixtures import alliance, anvil`. Blocks are mined on
command only (`alliance.mine()`), so no test depends on automatic mining.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook, DeployParameters
from bridge.deploy.admin import BrandKeys, Limits, announce_rate, register_brand
from bridge.deploy.deploy import deploy_alliance
from bridge.protocol.rates import Rate

GENESIS = 1_750_000_000
# Brands here have credit from the start; what the cover rule asks is tested in tests/integration/settlement.
PARAMETERS = DeployParameters(notice_period=3 * 86_400, cover_rule=False)
LIMITS = Limits(credit_line=10**15, limiter_capacity=10**15, limiter_window=3_600)
RATES = (Rate(10, 1, 1, 10), Rate(20, 1, 1, 20), Rate(5, 1, 1, 5))


def key(number: int) -> Signer:
    """A test key; the same number is the same key."""
    return Signer(number.to_bytes(32, "big"))


@dataclass(frozen=True)
class Brand:
    """A registered brand with its keys and its rate version 1."""

    brand_id: int
    code: str
    hot: Signer
    cold: Signer
    rate: Rate
    reference_key: bytes


@dataclass
class Alliance:
    """A running chain with everything deployed on it."""

    anvil: AnvilProcess
    rpc: Rpc
    book: AddressBook
    admin: Signer
    brands: list[Brand] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.anvil.url

    def mine(self, timestamp: int | None = None) -> int:
        """Mine one block (at a time, if given) and return its number."""
        if timestamp is not None:
            self.rpc.call("evm_setNextBlockTimestamp", timestamp)
        self.rpc.call("evm_mine")
        return int(self.rpc.call("eth_blockNumber"), 16)

    def now(self) -> int:
        """The head's timestamp."""
        return int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def restart(self, *, crash: bool = False) -> None:
        """Stop (or kill) Anvil and start it again on the same port and state."""
        if crash:
            self.anvil.kill()
        else:
            self.anvil.stop()
        self.rpc.url = self.anvil.start()


def make_alliance(
    directory: Path, options: AnvilOptions | None = None, brands: int = 2, fund: Sequence[bytes] = ()
) -> Alliance:
    """Start Anvil, deploy, register brands 1..n, announce a rate for each; `fund`: who needs coins for gas."""
    chosen = options or AnvilOptions(no_mining=True, genesis_timestamp=GENESIS)
    anvil = AnvilProcess(directory, chosen, dies_with_parent=True)
    rpc = Rpc(anvil.start())
    for address in fund:
        rpc.call("anvil_setBalance", "0x" + address.hex(), hex(10**20))

    def mine() -> None:
        rpc.call("evm_mine")

    book = deploy_alliance(rpc, key(9001), key(9002).address, PARAMETERS, mine=mine)
    alliance = Alliance(anvil, rpc, book, key(9002))
    for number in range(1, brands + 1):
        alliance.brands.append(_admit(alliance, number, mine))
    return alliance


@contextmanager
def running_alliance(
    directory: Path, options: AnvilOptions | None = None, brands: int = 2, fund: Sequence[bytes] = ()
) -> Iterator[Alliance]:
    """`make_alliance` for as long as it is used."""
    alliance = make_alliance(directory, options, brands, fund)
    try:
        yield alliance
    finally:
        alliance.rpc.close()
        alliance.anvil.kill()


def _admit(alliance: Alliance, number: int, mine: object) -> Brand:
    code, hot, cold = f"brand-{number}", key(100 + number), key(200 + number)
    keys = BrandKeys(hot.address, cold.address, cold.address)
    rate = RATES[(number - 1) % len(RATES)]
    brand_id = register_brand(alliance.rpc, alliance.book, alliance.admin, code, keys, LIMITS, mine=mine)
    announce_rate(alliance.rpc, alliance.book, cold, brand_id, rate, mine=mine)
    return Brand(brand_id, code, hot, cold, rate, bytes([number]) * 32)


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[AnvilProcess]:
    """A fresh Anvil on a free port that mines on command."""
    options = AnvilOptions(no_mining=True, genesis_timestamp=GENESIS)
    process = AnvilProcess(tmp_path / "chain", options, dies_with_parent=True)
    process.start()
    yield process
    process.kill()


@pytest.fixture
def alliance(tmp_path: Path) -> Iterator[Alliance]:
    """Two brands (rates 10:1 and 20:1) on a fresh chain that mines on command."""
    with running_alliance(tmp_path / "chain") as made:
        yield made
