"""`alliance redeem`: what a member can have for points, and having it: options, redemptions, benefits, gifts."""

from typing import Annotated

import typer

from alliance_node.application.member_benefits import member_benefits
from alliance_node.application.member_options import member_options
from alliance_node.application.send_gift import GiftRequest, send_gift
from alliance_node.domain.commands import CancelRedemption, Command, Redeem, SendGift, UseBenefit
from alliance_node.entrypoints.api import views_members
from alliance_node.entrypoints.cli.carry_out import (
    LangOption,
    PreviewOption,
    amount_of,
    answer_of,
    fresh_id,
    run,
    tell,
)
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, show, table
from alliance_node.entrypoints.cli.member import MemberArgument, checked_id
from alliance_node.entrypoints.composition import Node

app = typer.Typer(no_args_is_help=True, help="Spending: options with today's price, redemptions, benefits, gifts.")


@app.command()
def options(directory: DirOption, member_id: MemberArgument, lang: LangOption = "en", json: JsonOption = False) -> None:
    """Every option: today's price, what the member still lacks, what is left, why not.

    Example: `alliance redeem options --dir shop 0b6f…`
    """
    with opened(directory) as node:
        found = member_options(node.store, node.programs, checked_id(member_id), node.clock.now(), lang)
        views = [views_members.option(view, node.currency_scale) for view in found]
    if json:
        show({"options": views})
        return
    columns = ("option", "kind", "name", "points", "cash", "missing_points", "left", "until")
    rows = [[*(view[c] for c in columns), "yes" if view["available"] else view["refusal"]["code"]] for view in views]
    table("Options", (*columns, "available"), rows)


@app.command("make")
def make(
    directory: DirOption,
    member_id: MemberArgument,
    option: Annotated[str, typer.Argument(help="An option of the program.")],
    quantity: Annotated[int, typer.Option(min=1, max=1_000, help="Pieces, or tickets of a lottery.")] = 1,
    points: Annotated[int | None, typer.Option(min=1, help="For a checkout offset or a donation.")] = None,
    order_id: Annotated[str | None, typer.Option(help="The order that an offset pays.")] = None,
    order_amount: Annotated[str | None, typer.Option(help="The amount of that order.")] = None,
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Spend points on an option; the answer names the redemption for a later cancellation.

    Example: `alliance redeem make --dir shop 0b6f… checkout --points 500 --order-id A-1007 --order-amount 42.00`
    """

    def build(node: Node) -> Command:
        order = amount_of(order_amount, node, "--order-amount") if order_amount is not None else None
        now = node.clock.now()
        return Redeem(checked_id(member_id), fresh_id(), option, quantity, order, points, now, order_id)

    run(directory, "redemption.make", build, preview=preview, json=json, lang=lang)


@app.command()
def cancel(
    directory: DirOption,
    member_id: MemberArgument,
    redemption_id: Annotated[str, typer.Argument(help="The redemption's id.")],
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Give the points of a redemption back to the lots they came from.

    Example: `alliance redeem cancel --dir shop 0b6f… 77aa…`
    """

    def build(node: Node) -> Command:
        return CancelRedemption(checked_id(member_id), checked_id(redemption_id), node.clock.now())

    run(directory, "redemption.cancel", build, preview=preview, json=json, lang=lang)


@app.command()
def benefits(
    directory: DirOption, member_id: MemberArgument, lang: LangOption = "en", json: JsonOption = False
) -> None:
    """Every benefit with the member's remaining uses.

    Example: `alliance redeem benefits --dir shop 0b6f…`
    """
    with opened(directory) as node:
        found = member_benefits(node.store, node.programs, checked_id(member_id), node.clock.now(), lang)
    views = [views_members.benefit(view) for view in found]
    if json:
        show({"benefits": views})
        return
    rows = [
        (
            view["benefit"],
            view["name"],
            "any" if view["allowance"] is None else view["allowance"],
            view["per"],
            view["bought"],
            ", ".join(view["bought_through"]),
        )
        for view in views
    ]
    table("Benefits", ("benefit", "name", "left", "per", "bought", "sold as"), rows)


@app.command("use-benefit")
def use_benefit(
    directory: DirOption,
    member_id: MemberArgument,
    benefit: Annotated[str, typer.Argument(help="A benefit of the program.")],
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """One use: from the tier's allowance, else from uses bought with points. It cannot be taken back.

    Example: `alliance redeem use-benefit --dir shop 0b6f… lounge`
    """

    def build(node: Node) -> Command:
        return UseBenefit(checked_id(member_id), fresh_id(), benefit, node.clock.now())

    run(directory, "benefit.use", build, preview=preview, json=json, lang=lang)


@app.command()
def gift(
    directory: DirOption,
    member_id: MemberArgument,
    to_member_id: Annotated[str, typer.Argument(help="The member who receives.")],
    points: Annotated[int, typer.Option(min=1, help="How many.")],
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """Give points to another member of this brand; both halves in one commit. It cannot be taken back.

    Example: `alliance redeem gift --dir shop 0b6f… 91cc… --points 200`
    """

    def build(node: Node) -> SendGift:
        return SendGift(checked_id(member_id), fresh_id(), checked_id(to_member_id), points, node.clock.now())

    if preview:
        run(directory, "gift.send", build, preview=True, json=json, lang=lang)
        return
    with opened(directory) as node:
        command = build(node)
        answer = answer_of(node, send_gift(node.ledger, GiftRequest(command), node.clock.now()), lang)
        audit(node, "gift.send", command.member_id)
    tell({**answer, "gift_id": command.gift_id}, json)
