"""An RPC that changes its answers: each lie is found, and named by the check whose business it is (pitfalls 21, 30)."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge.audit.findings import Finding, Level
from bridge.audit.logs import EVENTS
from bridge.audit.run import StateFile, run_audit
from bridge.protocol.events import TOPICS
from tests.chain_fixtures import key
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import Tamper, tampering_proxy

pytestmark = pytest.mark.chain
CONVERTED = f"0x{TOPICS['Converted'].hex()}"


def findings(story: Story, tamper: Tamper) -> tuple[Finding, ...]:
    with tampering_proxy(story.alliance.url, tamper) as url:
        return run_audit(url, story.alliance.book).findings


def names(found: tuple[Finding, ...]) -> set[str]:
    return {finding.check for finding in found if finding.level is Level.PROVEN}


def on_receipts(change: Callable[[list[dict[str, Any]]], None]) -> Tamper:
    """A change of the receipts of the first block that holds a Converted event."""

    def tamper(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getBlockReceipts":
            return None
        if any(log["topics"][0] == CONVERTED for row in result for log in row["logs"]):
            change(result)
        return result

    return tamper


def on_last_block_with_transactions(story: Story, change: Callable[[dict[str, Any]], None]) -> Tamper:
    """A change of the newest block that is not empty."""
    rpc = story.alliance.rpc
    number = int(rpc.call("eth_blockNumber"), 16)
    while not rpc.call("eth_getBlockByNumber", hex(number), False)["transactions"]:
        number -= 1

    def tamper(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == hex(number):
            change(result)
        return result

    return tamper


def first_converted(receipts: list[dict[str, Any]]) -> dict[str, Any]:
    return next(log for row in receipts for log in row["logs"] if log["topics"][0] == CONVERTED)


def test_a_dropped_log_is_found_by_the_receipts_root(story: Story) -> None:
    def drop(receipts: list[dict[str, Any]]) -> None:
        for row in receipts:
            row["logs"] = [log for log in row["logs"] if log is not first_converted(receipts)]

    found = names(findings(story, on_receipts(drop)))
    assert {"receipts-root", "one-outcome-per-item"} <= found


def test_a_dropped_receipt_is_found_by_the_receipts_root(story: Story) -> None:
    assert "receipts-root" in names(findings(story, on_receipts(lambda receipts: receipts.clear())))


def test_a_changed_amount_in_a_log_is_found_by_the_receipts_root_and_by_the_rate(story: Story) -> None:
    def raise_units(receipts: list[dict[str, Any]]) -> None:
        log = first_converted(receipts)
        log["data"] = f"0x{int(log['data'], 16) + 1:064x}"

    found = names(findings(story, on_receipts(raise_units)))
    assert {"receipts-root", "rate-applied", "mints-match-items"} <= found


def test_a_log_moved_to_another_contract_is_found(story: Story) -> None:
    def move(receipts: list[dict[str, Any]]) -> None:
        first_converted(receipts)["address"] = f"0x{'11' * 20}"

    assert "receipts-root" in names(findings(story, on_receipts(move)))


def test_receipts_of_another_shape_are_a_finding_and_not_a_crash(story: Story) -> None:
    def break_logs(receipts: list[dict[str, Any]]) -> None:
        receipts[0]["logs"] = "none"

    assert "receipts-root" in names(findings(story, on_receipts(break_logs)))
    for receipts in (["0x11"], [None], [[]]):

        def break_rows(method: str, params: list[Any], result: Any, rows: Any = receipts) -> Any:
            return [row | {"logs": rows} for row in result] if method == "eth_getBlockReceipts" else None

        assert "receipts-root" in names(findings(story, break_rows))


def test_text_that_hashes_like_data_but_reads_otherwise_is_refused(story: Story) -> None:
    """`bytes.fromhex` takes spaces: the hashed bytes stay the same, the characters at a position do not."""

    def add_spaces(receipts: list[dict[str, Any]]) -> None:
        log = first_converted(receipts)
        log["data"] = "0x" + " " + log["data"][2:]

    assert "receipts-root" in names(findings(story, on_receipts(add_spaces)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timestamp", "0x1"),
        ("stateRoot", f"0x{'22' * 32}"),
        ("extraData", "0x00"),
        ("gasUsed", "0x7"),
        ("mixHash", f"0x{'33' * 32}"),
        ("parentHash", f"0x{'44' * 32}"),
        ("requestsHash", None),
        ("number", "0xffff"),
        ("miner", "0x12"),
        ("hash", f"0x{'55' * 32}"),
        ("baseFeePerGas", "0x9999"),
        ("gasUsed", "much"),
    ],
)
def test_a_changed_header_field_is_found_by_the_header_hash(story: Story, field: str, value: str | None) -> None:
    def change(block: dict[str, Any]) -> None:
        block[field] = value

    found = names(findings(story, on_last_block_with_transactions(story, change)))
    assert "header-hash" in found
    if field != "hash":
        assert "parent-hash" in found  # the next block does not continue the changed one


def test_changed_calldata_is_found_by_the_transactions_root_and_by_the_items_hash(story: Story) -> None:
    def change(block: dict[str, Any]) -> None:
        data = block["transactions"][0]["input"]
        block["transactions"][0]["input"] = data[:-80] + ("0" if data[-80] != "0" else "1") + data[-79:]

    found = names(findings(story, on_last_block_with_transactions(story, change)))
    assert {"transactions-root", "batch-items", "batch-poster"} <= found


@pytest.mark.parametrize("field", ["hash", "number", "parentHash", "transactionsRoot"])
def test_a_lie_of_any_length_makes_a_short_report(story: Story, field: str) -> None:
    def change(block: dict[str, Any]) -> None:
        block[field] = "0x" + "9" * 300_000

    found = findings(story, on_last_block_with_transactions(story, change))
    assert "header-hash" in names(found)
    assert max(len(finding.expected) + len(finding.actual) for finding in found) < 10_000


@pytest.mark.parametrize("kind", ["0x80", "0x100", "-0x1"])
def test_a_receipt_of_an_impossible_type_is_a_finding_and_not_a_crash(story: Story, kind: str) -> None:
    def change(receipts: list[dict[str, Any]]) -> None:
        receipts[0]["type"] = kind

    assert "receipts-root" in names(findings(story, on_receipts(change)))


def test_a_changed_sender_field_is_not_believed_in_the_first_place(story: Story) -> None:
    """The sender comes out of the signature; `from` is not part of a transaction's hash."""

    def change(block: dict[str, Any]) -> None:
        block["transactions"][0]["from"] = f"0x{'66' * 20}"

    assert names(findings(story, on_last_block_with_transactions(story, change))) == set()


def test_a_hidden_transaction_is_found(story: Story) -> None:
    def change(block: dict[str, Any]) -> None:
        block["transactions"] = []

    found = names(findings(story, on_last_block_with_transactions(story, change)))
    assert {"transactions-root", "batch-items"} <= found


def test_a_forged_storage_proof_is_found(story: Story) -> None:
    """A leaf that says another balance does not hash to its parent. (Where the whole storage is as foretold, its root
    proves it and no slot's proof is asked for.)"""

    def forge(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getProof" or not result["storageProof"]:
            return None
        for row in result["storageProof"]:
            leaf = row["proof"][-1]
            row["proof"][-1] = leaf[:-2] + f"{(int(leaf[-2:], 16) + 1) % 256:02x}"
        return result

    assert names(findings(story, forge)) == {"storage-proofs"}


def test_a_proof_of_another_block_is_found(story: Story) -> None:
    """A stale but honest proof: right for its own state root, not for the audited one (pitfall 21)."""
    rpc, book = story.alliance.rpc, story.alliance.book

    def stale(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getProof" and params[1]:
            return rpc.call("eth_getProof", params[0], params[1], hex(book.deployed_block))
        return None

    assert "storage-proofs" in names(findings(story, stale))


def test_values_beside_the_proofs_are_not_read(story: Story) -> None:
    def change(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getProof":
            result["balance"], result["storageHash"], result["codeHash"] = "0x1", "0x2", "0x3"
            for row in result["storageProof"]:
                row["value"] = "0xdead"
            return result
        return None

    assert findings(story, change) == ()


def test_missing_proofs_leave_the_storage_unchecked_and_say_so(story: Story) -> None:
    """Nothing failed, but exit code 3: incomplete."""
    head = story.alliance.rpc.call("eth_blockNumber")

    def refuse(method: str, params: list[Any], result: Any) -> Any:
        return {"accountProof": [], "storageProof": []} if method == "eth_getProof" and params[2] == head else None

    assert names(findings(story, refuse)) >= {"storage-proofs", "contract-code"}
    with tampering_proxy(story.alliance.url, lambda *_: None, refused={"eth_getProof"}) as url:
        report = run_audit(url, story.alliance.book)
    assert report.failures == ()
    assert {finding.check for finding in report.unchecked} >= {"storage-balance", "storage-supply", "contract-code"}
    assert report.exit_code == 3


def test_an_event_that_the_model_cannot_take_in_ends_in_a_report_and_is_never_clean(
    story: Story, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One finding names it, what comes after it is unchecked once, and who goes on from the state file reads the same.

    A fault of the auditor's own stands in for the lie that its checks do not know yet.
    """

    def broken(*_: object) -> None:
        raise KeyError(5)

    event = EVENTS["ConversionDesk"][CONVERTED]
    monkeypatch.setitem(EVENTS["ConversionDesk"], CONVERTED, dataclasses.replace(event, take=broken))
    state_file = StateFile(tmp_path / "state", key(7001))
    report = run_audit(story.alliance.url, story.alliance.book, state_file=state_file)
    assert [(one.check, one.actual) for one in report.failures] == [
        ("known-events", "ConversionDesk.Converted leads to KeyError")
    ]
    assert [(one.check, one.actual) for one in report.unchecked] == [("known-events", "the replay stopped")]
    assert report.exit_code == 1
    again = run_audit(story.alliance.url, story.alliance.book, state_file=state_file)
    assert again.to_json() == report.to_json()
