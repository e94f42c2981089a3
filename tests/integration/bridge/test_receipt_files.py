"""A step of a conversion proves itself from one file and a block hash, without a network (R-ALL-3, R-ALL-4, pitfalls
20 and 30)."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from bridge.chain.evidence import fetch_block_evidence
from bridge.chain.witness import WitnessRefused
from bridge.protocol.events import Converted, Rejected, decode_log
from bridge.protocol.items import ItemKind
from bridge.protocol.receipt_files import ReceiptFile, encode_receipt, read_receipt
from bridge.protocol.statement_files import MalformedFile
from bridge.statements.receipts import StepNotFound, check_receipt, make_receipt
from tests.chain_fixtures import Alliance, running_alliance
from tests.integration.audit.posting import Story

pytestmark = pytest.mark.chain
Place = tuple[int, bytes, int, int, object]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """Batches with accepted, refused, claimed and returned items."""
    with running_alliance(tmp_path_factory.mktemp("receipts") / "chain") as made:
        Story(made).play()
        yield made


def outcomes(chain: Alliance) -> list[Place]:
    """(block, transaction, batch, item, outcome) of every item on the chain."""
    found: list[Place] = []
    for number in range(int(chain.rpc.call("eth_blockNumber"), 16) + 1):
        block = fetch_block_evidence(chain.rpc, number)
        for index, receipt in enumerate(block.receipts):
            for log in receipt["logs"]:
                topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
                event = decode_log(topics, bytes.fromhex(log["data"][2:]))
                if isinstance(event, Converted | Rejected):
                    found.append((number, block.hash_of(index), event.seq, event.item, event))
    return found


def test_every_item_of_a_chain_proves_itself(chain: Alliance) -> None:
    kinds = set()
    for block, transaction, seq, item, event in outcomes(chain):
        file = read_receipt(encode_receipt(make_receipt(chain.rpc, chain.book, block, transaction, seq, item)))
        trusted = bytes.fromhex(chain.rpc.call("eth_getBlockByNumber", hex(block), False)["hash"][2:])
        step = check_receipt(file, chain.book, trusted_hash=trusted)
        assert step.outcome == event
        assert (step.block_number, step.seq, step.outcome.item) == (block, seq, item)
        kinds.add(step.item.kind if isinstance(event, Converted) else 0)
    assert kinds == {0, ItemKind.CONVERT_IN, ItemKind.CLAIM, ItemKind.RETURN}


def first(chain: Alliance) -> ReceiptFile:
    block, transaction, seq, item, _ = outcomes(chain)[1]
    return make_receipt(chain.rpc, chain.book, block, transaction, seq, item)


def trusted_hash(file: ReceiptFile) -> bytes:
    return bytes.fromhex(file.header["hash"][2:])


def flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


CHANGES: dict[str, Callable[[ReceiptFile], ReceiptFile]] = {
    "another outcome": lambda f: msgspec.structs.replace(f, receipt=flipped(f.receipt)),
    "another transaction": lambda f: msgspec.structs.replace(f, transaction=flipped(f.transaction)),
    "another item": lambda f: msgspec.structs.replace(f, item=f.item + 1),
    "another log": lambda f: msgspec.structs.replace(f, log=f.log + 1),
    "no such log": lambda f: msgspec.structs.replace(f, log=10_000),
    "another index": lambda f: msgspec.structs.replace(f, transaction_index=f.transaction_index + 1),
    "a cut proof": lambda f: msgspec.structs.replace(f, receipt_proof=f.receipt_proof[:-1]),
    "another header": lambda f: msgspec.structs.replace(f, header={**f.header, "timestamp": "0x1"}),
    "no header": lambda f: msgspec.structs.replace(f, header={}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_with_anything_changed_is_refused(chain: Alliance, change: str) -> None:
    file = first(chain)
    with pytest.raises(WitnessRefused):
        check_receipt(CHANGES[change](file), chain.book, trusted_hash=trusted_hash(file))


def test_another_block_than_the_trusted_one_and_another_desk_are_refused(chain: Alliance) -> None:
    file = first(chain)
    with pytest.raises(WitnessRefused, match="is about block"):
        check_receipt(file, chain.book, trusted_hash=bytes(32))
    with pytest.raises(WitnessRefused, match="a block hash that you trust is needed") as refused:
        check_receipt(file, chain.book)
    assert "--block-hash" in refused.value.next_step and "--rpc" in refused.value.next_step
    contracts = {**chain.book.contracts, "ConversionDesk": chain.book.contracts["RateBoard"]}
    with pytest.raises(WitnessRefused, match="desk"):
        check_receipt(file, msgspec.structs.replace(chain.book, contracts=contracts), trusted_hash=trusted_hash(file))


def test_a_step_that_is_not_there_makes_no_file(chain: Alliance) -> None:
    block, transaction, seq, item, _ = outcomes(chain)[0]
    with pytest.raises(StepNotFound):
        make_receipt(chain.rpc, chain.book, block, bytes(32), seq, item)
    with pytest.raises(StepNotFound):
        make_receipt(chain.rpc, chain.book, block, transaction, seq, 140)


def test_with_one_command_offline_and_against_a_node(chain: Alliance, tmp_path: Path) -> None:
    path, book, file = tmp_path / "receipt.json", tmp_path / "book.json", first(chain)
    path.write_bytes(encode_receipt(file))
    chain.book.save(book)
    command = [sys.executable, "-m", "bridge.verify_cli", "verify-receipt", str(path), "--book", str(book)]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], capture_output=True, text=True, timeout=60)

    for how in (["--rpc", chain.url], ["--block-hash", file.header["hash"]]):
        done = run(*how)
        assert done.returncode == 0, done.stderr
        assert "of its points became" in done.stdout
    refused = run("--block-hash", "0x" + "00" * 32)
    assert refused.returncode == 1
    assert "not verified" in refused.stderr


def test_a_damaged_file_is_malformed(chain: Alliance) -> None:
    data = encode_receipt(first(chain))
    for damaged in (b"", b"{}", data[:-30], data.replace(b"receipt/1", b"receipt/9")):
        with pytest.raises(MalformedFile):
            read_receipt(damaged)
