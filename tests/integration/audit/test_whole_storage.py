"""Nothing hidden: every word of every contract is foretold by the replay, or it is a finding (R-AUD-1, pitfall 30)."""

from collections.abc import Iterator

import pytest

from bridge.audit.audited import AUDITED
from bridge.audit.findings import Finding
from bridge.audit.run import run_audit
from bridge.chain.storage_root import path_of
from bridge.deploy.address_book import CONTRACTS
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.sending import send_all
from bridge.protocol.words import format_address
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
HIDDEN = 0xB0B << 128


@pytest.fixture
def scratch(story: Story) -> Iterator[Story]:
    """The story, with what the test does to it undone afterwards."""
    snapshot = story.alliance.rpc.call("evm_snapshot")
    yield story
    assert story.alliance.rpc.call("evm_revert", snapshot)


def store(story: Story, contract: str, slot: int, word: int) -> None:
    address = format_address(story.alliance.book.address(contract))
    story.alliance.rpc.call("anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{word:064x}")
    story.alliance.mine()


def failures(story: Story) -> tuple[Finding, ...]:
    return run_audit(story.alliance.url, story.alliance.book).failures


def test_every_contract_of_the_address_book_is_audited() -> None:
    assert sorted(audited.name for audited in AUDITED) == sorted(CONTRACTS)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_word_that_no_event_speaks_of_is_found_in_each_contract(scratch: Story, contract: str) -> None:
    store(scratch, contract, HIDDEN, 1)
    (found,) = failures(scratch)
    assert (found.check, found.actual) == ("storage-complete", "0x1")
    assert contract in found.where
    assert path_of(HIDDEN) in found.where


@pytest.mark.parametrize(
    ("contract", "slot", "check"),
    [
        ("BrandRegistry", 0, "storage-access"),
        ("BrandRegistry", 7, "storage-brand"),
        ("GuaranteeFund", 0, "storage-access"),
        ("GuaranteeFund", 3, "storage-fund"),
        ("Settlement", 0, "storage-access"),
        ("Settlement", 5, "storage-settlement"),
        ("Settlement", 8, "storage-settlement"),
        ("FounderMembership", 0, "storage-founders"),
        ("FounderMembership", 12, "storage-founders"),
        ("FounderMembership", 10, "storage-access"),
    ],
)
def test_every_bit_of_a_foretold_word_counts(scratch: Story, contract: str, slot: int, check: str) -> None:
    """The topmost bit is in no field that an event states."""
    address = format_address(scratch.alliance.book.address(contract))
    before = int(scratch.alliance.rpc.call("eth_getStorageAt", address, hex(slot), "latest"), 16)
    store(scratch, contract, slot, before | 1 << 255)
    assert {finding.check for finding in failures(scratch)} == {check}


def read_in_a_transaction(story: Story) -> None:
    """Anvil keeps a 0 for each slot that a transaction read."""
    balance_of = load_artifact("AlliancePoint").functions["balanceOf"]
    holders = (format_address(number.to_bytes(20, "big")) for number in range(0xC0FFEE, 0xC0FFEE + 40))
    point = story.alliance.book.address("AlliancePoint")
    calls = [("read", point, balance_of.encode(holder), 100_000) for holder in holders]
    send_all(story.alliance.rpc, story.alliance.admin, calls, mine=story.alliance.mine)


def test_zeros_that_anvil_keeps_are_told_from_hidden_words(scratch: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no search finds a slot whose proof leads there: the node names the slots, proofs show their zeros."""
    monkeypatch.setattr("bridge.chain.storage_compare._TRIES", 0)
    read_in_a_transaction(scratch)
    assert run_audit(scratch.alliance.url, scratch.alliance.book).findings == ()


def test_what_no_proof_shows_is_unchecked_and_not_silent(scratch: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.chain.storage_compare._TRIES", 0)
    read_in_a_transaction(scratch)
    with tampering_proxy(scratch.alliance.url, lambda *_: None, refused=("anvil_dumpState",)) as url:
        report = run_audit(url, scratch.alliance.book)
    assert report.failures == ()
    assert {finding.check for finding in report.unchecked} == {"storage-complete"}


def test_a_hidden_word_is_found_though_the_node_names_no_slots(scratch: Story) -> None:
    store(scratch, "Settlement", HIDDEN, 7)
    with tampering_proxy(scratch.alliance.url, lambda *_: None, refused=("anvil_dumpState",)) as url:
        (found,) = run_audit(url, scratch.alliance.book).failures
    assert (found.check, found.actual) == ("storage-complete", "0x7")
