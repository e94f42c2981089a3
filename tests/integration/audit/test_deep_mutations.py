"""Every stored word, proof node and byte of code, and every value of what nodes and brands hand over (pitfall 30).

The files: a brand's statement, its log's heads with their proofs, a member's inclusion proof, a node's database rows.
"""

from typing import Any

import msgspec
import pytest

from bridge.audit.code_checks import code_is_of_the_sources
from bridge.audit.node_export import ExportedBrand, ExportedItem, NodeExport, SuspendedItem, export_is_the_chain
from bridge.audit.recompile import Compiled
from bridge.audit.run import run_audit
from bridge.audit.slot_hints import SlotHints
from bridge.deploy.address_book import CONTRACTS
from bridge.deploy.artifacts import load_artifact
from bridge.protocol import statement_files as files
from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address
from tests.integration.audit.mutations import Path, branches, changed, chosen, leaves, without
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy
from tests.integration.audit.test_statements_audited import Published, published

pytestmark = pytest.mark.chain
__all__ = ["published"]


def stored_words(story: Story) -> list[Path]:
    """(contract, slot) of every word of every contract, from the node's own dump."""
    hints = SlotHints(story.alliance.rpc)
    return [(name, slot) for name in CONTRACTS for slot in sorted(hints.of(story.alliance.book.address(name)))]


def test_each_stored_word_changed_is_named(story: Story) -> None:
    """Its lowest bit; zeros that Anvil keeps among them."""
    rpc, words = story.alliance.rpc, stored_words(story)
    assert len(words) > 80
    for name, slot in chosen(words, "storage"):
        snapshot = rpc.call("evm_snapshot")
        address = format_address(story.alliance.book.address(str(name)))
        word = int(rpc.call("eth_getStorageAt", address, hex(int(slot)), "latest"), 16) ^ 1
        rpc.call("anvil_setStorageAt", address, f"0x{int(slot):064x}", f"0x{word:064x}")
        story.alliance.mine()
        found = run_audit(story.alliance.url, story.alliance.book).failures
        assert len(found) == 1, f"{name} {slot:#x}: {found}"
        assert found[0].check.startswith("storage-")
        assert found[0].where.startswith(str(name))
        assert rpc.call("evm_revert", snapshot)


def proofs_of(story: Story, contract: str) -> Any:
    address = format_address(story.alliance.book.address(contract))
    return story.alliance.rpc.call("eth_getProof", address, [f"0x{slot:064x}" for slot in (0, 9)], "latest")


@pytest.mark.parametrize("change", [changed, without])
def test_each_node_of_a_proof_is_bound_and_what_stands_beside_it_is_not_read(story: Story, change: Any) -> None:
    """An account's proof is asked for again and again: the RPC lies in the same way each time."""
    honest = run_audit(story.alliance.url, story.alliance.book).to_json()
    whole = proofs_of(story, "AlliancePoint")
    wanted = format_address(story.alliance.book.address("AlliancePoint")).lower()
    paths = [path for path in leaves(whole) if "storageProof" not in path]
    bound = 0
    for path in paths:

        def tamper(method: str, params: list[Any], result: Any, path: Path = path) -> Any:
            return change(result, path) if method == "eth_getProof" and params[0].lower() == wanted else None

        with tampering_proxy(story.alliance.url, tamper) as url:
            report = run_audit(url, story.alliance.book)
        if path[0] == "accountProof":
            bound += 1
            assert {"storage-proofs", "contract-code"} <= {finding.check for finding in report.failures}, path
        else:
            assert report.to_json() == honest, path
    assert bound == len(whole["accountProof"]) > 1


def test_each_byte_of_code_is_bound(story: Story) -> None:
    """The masked parts are bound by the code's proven hash, all others by the compiler too."""
    rpc, book = story.alliance.rpc, story.alliance.book
    for name in CONTRACTS:
        artifact, code = load_artifact(name), rpc.call("eth_getCode", format_address(book.address(name)), "latest")
        compiled = {name: Compiled(artifact.bytecode, artifact.runtime, ())}
        proven = {name: f"0x{keccak(bytes.fromhex(code[2:])).hex()}"}
        for (place,) in chosen([(place,) for place in range(2, len(code), 2)], f"code {name}"):
            byte = int(code[int(place) : int(place) + 2], 16) ^ 1
            mutant = f"{code[: int(place)]}{byte:02x}{code[int(place) + 2 :]}"
            found = list(code_is_of_the_sources(compiled, {name: mutant}, proven, "block 1"))
            assert [finding.check for finding in found] == ["contract-recompiled"], f"{name} byte {place}"


def file_with(published: Published, kind: str, value: Any) -> list[files.StatementFile | files.InclusionFile] | None:
    """The files that an auditor is given, one of them changed; None when it is refused as no such file."""
    data = msgspec.json.encode(value, order="sorted") + b"\n"
    try:
        if kind == "proof":
            return [published.file(), files.read_inclusion(data)]
        return [files.read_statement(data)]
    except files.MalformedFile:
        return None


NAMES = {
    "statement": {"statement-files", "statement-totals", "log-consistency"},
    "event log": {"log-consistency"},
    "proof": {"inclusion-proofs"},
}


@pytest.mark.parametrize("kind", sorted(NAMES))
@pytest.mark.parametrize("change", [changed, without])
def test_each_value_of_a_brands_file_is_bound(published: Published, kind: str, change: Any) -> None:
    """The witness is for members who have a block's state root: an auditor has the ledger itself and reads none."""
    whole: Any = msgspec.to_builtins(published.inclusion() if kind == "proof" else published.file())
    find = leaves if change is changed else branches
    paths = [path for path in find(whole) if path[0] != "witness" and ("heads" in path) == (kind == "event log")]
    refused = 0
    for path in chosen(paths, f"{kind} {change.__name__}"):
        given = file_with(published, kind, change(whole, path))
        if given is None:
            refused += 1
            continue
        failures = {finding.check for finding in published.audit(*given).failures}
        assert failures & NAMES[kind], f"{kind} {path}"
    assert refused < len(paths) or change is without


def an_export() -> NodeExport:
    items = [ExportedItem(1, index, 1 + index % 3, 10 * index, 100 + index, f"id-{index}") for index in range(6)]
    issued = sum(item.alliance_units for item in items if item.kind == 1)
    redeemed = sum(item.alliance_units for item in items if item.kind != 1)
    suspense = [SuspendedItem(1, 7, 2, 55, "nobody's")]
    return [ExportedBrand(1, items, issued, redeemed, 1, suspense), ExportedBrand(2, [], 0, 0)]


def on_chain() -> dict[int, dict[int, int]]:
    """The same as Converted words: brand, batch, item, kind, version, points, units."""
    (first, _) = an_export()
    words = {}
    for item in (*first.items, *first.suspense):
        head = 1 << 224 | item.seq << 184 | item.item_index << 168 | item.kind << 160 | 1 << 128
        points = item.local_points if isinstance(item, ExportedItem) else 0
        words[item.seq << 16 | item.item_index] = head | points << 64 | item.alliance_units
    return {1: words}


@pytest.mark.parametrize("change", [changed, without])
def test_each_value_of_a_nodes_row_is_compared_with_the_chain(change: Any) -> None:
    """`item_id` is the node's own name for it; a brand that is not exported, or empty, says nothing.
    Without `through_seq` all batches are compared, which are no more here."""
    assert list(export_is_the_chain(an_export(), on_chain())) == []
    whole: Any = msgspec.to_builtins(an_export())
    find = leaves if change is changed else branches
    compared = 0
    for path in find(whole):
        if path[-1] == "item_id" or len(path) == 1 or (change is without and path[-1] == "through_seq"):
            continue
        try:
            mutant = msgspec.convert(change(whole, path), NodeExport)
        except msgspec.ValidationError:
            continue
        found = {finding.check for finding in export_is_the_chain(mutant, on_chain())}
        compared += 1
        empty = path[0] == 1 and path[-1] in ("brand_id", "items", "through_seq", "suspense")
        assert bool(found & {"node-items", "node-totals", "node-suspense"}) != empty, f"{path} {found}"
    assert compared > (25 if change is changed else 5)
