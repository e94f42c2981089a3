"""`alliance founder`: founder memberships, for the administrator and for members at a brand's node.

Administrators name chain, book and key; members' commands name the node's directory. Members sign with their own keys.
"""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from alliance_node.application.founders.first_sale import (
    FirstPayment,
    SignedFirstPayment,
    draft_first_payment,
    sign_first_payment,
)
from alliance_node.application.founders.linking import (
    link_founder,
    member_founders,
    start_presentation,
    unlink_founder,
)
from alliance_node.application.founders.orders import (
    OrderWish,
    buy_offer,
    draft_grant,
    draft_order,
    draft_payment,
    open_offers,
    publish_offer,
    submit_order,
)
from alliance_node.application.founders.records import OrderKind
from alliance_node.application.founders.vault import fill_vault
from alliance_node.domain.instants import format_instant
from alliance_node.domain.promises import forbidden_promises
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, pairs, show, table
from alliance_node.entrypoints.cli.member import MemberArgument, checked_id

app = typer.Typer(no_args_is_help=True, help="Founder memberships: issue, terms, texts; show, grant, sell, buy.")

RpcOption = Annotated[str, typer.Option("--rpc", help="The chain's JSON-RPC address.", envvar="ALLIANCE_RPC_URL")]
BookOption = Annotated[
    Path,
    typer.Option("--book", "--address-book", help="The address book file.", envvar="ALLIANCE_ADDRESS_BOOK"),
]
KeyOption = Annotated[str, typer.Option("--key", help="The signing key: env:NAME or keystore:PATH:PASSWORD_NAME.")]
MineOption = Annotated[bool, typer.Option("--mine", help="Mine a block after sending (local chains that do not mine).")]
TokenOption = Annotated[int, typer.Option("--token", min=1, max=10_000, help="The membership's number.")]
SignatureOption = Annotated[str, typer.Option("--signature", help="0x…, 65 bytes.")]
MessageOption = Annotated[str, typer.Option("--message", help="The draft's `message`, as JSON.")]
GRANT_STATES = {
    "waiting": "the holder's brand claims it; after the deadline this brand takes it back",
    "claimed": "nothing: the holder has the points",
    "returning": "nothing: the bridge is taking it back",
    "returned": "nothing: the position is restored, the holder's month stays used",
}
DEFAULT_BOOK = Path("build/address-book.json")


@app.command()
def issue(
    rpc_url: RpcOption,
    key: KeyOption,
    holders: Annotated[list[str], typer.Argument(help="Accounts, one for each membership.")],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Give each account the next membership (issuer) and print the numbers.

    Example: `alliance founder issue --rpc http://127.0.0.1:8545 --key env:ADMIN_KEY 0x…`
    """
    from alliance_node.adapters.chain.founder_admin import FounderConsole

    for number in FounderConsole(rpc_url, book, os.environ, mine=mine).issue(key, holders):
        typer.echo(number)


@app.command("set-terms")
def set_terms(
    rpc_url: RpcOption,
    key: KeyOption,
    sponsor: Annotated[int, typer.Option(min=1, max=2**32 - 1, help="The brand that sponsors grants.")],
    treasury: Annotated[str, typer.Option(help="Account that gets first prices and royalties.")],
    royalty_bps: Annotated[int, typer.Option(min=0, max=1_000, help="Royalty in hundredths of a percent.")] = 500,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Set who sponsors grants, who is paid and the royalty (administrator).

    Example: `alliance founder set-terms --rpc http://127.0.0.1:8545 --key env:ADMIN_KEY --sponsor 1 --treasury 0x…`
    """
    from alliance_node.adapters.chain.founder_admin import FounderConsole

    FounderConsole(rpc_url, book, os.environ, mine=mine).set_terms(key, sponsor, treasury, royalty_bps)
    typer.echo("terms set")


@app.command()
def describe(
    rpc_url: RpcOption,
    key: KeyOption,
    text: Annotated[str, typer.Option(help="The text of the metadata.")],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Set the text of every membership's metadata (administrator); one that promises return is refused.

    Example: `alliance founder describe --rpc http://127.0.0.1:8545 --key env:ADMIN_KEY --text 'The first members.'`
    """
    from alliance_node.adapters.chain.founder_admin import FounderConsole

    FounderConsole(rpc_url, book, os.environ, mine=mine).describe(key, text)
    typer.echo("text set")


@app.command()
def status(rpc_url: RpcOption, book: BookOption = DEFAULT_BOOK, json_: JsonOption = False) -> None:
    """Memberships, terms, what the vault holds and what it lacks for a month; the sponsor's `fill` fills it.

    Example: `alliance founder status --rpc http://127.0.0.1:8545`
    """
    from alliance_node.adapters.chain.founder_admin import FounderConsole

    found = FounderConsole(rpc_url, book, os.environ).status()
    show(found) if json_ else pairs("Founder memberships (alliance units)", found)


@app.command()
def fill(
    directory: DirOption,
    points: Annotated[int, typer.Option(min=1, max=10**12, help="Of the brand's own points.")],
    once: Annotated[
        str, typer.Option("--once", help="Names this filling, e.g. 2026-11: repeating it changes nothing.")
    ],
) -> None:
    """Issue points of this brand into the vault that grants are paid from (sponsor), once for each name.

    Example: `alliance founder fill --dir shop --points 10000 --once 2026-11`
    """
    with opened(directory, connected=True) as node:
        filling = fill_vault(node.founders, points, node.clock.now(), once)
        audit(node, "founder.fill", f"{points} points, item {filling.item_id}")
    show(filling)


@app.command("sell-new")
def sell_new(
    rpc_url: RpcOption,
    key: KeyOption,
    price: Annotated[
        int, typer.Option(min=1, max=2**64 - 1, help="The price in alliance units; the payment must name it.")
    ],
    purchase: Annotated[Path, typer.Argument(help="What `sign-payment` or the API gave; - for standard input.")],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Sell the next new membership (issuer) for the payment that a buyer signed, and print its number.

    Example: `alliance founder sell-new --rpc http://127.0.0.1:8545 --key env:ADMIN_KEY --price 500000 purchase.json`
    """
    from alliance_node.adapters.chain.founder_admin import FounderConsole

    text = sys.stdin.read() if str(purchase) == "-" else purchase.read_text(encoding="utf-8")
    try:
        signed = msgspec.json.decode(text, type=SignedFirstPayment)
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"this is no signed payment: {error}") from None
    if signed.payment.price_units != price:
        raise typer.BadParameter(f"the buyer pays {signed.payment.price_units} units, not {price}")
    typer.echo(FounderConsole(rpc_url, book, os.environ, mine=mine).sell_new(key, signed))


@app.command("draft-payment")
def draft_payment_for_new(
    directory: DirOption,
    price: Annotated[int, typer.Option(min=1, max=2**64 - 1, help="The price in alliance units.")],
    buyer: Annotated[str, typer.Option(help="The buying account.")],
) -> None:
    """Draft the payment for a new membership, for the buyer's wallet to sign.

    Example: `alliance founder draft-payment --dir shop --price 500000 --buyer 0x…`
    """
    with opened(directory, connected=True) as node:
        show(draft_first_payment(node.founders, price, buyer, node.clock.now()))


@app.command("sign-payment")
def sign_payment_for_new(
    directory: DirOption,
    payment: Annotated[str, typer.Option(help="The draft's `payment`, as JSON.")],
    signature: SignatureOption,
) -> None:
    """Check the buyer's signature and print the purchase for the issuer's `sell-new`.

    Example: `alliance founder sign-payment --dir shop --payment '{…}' --signature 0x… > purchase.json`
    """
    try:
        drafted = msgspec.json.decode(payment, type=FirstPayment)
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"this is no draft's payment: {error}") from None
    with opened(directory, connected=True) as node:
        show(sign_first_payment(node.founders, drafted, signature))


@app.command("relay-account")
def relay_account(directory: DirOption) -> None:
    """Print the account from which this node relays members' orders: a permissioned ledger must let it send.

    Example: `alliance founder relay-account --dir shop`
    """
    with opened(directory, connected=True) as node:
        typer.echo(node.founders.ledger.relay_account())


@app.command()
def grants(directory: DirOption) -> None:
    """Grants that this brand sponsors: where each lies, and who must act until when.

    Example: `alliance founder grants --dir shop`
    """
    with opened(directory, connected=True) as node, node.founders.store.read() as connection:
        rows = node.founders.ledger.sponsored(connection)
    told = [
        (one.token_id, one.month, one.units, one.state, format_instant(one.claim_deadline), GRANT_STATES[one.state])
        for one in rows
    ]
    table("Sponsored grants", ("membership", "month", "units", "state", "until", "what now"), told)


@app.command()
def lint(file: Annotated[Path, typer.Argument(help="A text file; - for standard input.")]) -> None:
    """Find promises of return in a text, Chinese and English. Exit code 1 when there is one.

    Example: `alliance founder lint offer.txt`
    """
    text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    rows = [
        (number, promise.language, promise.phrase)
        for number, line in enumerate(text.splitlines(), 1)
        for promise in forbidden_promises(line)
    ]
    rows += [
        (0, one.language, one.phrase) for one in forbidden_promises(text) if one.phrase not in {r[2] for r in rows}
    ]
    if not rows:
        typer.echo("no promise of return was found")
        return
    table("Promises of return", ("line", "language", "words"), rows)
    raise typer.Exit(1)


@app.command()
def sign(
    key: KeyOption, typed_data: Annotated[str, typer.Argument(help="Typed data as JSON; - for standard input.")]
) -> None:
    """What a member's wallet does: sign the typed data of a challenge or a draft.

    Example: `alliance founder sign --key env:MY_KEY - < typed.json`
    """
    from alliance_node.adapters.chain.founder_admin import sign_typed_data

    text = sys.stdin.read() if typed_data == "-" else typed_data
    typer.echo(sign_typed_data(key, text, os.environ))


@app.command("show")
def show_member(directory: DirOption, member_id: MemberArgument) -> None:
    """What a member's memberships bring at this brand.

    Example: `alliance founder show --dir shop 0b6f…`
    """
    with opened(directory, connected=True) as node:
        book = node.queries.program_book()
        show(member_founders(node.founders, book, checked_id(member_id), node.clock.now()))


@app.command()
def challenge(directory: DirOption, member_id: MemberArgument, token_id: TokenOption) -> None:
    """Make the challenge by which a member shows a membership here.

    Example: `alliance founder challenge --dir shop 0b6f… --token 7`
    """
    with opened(directory, connected=True) as node:
        show(start_presentation(node.founders, checked_id(member_id), token_id, node.clock.now()))


@app.command()
def link(
    directory: DirOption,
    member_id: MemberArgument,
    answer: Annotated[str, typer.Option("--challenge", help="The challenge, 0x…")],
    signature: SignatureOption,
) -> None:
    """Link the membership whose holder signed the challenge.

    Example: `alliance founder link --dir shop 0b6f… --challenge 0x… --signature 0x…`
    """
    with opened(directory, connected=True) as node:
        linked = link_founder(node.founders, checked_id(member_id), answer, signature, node.clock.now())
        audit(node, "founder.link", member_id)
    typer.echo(linked.token_id)


@app.command()
def unlink(directory: DirOption, member_id: MemberArgument, token_id: TokenOption) -> None:
    """The member no longer shows the membership here.

    Example: `alliance founder unlink --dir shop 0b6f… --token 7`
    """
    with opened(directory, connected=True) as node:
        unlink_founder(node.founders, checked_id(member_id), token_id)
        audit(node, "founder.unlink", member_id)


@app.command()
def grant(directory: DirOption, member_id: MemberArgument, token_id: TokenOption) -> None:
    """Draft this month's grant, to be received here by the member.

    Example: `alliance founder grant --dir shop 0b6f… --token 7`
    """
    with opened(directory, connected=True) as node:
        show(draft_grant(node.founders, checked_id(member_id), token_id, node.clock.now()))


@app.command()
def draft(
    directory: DirOption,
    kind: Annotated[str, typer.Option(help="Transfer, Sale or Cancel.")],
    token_id: TokenOption,
    to: Annotated[str | None, typer.Option(help="Transfer: the receiving account.")] = None,
    price: Annotated[int | None, typer.Option(min=1, max=2**64 - 1, help="Sale: the price in alliance units.")] = None,
    buyer: Annotated[str | None, typer.Option(help="Sale: the only account that may buy.")] = None,
) -> None:
    """Draft an order for the holder's wallet to sign.

    Example: `alliance founder draft --dir shop --kind Sale --token 7 --price 500000`
    """
    if kind not in ("Transfer", "Sale", "Cancel"):
        raise typer.BadParameter("kind is Transfer, Sale or Cancel")
    wanted: OrderKind = "Transfer" if kind == "Transfer" else "Sale" if kind == "Sale" else "Cancel"
    with opened(directory, connected=True) as node:
        show(draft_order(node.founders, OrderWish(wanted, token_id, to, price, buyer), node.clock.now()))


@app.command()
def submit(
    directory: DirOption,
    kind: Annotated[str, typer.Option(help="Transfer, Cancel, Grant, or Sale to publish an offer.")],
    message: MessageOption,
    signature: SignatureOption,
) -> None:
    """Hand in a signed order: the node relays it, or publishes a sale as an offer.

    Example: `alliance founder submit --dir shop --kind Cancel --message '{…}' --signature 0x…`
    """
    with opened(directory, connected=True) as node:
        fields = json.loads(message)
        if kind == "Sale":
            typer.echo("0x" + publish_offer(node.founders, fields, signature, node.clock.now()).digest.hex())
            return
        if kind not in ("Transfer", "Cancel", "Grant"):
            raise typer.BadParameter("kind is Transfer, Cancel, Grant or Sale")
        wanted: OrderKind = "Transfer" if kind == "Transfer" else "Cancel" if kind == "Cancel" else "Grant"
        show(submit_order(node.founders, wanted, fields, signature, node.wall_clock.now()))


@app.command()
def order(directory: DirOption, digest: Annotated[str, typer.Argument(help="The order's digest, 0x…")]) -> None:
    """Where an order stands.

    Example: `alliance founder order --dir shop 0x…`
    """
    with opened(directory, connected=True) as node, node.founders.store.read() as connection:
        show(node.founders.ledger.order(connection, digest))


@app.command()
def offers(directory: DirOption) -> None:
    """Memberships that are offered at this node, cheapest first.

    Example: `alliance founder offers --dir shop`
    """
    with opened(directory, connected=True) as node:
        rows = open_offers(node.founders, node.clock.now())
    columns = ("offer", "membership", "price (units)", "until")
    told = [("0x" + row.digest.hex(), row.token_id, row.price_units, format_instant(row.deadline)) for row in rows]
    table("Offers", columns, told)


@app.command()
def payment(
    directory: DirOption,
    digest: Annotated[str, typer.Argument(help="The offer, 0x…")],
    buyer: Annotated[str, typer.Option(help="The buying account.")],
) -> None:
    """Draft the payment for an offer, for the buyer's wallet to sign.

    Example: `alliance founder payment --dir shop 0x… --buyer 0x…`
    """
    with opened(directory, connected=True) as node:
        show(draft_payment(node.founders, digest, buyer, node.clock.now()))


@app.command()
def buy(
    directory: DirOption,
    digest: Annotated[str, typer.Argument(help="The offer, 0x…")],
    buyer: Annotated[str, typer.Option(help="The buying account.")],
    valid_before: Annotated[int, typer.Option(help="validBefore of the signed payment.")],
    signature: SignatureOption,
) -> None:
    """Buy: hand in the signed payment.

    Example: `alliance founder buy --dir shop 0x… --buyer 0x… --valid-before 1800000000 --signature 0x…`
    """
    with opened(directory, connected=True) as node:
        show(buy_offer(node.founders, digest, buyer, valid_before, signature, node.clock.now()))
