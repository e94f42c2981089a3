"""A fresh chain with the deployed contracts and two brands, for measuring. Nothing of it outlives the measurement."""

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook, DeployParameters
from bridge.deploy.admin import BrandKeys, Limits, announce_rate, register_brand
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import deploy_alliance
from bridge.deploy.sending import send_all
from bridge.protocol.claims import commitment
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.rates import Rate

ONE_TO_TEN = Rate(in_numerator=10, in_denominator=1, out_numerator=1, out_denominator=10)
_BATCH_GAS = 7_000_000
_AMPLE = Limits(credit_line=10**15, limiter_capacity=10**15)


@dataclass(frozen=True, slots=True)
class BenchBrand:
    """A registered brand whose rate version 1 is in force."""

    brand_id: int
    hot: Signer


@dataclass(frozen=True, slots=True)
class BenchAlliance:
    """The chain and its brands; blocks are made only by `mine`."""

    url: str
    rpc: Rpc
    book: AddressBook
    brands: list[BenchBrand]

    def mine(self) -> None:
        """Make one block."""
        self.rpc.call("evm_mine")

    def head_time(self) -> int:
        """The timestamp of the last block."""
        return int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


@contextmanager
def alliance(brands: int = 2) -> Iterator[BenchAlliance]:
    """Start Anvil (blocks on command), deploy, register brands with ample limits; stop afterwards."""
    with tempfile.TemporaryDirectory(prefix="pa-bench-chain-") as directory:
        anvil = AnvilProcess(Path(directory), AnvilOptions(no_mining=True))
        rpc = Rpc(anvil.start())
        try:
            yield _deployed(rpc, brands)
        finally:
            rpc.close()
            anvil.stop()


def _deployed(rpc: Rpc, brands: int) -> BenchAlliance:
    def mine() -> None:
        rpc.call("evm_mine")

    deployer, admin = Signer.generate(), Signer.generate()
    book = deploy_alliance(rpc, deployer, admin.address, DeployParameters(cover_rule=False), mine=mine)
    registered = []
    for number in range(1, brands + 1):
        hot, cold, settlement = Signer.generate(), Signer.generate(), Signer.generate()
        keys = BrandKeys(hot.address, cold.address, settlement.address)
        brand_id = register_brand(rpc, book, admin, f"brand-{number}", keys, _AMPLE, mine=mine)
        announce_rate(rpc, book, cold, brand_id, ONE_TO_TEN, mine=mine)
        registered.append(BenchBrand(brand_id, hot))
    return BenchAlliance(rpc.url, rpc, book, registered)


def salts(count: int) -> list[bytes]:
    """Fresh salts, one a receiving code."""
    return [secrets.token_bytes(32) for _ in range(count)]


def convert_ins(chain: BenchAlliance, code_salts: Sequence[bytes]) -> list[Item]:
    """Conversions of the first brand's members to receiving codes of the second brand."""
    destination, deadline = chain.brands[1].brand_id, deadline_of(chain)
    return [
        Item(
            kind=ItemKind.CONVERT_IN,
            rate_version=1,
            counterparty=destination,
            deadline=deadline,
            amount=100 + secrets.randbelow(5_000),
            reference=secrets.token_bytes(32),
            payload=commitment(destination, 1, salt),
        )
        for salt in code_salts
    ]


def claims(chain: BenchAlliance, code_salts: Sequence[bytes]) -> list[Item]:
    """The second brand's claims of those conversions."""
    return [
        Item(
            kind=ItemKind.CLAIM,
            rate_version=1,
            counterparty=chain.brands[0].brand_id,
            deadline=deadline_of(chain),
            amount=0,
            reference=secrets.token_bytes(32),
            payload=salt,
        )
        for salt in code_salts
    ]


def deadline_of(chain: BenchAlliance) -> int:
    """One deadline for all conversions of a measurement: three days after the chain's first block."""
    first = chain.rpc.call("eth_getBlockByNumber", "0x0", False)
    return int(first["timestamp"], 16) + 3 * 86_400


def post_batches(
    chain: BenchAlliance, brand: BenchBrand, sequence: int, batches: Sequence[bytes], function: str = "postBatch"
) -> list[dict[str, Any]]:
    """Post encoded batches with the brand's hot key, the first under `sequence`; their receipts."""
    post, desk = load_artifact("ConversionDesk").functions[function], chain.book.address("ConversionDesk")
    steps = [
        (f"batch {number}", desk, post.encode(brand.brand_id, number, items), _BATCH_GAS)
        for number, items in enumerate(batches, start=sequence)
    ]
    return send_all(chain.rpc, brand.hot, steps, mine=chain.mine)
