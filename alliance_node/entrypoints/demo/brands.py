"""The demo's three brands: their programs, rates and node directories, made as `alliance node init` makes them.

Owns which preset each brand runs and the credit the alliance gives it. May not start anything.
"""

import time
from dataclasses import dataclass
from pathlib import Path

from alliance_node.adapters.chain.local_alliance import LocalAlliance, LocalBrand, LocalRate
from alliance_node.adapters.identity import api_keys
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.domain.program.loading import load_program
from alliance_node.entrypoints.demo.cast import COFFEE, GROCERIES, MUSIC
from alliance_node.entrypoints.node_directory import create_node
from alliance_node.entrypoints.presets import preset_text
from alliance_node.entrypoints.settings import AllianceSettings

PRESETS = {GROCERIES: "grocery-points", COFFEE: "coffee-stars", MUSIC: "music-points"}
PREFERRED_PORTS = {GROCERIES: 8811, COFFEE: 8812, MUSIC: 8813}
CREDIT_LINE_UNITS = 1_000_000_000
"""One million CNY: no conversion of the demo comes near it."""

HOT_KEY_VARIABLE = "ALLIANCE_DEMO_HOT_KEY"
_KEY_RATE = 1_000_000


@dataclass(frozen=True, slots=True)
class BrandNode:
    """A brand's node, ready to be served, and the key with which the demo talks to it."""

    brand: str
    directory: Path
    port: int
    api_key: str
    on_chain: LocalBrand

    @property
    def url(self) -> str:
        """Where the node answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the node's processes need: the posting key lives in no file."""
        return {HOT_KEY_VARIABLE: self.on_chain.hot_key}


def admit_brand(alliance: LocalAlliance, brand: str) -> LocalBrand:
    """Register a brand with the rate that its program suggests."""
    program = load_program(preset_text(PRESETS[brand]), PRESETS[brand])
    if program.alliance is None:
        raise ValueError(f"the preset {PRESETS[brand]} names no alliance rate")
    into, out = program.alliance.rate_in, program.alliance.rate_out
    rate = LocalRate(into.numerator, into.denominator, out.numerator, out.denominator)
    return alliance.add_brand(brand.upper(), rate, CREDIT_LINE_UNITS)


def make_node(
    directory: Path, brand: str, port: int, alliance: LocalAlliance, on_chain: LocalBrand, more: str = ""
) -> BrandNode:
    """Create the node's directory and an API key with every scope; its clock is the demo's. `more`: sections
    that the program has besides its preset's."""
    settings = create_node(
        directory,
        on_chain.code,
        preset_text(PRESETS[brand]) + more,
        "sqlite:///node.sqlite",
        options={"port": port, "clock": "manual"},
        alliance=AllianceSettings(
            rpc_url=alliance.rpc_url,
            address_book=str(alliance.address_book.resolve()),
            brand_id=on_chain.brand_id,
            hot_key=f"env:{HOT_KEY_VARIABLE}",
        ),
        effective_from=0,
        now=int(time.time()),
    )
    engine = open_engine(settings.resolved_database_url)
    try:
        with engine.begin() as connection:
            key = api_keys.create_key(
                connection, "demo", api_keys.SCOPES, int(time.time()), rate_per_second=_KEY_RATE, burst=_KEY_RATE
            )
    finally:
        engine.dispose()
    return BrandNode(brand, directory, port, key, on_chain)
