"""Gas of an item in batches of 100, from real receipts of the deployed contracts, beside the measured floor.

Every conversion mints to a claim address of its own, so *new holder* is the ordinary case; *existing holder* is a
second conversion to the same claim address. A *swap pair* is what a conversion costs in all: convert-in and claim.
"""

from typing import Any

from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.limits import gas_floor
from benchmarks.local_alliance import BenchAlliance, alliance, claims, convert_ins, post_batches, salts
from bridge.protocol.events import Converted, decode_log
from bridge.protocol.items import ITEM_SIZE, encode_items

BATCH = 100


def measure() -> list[Figure]:
    """All figures from one chain."""
    with alliance() as chain:
        _post(chain, 0, 1, encode_items(convert_ins(chain, first := salts(2))))
        _post(chain, 1, 1, encode_items(claims(chain, first[:1])))  # both brands' slots are in use, some supply remains
        codes = salts(BATCH)
        items = encode_items(convert_ins(chain, codes))
        new, existing = _post(chain, 0, 2, items), _post(chain, 0, 3, items)
        claim = _post(chain, 1, 2, encode_items(claims(chain, codes)))
        floor_new, floor_existing = _floor(chain, items)
    return [
        figure("gas_convert_in_existing_holder", existing, "gas/item", floor_existing, gas_floor.NAME),
        figure("gas_convert_in_new_holder", new, "gas/item", floor_new, gas_floor.NAME),
        figure("gas_claim", claim, "gas/item", floor_existing, gas_floor.NAME),
        figure("gas_swap_pair", new + claim, "gas/pair", floor_new + floor_existing, gas_floor.PAIR_NAME),
    ]


def _post(chain: BenchAlliance, brand: int, sequence: int, items: bytes) -> float:
    """Post a batch; gas per item, after checking that every item was accepted."""
    receipt = post_batches(chain, chain.brands[brand], sequence, [items])[0]
    return accepted(receipt, len(items) // ITEM_SIZE)


def accepted(receipt: dict[str, Any], count: int) -> float:
    """Gas per item. Raises BenchmarkFailed unless all were accepted."""
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
