"""Headers and roots of every fork's block form, against blocks that a real Anvil made."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from bridge.audit.evidence import Link, check_block
from bridge.audit.source import stream_blocks
from bridge.chain.anvil import find_anvil, free_port
from bridge.chain.hexadecimal import data_of
from bridge.chain.proofs import EMPTY_CODE_HASH, verify_account_proof
from bridge.chain.rpc import Rpc, RpcUnavailable
from bridge.chain.transaction_rlp import transaction_sender

pytestmark = pytest.mark.chain
START_SECONDS = 30


@pytest.fixture(params=["london", "shanghai", "cancun", "prague"])
def chain(request: pytest.FixtureRequest) -> Iterator[Rpc]:
    port = free_port()
    command = [str(find_anvil()), "--port", str(port), "--hardfork", request.param, "--quiet"]
    process = subprocess.Popen(command)
    rpc = Rpc(f"http://127.0.0.1:{port}")
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        try:
            rpc.call("eth_chainId")
            break
        except RpcUnavailable:
            time.sleep(0.05)
    yield rpc
    rpc.close()
    process.kill()
    process.wait()


def send(rpc: Rpc, **fields: object) -> None:
    """One transaction from a funded account, mined at once."""
    sender = rpc.call("eth_accounts")[0]
    digest = rpc.call("eth_sendTransaction", {"from": sender, "gas": "0x30d40", **fields})
    while rpc.call("eth_getTransactionReceipt", digest) is None:
        time.sleep(0.02)


def test_hashes_roots_and_senders_are_rebuilt(chain: Rpc) -> None:
    receiver = f"0x{'12' * 20}"
    send(chain, to=receiver, value="0x1")
    send(chain, to=receiver, value="0x1", gasPrice="0x77359400")
    access = [{"address": receiver, "storageKeys": [f"0x{'00' * 32}"]}]
    send(chain, to=receiver, value="0x1", gasPrice="0x77359400", accessList=access)
    send(chain, data="0x602a60005560016001556000600060006000a1600a600c600039600a6000f3")
    previous: Link | None = None
    kinds = set()
    # From block 1: Anvil hashes its London genesis with a field that it does not show.
    for block in stream_blocks(chain, 1, int(chain.call("eth_blockNumber"), 16)):
        verdict = check_block(block, previous)
        assert verdict.findings == []
        previous = verdict.link
        for transaction in block.transactions:
            kinds.add(transaction["type"])
            assert transaction_sender(transaction) == data_of(transaction, "from")
    assert kinds == {"0x0", "0x1", "0x2"}


def test_accounts_are_proven_present_and_absent(chain: Rpc) -> None:
    send(chain, to=f"0x{'12' * 20}", value="0x7")
    head = chain.call("eth_getBlockByNumber", "latest", False)
    root = data_of(head, "stateRoot")
    for address, balance in (("12" * 20, 7), ("34" * 20, 0)):
        proof = chain.call("eth_getProof", f"0x{address}", [], head["number"])
        account = verify_account_proof(root, bytes.fromhex(address), proof)
        assert (account.balance, account.code_hash) == (balance, EMPTY_CODE_HASH)
