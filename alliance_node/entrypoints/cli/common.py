"""What commands share: the node directory, opening a node, tables, the operator's audit entry."""

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from alliance_node.adapters.chain.terminal import PlainConsole
from alliance_node.adapters.identity import audit_log
from alliance_node.entrypoints.composition import Node, open_node
from alliance_node.entrypoints.settings import Settings, load_settings

DirOption = Annotated[Path, typer.Option("--dir", help="The node's directory.", envvar="ALLIANCE_DIR")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

out = PlainConsole(highlight=False, soft_wrap=True)
err = PlainConsole(stderr=True, highlight=False, soft_wrap=True)
WIDE = 400


def settings_of(directory: Path, **changes: Any) -> Settings:
    """The node's settings, with command line options laid over them; raises SettingsError."""
    environment: dict[str, str] = dict(os.environ)
    environment.update({f"ALLIANCE_{k.upper()}": str(v) for k, v in changes.items() if v is not None})
    return load_settings(directory, environment)


@contextmanager
def opened(directory: Path, *, connected: bool = False, **changes: Any) -> Iterator[Node]:
    """The node of a directory, closed at the end; only a `connected` one needs the brand's key to the ledger."""
    node = open_node(settings_of(directory, **changes), os.environ, connected=connected)
    try:
        yield node
    finally:
        node.close()


def audit(node: Node, action: str, subject: str | None = None) -> None:
    """Leaves the operator's entry in the audit log."""
    entry = audit_log.AuditEntry(node.wall_clock.now(), audit_log.OPERATOR, action, subject, 200, str(uuid.uuid4()))
    with node.store.write() as connection:
        audit_log.record(connection, entry)


def show(value: Any) -> None:
    """Prints JSON."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Prints a table; numbers are right-aligned, and an empty one says so."""
    drawn = Table(title=title, title_justify="left", caption=None if rows else "none", caption_justify="left")
    for position, column in enumerate(columns):
        numeric = all(isinstance(row[position], int) for row in rows) and bool(rows)
        drawn.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        drawn.add_row(*("" if cell is None else str(cell) for cell in row))
    _draw(drawn)


def pairs(title: str, values: Mapping[str, Any]) -> None:
    """Prints a two-column table."""
    drawn = Table(title=title, title_justify="left", show_header=False)
    for name, value in values.items():
        drawn.add_row(name, "" if value is None else str(value))
    _draw(drawn)


def _draw(drawn: Table) -> None:
    """A terminal's width is respected; a file or a pipe gets whole identifiers, whatever the width."""
    console = out if out.is_terminal else PlainConsole(highlight=False, soft_wrap=True, width=WIDE)
    console.print(drawn)
