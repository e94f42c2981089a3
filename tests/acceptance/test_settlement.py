"""A brand's own node tells its staff what to pay, by when, and what it is paid (R-ALL-7), on a real chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_node.adapters.chain.local_alliance import LocalAlliance, LocalRate
from alliance_node.entrypoints.settings import AllianceSettings
from bridge.chain.rpc import Rpc
from bridge.deploy import settlement
from bridge.deploy.address_book import AddressBook
from tests.acceptance.node_process import NodeProcess

pytestmark = pytest.mark.chain
GENESIS = 1_790_000_000


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[LocalAlliance]:
    alliance = LocalAlliance(tmp_path / "chain", genesis=GENESIS)
    alliance.start()
    yield alliance
    alliance.stop()


@pytest.fixture
def shop(chain: LocalAlliance, tmp_path: Path) -> Iterator[NodeProcess]:
    """A connected node whose bridge has nothing to post."""
    brand = chain.add_brand("SHOP", LocalRate(10, 1, 1, 10), 10**12)
    node = NodeProcess(tmp_path / "shop", "sqlite:///node.sqlite")
    node.environment = {"TEST_HOT_KEY": brand.hot_key}
    alliance = AllianceSettings(
        rpc_url=chain.rpc_url,
        address_book=str(chain.address_book),
        brand_id=brand.brand_id,
        hot_key="env:TEST_HOT_KEY",
    )
    node.init(alliance=alliance)
    node.start()
    yield node
    node.close()


def test_before_the_first_close_there_is_nothing_to_pay(shop: NodeProcess) -> None:
    answer = shop.get("/v1/settlement")
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert (seen["epoch"], seen["phase"], seen["due_fen"], seen["due_at"]) == (0, "none", 0, None)
    assert seen["explanation"]["en"].startswith("Nothing to pay")


def test_api_and_command_line_tell_a_settled_epoch_with_its_dates(chain: LocalAlliance, shop: NodeProcess) -> None:
    rpc = Rpc(chain.rpc_url)
    settled = chain.settle(lambda: rpc.call("evm_mine"))
    assert (settled.number, settled.payments) == (1, 0)
    epoch = settlement.read_epoch(rpc, AddressBook.load(chain.address_book))
    seen = shop.get("/v1/settlement").json()
    assert (seen["epoch"], seen["phase"], seen["position_units"]) == (1, "paid", 0)
    assert epoch.due_at - epoch.closed_at >= 10 * 86_400
    assert seen["due_at"].endswith("Z")
    told = shop.alliance("brand", "settlement")
    assert told.returncode == 0, told.stderr
    assert "本期无应付款" in told.stdout
    assert "Nothing to pay" in told.stdout


def test_only_an_administrators_key_sees_it(shop: NodeProcess) -> None:
    key = shop.create_key("members:read")
    assert shop.get("/v1/settlement", key=key).status_code == 403


def test_a_node_without_an_alliance_says_so(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "alone", "sqlite:///node.sqlite")
    node.init()
    node.start()
    try:
        answer = node.get("/v1/settlement")
        assert answer.status_code >= 400
        assert "not connected" in answer.text
    finally:
        node.close()
