"""What a measurement is: a value, the limit it is compared with, the goal it must reach. Measures nothing itself."""

from pathlib import Path
from typing import Literal

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One row of `build/bench.json`; `ratio` is value ÷ limit, both in `unit`."""

    name: str
    value: float
    unit: str
    limit: float | None
    limit_name: str
    ratio: float | None


class Goal(msgspec.Struct, frozen=True):
    """What a figure must reach, and the limit's side it must stay on."""

    kind: Literal["at least", "at most", "below"]
    bound: float
    ratio: float = 0.0
    """The share of the limit that must be reached besides."""

    def is_met(self, measured: Figure) -> bool:
        """Whether the figure reaches the goal."""
        if measured.ratio is not None and measured.ratio < self.ratio:
            return False
        if self.kind == "at least":
            return measured.value >= self.bound
        return measured.value <= self.bound if self.kind == "at most" else measured.value < self.bound

    def __str__(self) -> str:
        share = f", ratio {self.ratio:.2f}" if self.ratio else ""
        return f"{self.kind} {self.bound:,.0f}{share}"


GOALS = {
    "bulk_purchases_postgresql": Goal("at least", 4_000, ratio=0.35),
    "http_purchases": Goal("at least", 1_500),
    "http_purchases_p99_ms": Goal("below", 100),
    "audit_events": Goal("at least", 20_000),
    "rules_with_explanation": Goal("at least", 50_000),
    "sweep_and_tiers_1m": Goal("at most", 30),
    "statement_1m": Goal("at most", 60),
    "statement_1m_mib": Goal("below", 1_024),
    "swaps_end_to_end": Goal("at least", 1_000),
    "indexer_catch_up": Goal("at least", 10_000),
    "gas_convert_in_existing_holder": Goal("at most", 11_000),
    "gas_convert_in_new_holder": Goal("at most", 28_000),
    "gas_claim": Goal("at most", 14_000),
    "gas_convert_out_own_wallet": Goal("at most", 24_000),
}


class BenchmarkFailed(RuntimeError):
    """A measurement could not be made; a figure that isn't measured is never printed."""


def figure(name: str, value: float, unit: str, limit: float | None, limit_name: str) -> Figure:
    """A figure with its ratio to the limit."""
    ratio = round(value / limit, 4) if limit else None
    rounded_limit = round(limit, 3) if limit is not None else None
    return Figure(name=name, value=round(value, 3), unit=unit, limit=rounded_limit, limit_name=limit_name, ratio=ratio)


def verdict(measured: Figure) -> str:
    """PASS or MISS with the goal, or nothing for a figure without one."""
    goal = GOALS.get(measured.name)
    if goal is None:
        return ""
    return f"{'PASS' if goal.is_met(measured) else 'MISS'} ({goal})"


def misses(figures: list[Figure]) -> list[Figure]:
    """The figures that miss their goal."""
    return [each for each in figures if each.name in GOALS and not GOALS[each.name].is_met(each)]


def save(figures: list[Figure], path: Path) -> None:
    """Write the list; figures of earlier runs under other names stay, so that `--only` completes the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    earlier = msgspec.json.decode(path.read_bytes(), type=list[Figure]) if path.exists() else []
    fresh = {each.name for each in figures}
    merged = [each for each in earlier if each.name not in fresh] + figures
    path.write_bytes(msgspec.json.format(msgspec.json.encode(sorted(merged, key=lambda each: each.name)), indent=2))
