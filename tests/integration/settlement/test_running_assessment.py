"""A default whose assessments are half booked: its words are foretold, what no event says within bounds (INV-16)."""

import pytest

from bridge.audit.run import run_audit
from bridge.deploy import settlement
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.sending import send_all
from bridge.protocol.payments import PaymentKind
from bridge.protocol.words import format_address
from tests.integration.settlement.market import Market

pytestmark = pytest.mark.chain
RUNNING = 8
CURSOR_BITS = 32


def send(market: Market, function: str, *arguments: object) -> None:
    data = load_artifact("Settlement").functions[function].encode(*arguments)
    address = market.book.address("Settlement")
    send_all(market.rpc, market.alliance.admin, [(function, address, data, 900_000)], mine=market.alliance.mine)


def with_cursor(market: Market, cursor: int) -> None:
    address = format_address(market.book.address("Settlement"))
    word = int(market.rpc.call("eth_getStorageAt", address, hex(RUNNING), "latest"), 16)
    word = word & ~(0xFFFFFFFF << CURSOR_BITS) | cursor << CURSOR_BITS
    market.rpc.call("anvil_setStorageAt", address, f"0x{RUNNING:064x}", f"0x{word:064x}")
    market.alliance.mine()


def failed(market: Market) -> set[str]:
    report = run_audit(market.alliance.url, market.book)
    assert report.unchecked == ()
    return {finding.check for finding in report.failures}


def test_an_assessment_half_way_is_clean_and_its_words_are_compared(market: Market) -> None:
    """Brand 1 defaults, 2 and 3 take over. After brand 2 the cursor stands between two shares."""
    market.pay(PaymentKind.FUND_IN, 2, 600)
    market.agree(2, 1_000)
    market.agree(3, 450)
    market.convert(1, 2, 1_001)
    market.close()
    market.alliance.mine(settlement.read_epoch(market.rpc, market.book).due_at)
    send(market, "declareDefault", 1)
    assert failed(market) == set()
    send(market, "assess", 1)  # brand 1 itself: no event at all, the cursor moves
    assert failed(market) == set()
    send(market, "assess", 1)
    assert failed(market) == set()
    with_cursor(market, 3)
    assert failed(market) == {"storage-settlement"}
    with_cursor(market, 1)
    assert failed(market) == {"storage-settlement"}
    with_cursor(market, 2)
    send(market, "assess", 5)
    assert failed(market) == set()
