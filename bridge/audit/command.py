"""`alliance audit`: the auditor on the command line.

Owns options, progress bar, files and exit codes, and `alliance verify-report`. It may not decide what a result means:
the report does.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from bridge.audit.anchors import Checkpoint, MalformedCheckpoint
from bridge.audit.html import to_html
from bridge.audit.node_export import NodeExport, NodeExportError, load_export
from bridge.audit.recompile import CompilerRefused, SourcesMissing
from bridge.audit.report import Report
from bridge.audit.run import AuditImpossible, Progress, StateFile, run_audit
from bridge.audit.saved import SavedAuditRefused
from bridge.audit.signed_report import ReportRefused, read_signed, signed
from bridge.audit.source import MissingBlock
from bridge.audit.statement_files import load_statements
from bridge.audit.summary import print_summary
from bridge.chain.hexadecimal import MalformedChainData
from bridge.chain.keys import KeyUnavailable, Signer, load_signer
from bridge.chain.rpc import ChainError
from bridge.deploy.address_book import AddressBook, AddressBookError
from bridge.protocol.statement_files import InclusionFile, MalformedFile, StatementFile
from bridge.protocol.words import MalformedAddress, format_address, parse_address
from bridge.terminal import PlainConsole

EXIT_NOT_RUN = 4
_NOT_RUN = (
    AddressBookError,
    AuditImpossible,
    ChainError,
    CompilerRefused,
    KeyUnavailable,
    MalformedChainData,
    MalformedCheckpoint,
    MalformedFile,
    MissingBlock,
    NodeExportError,
    OSError,
    SavedAuditRefused,
    SourcesMissing,
)
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
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Where to write the report for people.")]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help="Your key, which signs the JSON report and the state file: env:NAME or keystore:…"),
]
StateOption = Annotated[
    Path | None,
    typer.Option("--state", help="Where to save the audit while it runs, and go on from; needs --key."),
]
SourcesOption = Annotated[
    Path | None,
    typer.Option("--sources", help="A checkout with `npm ci` done in hardhat/: compile the contracts and compare."),
]
SaveOption = Annotated[float, typer.Option("--save-every", min=0.0, help="Seconds between two savings.")]
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
    html: HtmlOption = None,
    key: KeyOption = None,
    state: StateOption = None,
    save_every: SaveOption = 15.0,
    sources: SourcesOption = None,
    node_export: ExportOption = None,
    statements: StatementsOption = None,
) -> None:
    """Verify everything on the ledger without trusting any node.

    Exit code 0: clean. 1: something failed. 3: nothing failed, but not everything could be checked. 4: not run.
    """
    console = PlainConsole(stderr=True)
    try:
        signer = load_signer(key, os.environ) if key is not None else None
        question = _Question(
            rpc_url,
            AddressBook.load(address_book),
            to_block,
            Checkpoint.parse(checkpoint) if checkpoint is not None else None,
            load_export(node_export) if node_export is not None else None,
            _state_file(state, signer, save_every),
            sources,
            load_statements(statements) if statements is not None else [],
        )
        report, seconds = _timed_audit(question, console)
        if output is not None:
            _write(output, report.to_json() if signer is None else signed(report.document(), signer))
        if html is not None:
            _write(html, to_html(report, format_address(signer.address) if signer is not None else None))
    except _NOT_RUN as error:
        console.print(f"The audit was not run: {error}", style="bold red", markup=False, highlight=False)
        raise typer.Exit(EXIT_NOT_RUN) from error
    events = report.totals["events"]
    print_summary(report, PlainConsole())
    console.print(f"{events} events in {seconds:.1f} s ({events / max(seconds, 0.001):,.0f} events/s)")
    raise typer.Exit(report.exit_code)


def verify_report(
    file: Annotated[Path, typer.Argument(help="A signed JSON report of `alliance audit`.")],
    auditor: Annotated[str | None, typer.Option("--auditor", help="The address that must have signed it.")] = None,
) -> None:
    """Check that an audit report is whole and who signed it. Exit code 1 if it is not, 4 if it cannot be read."""
    console = PlainConsole(highlight=False, soft_wrap=True)
    try:
        found = read_signed(file)
        if auditor is not None and parse_address(auditor) != parse_address(found.auditor):
            raise ReportRefused(f"{file} is signed by {found.auditor}, not by {auditor}")
    except ReportRefused as error:
        console.print(f"Refused: {error}", style="bold red", markup=False)
        raise typer.Exit(1) from error
    except OSError as error:
        console.print(f"Not verified: {file} cannot be read: {error.strerror}", style="bold red", markup=False)
        raise typer.Exit(EXIT_NOT_RUN) from error
    except MalformedAddress as error:
        console.print(f"Not verified: {error}", style="bold red", markup=False)
        raise typer.Exit(EXIT_NOT_RUN) from error
    chain, result = found.document["chain"], found.document["result"]
    console.print(f"Signed by {found.auditor}, whole.")
    console.print(f"Result {result!r} for chain {chain['chain_id']}, up to block {chain['to_block']}.")


@dataclass(frozen=True, slots=True)
class _Question:
    """What is audited."""

    rpc_url: str
    book: AddressBook
    to_block: int | None
    checkpoint: Checkpoint | None
    export: NodeExport | None
    state_file: StateFile | None
    sources: Path | None
    statements: list[StatementFile | InclusionFile]


def _state_file(path: Path | None, signer: Signer | None, every_seconds: float) -> StateFile | None:
    if path is None:
        return None
    if signer is None:
        raise KeyUnavailable("--state needs --key: only your signature shows that nobody changed the file")
    return StateFile(path, signer, every_seconds)


def _timed_audit(question: _Question, console: Console) -> tuple[Report, float]:
    start = time.monotonic()
    with _progress_bar(console) as show:
        report = run_audit(
            question.rpc_url,
            question.book,
            to_block=question.to_block,
            checkpoint=question.checkpoint,
            export=question.export,
            state_file=question.state_file,
            sources=question.sources,
            statements=question.statements,
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
