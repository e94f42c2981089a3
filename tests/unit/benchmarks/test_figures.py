"""The figures' file keeps stable names, and a missed goal is never printed as reached."""

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import MEASUREMENTS
from benchmarks.figures import GOALS, Figure, figure, misses, save, verdict

PROMISED = {
    "bulk_purchases_postgresql",
    "bulk_purchases_even_writers",
    "bulk_purchases_sqlite",
    "http_purchases",
    "http_purchases_p99_ms",
    "gas_convert_in_existing_holder",
    "gas_convert_in_new_holder",
    "gas_claim",
    "gas_swap_pair",
    "gas_convert_out_own_wallet",
    "gas_transfer_own_wallet",
    "swaps_end_to_end",
    "indexer_catch_up",
    "audit_events",
    "statement_1m",
    "statement_1m_mib",
    "audit_cpu_us_per_event",
    "rules_with_explanation",
    "node_peak_rss_mib",
    "demo_replay_s",
    "sweep_and_tiers_1m",
}


def some(name: str, value: float) -> Figure:
    return figure(name, value, "unit", 200.0, "a limit")


def test_every_promised_name_is_measured_by_exactly_one_module() -> None:
    names = [name for provided in MEASUREMENTS.values() for name in provided]
    assert sorted(names) == sorted(PROMISED)
    assert set(GOALS) <= PROMISED


@pytest.mark.parametrize(
    ("name", "reached", "missed"),
    [
        ("bulk_purchases_postgresql", 4_000, 3_999.9),
        ("http_purchases", 1_500, 1_499),
        ("audit_events", 20_000, 19_999),
        ("rules_with_explanation", 50_000, 49_999),
        ("sweep_and_tiers_1m", 30, 30.1),
        ("http_purchases_p99_ms", 99.9, 100),
        ("swaps_end_to_end", 1_000, 999),
        ("indexer_catch_up", 10_000, 9_999),
        ("gas_convert_in_existing_holder", 11_000, 11_000.01),
        ("gas_convert_in_new_holder", 28_000, 28_001),
        ("gas_claim", 14_000, 14_001),
        ("gas_convert_out_own_wallet", 24_000, 24_001),
    ],
)
def test_goals_are_met_at_their_bound_and_missed_beyond_it(name: str, reached: float, missed: float) -> None:
    assert verdict(some(name, reached)).startswith("PASS")
    assert verdict(some(name, missed)).startswith("MISS")
    assert misses([some(name, reached), some(name, missed)]) == [some(name, missed)]


def test_a_goal_may_ask_for_a_share_of_the_limit_too() -> None:
    name = "bulk_purchases_postgresql"
    assert verdict(figure(name, 7_000, "unit", 20_000.0, "a limit")) == "PASS (at least 4,000, ratio 0.35)"
    assert verdict(figure(name, 7_000, "unit", 20_100.0, "a limit")).startswith("MISS")


def test_a_figure_without_a_goal_is_printed_without_a_verdict() -> None:
    assert verdict(some("node_peak_rss_mib", 1)) == ""
    assert misses([some("node_peak_rss_mib", 1)]) == []


def test_the_file_is_a_list_and_a_single_measurement_replaces_only_its_own_row(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    save([some("http_purchases", 100), some("audit_events", 50)], path)
    save([some("audit_events", 80)], path)
    rows = json.loads(path.read_text())
    assert [(row["name"], row["value"], row["ratio"]) for row in rows] == [
        ("audit_events", 80, 0.4),
        ("http_purchases", 100, 0.5),
    ]
    assert set(rows[0]) == {"name", "value", "unit", "limit", "limit_name", "ratio"}
