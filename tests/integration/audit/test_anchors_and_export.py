"""What the auditor brings along: address book, own build, checkpoint; and a node's own view to compare."""

from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from bridge.audit import creation
from bridge.audit.contracts.conversion_desk.batch import unpack_outcome
from bridge.audit.findings import Level
from bridge.audit.node_export import ExportedBrand, ExportedItem, NodeExport, NodeExportError, load_export
from bridge.audit.report import Report
from bridge.audit.run import run_audit
from bridge.chain.proofs import EMPTY_TRIE_ROOT
from bridge.deploy.address_book import AddressBook, DeployParameters
from bridge.deploy.artifacts import ArtifactMissing
from bridge.protocol.events import TOPICS
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain


def failed(report: Report) -> set[str]:
    return {finding.check for finding in report.failures}


def changed(book: AddressBook, **fields: Any) -> AddressBook:
    return msgspec.structs.replace(book, **fields)


def test_an_address_book_with_kinder_rules_than_the_chain_is_named(story: Story) -> None:
    """Whoever edits the notice period in the book cannot make a short notice look lawful."""
    book = changed(story.alliance.book, params=DeployParameters(notice_period=1, cover_rule=False))
    assert failed(run_audit(story.alliance.url, book)) == {"contract-creation"}


def test_an_address_book_of_another_chain_is_named(story: Story) -> None:
    book = changed(story.alliance.book, deployed_block_hash=f"0x{'77' * 32}")
    assert failed(run_audit(story.alliance.url, book)) == {"address-book-block"}


def test_an_address_book_that_starts_too_late_is_named(story: Story) -> None:
    """The events before it would be missed: code is already there in the block before."""
    late = story.alliance.book.deployed_block + 2
    header = story.alliance.rpc.call("eth_getBlockByNumber", hex(late), False)
    book = changed(story.alliance.book, deployed_block=late, deployed_block_hash=header["hash"])
    report = run_audit(story.alliance.url, book)
    assert "nothing-before" in failed(report)
    assert "contract-creation" in {finding.check for finding in report.unchecked}


def test_a_lie_about_the_block_before_the_first_is_named(story: Story) -> None:
    """That block isn't part of the chain of hashes that was walked, so it must be the first one's parent."""
    late = story.alliance.book.deployed_block + 2
    header = story.alliance.rpc.call("eth_getBlockByNumber", hex(late), False)
    book = changed(story.alliance.book, deployed_block=late, deployed_block_hash=header["hash"])

    def lie(method: str, params: list[Any], result: Any) -> Any:
        before = method == "eth_getBlockByNumber" and params[0] == hex(late - 1)
        return result | {"stateRoot": f"0x{EMPTY_TRIE_ROOT.hex()}"} if before else None

    with tampering_proxy(story.alliance.url, lie) as url:
        (finding,) = (found for found in run_audit(url, book).failures if found.check == "nothing-before")
    assert finding.actual == "another block"


def test_an_address_without_a_contract_is_named(story: Story) -> None:
    contracts = story.alliance.book.contracts | {"ClearingHouse": f"0x{'12' * 20}"}
    assert "contract-code" in failed(run_audit(story.alliance.url, changed(story.alliance.book, contracts=contracts)))


def audit_with_build(story: Story, monkeypatch: pytest.MonkeyPatch, flipped_byte: int) -> Report:
    """The auditor's own build of the RateBoard differs in one byte of its code."""
    honest = creation.load_artifact

    def other_build(name: str) -> Any:
        artifact = honest(name)
        if name != "RateBoard":
            return artifact
        code = bytearray(artifact.bytecode)
        code[flipped_byte] ^= 1
        return msgspec.structs.replace(artifact, bytecode=bytes(code))

    monkeypatch.setattr(creation, "load_artifact", other_build)
    return run_audit(story.alliance.url, story.alliance.book)


def test_code_that_is_not_the_auditors_build_is_named(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failed(audit_with_build(story, monkeypatch, 200)) == {"contract-source"}


def test_a_comment_changed_in_the_sources_is_the_same_code(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last bytes are the compiler's hash of the source text; they never run."""
    assert audit_with_build(story, monkeypatch, -20).exit_code == 0


def test_without_a_build_of_the_contracts_their_code_stays_unchecked(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_build(name: str) -> Any:
        raise ArtifactMissing(Path(f"artifacts/{name}.json"))

    monkeypatch.setattr(creation, "load_artifact", no_build)
    report = run_audit(story.alliance.url, story.alliance.book)
    assert (failed(report), report.exit_code) == (set(), 3)
    assert {finding.check for finding in report.unchecked} == {"contract-source"}


@pytest.fixture
def honest_export(story: Story) -> NodeExport:
    """What an honest node of each brand exports: its accepted items, from the chain's events."""
    items: dict[int, list[ExportedItem]] = {1: [], 2: []}
    sums = {1: [0, 0], 2: [0, 0]}
    for log in ForgedChain(story.alliance.rpc).logs(TOPICS["Converted"]):
        packed = int(log["data"], 16)
        brand_id, fact = packed >> 224, unpack_outcome(packed)
        seq, index = packed >> 184 & 0xFFFFFFFFFF, packed >> 168 & 0xFFFF
        items[brand_id].append(
            ExportedItem(seq, index, fact.kind, fact.local_points, fact.alliance_units, f"id-{index}")
        )
        sums[brand_id][fact.kind != 1] += fact.alliance_units
    return [ExportedBrand(brand_id, rows, *sums[brand_id]) for brand_id, rows in items.items()]


def audit_of(story: Story, export: NodeExport) -> Report:
    return run_audit(story.alliance.url, story.alliance.book, export=export)


def test_an_honest_nodes_export_agrees_with_the_chain(story: Story, honest_export: NodeExport, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(orjson.dumps(msgspec.to_builtins(honest_export)))
    report = audit_of(story, load_export(path))
    assert report.exit_code == 0
    (row,) = (row for row in report.checks if row["check"] == "node-items")
    assert (row["examined"], row["level"]) == (11, Level.PROVEN)


def test_a_tampered_database_row_is_named(story: Story, honest_export: NodeExport) -> None:
    """Pitfall 30: one amount changed in the node's database."""
    brand = honest_export[0]
    row = msgspec.structs.replace(brand.items[3], local_points=brand.items[3].local_points + 1)
    tampered = msgspec.structs.replace(brand, items=[*brand.items[:3], row, *brand.items[4:]])
    report = audit_of(story, [tampered, honest_export[1]])
    (finding,) = report.failures
    assert (finding.check, finding.level, finding.where) == ("node-items", Level.PROVEN, "brand 1 batch 1, item 3")
    assert "103 local points" in finding.expected
    assert "104 local points" in finding.actual


def test_a_row_that_is_missing_double_or_invented_is_named(story: Story, honest_export: NodeExport) -> None:
    brand = honest_export[0]
    missing = msgspec.structs.replace(brand, items=brand.items[1:])
    double = msgspec.structs.replace(brand, items=[*brand.items, brand.items[0]])
    invented = msgspec.structs.replace(brand, items=[*brand.items, ExportedItem(9, 0, 1, 1, 10)])
    for export, said in ((missing, "not in the node's export"), (double, "second row"), (invented, "kind 1")):
        (finding,) = audit_of(story, [export]).failures
        assert finding.check == "node-items"
        assert said in finding.actual


def test_wrong_totals_of_a_node_are_named(story: Story, honest_export: NodeExport) -> None:
    brand = msgspec.structs.replace(honest_export[0], redeemed=honest_export[0].redeemed - 1)
    assert failed(audit_of(story, [brand])) == {"node-totals"}


def test_a_node_that_lags_exports_through_which_batch_it_knows(story: Story, honest_export: NodeExport) -> None:
    brand = honest_export[0]
    known = [item for item in brand.items if item.seq == 1]
    issued = sum(item.alliance_units for item in known)
    lagging = msgspec.structs.replace(brand, items=known, issued=issued, redeemed=0, through_seq=1)
    assert audit_of(story, [lagging]).exit_code == 0


@pytest.mark.parametrize("content", [b"{", b"{}", b'[{"brand_id": 1}]', b'[{"brand_id": true, "items": []}]'])
def test_an_export_of_another_form_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.json"
    path.write_bytes(content)
    with pytest.raises(NodeExportError, match="documented form"):
        load_export(path)
    with pytest.raises(NodeExportError, match="cannot be read"):
        load_export(tmp_path / "missing.json")
