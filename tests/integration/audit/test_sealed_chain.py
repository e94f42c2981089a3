"""On a chain that the address book calls `qbft`, every block needs its validators' seals (EVIDENCE-8, DESIGN §8)."""

from pathlib import Path

import msgspec
import pytest

from bridge.audit.report import Report
from bridge.audit.run import StateFile, run_audit
from tests.chain_fixtures import key
from tests.integration.audit.posting import Story
from tests.qbft_chain import VALIDATORS, QbftChain, qbft_proxy

pytestmark = pytest.mark.chain


def audit(story: Story, chain: QbftChain, state: StateFile | None = None) -> Report:
    number = story.alliance.book.deployed_block
    book = msgspec.structs.replace(story.alliance.book, consensus="qbft", deployed_block_hash=chain.hash_of(number))
    with qbft_proxy(chain) as url:
        return run_audit(url, book, state_file=state)


def failures(report: Report) -> list[tuple[str, str]]:
    return [(finding.check, finding.where) for finding in report.failures]


def test_a_sealed_chain_is_clean_and_the_limits_speak_of_its_validators(story: Story) -> None:
    report = audit(story, QbftChain(story.alliance.rpc, round_=2))
    assert report.exit_code == 0, report.findings
    (row,) = (row for row in report.checks if row["check"] == "block-seals")
    assert (row["level"], row["examined"] > 5) == ("proven", True)
    assert "validators" in report.limits[0]["what"]


def test_a_block_with_a_seal_too_few_is_named(story: Story) -> None:
    number = story.alliance.book.deployed_block + 2
    report = audit(story, QbftChain(story.alliance.rpc, absent=frozenset({number})))
    assert failures(report) == [("block-seals", f"block {number}")]


def test_two_validators_changed_at_once_are_named_also_after_an_interruption(story: Story, tmp_path: Path) -> None:
    """The validators of the last verified block are part of what is saved."""
    number = story.alliance.book.deployed_block + 3
    strangers = (*VALIDATORS[:2], key(8001), key(8002))
    chain = QbftChain(story.alliance.rpc, crew=lambda block: strangers if block >= number else VALIDATORS)
    state = StateFile(tmp_path / "state", key(7001))
    book = msgspec.structs.replace(
        story.alliance.book, consensus="qbft", deployed_block_hash=chain.hash_of(story.alliance.book.deployed_block)
    )
    with qbft_proxy(chain) as url:
        assert failures(run_audit(url, book, to_block=number - 1, state_file=state)) == []
    assert failures(audit(story, chain, state)) == [("block-seals", f"block {number}")]


def test_a_chain_without_seals_is_not_taken_for_a_sealed_one(story: Story) -> None:
    book = msgspec.structs.replace(story.alliance.book, consensus="qbft")
    report = run_audit(story.alliance.url, book)
    assert {finding.check for finding in report.failures} == {"block-seals"}
