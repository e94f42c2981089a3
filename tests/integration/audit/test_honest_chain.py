"""An honest chain audits clean, whoever serves it, and the report is the same bytes each time (R-AUD-1)."""

import orjson
import pytest

from bridge.audit.anchors import Checkpoint
from bridge.audit.run import AuditImpossible, run_audit
from bridge.chain.rpc import RpcUnavailable, WrongChainId
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain


def test_everything_is_proven_and_nothing_fails(story: Story) -> None:
    report = run_audit(story.alliance.url, story.alliance.book)
    assert report.failures == ()
    assert report.unchecked == ()
    assert report.exit_code == 0
    totals = report.totals
    assert (totals["batches"], totals["items"], totals["accepted_items"], totals["rejected_items"]) == (3, 17, 11, 6)
    assert totals["sum_of_positions_alliance_units"] == f"-{totals['supply_alliance_units']}"


def test_the_same_chain_gives_the_same_bytes_through_any_rpc(story: Story) -> None:
    direct = run_audit(story.alliance.url, story.alliance.book)
    with tampering_proxy(story.alliance.url, lambda method, params, result: None) as url:
        assert run_audit(url, story.alliance.book).to_json() == direct.to_json()


def test_an_earlier_block_can_be_audited_after_the_chain_has_grown(story: Story) -> None:
    """Pitfall 30: reads are pinned to the audited block, never to "latest"."""
    book = story.alliance.book
    head = run_audit(story.alliance.url, book).chain["to_block"]
    for number in range(book.deployed_block, head):
        report = run_audit(story.alliance.url, book, to_block=number)
        if report.failures:
            pytest.fail(f"block {number}: {report.failures}")


def test_a_checkpoint_of_the_last_audit_is_recognised_and_named_as_the_anchor(story: Story) -> None:
    first = run_audit(story.alliance.url, story.alliance.book)
    anchor = Checkpoint.parse(first.chain["next_checkpoint"])
    again = run_audit(story.alliance.url, story.alliance.book, checkpoint=anchor)
    assert again.exit_code == 0
    assert "replaced as a whole" in first.limits[0]["what"]
    assert "before your checkpoint" in again.limits[0]["what"]


def test_the_report_prints_what_no_audit_can_prove(story: Story) -> None:
    document = orjson.loads(run_audit(story.alliance.url, story.alliance.book).to_json())
    said = " ".join(limit["what"] for limit in document["limits"])
    for word in ("replaced", "members agreed", "credited", "bank"):
        assert word in said


def test_the_question_must_make_sense(story: Story) -> None:
    book, url = story.alliance.book, story.alliance.url
    with pytest.raises(AuditImpossible, match="does not exist yet"):
        run_audit(url, book, to_block=10**9)
    with pytest.raises(AuditImpossible, match="before the first deployment"):
        run_audit(url, book, to_block=0)
    with pytest.raises(AuditImpossible, match="after the last audited block"):
        run_audit(url, book, to_block=book.deployed_block, checkpoint=Checkpoint(book.deployed_block + 1, bytes(32)))


def test_another_chain_and_a_dead_rpc_are_told_apart(story: Story) -> None:
    def other_chain(method: str, params: object, result: object) -> object:
        return "0x1" if method == "eth_chainId" else None

    with tampering_proxy(story.alliance.url, other_chain) as url, pytest.raises(WrongChainId):
        run_audit(url, story.alliance.book)
    with pytest.raises(RpcUnavailable):
        run_audit("http://127.0.0.1:9", story.alliance.book)
