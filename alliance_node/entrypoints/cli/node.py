"""`alliance node`: make, run, check and look after one brand's node."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from alliance_node.adapters.sql.log_store import SqlLogStore
from alliance_node.application.seal import Sealer
from alliance_node.entrypoints.api.parsing import MalformedValue, parse_instant
from alliance_node.entrypoints.cli import node_checks, node_keys
from alliance_node.entrypoints.cli.common import DirOption, opened, out, pairs, settings_of
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.cli.program import read_program
from alliance_node.entrypoints.node_directory import create_node
from alliance_node.entrypoints.node_directory import migrate as migrate_database
from alliance_node.entrypoints.presets import preset_text
from alliance_node.entrypoints.settings import AllianceSettings

app = typer.Typer(no_args_is_help=True, help="One brand's node: directory, database, server, checks.")
app.add_typer(node_checks.config_app, name="config")
node_checks.register(app)
node_keys.register(app)

_HOT_KEY_HELP = "env:NAME, keystore:PATH:PASSWORD_NAME or web3signer:URL:ADDRESS."


@app.command()
def init(
    directory: Annotated[Path, typer.Option("--dir", help="The directory to create.")],
    brand: Annotated[str, typer.Option(help="The brand's code in the alliance, e.g. GROCER.")],
    preset: Annotated[str | None, typer.Option(help="A shipped program; see `alliance program presets`.")] = None,
    program: Annotated[Path | None, typer.Option(help="Your own program file instead of a preset.")] = None,
    database: Annotated[
        str, typer.Option(help="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME.")
    ] = "sqlite:///node.sqlite",
    port: Annotated[int, typer.Option(help="The server's port.")] = 8080,
    clock: Annotated[str, typer.Option(help="system, or manual for simulations.")] = "system",
    effective_from: Annotated[str | None, typer.Option(help="When the program takes effect; default: always.")] = None,
    rpc: Annotated[str | None, typer.Option(help="JSON-RPC address of the alliance's ledger.")] = None,
    address_book: Annotated[
        Path | None, typer.Option("--address-book", "--book", help="The alliance's address book file.")
    ] = None,
    brand_id: Annotated[int | None, typer.Option(help="The brand's number on the ledger.")] = None,
    hot_key: Annotated[
        str | None, typer.Option(help="env:NAME, keystore:PATH:PASSWORD_NAME or web3signer:URL:ADDRESS.")
    ] = None,
) -> None:
    """Create a node: settings, keys (mode 0600), program and database.

    Example: `alliance node init --dir shop --brand GROCER --preset grocery-points`
    """
    if (preset is None) == (program is None):
        raise CommandRefused("name a preset or a program file", "See `alliance program presets`.", "usage")
    text = preset_text(preset) if preset is not None else read_program(program or Path())
    settings = create_node(
        directory,
        brand,
        text,
        database,
        options={"port": port, "clock": clock},
        alliance=alliance_settings(rpc, address_book, brand_id, hot_key),
        effective_from=_instant(effective_from) if effective_from else 0,
        now=int(time.time()),
    )
    out.print(f"{settings.brand} is ready in {directory}.")
    out.print(f"Make a key:   alliance node create-key --dir {directory} --name shop --scope events:write")
    out.print(f"Start it:     alliance node serve --dir {directory}")
    out.print("Back up the directory keys/: without it personal data can never be read again.")


@app.command()
def migrate(directory: DirOption) -> None:
    """Bring the database to the newest schema; a second run changes nothing.

    Example: `alliance node migrate --dir shop`
    """
    migrate_database(settings_of(directory))
    out.print("The database is up to date.")


@app.command()
def serve(
    directory: DirOption,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(help="API processes (PostgreSQL only for more than one).")] = None,
) -> None:
    """Run the node until Ctrl-C: HTTP API, member page, sealer, bridge.

    Example: `alliance node serve --dir shop --port 8080`
    """
    from alliance_node.entrypoints.serve import serve as run

    run(settings_of(directory, host=host, port=port, workers=workers), os.environ)


@app.command()
def seal(directory: DirOption) -> None:
    """Append every committed event to the sealed log now, and print its head.

    Example: `alliance node seal --dir shop`
    """
    with opened(directory) as node:
        sealer = Sealer(SqlLogStore(node.engine))
        count = sealer.seal_all(node.clock.now())
        head = sealer.head()
        pairs("Sealed log", {"newly sealed": count, "events": head.size, "root": head.root.hex()})


def alliance_settings(
    rpc: str | None, address_book: Path | None, brand_id: int | None, hot_key: str | None
) -> AllianceSettings | None:
    """All four, or none for a node that only earns."""
    if rpc is None and address_book is None and brand_id is None and hot_key is None:
        return None
    if rpc is None or address_book is None or brand_id is None or hot_key is None:
        raise CommandRefused(
            "an alliance needs --rpc, --address-book, --brand-id and --hot-key together",
            "Give all four, or none for a node that only earns.",
            "usage",
        )
    book, key = str(address_book.resolve()), _from_anywhere(hot_key)
    return AllianceSettings(rpc_url=rpc, address_book=book, brand_id=brand_id, hot_key=key)


def _from_anywhere(hot_key: str) -> str:
    """A keystore's file by its full path: the node may be started from another directory."""
    kind, _, rest = hot_key.partition(":")
    path, separator, password = rest.rpartition(":")
    return f"{kind}:{Path(path).resolve()}:{password}" if kind == "keystore" and separator else hot_key


def _instant(text: str) -> int:
    try:
        return parse_instant(text, "--effective-from")
    except MalformedValue as error:
        example = datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z")
        raise CommandRefused(str(error), f"Write it like {example}.", "usage") from None
