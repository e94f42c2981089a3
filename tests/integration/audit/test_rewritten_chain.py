"""A chain rewritten consistently, so that every hash fits: only the rules, proven storage and the anchors tell.

Each test changes one fact of an honest chain, reseals all roots and hashes, and names the check that must speak.
"""

from collections.abc import Iterator

import pytest
from eth_hash.auto import keccak

from bridge.audit.anchors import Checkpoint
from bridge.audit.run import run_audit
from bridge.protocol.events import TOPICS
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
TRANSFER = bytes(keccak(b"Transfer(address,address,uint256)"))
EVIDENCE = {"header-hash", "parent-hash", "transactions-root", "receipts-root"}


@pytest.fixture
def forged(story: Story) -> Iterator[ForgedChain]:
    yield ForgedChain(story.alliance.rpc)


def names(story: Story, forged: ForgedChain, checkpoint: Checkpoint | None = None) -> set[str]:
    """Failed checks, without the anchor that every rewriting breaks; no evidence check may fail: it all fits."""
    with tampering_proxy(story.alliance.url, forged.reseal().tamper) as url:
        found = {finding.check for finding in run_audit(url, story.alliance.book, checkpoint=checkpoint).failures}
    assert not found & EVIDENCE
    return found - {"address-book-block"}


def word(value: int) -> str:
    return f"{value:064x}"


def test_an_untouched_chain_resealed_is_the_same_chain(story: Story, forged: ForgedChain) -> None:
    assert names(story, forged) == set()


def test_a_wrong_rate_applied_is_named(story: Story, forged: ForgedChain) -> None:
    """One unit too many is minted, in event and token alike; the rate says otherwise, and so does storage."""
    converted, mint = forged.logs(TOPICS["Converted"])[5], forged.logs(TRANSFER)[5]
    converted["data"] = f"0x{word(int(converted['data'], 16) + 1)}"
    mint["data"] = f"0x{word(int(mint['data'], 16) + 1)}"
    found = names(story, forged)
    assert {"rate-applied", "position-recorded", "storage-balance", "storage-supply", "storage-position"} <= found


def test_wrong_local_points_of_a_claim_are_named(story: Story, forged: ForgedChain) -> None:
    claim = forged.logs(TOPICS["Converted"])[6]
    claim["data"] = f"0x{word(int(claim['data'], 16) + (1 << 64))}"
    assert names(story, forged) == {"rate-applied"}


def test_another_published_rate_than_the_one_applied_is_named(story: Story, forged: ForgedChain) -> None:
    announced = forged.logs(TOPICS["RateAnnounced"])[0]
    data = announced["data"]
    announced["data"] = f"0x{word(int(data[2:66], 16) - 1)}{data[66:]}"
    assert {"rate-applied", "storage-rate"} <= names(story, forged)


def test_a_rate_that_lets_points_grow_is_named(story: Story, forged: ForgedChain) -> None:
    announced = forged.logs(TOPICS["RateAnnounced"])[1]
    data = announced["data"]
    announced["data"] = f"0x{word(int(data[2:66], 16) + 1)}{data[66:]}"
    assert {"rate-round-trip", "storage-rate"} <= names(story, forged)


def test_an_acceptance_turned_into_a_refusal_is_named(story: Story, forged: ForgedChain) -> None:
    """The item's mint stays: units without an accepted item."""
    converted = forged.logs(TOPICS["Converted"])[0]
    packed = int(converted["data"], 16)
    brand_id, seq, item = packed >> 224, packed >> 184 & 0xFFFFFFFFFF, packed >> 168 & 0xFFFF
    converted["topics"] = [f"0x{TOPICS['Rejected'].hex()}", f"0x{word(brand_id)}", f"0x{word(seq)}"]
    converted["data"] = f"0x{word(item)}{word(14)}"
    assert {"item-decision", "mints-match-items", "position-recorded"} <= names(story, forged)


def test_a_wrong_reject_reason_is_named(story: Story, forged: ForgedChain) -> None:
    rejected = forged.logs(TOPICS["Rejected"])[0]
    rejected["data"] = rejected["data"][:66] + word(9)
    assert names(story, forged) == {"item-decision"}


def test_an_item_with_two_outcomes_is_named(story: Story, forged: ForgedChain) -> None:
    rejected = forged.logs(TOPICS["Rejected"])[0]
    for rows in forged.receipts:
        for row in rows:
            if any(log is rejected for log in row["logs"]):
                row["logs"].append(dict(rejected))
    assert names(story, forged) == {"one-outcome-per-item"}


def test_an_item_without_outcome_is_named(story: Story, forged: ForgedChain) -> None:
    rejected = forged.logs(TOPICS["Rejected"])[0]
    forged.remove_logs(lambda log: log is rejected)
    assert names(story, forged) == {"one-outcome-per-item"}


def test_outcomes_in_another_order_are_named(story: Story, forged: ForgedChain) -> None:
    """INV-5: one outcome for each item, in the order of the items."""
    first, second = forged.logs(TOPICS["Converted"])[:2]
    first["data"], second["data"] = second["data"], first["data"]
    assert names(story, forged) == {"one-outcome-per-item"}


def test_a_claim_emptied_twice_is_named(story: Story, forged: ForgedChain) -> None:
    """The returned claim 3 is made the already claimed 0: its balance was burnt by the claim."""
    last_batch = next(block for block in reversed(forged.blocks) if block["transactions"])
    transaction = last_batch["transactions"][0]
    data = transaction["input"]
    start = 2 + 2 * 132  # after "0x", selector and four words
    items = data[start : start + 2 * 3 * 86]
    swapped = items[2 * 172 :] + items[2 * 86 : 2 * 172] + items[: 2 * 86]
    transaction["input"] = data[:start] + swapped + data[start + len(items) :]
    posted = forged.logs(TOPICS["BatchPosted"])[-1]
    posted["data"] = f"0x{keccak(bytes.fromhex(swapped)).hex()}{posted['data'][66:]}"
    found = names(story, forged)
    assert {"claim-emptied-once", "item-decision", "batch-poster"} <= found


def test_a_hidden_batch_leaves_a_gap_in_the_sequence(story: Story, forged: ForgedChain) -> None:
    """The whole of brand 1's first batch is cut out of its block."""
    posted = forged.logs(TOPICS["BatchPosted"])[0]
    for block, rows in zip(forged.blocks, forged.receipts, strict=True):
        if any(log is posted for row in rows for log in row["logs"]):
            block["transactions"], block_rows = [], rows
    block_rows.clear()
    assert {"batch-sequence", "item-decision", "position-recorded", "supply"} <= names(story, forged)


def test_a_batch_without_its_last_neighbour_is_found_in_storage(story: Story, forged: ForgedChain) -> None:
    """The newest batch cut out leaves no gap; the desk's own counter still says that it happened."""
    number = next(n for n in range(len(forged.blocks) - 1, 0, -1) if forged.blocks[n]["transactions"])
    forged.blocks[number]["transactions"] = []
    forged.receipts[number] = []
    assert {"storage-sequence", "storage-supply", "storage-balance"} <= names(story, forged)


def test_units_minted_outside_any_batch_are_named(story: Story, forged: ForgedChain) -> None:
    mint = forged.logs(TRANSFER)[0]
    first_admin_receipt = forged.receipts[story.alliance.book.deployed_block][-1]
    first_admin_receipt["logs"].append(dict(mint))
    assert {"mints-match-items", "supply", "storage-supply"} <= names(story, forged)


def test_a_transfer_between_holders_that_never_was_is_found_in_storage(story: Story, forged: ForgedChain) -> None:
    mint = forged.logs(TRANSFER)[0]
    theft = dict(mint)
    theft["topics"] = [mint["topics"][0], mint["topics"][2], f"0x{word(0xBAD)}"]
    block = next(n for n, rows in enumerate(forged.receipts) if any(mint in row["logs"] for row in rows))
    forged.receipts[block][0]["logs"].append(theft)
    assert {"storage-balance", "claim-emptied-once"} <= names(story, forged)


def test_a_widened_credit_line_is_found_in_storage(story: Story, forged: ForgedChain) -> None:
    line = forged.logs(bytes(keccak(b"CreditLineSet(uint32,uint128)")))[0]
    line["data"] = f"0x{word(1)}"
    assert {"credit-limit", "item-decision", "storage-brand"} <= names(story, forged)


def test_a_narrower_limiter_is_named(story: Story, forged: ForgedChain) -> None:
    limiter = forged.logs(bytes(keccak(b"LimiterSet(uint32,uint208,uint48)")))[0]
    limiter["data"] = f"0x{word(1)}{word(1)}"
    assert {"rate-limit", "item-decision", "storage-limiter"} <= names(story, forged)


def test_another_hot_key_makes_the_signer_a_stranger(story: Story, forged: ForgedChain) -> None:
    """Pitfall 26: batches signed by a key that is not the brand's."""
    registered = forged.logs(bytes(keccak(b"BrandRegistered(uint32,string,address,address,address)")))[0]
    data = registered["data"]
    registered["data"] = f"{data[:66]}{word(0xABCD)}{data[130:]}"
    assert names(story, forged) == {"batch-poster", "storage-brand", "storage-complete"}


def test_a_foreign_desk_is_named(story: Story, forged: ForgedChain) -> None:
    admitted = forged.logs(bytes(keccak(b"DeskSet(address,bool)")))[0]
    admitted["topics"][1] = f"0x{word(0xABCD)}"
    assert names(story, forged) == {"desks", "storage-desks", "storage-complete"}


def test_an_event_that_the_auditor_cannot_read_is_reported(story: Story, forged: ForgedChain) -> None:
    admitted = forged.logs(bytes(keccak(b"DeskSet(address,bool)")))[0]
    admitted["topics"][0] = f"0x{'99' * 32}"
    with tampering_proxy(story.alliance.url, forged.reseal().tamper) as url:
        report = run_audit(url, story.alliance.book)
    assert [finding.check for finding in report.unchecked] == ["known-events"]


def test_every_rewriting_breaks_the_address_book_and_the_checkpoint(story: Story, forged: ForgedChain) -> None:
    """The deployment block's hash is in the address book; the auditor's own checkpoint holds everything after it."""
    honest = Checkpoint.parse(run_audit(story.alliance.url, story.alliance.book).chain["next_checkpoint"])
    forged.blocks[story.alliance.book.deployed_block]["extraData"] = "0x01"
    with tampering_proxy(story.alliance.url, forged.reseal().tamper) as url:
        failures = run_audit(url, story.alliance.book, checkpoint=honest).failures
    assert {"address-book-block", "checkpoint"} == {finding.check for finding in failures}


def test_a_rewriting_after_the_deployment_is_only_seen_by_the_checkpoint(story: Story, forged: ForgedChain) -> None:
    """Why the report insists on a checkpoint: an empty block more or less breaks no rule."""
    honest = Checkpoint.parse(run_audit(story.alliance.url, story.alliance.book).chain["next_checkpoint"])
    forged.blocks[-1]["extraData"] = "0x01"
    assert names(story, forged) == set()
    assert names(story, forged, honest) == {"checkpoint"}
