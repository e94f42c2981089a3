"""`alliance brand budget`: budgets that sponsors filled for this brand, and those that this brand pays for."""

from typing import Annotated

import typer

from alliance_node.application.bonus_records import SponsoredKey
from alliance_node.application.budgets_view import budgets_view, order_view
from alliance_node.application.sponsor_budgets import Funding, close_budget, fund_budget, give_back_again
from alliance_node.entrypoints.api.parsing import parse_instant
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, out, show, table
from alliance_node.entrypoints.cli.errors import CommandRefused

app = typer.Typer(no_args_is_help=True, help="Sponsored budgets: fund, close, list, give back.")

BeneficiaryOption = Annotated[int, typer.Option(min=1, max=2**32 - 1, help="The brand that may spend, its number.")]
TermsOption = Annotated[str, typer.Option(help="Hash of what was agreed: 0x and 64 hexadecimal digits.")]
DeadlineOption = Annotated[str, typer.Option(help="Until when it may be spent: RFC 3339 with offset.")]

_TO_SPEND = ("sponsor", "deadline", "ended", "units", "promised_units", "left_units", "coming_back_units", "kept_units")
_PAID_FOR = ("beneficiary", "deadline", "ended", "left_units", "funding_units")
_ORDERS = ("beneficiary", "kind", "units", "status", "reason", "ordered_at", "item_id")
_PROMISES = ("kind", "points", "units", "status", "reason", "since", "redemption_id")


@app.command()
def fund(
    directory: DirOption,
    order: Annotated[str, typer.Option(help="Your name for this funding; the same name again changes nothing.")],
    beneficiary: BeneficiaryOption,
    terms: TermsOption,
    deadline: DeadlineOption,
    units: Annotated[int, typer.Option(min=1, max=10**15, help="Alliance units (0.01 point).")],
) -> None:
    """Issue units of this brand into a budget that the other brand pays bonuses and awards from.

    Example: `alliance brand budget fund --dir shop --order spring --beneficiary 2 --terms 0x11… --deadline
    2027-01-01T00:00:00+08:00 --units 100000`
    """
    with opened(directory, connected=True) as node:
        wish = Funding(order, _key(beneficiary, terms, deadline), units)
        made = fund_budget(node.alliance_desk, wish, node.clock.now())
        audit(node, "budget.fund", f"order {order}, {units} units, item {made.item_id}")
    show(order_view(made))


@app.command()
def close(directory: DirOption, beneficiary: BeneficiaryOption, terms: TermsOption, deadline: DeadlineOption) -> None:
    """Take back what is left of a budget, from its deadline on.

    Example: `alliance brand budget close --dir shop --beneficiary 2 --terms 0x11… --deadline 2027-01-01T00:00:00+08:00`
    """
    with opened(directory, connected=True) as node:
        made = close_budget(node.alliance_desk, _key(beneficiary, terms, deadline), node.clock.now())
        audit(node, "budget.close", f"item {made.item_id}")
    show(order_view(made))


@app.command("list")
def list_budgets(directory: DirOption, json: JsonOption = False) -> None:
    """Every budget with what is left, promised and under way, and until when; promises that are not settled.

    Example: `alliance brand budget list --dir shop`
    """
    with opened(directory, connected=True) as node:
        found = budgets_view(node.alliance_desk, node.clock.now())
    if json:
        show(found)
        return
    orders = [{**order, "beneficiary": one["beneficiary"]} for one in found["paid_for"] for order in one["orders"]]
    for title, columns, rows in (
        ("To spend (alliance units)", _TO_SPEND, found["to_spend"]),
        ("Paid for by this brand (alliance units)", _PAID_FOR, found["paid_for"]),
        ("Orders", _ORDERS, orders),
        ("Promised, and not settled", _PROMISES, found["promises"]),
    ):
        if rows:
            table(
                title,
                [column.replace("_", " ") for column in columns],
                [[row[name] for name in columns] for row in rows],
            )
    if not (found["to_spend"] or found["paid_for"]):
        out.print("No budget is known to this node.")


@app.command("give-back")
def give_back(directory: DirOption) -> None:
    """Ask again for every return to a budget that the ledger refused (see `kept`): the brand was at its own limits.

    Example: `alliance brand budget give-back --dir shop`
    """
    with opened(directory, connected=True) as node:
        asked = give_back_again(node.alliance_desk, node.clock.now())
        audit(node, "budget.give-back", f"{asked} returns")
    out.print(f"{asked} return(s) asked for again.")


def _key(beneficiary: int, terms: str, deadline: str) -> SponsoredKey:
    try:
        digest = bytes.fromhex(terms.removeprefix("0x"))
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise CommandRefused("terms is not 0x and 64 hexadecimal digits", "Copy it from the program file.", "usage")
    return SponsoredKey(beneficiary, digest, parse_instant(deadline))
