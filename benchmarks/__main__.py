"""`python -m benchmarks [--only NAME]`: measure, print each figure beside its limit, write `build/bench.json`.

Exit code 1 when a figure misses its goal. Owns the list of what is measured.
"""

import argparse
import importlib
import sys
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, misses, save, verdict

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "build" / "bench.json"

MEASUREMENTS: dict[str, tuple[str, ...]] = {
    "benchmarks.gas": ("gas_convert_in_existing_holder", "gas_convert_in_new_holder", "gas_claim", "gas_swap_pair"),
    "benchmarks.gas_wallets": ("gas_convert_out_own_wallet", "gas_transfer_own_wallet"),
    "benchmarks.bulk_purchases": (
        "bulk_purchases_postgresql",
        "bulk_purchases_even_writers",
        "bulk_purchases_sqlite",
    ),
    "benchmarks.http_purchases": ("http_purchases", "http_purchases_p99_ms", "node_peak_rss_mib"),
    "benchmarks.rules": ("rules_with_explanation",),
    "benchmarks.sweep_and_tiers": ("sweep_and_tiers_1m",),
    "benchmarks.swaps": ("swaps_end_to_end",),
    "benchmarks.indexer_catch_up": ("indexer_catch_up",),
    "benchmarks.audit_events": ("audit_events", "audit_cpu_us_per_event"),
    "benchmarks.statement_1m": ("statement_1m", "statement_1m_mib"),
    "benchmarks.demo_replay": ("demo_replay_s",),
}
"""Module → the figures that its `measure()` returns."""


def main(arguments: list[str]) -> int:
    """Run the measurements asked for; 0 when every goal is met."""
    names = [name for figures in MEASUREMENTS.values() for name in figures]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=names, metavar="NAME", help=f"measure one figure: {', '.join(names)}")
    only = parser.parse_args(arguments).only
    console = Console(soft_wrap=True)
    figures: list[Figure] = []
    for module, provided in MEASUREMENTS.items():
        if only is None or only in provided:
            console.print(f"[dim]measuring {', '.join(provided)} …[/dim]")
            measured: list[Figure] = importlib.import_module(module).measure()
            wanted = [each for each in measured if only in (None, each.name)]
            for each in wanted:
                console.print(lines(each), highlight=False)
            save(wanted, RESULT)
            figures += wanted
    console.print(f"written to {RESULT.relative_to(ROOT)}")
    return 1 if misses(figures) else 0


def lines(measured: Figure) -> str:
    """One figure as printed: its value and goal, then the limit and the ratio."""
    head = f"{measured.name:<32} {measured.value:>14,.1f} {measured.unit:<12} {verdict(measured)}"
    if measured.limit is None:
        return head
    return f"{head}\n{'':<32} {measured.limit:>14,.1f} = {measured.limit_name}; ratio {measured.ratio:.2f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
