"""`alliance brand`: connect a node to its alliance, and see what the alliance knows of the brand."""

from pathlib import Path
from typing import Annotated

import typer

from alliance_node.application.published_rates import rates_of_brand
from alliance_node.application.settlement_view import settlement_view
from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.cli import budget
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, opened, out, pairs, settings_of, table
from alliance_node.entrypoints.cli.common import show as show_json
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.cli.node import alliance_settings
from alliance_node.entrypoints.node_directory import connect_node
from alliance_node.entrypoints.presets import preset_names

app = typer.Typer(no_args_is_help=True, help="A brand in the alliance: presets, connection, settlement, budgets.")
app.add_typer(budget.app, name="budget")


@app.command()
def presets() -> None:
    """List the shipped programs a brand can start from.

    Example: `alliance brand presets`
    """
    for name in preset_names():
        out.print(name)


@app.command()
def connect(
    directory: DirOption,
    rpc: Annotated[str, typer.Option(help="JSON-RPC address of the alliance's ledger.")],
    address_book: Annotated[Path, typer.Option("--address-book", "--book", help="The alliance's address book file.")],
    brand_id: Annotated[int, typer.Option(help="The brand's number on the ledger.")],
    hot_key: Annotated[str, typer.Option(help="env:NAME or keystore:PATH:PASSWORD_NAME.")],
) -> None:
    """Write the alliance into a node's settings; takes effect when the node starts again.

    Example: `alliance brand connect --dir shop --rpc http://127.0.0.1:8545 --address-book alliance.json --brand-id 1
    --hot-key env:SHOP_HOT_KEY`
    """
    alliance = alliance_settings(rpc, address_book, brand_id, hot_key)
    if alliance is None:
        raise CommandRefused("nothing to connect to", "Give all options.", "usage")
    connect_node(settings_of(directory), alliance)
    out.print("Connected; start the node again.")


@app.command()
def show(directory: DirOption) -> None:
    """The brand's settings in the alliance.

    Example: `alliance brand show --dir shop`
    """
    settings = settings_of(directory)
    alliance = settings.alliance
    values = {"brand": settings.brand, "connected": alliance is not None}
    if alliance is not None:
        values |= {"brand id": alliance.brand_id, "rpc": alliance.rpc_url, "address book": alliance.address_book}
    pairs("Brand", values)


@app.command()
def rates(
    directory: DirOption,
    brand: Annotated[int | None, typer.Option(min=1, help="Another brand's number; this brand without it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """A brand's published rates as this node saw them, newest first: announced, in force, superseded.

    Example: `alliance brand rates --dir shop`
    """
    with opened(directory, connected=True) as node:
        wanted, found = rates_of_brand(node.alliance_desk.directory, node.store, brand, node.clock.now())
    shown = [views.rate(each) for each in found]
    if as_json:
        show_json({"brand": wanted, "rates": shown})
        return
    if not shown:
        out.print(f"brand {wanted} has published no rate that this node has seen")
        return
    columns = (
        "version",
        "state",
        "alliance_units_per_point",
        "points_per_alliance_unit",
        "announced_at",
        "effective_at",
    )
    table(f"Rates of brand {wanted}", columns, [[one[column] for column in columns] for one in shown])


@app.command()
def settlement(directory: DirOption, as_json: JsonOption = False) -> None:
    """What the brand must pay into the alliance's pool and by when, and what it is paid.

    Example: `alliance brand settlement --dir shop`
    """
    with opened(directory, connected=True) as node:
        found = settlement_view(node.alliance.settlement())
    if as_json:
        show_json(found)
        return
    words = found.pop("explanation")
    pairs("Settlement", found)
    out.print(words["zh"])
    out.print(words["en"])
