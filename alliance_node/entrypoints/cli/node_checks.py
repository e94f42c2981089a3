"""`alliance node` commands that look and prove: rebuild, reconcile, config check, limits, the auditor's export."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from alliance_node.adapters.chain.audit_view import beside_conversions
from alliance_node.adapters.chain.reconcile import reconcile_node
from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.adapters.sql.rebuild_store import SqlRebuildStore
from alliance_node.application.export_chain_view import export_chain_view
from alliance_node.application.limits_view import shared_limits
from alliance_node.application.rebuild import rebuild as rebuild_tables
from alliance_node.entrypoints.api import views_members
from alliance_node.entrypoints.cli.common import (
    DirOption,
    JsonOption,
    audit,
    err,
    opened,
    out,
    pairs,
    settings_of,
    show,
    table,
)
from alliance_node.entrypoints.cli.errors import FINDINGS
from alliance_node.entrypoints.composition import open_node
from alliance_node.entrypoints.settings import Settings

config_app = typer.Typer(no_args_is_help=True, help="Look at a node's settings.")


def register(app: typer.Typer) -> None:
    """Adds the commands to `alliance node`."""
    app.command("rebuild")(rebuild)
    app.command("reconcile")(reconcile)
    app.command("export-chain-view")(export_view)
    app.command("limits")(limits)


@config_app.command("check")
def check(directory: DirOption) -> None:
    """Check settings, keys, database and program without starting anything.

    Example: `alliance node config check --dir shop`
    """
    settings = settings_of(directory)
    node = open_node(settings, os.environ)
    try:
        program = node.queries.program_book().at(node.clock.now())
    finally:
        node.close()
    pairs("Settings are usable", {**_shown(settings), "program": f"{program.file.name.en}, version {program.version}"})


def rebuild(
    directory: DirOption,
    check: Annotated[bool, typer.Option("--check", help="Only prove that the tables equal the event log.")] = False,
) -> None:
    """Replay every event and compare lots, entries, balances and the sealed log with the tables; repair them.

    With --check nothing is written. Exit code 1 when anything differs.

    Example: `alliance node rebuild --check --dir shop`
    """
    with opened(directory) as node, Progress(console=err, transient=True) as progress:
        task = progress.add_task("replaying members", total=None)
        report = rebuild_tables(
            SqlRebuildStore(node.engine),
            SqlLogStore(node.engine),
            check=check,
            progress=lambda done: progress.update(task, completed=done),
        )
        if not check:
            audit(node, "node.rebuild")
    for finding in report.findings:
        typer.echo(f"{finding.check}: {finding.where}: expected {finding.expected}, found {finding.actual}")
    out.print(
        f"{report.members} members, {report.events} events, {report.sealed} sealed: "
        f"{len(report.findings)} finding(s), {report.repaired} repaired"
    )
    if not report.clean:
        raise typer.Exit(FINDINGS)


def reconcile(directory: DirOption) -> None:
    """Compare this node's conversions with the ledger, to the last unit.

    Example: `alliance node reconcile --dir shop`
    """
    with opened(directory, connected=True) as node:
        found = reconcile_node(node.alliance.connection)
    if not found:
        out.print("Node and ledger agree, to the last unit.")
        return
    table("Findings", ["where", "expected", "actual"], [(f.where, f.expected, f.actual) for f in found])
    raise typer.Exit(FINDINGS)


def export_view(directory: DirOption, output: Annotated[Path, typer.Option(help="The JSON file to write.")]) -> None:
    """Write what this node believes it did on the ledger, for the auditor. It names no member.

    Example: `alliance node export-chain-view --dir shop --output shop-view.json`
    """
    with opened(directory, connected=True) as node:
        connection = node.alliance.connection
        view = export_chain_view(node.store, connection.brand_id, beside_conversions(connection))
        audit(node, "export.chain-view")
    output.write_bytes(view)
    out.print(f"Written to {output}.")


def limits(
    directory: DirOption, lang: Annotated[str, typer.Option(help="en or zh.")] = "en", json: JsonOption = False
) -> None:
    """What all members share: stock, tickets and budgets, with what is used and left now.

    Example: `alliance node limits --dir shop`
    """
    with opened(directory) as node:
        found = shared_limits(node.store, node.programs, node.clock.now(), lang)
    views = [views_members.limit(view) for view in found]
    if json:
        show({"limits": views})
        return
    columns = ("limit", "name", "unit", "per", "capacity", "used", "left")
    table("Shared limits", columns, [[view[column] for column in columns] for view in views])


def _shown(settings: Settings) -> dict[str, object]:
    return {
        "brand": settings.brand,
        "database": "SQLite" if settings.uses_sqlite else "PostgreSQL",
        "listens on": f"{settings.host}:{settings.port}",
        "API processes": settings.workers,
        "clock": settings.clock,
        "alliance": settings.alliance.rpc_url if settings.alliance is not None else "not connected",
    }
