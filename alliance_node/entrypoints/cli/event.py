"""`alliance event`: record what members did, as a till or an app would: purchases, refunds, behaviours."""

from typing import Annotated

import typer

from alliance_node.domain.commands import Command, RecordBehaviour, RecordPurchase, RecordRefund
from alliance_node.entrypoints.cli.carry_out import (
    AtOption,
    LangOption,
    PreviewOption,
    amount_of,
    fresh_id,
    instant_of,
    run,
)
from alliance_node.entrypoints.cli.common import DirOption, JsonOption
from alliance_node.entrypoints.cli.member import MemberArgument, checked_id
from alliance_node.entrypoints.composition import Node

app = typer.Typer(no_args_is_help=True, help="Events: purchases, refunds, behaviours; with --preview only what if.")
SourceOption = Annotated[str, typer.Option(help="The system it comes from.")]
IdOption = Annotated[str | None, typer.Option("--id", help="Its id in that system; recorded once. Random if absent.")]
LateOption = Annotated[
    str, typer.Option("--late-approval", help="Who approved an event older than the program's window, and why.")
]
AmountOption = Annotated[str, typer.Option(help="In the program's currency, e.g. 12.34.")]


@app.command()
def purchase(
    directory: DirOption,
    member_id: MemberArgument,
    amount: AmountOption,
    source: SourceOption = "operator",
    event_id: IdOption = None,
    at: AtOption = None,
    tag: Annotated[list[str] | None, typer.Option(help="Repeatable, e.g. fresh.")] = None,
    channel: Annotated[str, typer.Option(help="shop, online, …")] = "shop",
    late_approval: LateOption = "",
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """A member bought something.

    Example: `alliance event purchase --dir shop 0b6f… --amount 42.50 --tag fresh`
    """

    def build(node: Node) -> Command:
        minor, when = amount_of(amount, node), instant_of(at, node)
        tags = tuple(tag or ())
        member = checked_id(member_id)
        return RecordPurchase(member, source, event_id or fresh_id(), minor, when, tags, channel, late_approval)

    run(directory, "event.purchase", build, preview=preview, json=json, lang=lang)


@app.command()
def refund(
    directory: DirOption,
    member_id: MemberArgument,
    purchase_id: Annotated[str, typer.Option(help="The purchase's id in its source.")],
    amount: AmountOption,
    purchase_source: Annotated[str, typer.Option(help="The purchase's source.")] = "operator",
    source: SourceOption = "operator",
    event_id: IdOption = None,
    at: AtOption = None,
    late_approval: LateOption = "",
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """All or part of a purchase was given back: what it earned is clawed back from its own lots.

    Example: `alliance event refund --dir shop 0b6f… --purchase-id 000731 --amount 42.50`
    """

    def build(node: Node) -> Command:
        minor, when = amount_of(amount, node), instant_of(at, node)
        known = event_id or fresh_id()
        member = checked_id(member_id)
        return RecordRefund(member, source, known, purchase_source, purchase_id, minor, when, late_approval)

    run(directory, "event.refund", build, preview=preview, json=json, lang=lang)


@app.command()
def behaviour(
    directory: DirOption,
    member_id: MemberArgument,
    name: Annotated[str, typer.Argument(help="A behaviour that the program names, e.g. check-in.")],
    grade: Annotated[int, typer.Option(min=0, max=100, help="How well, in percent of the rule's range.")] = 0,
    source: SourceOption = "operator",
    event_id: IdOption = None,
    at: AtOption = None,
    late_approval: LateOption = "",
    preview: PreviewOption = False,
    lang: LangOption = "en",
    json: JsonOption = False,
) -> None:
    """A member did something that the program rewards.

    Example: `alliance event behaviour --dir shop 0b6f… review --grade 80`
    """

    def build(node: Node) -> Command:
        when = instant_of(at, node)
        member = checked_id(member_id)
        return RecordBehaviour(member, source, event_id or fresh_id(), name, when, grade, late_approval)

    run(directory, "event.behaviour", build, preview=preview, json=json, lang=lang)
