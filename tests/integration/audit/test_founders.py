"""The auditor and founder memberships: an honest chain passes, and each rewritten fact is named (INV-22 to INV-26)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_hash.auto import keccak

from bridge.audit.run import run_audit
from bridge.deploy.founders import set_description
from bridge.protocol.founder_events import TOPICS
from tests.chain_fixtures import make_alliance
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.founder_story import BEN, FounderStory
from tests.integration.audit.tampering_proxy import tampering_proxy
from tests.integration.audit.test_rewritten_chain import EVIDENCE, TRANSFER, word

pytestmark = pytest.mark.chain
SOLD = bytes(keccak(b"Sold(uint256,address,address,uint64,uint64,address)"))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FounderStory]:
    alliance = make_alliance(tmp_path_factory.mktemp("founders") / "chain")
    yield FounderStory(alliance).play()
    alliance.rpc.close()
    alliance.anvil.kill()


@pytest.fixture
def forged(story: FounderStory) -> ForgedChain:
    return ForgedChain(story.alliance.rpc)


def names(story: FounderStory, forged: ForgedChain) -> set[str]:
    with tampering_proxy(story.alliance.url, forged.reseal().tamper) as url:
        found = {finding.check for finding in run_audit(url, story.alliance.book).failures}
    assert not found & EVIDENCE
    return found - {"address-book-block"}


def moves(forged: ForgedChain) -> list[dict[str, Any]]:
    """The memberships' own transfers: they have four topics, the points' three."""
    return [log for log in forged.logs(TRANSFER) if len(log["topics"]) == 4]


def test_an_honest_chain_passes_with_nothing_failed_or_left(story: FounderStory) -> None:
    report = run_audit(story.alliance.url, story.alliance.book)
    assert not report.failures
    assert [finding for finding in report.findings if finding.check.startswith("founders")] == []


def test_a_description_that_promises_a_return_is_named_and_a_denial_is_not(story: FounderStory) -> None:
    """R-NFT-4, on the ledger itself: who writes past the command's own lint is found by every auditor."""
    alliance = story.alliance
    snapshot = alliance.rpc.call("evm_snapshot")
    for text, named in (
        (
            "Founders get 1,000 points a month. This is no guaranteed return, not an investment. 不保本，不构成投资。",
            [],
        ),
        ("A guaranteed return for founders. 稳赚不赔。", ["'稳赚' (zh)", "'guaranteed return' (en)"]),
    ):
        set_description(alliance.rpc, alliance.book, alliance.admin, text, mine=alliance.mine)
        failures = run_audit(alliance.url, alliance.book).failures
        assert {finding.check for finding in failures} == ({"founders-text"} if named else set())
        assert [finding.actual for finding in failures] == named
    assert alliance.rpc.call("evm_revert", snapshot)


def test_an_untouched_chain_resealed_is_the_same_chain(story: FounderStory, forged: ForgedChain) -> None:
    assert names(story, forged) == set()


def test_a_membership_with_another_number_is_named(story: FounderStory, forged: ForgedChain) -> None:
    """INV-22: the third is called the fourth."""
    third = [log for log in moves(forged) if int(log["topics"][1], 16) == 0][2]
    third["topics"][3] = f"0x{word(4)}"
    assert {"founders-issued", "storage-founders"} <= names(story, forged)


def test_a_membership_that_moves_to_somebody_else_is_named(story: FounderStory, forged: ForgedChain) -> None:
    last = moves(forged)[-1]
    last["topics"][2] = f"0x{word(int.from_bytes(BEN.address, 'big'))}"
    assert "storage-founders" in names(story, forged)


def test_a_transfer_by_who_may_not_is_named(story: FounderStory, forged: ForgedChain) -> None:
    """INV-25: the plain transfer's sender is the relay."""
    hidden = next(log for log in moves(forged) if int(log["topics"][1], 16))
    used = forged.logs(TOPICS["SignatureUsed"])
    (first,) = (log for log in used if log["transactionHash"] == hidden["transactionHash"])
    forged.remove_logs(lambda log: log is first)
    assert "founders-moved" in names(story, forged)


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log["topics"].__setitem__(2, f"0x{word(1)}"),
        lambda log: log["topics"].__setitem__(1, f"0x{word(3)}"),
        lambda log: log.__setitem__("data", f"0x{word(9)}"),
    ],
    ids=["digest", "token", "nonce"],
)
def test_a_signature_that_is_not_the_holders_for_this_is_named(
    story: FounderStory, forged: ForgedChain, change: Callable[[dict[str, object]], None]
) -> None:
    """INV-25, pitfall 24: recomputed from the calldata."""
    change(forged.logs(TOPICS["SignatureUsed"])[1])
    assert "founders-signed" in names(story, forged)


@pytest.mark.parametrize(("place", "value"), [(0, 1), (1, 2), (3, 1)], ids=["month", "sponsor", "deadline"])
def test_a_grant_out_of_its_rules_is_named(story: FounderStory, forged: ForgedChain, place: int, value: int) -> None:
    """INV-23."""
    log = forged.logs(TOPICS["GrantPaid"])[1]
    words = [log["data"][2 + at : 66 + at] for at in range(0, 320, 64)]
    words[place] = word(value)
    log["data"] = "0x" + "".join(words)
    assert "founders-granted" in names(story, forged)


def test_a_second_grant_in_a_month_is_named(story: FounderStory, forged: ForgedChain) -> None:
    """Pitfall 29: the second grant's event says the first one's month."""
    first, second = forged.logs(TOPICS["GrantPaid"])
    second["data"] = "0x" + first["data"][2:66] + second["data"][66:]
    assert {"founders-granted", "storage-founders"} <= names(story, forged)


def test_a_grant_that_pays_more_is_named(story: FounderStory, forged: ForgedChain) -> None:
    """INV-24: one unit more leaves the vault."""
    paid = forged.logs(TOPICS["GrantPaid"])[0]
    point = next(
        log
        for log in forged.logs(TRANSFER)
        if len(log["topics"]) == 3 and log["transactionHash"] == paid["transactionHash"]
    )
    point["data"] = f"0x{word(100_001)}"
    assert {"founders-vault", "storage-balance"} <= names(story, forged)


def test_points_that_leave_the_vault_without_a_grant_are_named(story: FounderStory, forged: ForgedChain) -> None:
    """Pitfall 34: the grant's event is hidden."""
    hidden = forged.logs(TOPICS["GrantPaid"])[0]
    forged.remove_logs(lambda log: log is hidden)
    assert "founders-vault" in names(story, forged)


def test_a_sale_with_another_royalty_is_named(story: FounderStory, forged: ForgedChain) -> None:
    """INV-26."""
    (log,) = forged.logs(SOLD)
    log["data"] = "0x" + log["data"][2:66] + word(99) + log["data"][130:]
    assert "founders-sold" in names(story, forged)
