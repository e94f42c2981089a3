"""`alliance convert`: take a member's points to another brand, step by step."""

from typing import Annotated, Any

import typer

from alliance_node.application.conversions import CodeRequest, ConversionRequest, QuoteRequest, Refused
from alliance_node.application.make_receiving_codes import make_receiving_codes
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.request_conversions import request_conversions
from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.api.hot import refusal
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, pairs, show, table
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.cli.member import MemberArgument, checked_id

app = typer.Typer(no_args_is_help=True, help="Conversions: receiving codes, quotes, requests, where they stand.")
PointsOption = Annotated[int, typer.Option(min=1, help="Local points.")]


@app.command()
def code(
    directory: DirOption,
    member_id: MemberArgument,
    award: Annotated[str | None, typer.Option(help="An option to redeem the arriving points for at once.")] = None,
) -> None:
    """Make a receiving code here, for the member to show at another brand.

    Example: `alliance convert code --dir hotel 0b6f… --award weekend-night`
    """
    with opened(directory, connected=True) as node:
        [made] = make_receiving_codes(node.alliance_desk, [CodeRequest(checked_id(member_id), award)], node.clock.now())
        made = _unless_refused(made)
        audit(node, "convert.code", member_id)
    typer.echo(made.code)


@app.command()
def quote(
    directory: DirOption,
    member_id: MemberArgument,
    points: PointsOption,
    receiving_code: Annotated[str, typer.Option("--code", help="PA1.… from the receiving brand.")],
) -> None:
    """What the points are worth at the brand that made the code.

    Example: `alliance convert quote --dir shop 0b6f… --points 500 --code PA1.…`
    """
    with opened(directory, connected=True) as node:
        wanted = QuoteRequest(checked_id(member_id), receiving_code, points)
        [offer] = quote_conversions(node.alliance_desk, [wanted], node.clock.now())
        pairs("Quote", views.quote(_unless_refused(offer)))


@app.command()
def request(
    directory: DirOption,
    member_id: MemberArgument,
    quote_id: Annotated[str, typer.Option("--quote", help="The quote's id.")],
) -> None:
    """Accept a quote: the points are held and go to the ledger with the next batch.

    Example: `alliance convert request --dir shop 0b6f… --quote 77aa…`
    """
    with opened(directory, connected=True) as node:
        wanted = ConversionRequest(checked_id(member_id), checked_id(quote_id))
        [result] = request_conversions(node.alliance_desk, [wanted], node.clock.now())
        if not result.accepted:
            problem = refusal(result)
            raise CommandRefused(problem.detail, problem.next_step, problem.code)
        audit(node, "convert.request", member_id)
    typer.echo(result.body.decode())


@app.command()
def status(directory: DirOption, conversion_id: Annotated[str, typer.Argument()], json: JsonOption = False) -> None:
    """Where a conversion stands, with its chain receipts.

    Example: `alliance convert status --dir shop 77aa…`
    """
    with opened(directory, connected=True) as node:
        found = node.queries.conversion(checked_id(conversion_id))
        view = views.conversion(found, paid=node.paid_account(found.conversion))
    if json:
        show(view)
        return
    receipts = view.pop("receipts")
    pairs("Conversion", view)
    if receipts:
        columns = ("step", "block", "batch", "item", "transaction", "at")
        table("Chain receipts", columns, [[receipt[column] for column in columns] for receipt in receipts])


def _unless_refused(outcome: Any) -> Any:
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome
