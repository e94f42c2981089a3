"""A whole alliance on this machine, for the demo and simulations: Anvil, deployed contracts, registered brands, time.

Owns throw-away keys of an alliance that lives as long as its directory. It may not be used for a real alliance, where
the administrator's and each brand's keys are on different machines.
"""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from alliance_node.adapters.chain.local_founders import open_founders, vault_units
from alliance_node.adapters.chain.local_settlement import SettledEpoch, cover_credit_line, settle_epoch
from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import DeployParameters
from bridge.deploy.admin import BrandKeys, Limits, announce_rate, register_brand, set_credit_line
from bridge.deploy.deploy import deploy_alliance, view
from bridge.protocol.rates import Rate


class LocalRate(NamedTuple):
    """Alliance units per local point in, local points per alliance unit out."""

    in_numerator: int
    in_denominator: int
    out_numerator: int
    out_denominator: int


class LocalBrand(NamedTuple):
    """A registered brand, its first rate, and its private key in hexadecimal for the node's environment."""

    code: str
    brand_id: int
    hot_key: str
    rate: LocalRate


class LocalPosition(NamedTuple):
    """A brand's place in the clearing house, in alliance units; `net` = paid + redeemed − issued."""

    issued: int
    redeemed: int
    paid: int
    net: int


class LocalAlliance:
    """Blocks are made only by `mine`, until `mine_every` hands the chain over to the clock."""

    def __init__(self, directory: Path, *, genesis: int, port: int | None = None, block_gas: int = 30_000_000) -> None:
        options = AnvilOptions(no_mining=True, genesis_timestamp=genesis, port=port, gas_limit=block_gas)
        self._anvil = AnvilProcess(directory, options)
        self._admin = _new_key()
        self._settlement_keys: dict[int, Signer] = {}
        self._cold_keys: dict[int, Signer] = {}
        self.address_book = directory / "address-book.json"

    def start(self) -> str:
        """Start the chain, deploy, save the address book; returns the RPC address. Raises AnvilError, ChainError."""
        self.rpc_url = self._anvil.start()
        self._rpc = Rpc(self.rpc_url)
        deployer = Signer(_new_key())
        admin = Signer(self._admin)
        self._book = deploy_alliance(self._rpc, deployer, admin.address, DeployParameters(), mine=self._mine_now)
        self._book.save(self.address_book)
        return self.rpc_url

    def add_brand(self, code: str, rate: LocalRate, credit_line: int) -> LocalBrand:
        """Register a brand with fresh keys, let it put up what covers its credit line, and publish its first rate, in
        force at once."""
        hot, cold, settlement = _new_key(), _new_key(), _new_key()
        keys = BrandKeys(*(Signer(key).address for key in (hot, cold, settlement)))
        rpc, book, admin, mine = self._rpc, self._book, Signer(self._admin), self._mine_now
        limits = Limits(credit_line=0, limiter_capacity=credit_line)
        brand_id = register_brand(rpc, book, admin, code, keys, limits, mine=mine)
        self._settlement_keys[brand_id] = Signer(settlement)
        cover_credit_line(rpc, book, admin, self._settlement_keys, brand_id, credit_line, mine)
        set_credit_line(rpc, book, admin, brand_id, credit_line, mine=mine)
        announce_rate(rpc, book, Signer(cold), brand_id, Rate(*rate), mine=mine)
        self._cold_keys[brand_id] = Signer(cold)
        return LocalBrand(code, brand_id, hot.hex(), rate)

    def announce_rate(self, brand: LocalBrand, rate: LocalRate, effective_at: int) -> int:
        """Publish the brand's next version; returns its number. Raises TransactionFailed."""
        cold = self._cold_keys[brand.brand_id]
        return announce_rate(
            self._rpc,
            self._book,
            cold,
            brand.brand_id,
            Rate(*rate),
            effective_at=effective_at,
            mine=self._mine_now,
        )

    def settle(self, mine: Callable[[], object]) -> SettledEpoch:
        """Close an epoch and settle it between all brands; `mine` makes a block. The administrator is the treasurer."""
        return settle_epoch(self._rpc, self._book, Signer(self._admin), self._settlement_keys, mine)

    def open_founders(self, sponsor: LocalBrand, holders: Sequence[str], mine: Callable[[], object]) -> list[int]:
        """Issue a founder membership to each account, the grants sponsored by a brand; `mine` makes a block."""
        return open_founders(self._rpc, self._book, Signer(self._admin), sponsor.brand_id, holders, mine)

    def vault_units(self) -> int:
        """What the founders' vault holds at the head."""
        return vault_units(self._rpc, self._book)

    def mine(self, timestamp: int) -> None:
        """Make one block with this timestamp, which must be later than the last one's."""
        self._rpc.batch([("evm_setNextBlockTimestamp", (timestamp,)), ("evm_mine", ())])

    def mine_every(self, seconds: int) -> None:
        """From now on a block every so many seconds by itself."""
        self._rpc.call("evm_setIntervalMining", seconds)

    def head(self) -> int:
        """The number of the last block."""
        return int(self._rpc.call("eth_blockNumber"), 16)

    def supply(self, block: int) -> int:
        """Alliance units in existence at a block."""
        return int(self._view(block, "AlliancePoint", "totalSupply"))

    def pool_cash(self, block: int) -> int:
        """What the brands have paid into the pool, at a block."""
        return int(self._view(block, "ClearingHouse", "poolCash"))

    def positions(self, block: int, brands: Sequence[LocalBrand]) -> dict[str, LocalPosition]:
        """Each brand's place in the clearing house at a block, by code."""
        return {brand.code: self._position(block, brand.brand_id) for brand in brands}

    def start_again(self) -> None:
        """After `stop`: the same chain at the same address."""
        self._anvil.start()

    def stop(self) -> None:
        """End the chain; its state is saved first. Also ends one that an earlier, killed program left running."""
        self._anvil.stop()

    def _position(self, block: int, brand_id: int) -> LocalPosition:
        house = self._book.address("ClearingHouse")
        issued, redeemed, paid = view(self._rpc, house, "ClearingHouse", "position", brand_id, block=hex(block))
        return LocalPosition(issued, redeemed, paid, self._view(block, "ClearingHouse", "positionOf", brand_id))

    def _view(self, block: int, contract: str, function: str, *arguments: object) -> int:
        (value,) = view(self._rpc, self._book.address(contract), contract, function, *arguments, block=hex(block))
        return int(value)

    def _mine_now(self) -> None:
        self._rpc.call("evm_mine")


def _new_key() -> bytes:
    return secrets.token_bytes(32)
