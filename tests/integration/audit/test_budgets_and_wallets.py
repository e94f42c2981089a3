"""Budgets and own wallets under audit: an honest story is clean, and each lie about it is named (INV-18 to INV-21)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from msgspec import structs

from bridge.audit.run import run_audit
from bridge.protocol.budgets import Budget
from bridge.protocol.events import TOPICS
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.signed_items import SignedItem, typed_data
from tests.chain_fixtures import Alliance, running_alliance
from tests.integration.audit.posting import DAY, post, post_signed
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
ANN = Account.from_key(b"\x51" * 32)
ADDRESS = bytes.fromhex(ANN.address[2:])


def intent(alliance: Alliance, nonce: int) -> SignedItem:
    deadline, empty = alliance.now() + DAY, bytes(32)
    item = SignedItem(ItemKind.CONVERT_OUT, 1, deadline, 20, 1, nonce, ADDRESS, empty, empty, empty, empty, 0)
    made = ANN.sign_typed_data(
        full_message=typed_data(item, 2, alliance.book.chain_id, alliance.book.address("ConversionDesk"))
    )
    return structs.replace(item, r=made.r.to_bytes(32, "big"), s=made.s.to_bytes(32, "big"), v=made.v)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Alliance]:
    """Brand 1 funds a budget for brand 2 and fills a wallet; brand 2 spends, and the wallet converts out twice."""
    with running_alliance(tmp_path / "chain") as alliance:
        budget = Budget(1, 2, b"\x07" * 32, alliance.now() + DAY)
        wallet = Item(ItemKind.TO_WALLET, 1, 0, 0, 10, bytes(32), ADDRESS.rjust(32, b"\0"))
        post(alliance, alliance.brands[0], 1, [budget.fund(500), wallet])
        post(alliance, alliance.brands[1], 1, [budget.spend(300), budget.spend(300), budget.unspend(10)])
        post_signed(alliance, alliance.brands[1], 2, [intent(alliance, 0), intent(alliance, 0), intent(alliance, 1)])
        yield alliance


def test_an_honest_story_is_clean(story: Alliance) -> None:
    report = run_audit(story.url, story.book)
    assert [*report.failures, *report.unchecked] == []
    assert report.totals["accepted_items"] == 6


def carry_out(seq: int, kind: ItemKind, units: int, local: int = 0) -> Any:
    """A lie: item 1 of brand 2's batch was carried out, where the desk had refused it."""
    rejected, converted = f"0x{TOPICS['Rejected'].hex()}", f"0x{TOPICS['Converted'].hex()}"

    def tamper(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getBlockReceipts":
            return None
        for log in [log for row in result for log in row["logs"]]:
            if log["topics"][0] == rejected and int(log["topics"][2], 16) == seq:
                version = 1 if kind == ItemKind.CONVERT_OUT else 0
                word = 2 << 224 | seq << 184 | 1 << 168 | kind << 160 | version << 128 | local << 64 | units
                log["topics"], log["data"] = [converted], f"0x{word:064x}"
        return result

    return tamper


def lies(story: Alliance, tamper: Any) -> set[str]:
    with tampering_proxy(story.url, tamper) as url:
        return {finding.check for finding in run_audit(url, story.book).failures}


def test_a_spend_above_what_the_budget_holds_is_found(story: Alliance) -> None:
    """Pitfall 34: besides the receipts' root, the rule that was broken is named."""
    assert {"budget-kept", "receipts-root", "item-decision"} <= lies(story, carry_out(1, ItemKind.SPEND, 300))


def test_a_replayed_intent_is_found(story: Alliance) -> None:
    """Pitfall 24, and the nonce in the desk's storage says so too."""
    found = lies(story, carry_out(2, ItemKind.CONVERT_OUT, 20, 1))
    assert {"wallet-intent", "receipts-root", "storage-nonce"} <= found


def test_a_forged_signature_in_the_calldata_is_found(story: Alliance) -> None:
    """An RPC that shows another signature for an item that was carried out."""
    number = hex(int(story.rpc.call("eth_blockNumber"), 16))

    def forge(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == number:
            data = result["transactions"][0]["input"]
            at = 10 + 8 * 32 + 2 * 130  # within r of the first item
            result["transactions"][0]["input"] = data[:at] + f"{15 - int(data[at], 16):x}" + data[at + 1 :]
        return result

    assert {"wallet-intent", "batch-items", "transactions-root"} <= lies(story, forge)
