"""`python -m benchmarks [--only NAME]`: measure, print each figure beside its limit, write `build/bench.json`.

Exit code 1 when a figure misses its goal. Owns the list of what is measured.
"""

import argparse
import importlib
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, misses, save, verdict

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "build" / "bench.json"

MEASUREMENTS: dict[str, tuple[str, ...]] = {
    "benchmarks.gas": ("gas_convert_in_existing_holder", "gas_convert_in_new_holder"),
    "benchmarks.bulk_purchases": ("bulk_purchases_postgresql", "bulk_purchases_sqlite"),
    "benchmarks.http_purchases": ("http_purchases", "http_purchases_p99_ms", "node_peak_rss_mib"),
    "benchmarks.rules": ("rules_with_explanation",),
    "benchmarks.swaps": ("swaps_end_to_end",),
    "benchmarks.audit_events": ("audit_events",),
    "benchmarks.demo_replay": ("demo_replay_s",),
}
"""Module → the figures that its `measure()` returns."""


def main(arguments: list[str]) -> int:
    """Run the measurements asked for; 0 when every goal is met."""
    names = [name for figures in MEASUREMENTS.values() for name in figures]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=names, metavar="NAME", help=f"measure one figure: {', '.join(names)}")
    only = parser.parse_args(arguments).only
    console = Console()
    figures: list[Figure] = []
    for module, provided in MEASUREMENTS.items():
        if only is None or only in provided:
            console.print(f"[dim]measuring {', '.join(provided)} …[/dim]")
            measured: list[Figure] = importlib.import_module(module).measure()
            figures += [each for each in measured if only in (None, each.name)]
    console.print(table(figures))
    save(figures, RESULT)
    console.print(f"written to {RESULT.relative_to(ROOT)}")
    return 1 if misses(figures) else 0


def table(figures: list[Figure]) -> Table:
    """The figures as printed."""
    shown = Table(title="Measured beside the limit of the same run", title_justify="left")
    for title in ("figure", "value", "limit", "ratio", "goal"):
        shown.add_column(title, justify="left" if title in ("figure", "goal") else "right")
    for each in figures:
        limit = "" if each.limit is None else f"{each.limit:,.1f}\n[dim]{each.limit_name}[/dim]"
        ratio = "" if each.ratio is None else f"{each.ratio:.0%}"
        shown.add_row(each.name, f"{each.value:,.1f} {each.unit}", limit, ratio, verdict(each))
    return shown


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
