"""`alliance audit`: the auditor on the command line.

Owns options, progress bar, files and exit codes. It may not decide what a result means: the report does.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from bridge.audit.anchors import Checkpoint, MalformedCheckpoint
from bridge.audit.node_export import NodeExport, NodeExportError, load_export
from bridge.audit.report import Report
from bridge.audit.run import AuditImpossible, Progress, run_audit
from bridge.audit.source import MissingBlock
from bridge.audit.statement_files import load_statements
from bridge.audit.summary import print_summary
from bridge.chain.hexadecimal import MalformedChainData
from bridge.chain.rpc import ChainError
from bridge.deploy.address_book import AddressBook, AddressBookError
from bridge.protocol.statement_files import InclusionFile, MalformedFile, StatementFile

EXIT_NOT_RUN = 4
_REFRESH_SECONDS = 0.1

RpcOption = Annotated[
    str,
    typer.Option("--rpc", envvar="ALLIANCE_RPC_URL", help="JSON-RPC address of any node of the chain; not trusted."),
]
BookOption = Annotated[
    Path,
    typer.Option("--address-book", "--book", envvar="ALLIANCE_ADDRESS_BOOK", help="Which contracts to audit."),
]
ToBlockOption = Annotated[int | None, typer.Option("--to-block", min=0, help="Last block; the head if not given.")]
CheckpointOption = Annotated[
    str | None, typer.Option("--checkpoint", metavar="BLOCK:HASH", help="A block of your earlier audit.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", help="Where to write the JSON report.")]
ExportOption = Annotated[
    Path | None, typer.Option("--node-export", help="A node's own view of its items, to compare with the chain.")
]

StatementsOption = Annotated[
    Path | None,
    typer.Option("--statements", help="A directory with statement files, and with inclusion files of members who ask."),
]


def audit(
    rpc_url: RpcOption,
    address_book: BookOption,
    to_block: ToBlockOption = None,
    checkpoint: CheckpointOption = None,
    output: OutputOption = None,
    node_export: ExportOption = None,
    statements: StatementsOption = None,
) -> None:
    """Verify everything on the ledger without trusting any node.

    Exit code 0: clean. 1: something failed. 3: nothing failed, but not everything could be checked. 4: not run.
    """
    console = Console(stderr=True)
    try:
        anchor = Checkpoint.parse(checkpoint) if checkpoint is not None else None
        export = load_export(node_export) if node_export is not None else None
        files = load_statements(statements) if statements is not None else []
        book = AddressBook.load(address_book)
        report, seconds = _timed_audit(rpc_url, book, to_block, anchor, export, files, console)
        if output is not None:
            _write(output, report.to_json())
    except (
        AddressBookError,
        AuditImpossible,
        ChainError,
        MalformedChainData,
        MalformedCheckpoint,
        MalformedFile,
        MissingBlock,
        NodeExportError,
        OSError,
    ) as error:
        console.print(f"The audit was not run: {error}", style="bold red", markup=False, highlight=False)
        raise typer.Exit(EXIT_NOT_RUN) from error
    events = report.totals["events"]
    print_summary(report, Console())
    console.print(f"{events} events in {seconds:.1f} s ({events / max(seconds, 0.001):,.0f} events/s)")
    raise typer.Exit(report.exit_code)


def _timed_audit(
    rpc_url: str,
    book: AddressBook,
    to_block: int | None,
    checkpoint: Checkpoint | None,
    export: NodeExport | None,
    files: list[StatementFile | InclusionFile],
    console: Console,
) -> tuple[Report, float]:
    start = time.monotonic()
    with _progress_bar(console) as show:
        report = run_audit(
            rpc_url,
            book,
            to_block=to_block,
            checkpoint=checkpoint,
            export=export,
            statements=files,
            progress=show,
        )
    return report, time.monotonic() - start


@contextmanager
def _progress_bar(console: Console) -> Iterator[Callable[[Progress], None]]:
    columns = (
        TextColumn("Auditing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("blocks, {task.fields[events]} events"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("audit", total=None, events=0)
        shown = 0.0

        def show(progress: Progress) -> None:
            nonlocal shown
            now = time.monotonic()
            if now - shown >= _REFRESH_SECONDS or progress.blocks_done == progress.blocks_total:
                shown = now
                bar.update(task, completed=progress.blocks_done, total=progress.blocks_total, events=progress.events)

        yield show


def _write(path: Path, content: bytes) -> None:
    """All of the report or none of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(content)
    temporary.replace(path)
