"""Prints the summary as tables on the terminal. Computes nothing."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from alliance_node.entrypoints.demo.summary import BrandSummary, Summary

_ROWS: list[tuple[str, Callable[[BrandSummary], int]]] = [
    ("members", lambda brand: brand.members),
    ("purchases", lambda brand: brand.purchases),
    ("points issued", lambda brand: brand.issued),
    ("points redeemed (simulated)", lambda brand: brand.redeemed),
    ("points expired", lambda brand: brand.expired),
    ("points converted in (simulated)", lambda brand: brand.converted_in),
    ("points converted out (simulated)", lambda brand: brand.converted_out),
    ("points clawed back", lambda brand: brand.clawed_back),
    ("points returned", lambda brand: brand.returned),
    ("liability to members", lambda brand: brand.liability),
]


def show(summary: Summary, console: Console) -> None:
    """The brands' table, the alliance's, the checks'."""
    console.print(_brands(summary))
    console.print(_alliance(summary))
    console.print(_checks(summary))
    console.print(f"[dim]simulated: {summary.simulated}[/dim]")


def _brands(summary: Summary) -> Table:
    table = Table(title="A year at three brands (real purchases)", title_justify="left")
    table.add_column("")
    for name in summary.brands:
        table.add_column(name, justify="right")
    for title, value in _ROWS:
        table.add_row(title, *(f"{value(brand):,}" for brand in summary.brands.values()))
    told = summary.statements
    for title, counts in (("daily heads on chain", told.heads), ("monthly statements on chain", told.statements)):
        table.add_row(title, *(f"{counts.get(brand, 0):,}" for brand in summary.brands))
    table.add_row("points owed, newest statement", *(f"{told.owed_points.get(b, 0):,}" for b in summary.brands))
    table.add_row("tiers reached", *(_tiers(brand) for brand in summary.brands.values()))
    return table


def _tiers(brand: BrandSummary) -> str:
    return "\n".join(f"{tier} {count:,}" for tier, count in brand.tiers.items())


def _alliance(summary: Summary) -> Table:
    alliance = summary.alliance
    table = Table(title="The alliance (units of 0.01 alliance point)", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for direction, count in summary.conversions.items():
        table.add_row(f"conversions {direction}", f"{count:,}")
    moved = f"{alliance.paid_in:,} / {alliance.paid_out:,} in {alliance.settlement_payments} payments"
    table.add_row(f"{alliance.epochs} epochs settled: paid in / out (bank simulated)", moved)
    founders = summary.founders
    points = ", ".join(f"{points:,} points at {brand}" for brand, points in founders.credited_points.items())
    table.add_row(
        f"{founders.memberships} founder memberships (simulated): grants claimed", f"{founders.grants:,} = {points}"
    )
    for brand, extra in founders.accelerated_points.items():
        table.add_row(f"founders earned on top at {brand}, in points", f"{extra:,}")
    table.add_row("left in the founders' vault", f"{founders.vault_units:,}")
    table.add_row("supply", f"{alliance.supply:,}")
    for brand, position in alliance.positions.items():
        table.add_row(f"position of {brand}", f"{position:,}")
    total, backing = sum(alliance.positions.values()), alliance.pool_cash - alliance.supply
    sign = "=" if total == backing else "≠"
    table.add_row("Σ positions", f"{total:,}")
    table.add_row(f"{sign} pool cash − supply", f"{alliance.pool_cash:,} − {alliance.supply:,}")
    return table


def _checks(summary: Summary) -> Table:
    table = Table(title="Checks and time", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name, verdict in summary.verdicts().items():
        clean = not verdict.exit_code and not verdict.findings
        table.add_row(name, "no findings" if clean else f"{len(verdict.findings)} findings, exit {verdict.exit_code}")
    confirmed = f"{summary.statements.member_checks} proofs confirmed"
    table.add_row("statements, checked by members", confirmed)
    for name, seconds in summary.seconds.items():
        table.add_row(f"seconds: {name}", f"{seconds:,.1f}")
    for name, rate in summary.rates.items():
        table.add_row(name, f"{rate:,.0f}")
    return table
