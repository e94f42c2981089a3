"""Every field of a block, a transaction, a receipt and a log, changed one by one (pitfall 30).

Each is either bound by a hash, and its change is named by the check of its class, or it is read by nobody, and the
report stays the same to the byte. Storage, code, node rows, statements and proofs have tests of their own beside this.
"""

from collections.abc import Callable
from typing import Any

import pytest

from bridge.audit.run import run_audit
from tests.integration.audit.posting import Story
from tests.integration.audit.tampering_proxy import Tamper, tampering_proxy

pytestmark = pytest.mark.chain
# What an RPC adds to what a block's hashes commit to. A change of these changes nothing.
UNBOUND = {
    "header": {"size", "totalDifficulty", "uncles", "transactions", "withdrawals"},
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
        "logs",
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
Row = dict[str, Any]


def flipped(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str) and value.startswith("0x"):
        return value[:-1] + ("1" if value[-1:] == "0" else "0") if len(value) > 2 else "0x00"
    if isinstance(value, list):
        return [flipped(value[0]), *value[1:]] if value else [f"0x{'11' * 32}"]
    return "0x1" if value is None else value


def block_with_a_batch(story: Story) -> str:
    """The newest block that holds a transaction."""
    rpc = story.alliance.rpc
    number = int(rpc.call("eth_blockNumber"), 16)
    while not rpc.call("eth_getBlockByNumber", hex(number), False)["transactions"]:
        number -= 1
    return hex(number)


def part(kind: str, method: str, result: Any) -> Row | None:
    """The row of a kind in an RPC's answer."""
    if method == "eth_getBlockByNumber" and kind in ("header", "transaction"):
        found: Row = result if kind == "header" else result["transactions"][0]
        return found
    if method == "eth_getBlockReceipts" and kind in ("receipt", "log"):
        row: Row = result[0] if kind == "receipt" else result[0]["logs"][0]
        return row
    return None


def on(story: Story, kind: str, change: Callable[[Row], None]) -> Tamper:
    block = block_with_a_batch(story)

    def tamper(method: str, params: list[Any], result: Any) -> Any:
        row = part(kind, method, result) if params and params[0] == block else None
        if row is None:
            return None
        change(row)
        return result

    return tamper


def fields_of(story: Story, kind: str) -> list[str]:
    rpc, block = story.alliance.rpc, block_with_a_batch(story)
    method = "eth_getBlockByNumber" if kind in ("header", "transaction") else "eth_getBlockReceipts"
    parameters = [block, True] if method == "eth_getBlockByNumber" else [block]
    row = part(kind, method, rpc.call(method, *parameters))
    assert row is not None
    return sorted(row)


@pytest.mark.parametrize("kind", sorted(NAMED_BY))
def test_each_field_is_bound_by_a_hash_or_read_by_nobody(story: Story, kind: str) -> None:
    honest = run_audit(story.alliance.url, story.alliance.book).to_json()
    bound = 0
    for field in fields_of(story, kind):
        if field in ("transactions", "logs"):
            continue  # their rows are the other kinds

        def change(row: Row, field: str = field) -> None:
            row[field] = flipped(row[field])

        with tampering_proxy(story.alliance.url, on(story, kind, change)) as url:
            report = run_audit(url, story.alliance.book)
        if field in UNBOUND[kind]:
            assert report.to_json() == honest, f"{kind}.{field} is not part of any hash, but was read"
        else:
            bound += 1
            assert NAMED_BY[kind] in {finding.check for finding in report.failures}, f"{kind}.{field}"
    assert bound >= {"header": 18, "transaction": 11, "receipt": 4, "log": 3}[kind]


@pytest.mark.parametrize("kind", sorted(NAMED_BY))
def test_each_bound_field_left_out_is_named_too(story: Story, kind: str) -> None:
    for field in fields_of(story, kind):
        # Without `yParity` the same bit is read from `v`, which some clients show alone.
        if field in UNBOUND[kind] or field == "yParity":
            continue
        with tampering_proxy(story.alliance.url, on(story, kind, lambda row, field=field: row.pop(field))) as url:
            report = run_audit(url, story.alliance.book)
        assert NAMED_BY[kind] in {finding.check for finding in report.failures}, f"{kind}.{field}"
