"""The report on a screen: what failed first, then what was examined, then what no audit can prove.

Owns wording and layout. It may not leave out a limit, whatever the result.
"""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.audit.findings import Finding
from bridge.audit.report import EXIT_CLEAN, EXIT_FAILED, Report
from bridge.terminal import plain

_SHOWN = 20


def print_summary(report: Report, console: Console) -> None:
    """Print the whole report in plain words."""
    chain, totals = report.chain, report.totals
    console.print(f"Audited chain {chain['chain_id']}, blocks {chain['from_block']} to {chain['to_block']}")
    console.print(f"  hash of the last block: {chain['to_block_hash']}")
    console.print(
        f"  {totals['events']} events, {totals['batches']} batches, {totals['items']} items "
        f"({totals['accepted_items']} accepted, {totals['rejected_items']} rejected)"
    )
    _print_brands(report, console)
    _print_checks(report, console)
    _print_findings("Failed", report.failures, console)
    _print_findings("Could be checked, but was not", report.unchecked, console)
    console.print("\nWhat this audit cannot prove:")
    for limit in report.limits:
        console.print(Text(f"  [{limit['level']}] {limit['what']}: {limit['why']}"))
    console.print(f"\nFor the next audit: --checkpoint {chain['next_checkpoint']}")
    console.print(Text(_verdict(report), style="bold green" if report.exit_code == EXIT_CLEAN else "bold red"))


def _verdict(report: Report) -> str:
    if report.exit_code == EXIT_CLEAN:
        return "Clean: nothing failed, nothing that could be checked was left unchecked."
    if report.exit_code == EXIT_FAILED:
        counts = ", ".join(f"{row['check']} ({row['failures']})" for row in report.checks if row["failures"])
        return f"FAILED: {counts}"
    return "INCOMPLETE: nothing failed, but not everything could be checked."


def _print_brands(report: Report, console: Console) -> None:
    table = Table(title="Positions in alliance units (0.01 alliance point = 0.001 CNY)", title_justify="left")
    for heading in ("brand", "status", "batches", "rates", "issued", "redeemed", "position"):
        table.add_column(heading, justify="left" if heading == "status" else "right")
    for row in report.totals["brands"]:
        table.add_row(
            str(row["brand_id"]),
            row["status"],
            str(row["batches"]),
            str(row["rate_versions"]),
            row["issued_alliance_units"],
            row["redeemed_alliance_units"],
            row["position_alliance_units"],
        )
    console.print(table)
    totals = report.totals
    console.print(
        f"  Σ positions {totals['sum_of_positions_alliance_units']} = pool cash "
        f"{totals['pool_cash_alliance_units']} − supply {totals['supply_alliance_units']}"
    )


def _print_checks(report: Report, console: Console) -> None:
    table = Table(title="Checks", title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("level")
    table.add_column("examined", justify="right")
    table.add_column("failed", justify="right")
    table.add_column("what is shown")
    for row in report.checks:
        failed = Text(str(row["failures"]), style="bold red" if row["failures"] else "")
        level = row["level"] or "nothing to check"
        table.add_row(row["check"], level, str(row["examined"]), failed, row["statement"])
    console.print(table)


def _print_findings(title: str, findings: tuple[Finding, ...], console: Console) -> None:
    if not findings:
        return
    console.print(f"\n{title}:")
    for finding in findings[:_SHOWN]:
        console.print(Text(plain(f"  {finding.check} ({finding.invariant}) at {finding.where}"), style="bold red"))
        console.print(Text(plain(f"    expected {finding.expected}")))
        console.print(Text(plain(f"    actual   {finding.actual}")))
    if len(findings) > _SHOWN:
        console.print(f"  … and {len(findings) - _SHOWN} more, see the JSON report")
