"""The alliance on networks of validators: deployed by the product's commands, through losses of validators, audited.

The fast profile runs these tests on one Anvil with interval mining, the full profile also on four validators of a
permissioned EVM chain under Snowman consensus, real processes all (R-ALL-3, R-ALL-4; nothing assumes automatic mining).
"""

import json
import time
from pathlib import Path

import pytest

from bridge.chain.rpc import RpcError
from bridge.chain.transactions import Unsigned, fees_for, sign_transaction
from tests.acceptance.node_process import call_alliance
from tests.networks.stage import CLAIM_WINDOW, HOT, NODES, STRANGER, Stage

pytestmark = pytest.mark.chain
STANDSTILL, CATCH_UP_SECONDS = 6.0, 30.0


def cross(stage: Stage, sender: int, receiver: int) -> None:
    """Points of a new member arrive at another brand, and the sender's conversion is completed."""
    member, other = stage.member(sender, purchases=1), stage.member(receiver)
    before = stage.nodes[sender].spendable(member)
    conversion = stage.convert(sender, member, receiver, other)
    stage.wait_for(sender, conversion, "completed")
    stage.wait_for_points(receiver, other, 100)
    assert stage.nodes[sender].spendable(member) == before - 100


def test_the_products_commands_deploy_on_it(stage: Stage) -> None:
    """A second deployment changes nothing; the address book says how headers are to be read."""
    book = json.loads(stage.book.read_text())
    assert book["consensus"] == stage.network.consensus
    stage.deploy()
    assert json.loads(stage.book.read_text()) == book


def test_gas_costs_the_least_that_the_engine_allows(stage: Stage) -> None:
    """The engine of Snowman chains builds no block with a base fee of 0; 1 wei is as good."""
    block = stage.rpc().call("eth_getBlockByNumber", "latest", False)
    assert int(block["baseFeePerGas"], 16) == stage.network.base_fee
    assert int(block["gasLimit"], 16) == 60_000_000


def test_who_may_send_is_the_networks_decision(stage: Stage) -> None:
    """Account allow lists hold where the network has them; a listed brand is let in."""
    rpc = stage.rpc()
    chain_id, fees = int(rpc.call("eth_chainId"), 16), fees_for(stage.network.base_fee)
    signed = sign_transaction(STRANGER, Unsigned(chain_id, 0, 21_000, HOT[0].address, b"", fees))
    try:
        rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
        refused = ""
    except RpcError as error:
        refused = error.message
    assert ("allow list" in refused) == stage.network.asks_who_sends, refused


@pytest.mark.parametrize(("sender", "receiver"), [(0, 1), (1, 2), (2, 0)])
def test_points_cross_between_brands(stage: Stage, sender: int, receiver: int) -> None:
    cross(stage, sender, receiver)


def test_a_members_receipt_verifies_offline(stage: Stage, tmp_path: Path) -> None:
    """The file needs a block hash that the reader trusts, here another brand's validator's, and no network."""
    member, other = stage.member(0, purchases=1), stage.member(1)
    conversion = stage.convert(0, member, 1, other)
    stage.wait_for(0, conversion, "completed")
    answer = stage.nodes[0].get(f"/v1/conversions/{conversion}/receipts/issued")
    assert answer.status_code == 200, answer.text
    file = tmp_path / "receipt-issued.json"
    file.write_bytes(answer.content)
    block = stage.rpc(1).call("eth_getBlockByNumber", answer.json()["header"]["number"], False)
    done = call_alliance("verify-receipt", str(file), "--book", str(stage.book), "--block-hash", block["hash"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100" in done.stdout


def test_losing_the_validators_that_it_can_spare_changes_nothing(stage: Stage) -> None:
    lost = range(len(stage.network.urls))[-stage.network.spare :] if stage.network.spare else range(0)
    for number in lost:
        stage.network.kill(number)
    before = stage.head()
    cross(stage, 0, 1)
    assert stage.head() > before
    for number in lost:
        stage.network.start_validator(number)
    stage.network.wait_for(lost)
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while any(stage.head(number) < before for number in lost):
        assert time.monotonic() < deadline, "a validator that came back does not catch up"
        time.sleep(0.2)


def test_without_a_quorum_the_chain_stands_still_earning_goes_on_and_the_bridge_catches_up(stage: Stage) -> None:
    """R-ALL-3: a slow or dead chain never blocks earning. One of the lost validators is a brand's own."""
    network = stage.network
    sender, receiver = 0, 1
    member, other = stage.member(sender, purchases=2), stage.member(receiver)
    lost = range(len(network.urls))[-(network.spare + 1) :]
    for number in lost:
        network.kill(number)
    conversion = stage.convert(sender, member, receiver, other)
    ended = time.monotonic() + STANDSTILL
    still = stage.head() if len(lost) < len(network.urls) else None
    while time.monotonic() < ended:
        for number in range(NODES):
            assert stage.member(number, purchases=1)  # earns, at every brand
        assert stage.status(sender, conversion) not in ("waiting", "completed")
        time.sleep(0.5)
    if still is not None:
        assert stage.head() == still
    assert stage.nodes[receiver].spendable(other) == 0
    for number in lost:
        network.start_validator(number)
    network.wait_for(lost)
    stage.wait_for(sender, conversion, "completed")
    stage.wait_for_points(receiver, other, 100)
    cross(stage, 2, 0)


def test_points_for_a_brand_that_is_gone_come_back(stage: Stage) -> None:
    """On an engine that makes blocks only for transactions the chain's clock stands at the last one: points return with
    the first block after their deadline, and a timer of anybody's sees to it that there is one."""
    member = stage.member(0, purchases=1)
    before = stage.nodes[0].spendable(member)
    conversion = stage.request(0, member, stage.code_of_the_gone())
    stage.wait_for(0, conversion, "waiting")
    assert stage.nodes[0].spendable(member) == before - 100
    time.sleep(CLAIM_WINDOW + 1)
    if not stage.network.ticks:
        assert stage.head_time() < time.time() - CLAIM_WINDOW
        assert stage.status(0, conversion) == "waiting"
    said = stage.heartbeat(older_than=CLAIM_WINDOW)
    assert ("nothing to do" in said) == stage.network.ticks, said
    stage.wait_for(0, conversion, "returned")
    assert stage.nodes[0].spendable(member) == before


def test_every_node_agrees_with_the_ledger(stage: Stage) -> None:
    for node in stage.nodes:
        done = node.command("reconcile")
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_audit_proves_the_chain_and_says_what_it_can_not(stage: Stage, tmp_path: Path) -> None:
    """EVIDENCE-1 to 4 and the storage proofs hold with this engine's headers, at a validator that no brand uses."""
    report_file = tmp_path / "report.json"
    options = ["--rpc", stage.network.urls[-1], "--address-book", str(stage.book), "--output", str(report_file)]
    done = call_alliance("audit", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(report_file.read_text())
    levels = {row["invariant"]: (row["level"], row["failures"], row["unchecked"]) for row in report["checks"]}
    for invariant in ("ANCHOR-1", "EVIDENCE-1", "EVIDENCE-2", "EVIDENCE-3", "EVIDENCE-4", "EVIDENCE-6"):
        assert levels[invariant] == ("proven", 0, 0), (invariant, levels[invariant])
    about_consensus = report["limits"][0]
    words = {"none": "a development chain has no consensus to check", "snowman": "votes are in no header"}
    assert words[stage.network.consensus] in about_consensus["why"]
    assert about_consensus["level"] != "proven"
