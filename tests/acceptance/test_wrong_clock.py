"""A node whose machine's clock is wrong by an hour: points cross both ways, none is lost, and the operator is told.

The nodes are real processes on a chain that mines by itself; only what one of them reads as the time is shifted.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alliance_node.adapters.chain.local_alliance import LocalAlliance, LocalBrand, LocalRate
from alliance_node.entrypoints.presets import preset_text
from alliance_node.entrypoints.settings import AllianceSettings
from tests.acceptance.node_process import ALLIANCE, NodeProcess, rfc3339
from tests.integration.bridge.processes import eventually

pytestmark = pytest.mark.chain
HOUR = 3_600
SHIFTED = """import time
seconds, nanoseconds = time.time, time.time_ns
time.time = lambda: seconds() + {offset}
time.time_ns = lambda: nanoseconds() + {offset} * 10**9
from alliance_node.entrypoints.cli import main
main()"""


class Clocks:
    """Two brands' nodes; the shop's machine can be given a wrong clock."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.chain = LocalAlliance(directory / "chain", genesis=int(time.time()) - HOUR)
        self.chain.start()
        brands = [self.chain.add_brand(code, LocalRate(10, 1, 1, 10), 10**12) for code in ("SHOP", "HOTEL")]
        self.chain.mine(int(time.time()))
        self.chain.mine_every(1)
        self.shop, self.hotel = [self._node(brand) for brand in brands]
        self.hotel.start()

    def _node(self, brand: LocalBrand) -> NodeProcess:
        node = NodeProcess(self.directory / brand.code.lower(), "sqlite:///node.sqlite")
        node.environment = {"TEST_HOT_KEY": brand.hot_key}
        settings = AllianceSettings(
            rpc_url=self.chain.rpc_url,
            address_book=str(self.chain.address_book),
            brand_id=brand.brand_id,
            hot_key="env:TEST_HOT_KEY",
        )
        program = preset_text("grocery-points").replace("minimum_age_days: 7", "minimum_age_days: 0")
        return node.init(alliance=settings, program=program)

    def give_shop_a_clock(self, offset: int) -> None:
        self.shop.stop()
        self.shop.program = [sys.executable, "-c", SHIFTED.format(offset=offset)] if offset else ALLIANCE
        self.shop.start()

    def close(self) -> None:
        self.shop.close()
        self.hotel.close()
        self.chain.stop()


@pytest.fixture(scope="module")
def clocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocks]:
    made = Clocks(tmp_path_factory.mktemp("clocks"))
    yield made
    made.close()


def bridge_of(node: NodeProcess) -> dict[str, str]:
    part: dict[str, str] = node.http.get("/readyz").json()["workers"].get("bridge", {})
    return part


def says(node: NodeProcess, code: str | None) -> Callable[[], bool]:
    return lambda: "state" in bridge_of(node) and bridge_of(node)["code"] == code


def member_with_points(node: NodeProcess, now: float) -> str:
    member = node.enrol(name="Ann")
    answer = node.post("/v1/purchases", node.purchase(member, "299.00", occurred_at=rfc3339(now)))
    assert answer.status_code == 201, answer.text
    return member


def convert(sender: NodeProcess, receiver: NodeProcess, now: float) -> tuple[str, str]:
    """Code, quote and conversion of 100 points; the conversion's id and the receiving member's."""
    giving, taking = member_with_points(sender, now), receiver.enrol(name="Bo")
    code = receiver.post(f"/v1/members/{taking}/receiving-codes").json()["receiving_code"]
    quote = sender.post(f"/v1/members/{giving}/quotes", {"receiving_code": code, "points": 100})
    assert quote.status_code == 201, quote.text
    made = sender.post(f"/v1/members/{giving}/conversions", {"quote_id": quote.json()["quote_id"]})
    assert made.status_code == 201, made.text
    return made.json()["conversion_id"], taking


@pytest.mark.parametrize("offset", [HOUR, -HOUR])
def test_points_cross_both_ways_though_one_nodes_clock_is_wrong_by_an_hour(clocks: Clocks, offset: int) -> None:
    """Its quotes and deadlines (sending), its codes and claims (receiving): everything lands, to the last unit."""
    shop, hotel = clocks.shop, clocks.hotel
    clocks.give_shop_a_clock(offset)
    eventually(says(shop, "clock_wrong"), 60)
    assert ("ahead of" if offset > 0 else "behind") in bridge_of(shop)["next_step"]
    assert says(hotel, None)()
    there = convert(shop, hotel, time.time() + min(offset, 0))
    back = convert(hotel, shop, time.time())
    for conversion, sender in ((there[0], shop), (back[0], hotel)):
        path = f"/v1/conversions/{conversion}"
        eventually(lambda path=path, node=sender: node.get(path).json()["status"] == "completed", 60)
    clocks.give_shop_a_clock(0)
    eventually(says(shop, None), 60)
    for taking, receiver in (
        (there[1], hotel),
        (back[1], shop),
    ):  # credited at the block's time, so spendable from then
        eventually(lambda member=taking, node=receiver: node.spendable(member) == 100, 60)
    for node in (shop, hotel):
        assert node.command("reconcile").returncode == 0
        assert node.command("rebuild", "--check").returncode == 0
