"""Two brand nodes and a real alliance chain, for tests of conversions.

Owns wiring: the product's own adapters, a real Anvil, real databases. Blocks are mined on command.
"""

from pathlib import Path

from alliance_node.adapters.chain.connection import ChainConfig, connect, upgrade_bridge
from alliance_node.adapters.chain.runner import bridge_of
from alliance_node.adapters.clock import SystemClock
from alliance_node.adapters.sql.bonus_store import SqlBonusStore
from alliance_node.adapters.sql.conversion_store import SqlConversionStore
from alliance_node.application.conversions import (
    CodeMade,
    CodeRequest,
    ConversionDesk,
    ConversionRequest,
    Quote,
    QuoteRequest,
)
from alliance_node.application.envelopes import Result
from alliance_node.application.make_receiving_codes import make_receiving_codes
from alliance_node.application.queries import ConversionView
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.request_conversions import request_conversions
from bridge.chain.keys import Signer
from bridge.deploy.admin import BrandKeys, announce_rate, register_brand
from bridge.protocol.rates import Rate
from tests.chain_fixtures import LIMITS, Alliance, Brand
from tests.integration.node.world import World, body, program_text


class BrandNode:
    """One brand: ledger, desk and bridge."""

    def __init__(self, url: str, alliance: Alliance, brand: Brand, directory: Path, text: str | None = None) -> None:
        self.world = World(url, text or program_text().replace("minimum_age_days: 7", "minimum_age_days: 0"))
        upgrade_bridge(self.world.engine)
        self.alliance = alliance
        self.brand = brand
        book = directory / "address-book.json"
        alliance.book.save(book)
        hot = f"HOT_KEY_{brand.brand_id}"
        config = ChainConfig(alliance.url, book, brand.brand_id, f"env:{hot}", brand.reference_key)
        self.connection = connect(self.world.engine, config, {hot: hot_key(brand.brand_id).hex()})
        self.desk = ConversionDesk(
            self.world.ledger,
            SqlConversionStore(self.world.engine),
            self.connection.directory,
            self.connection.outbox,
            bonuses=SqlBonusStore(),
        )
        self.bridge = bridge_of(self.connection, self.desk, SystemClock())

    def close(self) -> None:
        self.bridge.close()
        self.connection.rpc.close()
        self.world.close()

    def receiving_code(self, member_id: str, award: str | None = None) -> str:
        made = make_receiving_codes(self.desk, [CodeRequest(member_id, award)], self.alliance.now())[0]
        assert isinstance(made, CodeMade)
        return made.code

    def quote(self, member_id: str, code: str, points: int) -> Quote:
        offer = quote_conversions(self.desk, [QuoteRequest(member_id, code, points)], self.alliance.now())[0]
        assert isinstance(offer, Quote), offer
        return offer

    def request(self, member_id: str, quote: Quote, key: str | None = None) -> Result:
        request = ConversionRequest(
            member_id, quote.quote_id, "app" if key else None, key, quote.quote_id.encode() if key else None
        )
        result = request_conversions(self.desk, [request], self.alliance.now())[0]
        if result.failure is not None:
            raise result.failure
        return result

    def convert(self, member_id: str, code: str, points: int) -> str:
        result = self.request(member_id, self.quote(member_id, code, points))
        assert result.accepted, result.body
        return str(body(result)["conversion_id"])

    def conversion(self, conversion_id: str) -> ConversionView:
        return self.world.queries.conversion(conversion_id)

    def status(self, conversion_id: str) -> str:
        return self.conversion(conversion_id).conversion.status


def hot_key(brand_id: int) -> bytes:
    """The private hot key of a brand that `admit` admitted."""
    return (10_000 + brand_id).to_bytes(32, "big")


def admit(alliance: Alliance, rate: Rate) -> Brand:
    """A new brand on the chain, with its rate in force."""
    brand_id = len(alliance.brands) + 1
    hot, cold = Signer(hot_key(brand_id)), Signer((20_000 + brand_id).to_bytes(32, "big"))
    keys = BrandKeys(hot.address, cold.address, cold.address)
    code = f"brand-{brand_id}"
    rpc, book = alliance.rpc, alliance.book
    assert register_brand(rpc, book, alliance.admin, code, keys, LIMITS, mine=alliance.mine) == brand_id
    announce_rate(rpc, book, cold, brand_id, rate, mine=alliance.mine)
    brand = Brand(brand_id, code, hot, cold, rate, bytes([brand_id]) * 32)
    alliance.brands.append(brand)
    return brand


def settle(*nodes: BrandNode, rounds: int = 4, at: int | None = None) -> None:
    """Let the bridges work and mine between their passes; the first block of them is at `at`."""
    for number in range(rounds):
        for node in nodes:
            while node.bridge.step_once():
                pass
        nodes[0].alliance.mine(at if number == 0 else None)
    for node in nodes:
        while node.bridge.step_once():
            pass
