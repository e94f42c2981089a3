"""`alliance import`: members, opening balances and history from another system. See docs/importing.md."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from alliance_node.adapters.files.opening import open_rows
from alliance_node.adapters.files.rejected import rejected_file
from alliance_node.adapters.identity.imported_people import ImportedPeople
from alliance_node.adapters.sql.engine import private_copy
from alliance_node.adapters.sql.import_store import SqlImportStore
from alliance_node.application.importing import history, members, openings
from alliance_node.application.importing.report import ImportReport
from alliance_node.application.importing.rows import Column
from alliance_node.application.importing.run import Importer, Kind
from alliance_node.application.importing.values import reader_of
from alliance_node.entrypoints.api.parsing import format_amount
from alliance_node.entrypoints.cli.common import audit, err, opened, out, show, table
from alliance_node.entrypoints.cli.errors import FINDINGS, CommandRefused
from alliance_node.entrypoints.composition import Node

KINDS: Mapping[str, Callable[..., Kind]] = {
    "members": members.Members,
    "openings": openings.Openings,
    "history": history.History,
}
STATUSES = ("new", "already", "rejected")
MAX_IMPORT_ID = 64

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Move in from another system: first members, then openings, then history. CSV or Parquet.\n\n"
    "Try each file with --dry-run. An interrupted import goes on when the same command is given again. "
    "Exit code 1 when lines were rejected: they are in FILE.rejected.csv.",
)

FileArgument = Annotated[Path, typer.Argument(help="A CSV or Parquet file.")]
NodeOption = Annotated[Path, typer.Option("--dir", "--node", help="The node's directory.", envvar="ALLIANCE_DIR")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Decide everything, write nothing into the node.")]
IdOption = Annotated[str | None, typer.Option("--import-id", help="Its name; from the file's content when absent.")]
EncodingOption = Annotated[str, typer.Option(help="Of a CSV file: utf-8 (a BOM is fine) or gb18030.")]
MapOption = Annotated[
    list[str] | None, typer.Option("--map", help="COLUMN=FIELD for a column with another name; COLUMN=- leaves it out.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the report as JSON.")]


def _help(purpose: str, kind: str, columns: Sequence[Column]) -> str:
    """The help of a kind, with its columns."""
    listed = "\n".join(f"- `{c.name}`{' (required)' if c.required else ''}: {c.about}" for c in columns)
    example = f"Example: `alliance import {kind} {kind}.csv --dir shop --dry-run`"
    return f"{purpose}\n\nColumns:\n\n{listed}\n\n{example}"


@app.command("members", help=_help("Enrol members.", "members", members.COLUMNS))
def import_members(
    file: FileArgument,
    directory: NodeOption,
    dry_run: DryRunOption = False,
    import_id: IdOption = None,
    encoding: EncodingOption = "utf-8",
    mapping: MapOption = None,
    json: JsonOption = False,
) -> None:
    """Enrol members."""
    _carry_out("members", file, directory, dry_run, import_id, encoding, mapping, json)


@app.command("openings", help=_help("Opening balances: one line per lot.", "openings", openings.COLUMNS))
def import_openings(
    file: FileArgument,
    directory: NodeOption,
    dry_run: DryRunOption = False,
    import_id: IdOption = None,
    encoding: EncodingOption = "utf-8",
    mapping: MapOption = None,
    json: JsonOption = False,
) -> None:
    """Opening balances."""
    _carry_out("openings", file, directory, dry_run, import_id, encoding, mapping, json)


@app.command("history", help=_help("Old purchases, so that refunds find them.", "history", history.COLUMNS))
def import_history(
    file: FileArgument,
    directory: NodeOption,
    dry_run: DryRunOption = False,
    import_id: IdOption = None,
    encoding: EncodingOption = "utf-8",
    mapping: MapOption = None,
    json: JsonOption = False,
) -> None:
    """Old purchases."""
    _carry_out("history", file, directory, dry_run, import_id, encoding, mapping, json)


def _carry_out(
    name: str,
    file: Path,
    directory: Path,
    dry_run: bool,
    import_id: str | None,
    encoding: str,
    mapping: list[str] | None,
    json: bool,
) -> None:
    with _node(directory, dry_run) as node:
        kind = _kind(node, name)
        source = open_rows(file, kind.columns, _mapping(mapping or []), encoding)
        chosen = import_id or f"{name}-{source.digest.hex()[:16]}"
        if not 0 < len(chosen) <= MAX_IMPORT_ID or not chosen.isprintable():
            raise CommandRefused("that is no import id", f"Use 1 to {MAX_IMPORT_ID} visible characters.", "usage")
        if not dry_run:
            audit(node, f"import.{name}", chosen)
        rejected = file.with_name(file.name + (".dry-run.rejected.csv" if dry_run else ".rejected.csv"))
        with _bar(f"importing {name}", source.size) as advance, rejected_file(rejected) as rejects:
            importer = Importer(SqlImportStore(node.engine), node.clock, kind, source, rejects)
            report = importer.try_out(chosen, advance) if dry_run else importer.run(chosen, advance)
        _tell(report, rejected, node.currency_scale, json)
    if report.tally.rejected:
        raise typer.Exit(FINDINGS)


@contextmanager
def _node(directory: Path, dry_run: bool) -> Iterator[Node]:
    """The node; for a dry run on SQLite, where one writer at a time is served, over a private copy of its database."""
    with opened(directory) as node:
        if not (dry_run and node.settings.uses_sqlite):
            yield node
            return
        with private_copy(node.engine) as url, opened(directory, database_url=url) as copy:
            yield copy


def _kind(node: Node, name: str) -> Kind:
    program = node.queries.program_book().at(node.clock.now())
    return KINDS[name](node.ledger, ImportedPeople(node.vault), reader_of(program.file))


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        column, separator, field = pair.rpartition("=")
        if not separator or not column or not field:
            raise CommandRefused(f"--map {pair}", "Write --map COLUMN=FIELD, or COLUMN=- to leave it out.", "usage")
        mapping[column] = field
    return mapping


@contextmanager
def _bar(text: str, total: int) -> Iterator[Any]:
    """A progress bar over the rows of the file."""
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*shown, console=err, transient=True) as progress:
        task = progress.add_task(text, total=total)
        yield lambda done: progress.update(task, completed=done)


def _tell(report: ImportReport, rejected: Path, scale: int, json: bool) -> None:
    if json:
        show({**msgspec.to_builtins(report), "rejected_file": str(rejected) if report.tally.rejected else None})
        return
    tally = report.tally
    title = f"{report.kind}, import {report.import_id}" + (" (dry run: nothing was written)" if report.dry_run else "")
    table(title, ("lines", *STATUSES), [("", tally.new, tally.already, tally.rejected)])
    names = sorted({name for totals in tally.totals.values() for name in totals})
    rows = [
        (
            name.replace("_minor", ""),
            *(_shown(name, tally.totals.get(status, {}).get(name, 0), scale) for status in STATUSES),
        )
        for name in names
    ]
    if rows:
        table("Totals, to compare with the old system", ("", *STATUSES), rows)
    if report.again:
        out.print("This import was finished before; nothing was done now.")
    if tally.rejected:
        table("Rejected lines by reason", ("reason", "lines"), sorted(tally.reasons.items()))
        out.print(f"{tally.rejected} of {tally.lines} lines were rejected; each is in {rejected} with its reason.")


def _shown(name: str, value: int, scale: int) -> int | str:
    return format_amount(value, scale) if "_minor" in name else value
