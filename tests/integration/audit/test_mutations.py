"""Every value of a block, a transaction, a receipt and a log, however deep, changed and left out (pitfall 30).

Each is either bound by a hash, and its change is named by the check of its class, or it is read by nobody, and the
report stays the same to the byte.
"""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.audit.run import run_audit
from tests.integration.audit.mutations import Path, branches, changed, chosen, leaves, without
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import tampering_proxy

pytestmark = pytest.mark.chain
# What an RPC adds to what a block's hashes commit to. A change of these changes nothing.
UNBOUND = {
    "header": {"size", "totalDifficulty", "uncles", "withdrawals"},
    "transaction": {"blockHash", "blockNumber", "blockTimestamp", "from", "gasPrice", "hash", "transactionIndex", "v"},
    "receipt": {
        "blobGasPrice",
        "blobGasUsed",
        "blockHash",
        "blockNumber",
        "blockTimestamp",
        "contractAddress",
        "effectiveGasPrice",
        "from",
        "gasUsed",
        "root",
        "to",
        "transactionHash",
        "transactionIndex",
    },
    "log": {"blockHash", "blockNumber", "blockTimestamp", "logIndex", "removed", "transactionHash", "transactionIndex"},
}
NAMED_BY = {
    "header": "header-hash",
    "transaction": "transactions-root",
    "receipt": "receipts-root",
    "log": "receipts-root",
}
METHODS = {"header": "eth_getBlockByNumber", "transaction": "eth_getBlockByNumber"}
RECEIPTS = "eth_getBlockReceipts"


def filled_blocks(story: Story) -> list[str]:
    """The newest block that holds a transaction (a batch), and the first (which creates contracts)."""
    rpc = story.alliance.rpc
    number = int(rpc.call("eth_blockNumber"), 16)
    while not rpc.call("eth_getBlockByNumber", hex(number), False)["transactions"]:
        number -= 1
    return [hex(number), hex(story.alliance.book.deployed_block)]


def answer(story: Story, kind: str, block: str) -> Any:
    method = METHODS.get(kind, RECEIPTS)
    return story.alliance.rpc.call(method, block, *([True] if method != RECEIPTS else []))


def kind_of(path: Path, method: str) -> str:
    if method == RECEIPTS:
        return "log" if "logs" in path[1:] and len(path) > 2 else "receipt"
    return "transaction" if path[0] == "transactions" and len(path) > 1 else "header"


def is_unbound(path: Path, kind: str) -> bool:
    """By the field of its row: what lies deeper belongs to the same field."""
    row = {"header": path[:1], "transaction": path[2:3], "receipt": path[1:2], "log": path[3:4]}[kind]
    return any(field in UNBOUND[kind] for field in row)


def audit_with(story: Story, block: str, method: str, mutant: Any) -> Any:
    def tamper(called: str, params: list[Any], result: Any) -> Any:
        return mutant if called == method and params and params[0] == block else None

    with tampering_proxy(story.alliance.url, tamper) as url:
        return run_audit(url, story.alliance.book)


@pytest.mark.parametrize("kind", sorted(NAMED_BY))
def test_each_value_is_bound_by_a_hash_or_read_by_nobody(story: Story, kind: str) -> None:
    honest = run_audit(story.alliance.url, story.alliance.book).to_json()
    method, bound = METHODS.get(kind, RECEIPTS), 0
    for block in filled_blocks(story):
        whole = answer(story, kind, block)
        paths = [path for path in leaves(whole) if kind_of(path, method) == kind]
        for path in chosen(paths, f"{kind} {block}"):
            report = audit_with(story, block, method, changed(whole, path))
            if is_unbound(path, kind):
                assert report.to_json() == honest, f"{kind} {path} is not part of any hash, but was read"
            else:
                bound += 1
                assert NAMED_BY[kind] in {finding.check for finding in report.failures}, f"{kind} {path}"
    assert bound >= {"header": 34, "transaction": 15, "receipt": 4, "log": 10}[kind]


Left = Callable[[Any, Path], Any]


@pytest.mark.parametrize("kind", sorted(NAMED_BY))
def test_each_bound_part_left_out_is_named_too(story: Story, kind: str) -> None:
    method, left_out = METHODS.get(kind, RECEIPTS), 0
    for block in filled_blocks(story)[:1]:
        whole = answer(story, kind, block)
        paths = [path for path in branches(whole) if kind_of(path, method) == kind and not is_unbound(path, kind)]
        for path in chosen(paths, f"without {kind} {block}"):
            if path[-1] == "yParity":
                continue  # the same bit is read from `v`, which some clients show alone
            report = audit_with(story, block, method, without(whole, path))
            left_out += 1
            named = {finding.check for finding in report.failures}
            assert named & {NAMED_BY[kind], "transactions-root"}, f"{kind} {path}"
    assert left_out >= {"header": 17, "transaction": 10, "receipt": 3, "log": 10}[kind]
