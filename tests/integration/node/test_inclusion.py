"""A member checks their own line with one command: against a chain node, or against a block hash and nothing else
(R-AUD-1; pitfalls 27, 30)."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from bridge.chain.witness import WitnessRefused
from bridge.deploy.address_book import AddressBook
from bridge.protocol.liabilities import InclusionRefused
from bridge.protocol.statement_files import MalformedFile, encode, read_inclusion
from bridge.statements.check import check_inclusion
from tests.integration.node.brands import BrandNode
from tests.integration.node.test_statements import Month, brand, chain

__all__ = ["brand", "chain"]
pytestmark = pytest.mark.chain


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The statements' own tests run on both databases."""
    return sqlite_url


@pytest.fixture
def month(brand: BrandNode) -> Month:
    made = Month(brand)
    made.make()
    made.publish()
    return made


def book_of(month: Month, directory: Path) -> Path:
    path = directory / "book.json"
    month.brand.alliance.book.save(path)
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bridge.verify_cli", "verify-inclusion", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_with_one_command_against_a_chain_node(month: Month, tmp_path: Path) -> None:
    file, book = tmp_path / "mine.json", book_of(month, tmp_path)
    file.write_bytes(month.statements.inclusion(month.month, month.members[2]))
    done = run(str(file), "--book", str(book), "--rpc", month.brand.alliance.url)
    assert done.returncode == 0, done.stderr
    assert f"{month.balance(month.members[2])} points of member {month.members[2]}" in done.stdout
    assert "whether other members are listed" in done.stdout


def test_with_a_block_hash_and_no_network(month: Month, tmp_path: Path) -> None:
    file, book = tmp_path / "mine.json", book_of(month, tmp_path)
    file.write_bytes(month.statements.inclusion(month.month, month.members[0]))
    block_hash = month.brand.alliance.rpc.call("eth_getBlockByNumber", "latest", False)["hash"]
    month.brand.alliance.mine()
    assert run(str(file), "--book", str(book), "--block-hash", block_hash).returncode == 0
    other = month.brand.alliance.rpc.call("eth_getBlockByNumber", "latest", False)["hash"]
    refused = run(str(file), "--book", str(book), "--block-hash", other)
    assert refused.returncode == 1
    assert "not verified" in refused.stderr
    assert "is about block" in refused.stderr
    unanchored = run(str(file), "--address-book", str(book))
    assert unanchored.returncode == 1
    assert "--block-hash" in unanchored.stderr and "--rpc" in unanchored.stderr, "both ways to trust are named"


def test_a_block_before_publication_proves_nothing(month: Month, tmp_path: Path) -> None:
    alliance = month.brand.alliance
    file = read_inclusion(month.statements.inclusion(month.month, month.members[0]))
    without = msgspec.structs.replace(file, witness=None)
    with pytest.raises(WitnessRefused, match="before its statement was on the ledger"):
        check_inclusion(without, alliance.book, trusted_hash=bytes(32))
    other_brand = msgspec.structs.replace(file, brand_id=file.brand_id + 100)
    with pytest.raises(InclusionRefused):
        check_inclusion(other_brand, alliance.book, rpc=alliance.rpc)
    assert check_inclusion(file, alliance.book, rpc=alliance.rpc).points == month.balance(month.members[0])


def test_a_statement_that_was_shown_and_not_published_is_refused(brand: BrandNode) -> None:
    month = Month(brand)
    month.make()
    file = read_inclusion(month.statements.inclusion(month.month, month.members[0]))
    with pytest.raises(InclusionRefused, match="has not published"):
        check_inclusion(file, brand.alliance.book, rpc=brand.alliance.rpc)


Change = Callable[[dict[str, object]], None]
CHANGES: dict[str, Change] = {
    "more points": lambda file: file.update(points=str(int(str(file["points"])) + 1)),
    "another member": lambda file: file.update(member_id="00000000-0000-4000-8000-000000000001"),
    "another total": lambda file: file["statement"].update(total_points="1"),  # type: ignore[attr-defined]
    "another month": lambda file: file["statement"].update(month="2020-01"),  # type: ignore[attr-defined]
    "another registry": lambda file: file.update(registry="0x" + "11" * 20),
    "another chain": lambda file: file.update(chain_id=1),
    "another header": lambda file: file["witness"]["header"].update(stateRoot="0x" + "00" * 32),  # type: ignore[index]
    "a cut proof": lambda file: file["witness"]["storage_proof"].pop(),  # type: ignore[index]
    "another salt": lambda file: file["first"].update(salt="0x" + "00" * 32),  # type: ignore[attr-defined]
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_with_anything_changed_is_refused(month: Month, change: str) -> None:
    alliance = month.brand.alliance
    raw = msgspec.json.decode(month.statements.inclusion(month.month, month.members[0]))
    trusted = bytes.fromhex(raw["witness"]["header"]["hash"][2:])
    assert check_inclusion(read_inclusion(msgspec.json.encode(raw)), alliance.book, trusted_hash=trusted)
    CHANGES[change](raw)
    with pytest.raises((InclusionRefused, WitnessRefused)):
        check_inclusion(read_inclusion(msgspec.json.encode(raw)), alliance.book, trusted_hash=trusted)


def test_files_that_are_none_are_malformed(month: Month) -> None:
    raw = month.statements.inclusion(month.month, month.members[0])
    for damaged in (b"", b"[]", raw[:-40], raw.replace(b"inclusion/1", b"inclusion/2"), b"\xff" + raw):
        with pytest.raises(MalformedFile):
            read_inclusion(damaged)
    assert encode(read_inclusion(raw)) == raw


def test_a_proof_file_names_nobody_else(month: Month) -> None:
    """No other member's id, and no other balance beside the own two leaves (pitfall 27)."""
    text = month.statements.inclusion(month.month, month.members[0]).decode()
    file = read_inclusion(text.encode())
    balances = {month.balance(other) * 1_000_000 for other in month.members[1:]}
    assert not any(other in text for other in month.members[1:])
    assert not {int(part.path[0].sum) for part in (file.first, file.second)} & balances


def test_the_address_book_decides_which_registry_counts(month: Month) -> None:
    file = read_inclusion(month.statements.inclusion(month.month, month.members[0]))
    book: AddressBook = month.brand.alliance.book
    foreign = msgspec.structs.replace(
        book, contracts={**book.contracts, "StatementRegistry": book.contracts["RateBoard"]}
    )
    with pytest.raises(InclusionRefused, match="another chain or registry"):
        check_inclusion(file, foreign, trusted_hash=bytes(32))
