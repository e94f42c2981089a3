"""Gas of a convert-in item in batches of 100, from real receipts of the deployed contracts, beside the measured floor.

Every conversion mints to a claim address of its own, so *new holder* is the ordinary case; *existing holder* is a
second conversion to the same claim address.
"""

from typing import Any

from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.limits import gas_floor
from benchmarks.local_alliance import BenchAlliance, alliance, convert_ins, post_batches, salts
from bridge.protocol.events import Converted, decode_log
from bridge.protocol.items import ITEM_SIZE, encode_items

BATCH = 100


def measure() -> list[Figure]:
    """Both figures from one chain."""
    with alliance() as chain:
        _post(chain, 1, encode_items(convert_ins(chain, salts(1))))
        items = encode_items(convert_ins(chain, salts(BATCH)))
        new, existing = _post(chain, 2, items), _post(chain, 3, items)
        floor_new, floor_existing = _floor(chain, items)
    return [
        figure("gas_convert_in_existing_holder", existing, "gas/item", floor_existing, gas_floor.NAME),
        figure("gas_convert_in_new_holder", new, "gas/item", floor_new, gas_floor.NAME),
    ]


def _post(chain: BenchAlliance, sequence: int, items: bytes) -> float:
    """Post a batch of the first brand; gas per item, after checking that every item was accepted."""
    receipt = post_batches(chain, chain.brands[0], sequence, [items])[0]
    return _accepted(receipt, items)


def _accepted(receipt: dict[str, Any], items: bytes) -> float:
    count = len(items) // ITEM_SIZE
    logs = [([_bytes(topic) for topic in log["topics"]], _bytes(log["data"])) for log in receipt["logs"]]
    converted = sum(isinstance(decode_log(topics, data), Converted) for topics, data in logs)
    if converted != count:
        raise BenchmarkFailed(f"{converted} of {count} items were accepted")
    return int(receipt["gasUsed"], 16) / count


def _floor(chain: BenchAlliance, items: bytes) -> tuple[float, float]:
    """The floor's gas per item: fresh slots first, then the same slots again."""
    account = str(chain.rpc.call("eth_accounts")[0])
    loop = gas_floor.deploy(chain.rpc, account)
    first, second = (gas_floor.gas_per_item(chain.rpc, account, loop, items, BATCH) for _ in range(2))
    return first, second


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])
