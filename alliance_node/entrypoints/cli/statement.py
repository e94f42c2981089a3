"""`alliance statement`: make the month's statement, publish, show, write files. Members check theirs with
`alliance verify-inclusion`."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from alliance_node.application.statement_records import StatementRow
from alliance_node.domain.instants import local_day, start_of_day
from alliance_node.entrypoints import jobs
from alliance_node.entrypoints.api import views_statements
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, out, show, table
from alliance_node.entrypoints.cli.errors import FINDINGS, CommandRefused

app = typer.Typer(no_args_is_help=True, help="Daily heads of the sealed log and monthly statements on the ledger.")
MonthArgument = Annotated[str, typer.Argument(help="A month, as 2026-01.")]
OutOption = Annotated[Path, typer.Option("--out", help="The directory for the file.")]
_POLL_SECONDS = 0.5


@app.command()
def make(directory: DirOption, json: JsonOption = False) -> None:
    """Take today's head of the log and make the statement of the month that ended, after the sweep to its cut-off.

    The node does this by itself each day. A second run changes nothing.

    Example: `alliance statement make --dir shop`
    """
    with opened(directory, connected=True) as node:
        now, zone = node.clock.now(), node.timezone
        jobs.sweep(node, start_of_day(local_day(now, zone), zone))
        made = node.statements.daily(now, zone)
        audit(node, "statement.make")
    if json:
        show(views_statements.statement(made) if made is not None else None)
    elif made is None:
        out.print("nothing to make: the statement of the month that ended is there, or there is nothing to state")
    else:
        _table([made])


@app.command()
def publish(
    directory: DirOption,
    wait: Annotated[int, typer.Option("--wait", help="Seconds to wait until everything is final on the ledger.")] = 60,
    out_directory: OutOption = Path("statements"),
) -> None:
    """Post every head and statement that is not on the ledger yet, and write the statements' files.

    Example: `alliance statement publish --dir shop --out public/statements`
    """
    with opened(directory, connected=True) as node:
        deadline = time.monotonic() + wait
        while (waiting := node.statements.publish().waiting) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
        audit(node, "statement.publish")
        for row in node.statements.desk.all():
            if row.published_block is not None:
                _write(out_directory, row, node.statements.desk.file(row.month))
    if waiting:
        message = f"{waiting} records are not final on the ledger yet"
        raise CommandRefused(message, "Run the command again; nothing is posted twice.", "publication_waiting")
    out.print(f"everything is on the ledger; files are in {out_directory}")


@app.command("show")
def show_statements(directory: DirOption, json: JsonOption = False) -> None:
    """List the statements made, and since which block each is known to be on the ledger.

    Example: `alliance statement show --dir shop`
    """
    with opened(directory) as node:
        rows = node.statements.desk.all()
    if json:
        show([views_statements.statement(row) for row in rows])
        return
    _table(rows)


@app.command()
def check(directory: DirOption, month: MonthArgument) -> None:
    """Make a statement again out of the journal and compare. Exit code 1 when anything differs.

    Example: `alliance statement check --dir shop 2026-01`
    """
    with opened(directory, connected=True) as node:
        found = node.statements.desk.check(views_statements.month_number(month))
    for line in found:
        out.print(line)
    if found:
        raise typer.Exit(FINDINGS)
    out.print("the statement follows from the journal and the sealed log")


@app.command()
def proof(
    directory: DirOption,
    month: MonthArgument,
    member_id: Annotated[str, typer.Argument(help="The member's id.")],
    out_directory: OutOption = Path("statements"),
) -> None:
    """Write a member's proof file for `alliance verify-inclusion`.

    Example: `alliance statement proof --dir shop 2026-01 $member`
    """
    with opened(directory, connected=True) as node:
        content = node.statements.desk.inclusion(views_statements.month_number(month), member_id)
        audit(node, "statement.proof", member_id)
    out_directory.mkdir(parents=True, exist_ok=True)
    path = out_directory / f"inclusion-{month}-{member_id}.json"
    path.write_bytes(content)
    out.print(str(path))


def _write(directory: Path, row: StatementRow, content: bytes) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"statement-{views_statements.month_text(row.month)}.json"
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def _table(rows: list[StatementRow]) -> None:
    columns = ("month", "cut_off", "total_points", "log_size", "leaves", "rate_version", "published_block")
    shown: list[dict[str, Any]] = [views_statements.statement(row) for row in rows]
    table("Statements", columns, [[row[column] for column in columns] for row in shown])
