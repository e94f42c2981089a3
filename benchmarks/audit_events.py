"""The auditor's replay of a chain full of conversions, beside reading the same logs raw: eth_getLogs and JSON, no more.

The audit also fetches every block and receipt, rebuilds the transactions and receipts roots, recomputes each item, and
compares the whole of each contract's storage with the proven roots: all of that is in its time. Its CPU time is printed
too, because the chain node that serves it works on the same machine.
"""

import time

from benchmarks.figures import BenchmarkFailed, Figure, figure
from benchmarks.local_alliance import BenchAlliance, alliance, claims, convert_ins, post_batches, salts
from bridge.audit.run import run_audit
from bridge.protocol.items import encode_items

NAME = "raw eth_getLogs of the same blocks, JSON parsed, nothing checked"
_BATCHES, _ITEMS = 100, 100


def measure() -> list[Figure]:
    """Contract events a second, from the first block to the verdict, and the auditor's CPU time for each."""
    with alliance() as chain:
        _fill(chain)
        events, raw_seconds, raw_cpu = read_raw(chain)
        began, cpu_began = time.perf_counter(), time.process_time()
        report = run_audit(chain.url, chain.book)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    if report.failures or report.unchecked:
        raise BenchmarkFailed(f"the audit found something: {(*report.failures, *report.unchecked)[:3]}")
    return [
        figure("audit_events", events / seconds, "events/s", events / raw_seconds, NAME),
        figure("audit_cpu_us_per_event", cpu / events * 1e6, "µs", raw_cpu / events * 1e6, NAME),
    ]


def _fill(chain: BenchAlliance) -> None:
    """Batches of conversions, of which every second one is claimed."""
    source, destination = chain.brands
    codes = [salts(_ITEMS) for _ in range(_BATCHES)]
    post_batches(chain, source, 1, [encode_items(convert_ins(chain, batch)) for batch in codes])
    post_batches(chain, destination, 1, [encode_items(claims(chain, batch)) for batch in codes[::2]])


def read_raw(chain: BenchAlliance) -> tuple[int, float, float]:
    """(events, seconds, CPU seconds) of fetching every log of the alliance, and nothing else."""
    head = int(chain.rpc.call("eth_blockNumber"), 16)
    addresses = list(chain.book.contracts.values())
    count = 0
    began, cpu_began = time.perf_counter(), time.process_time()
    for first in range(0, head + 1, 20):
        wanted = {"fromBlock": hex(first), "toBlock": hex(min(first + 19, head)), "address": addresses}
        count += len(chain.rpc.call("eth_getLogs", wanted))
    return count, time.perf_counter() - began, time.process_time() - cpu_began
