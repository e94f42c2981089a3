"""Headers of Subnet-EVM chains (Snowman consensus): hashes, roots and a storage proof of a real network's blocks.

The vectors were recorded from four validators by tests/networks/record_vectors.py; nothing in them is made up.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bridge.audit.evidence import check_form
from bridge.audit.findings import Level
from bridge.audit.limits import limits
from bridge.audit.source import RawBlock
from bridge.chain.evidence import UntrustedBlock, verify_header
from bridge.chain.headers import header_hash, is_snowman, qbft_extra_data
from bridge.chain.hexadecimal import data_of
from bridge.chain.proofs import BadProof, verify_account_proof, verify_storage_proof
from bridge.chain.tries import receipts_root, transactions_root
from bridge.chain.witness import header_only

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "snowman_vectors.json").read_text())
BLOCKS: list[dict[str, Any]] = VECTORS["blocks"]
PROVEN = next(block for block in BLOCKS if int(block["number"], 16) == VECTORS["proof_at"])
APPENDED = (
    "baseFeePerGas",
    "blockGasCost",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "timestampMilliseconds",
    "minDelayExcess",
)


@pytest.mark.parametrize("block", [VECTORS["genesis"], *BLOCKS], ids=lambda block: f"block {int(block['number'], 16)}")
def test_a_header_hashes_to_the_networks_own_hash(block: dict[str, Any]) -> None:
    """EVIDENCE-1, genesis too, whose extra data is empty."""
    assert header_hash(block) == data_of(block, "hash") == verify_header(block).hash
    assert is_snowman(block)
    assert qbft_extra_data(block) is None


def test_each_block_names_the_one_before() -> None:
    """EVIDENCE-2."""
    for before, after in pairwise(BLOCKS):
        assert data_of(after, "parentHash") == header_hash(before)


def test_members_files_keep_every_field_that_the_hash_needs() -> None:
    """Receipts and inclusion proofs carry the header without the rest of the block."""
    kept = header_only(BLOCKS[0])
    assert verify_header(kept).hash == data_of(BLOCKS[0], "hash")
    assert {"transactions", "size", "totalDifficulty"} & set(kept) == set()


@pytest.mark.parametrize("field", APPENDED)
def test_every_appended_field_counts(field: str) -> None:
    """Changed or left out, the header is another one."""
    block = BLOCKS[-1]
    changed = hex(int(block[field], 16) + 1) if field != "parentBeaconBlockRoot" else "0x" + "11" * 32
    for wrong in (block | {field: changed}, {name: value for name, value in block.items() if name != field}):
        with pytest.raises(UntrustedBlock):
            verify_header(wrong)


def test_the_fields_stand_in_the_engines_order() -> None:
    """`blockGasCost` stands where Shanghai's withdrawals root stands elsewhere: the same fields, read as Ethereum's,
    have another hash."""
    block = {name: value for name, value in BLOCKS[0].items() if name != "blockGasCost"}
    assert not is_snowman(block)
    assert header_hash(block) != data_of(BLOCKS[0], "hash")


@pytest.mark.parametrize("index", range(len(BLOCKS)))
def test_receipts_and_transactions_are_those_of_the_header(index: int) -> None:
    """EVIDENCE-3 and 4: Merkle-Patricia roots as on Ethereum."""
    block, receipts = BLOCKS[index], VECTORS["receipts"][index]
    assert receipts_root(receipts) == data_of(block, "receiptsRoot")
    assert transactions_root(block["transactions"]) == data_of(block, "transactionsRoot")
    assert receipts[0]["logs"]
    assert receipts_root([receipts[0] | {"logs": receipts[0]["logs"][:-1]}]) != data_of(block, "receiptsRoot")


def test_storage_is_proven_against_the_header() -> None:
    """EVIDENCE-6: the token's supply, under the state root of a header whose hash was recomputed."""
    root, token = data_of(PROVEN, "stateRoot"), bytes.fromhex(VECTORS["token"][2:])
    account = verify_account_proof(root, token, VECTORS["proof"])
    (row,) = VECTORS["proof"]["storageProof"]
    assert verify_storage_proof(account.storage_root, VECTORS["supply_slot"], row) == VECTORS["supply"] == 1_000
    with pytest.raises(BadProof):
        verify_account_proof(data_of(BLOCKS[0], "stateRoot"), token, VECTORS["proof"])


def test_gas_costs_one_wei_there() -> None:
    assert [block["baseFeePerGas"] for block in BLOCKS] == ["0x1"] * len(BLOCKS)


def test_an_auditor_whose_book_says_snowman_takes_no_other_header() -> None:
    assert list(check_form(RawBlock(0, VECTORS["genesis"], []))) == []
    other = {name: value for name, value in BLOCKS[0].items() if name != "blockGasCost"}
    (finding,) = check_form(RawBlock(8, other, []))
    assert (finding.invariant, finding.level) == ("EVIDENCE-1", Level.PROVEN)


@pytest.mark.parametrize("checkpoint", [False, True])
def test_every_report_says_that_the_votes_are_not_proven(checkpoint: bool) -> None:
    """DESIGN §8: a report that hides its limits is worth nothing."""
    first = limits(checkpoint, consensus="snowman")[0]
    assert first["level"] == Level.ATTESTED.value
    assert "votes are in no header" in first["why"]
