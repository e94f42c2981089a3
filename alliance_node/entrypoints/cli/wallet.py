"""`alliance wallet`: a member's own wallet at a brand's node: link it by signature, points in, signed intents out.

The member signs with their own wallet; these commands only make what is signed and take the signature.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, cast

import typer

from alliance_node.adapters.identity.fields import WALLET, mask
from alliance_node.application.conversions import QuoteRequest, Refused
from alliance_node.application.quote_conversions import quote_conversions
from alliance_node.application.wallets.intents import IntentWish, draft_intent, submit_intent, wallets_of
from alliance_node.application.wallets.linking import WalletLinks, link_wallet, linked_wallet, start_link, unlink_wallet
from alliance_node.application.wallets.records import IntentKind
from alliance_node.domain.instants import format_instant
from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.api.routes_wallets import held_units
from alliance_node.entrypoints.cli.common import DirOption, JsonOption, audit, opened, pairs, show
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.cli.member import MemberArgument, checked_id
from alliance_node.entrypoints.composition import Node

app = typer.Typer(no_args_is_help=True, help="A member's own wallet: link, points in, signed intents.")
SignatureOption = Annotated[str, typer.Option("--signature", help="0x…, 65 bytes, by the member's wallet.")]
UnitsOption = Annotated[int, typer.Option("--units", min=1, help="Alliance units (0.01 alliance point).")]
TEXT_HELP = "A file, or - for standard input."


@app.command("sign-in")
def sign_in(
    directory: DirOption,
    member_id: MemberArgument,
    address: Annotated[str, typer.Option(help="The wallet's account, 0x…")],
) -> None:
    """Print the message (EIP-4361) that the wallet signs with `personal_sign`.

    Example: `alliance wallet sign-in --dir shop 0b6f… --address 0x… > message.txt`
    """
    with opened(directory, connected=True) as node:
        made = start_link(_links(node), checked_id(member_id), address, "en", node.clock.now())
        audit(node, "wallet.sign-in", member_id)
    typer.echo(made.message, nl=False)


@app.command()
def link(
    directory: DirOption,
    member_id: MemberArgument,
    message: Annotated[str, typer.Option(help=f"The signed message. {TEXT_HELP}")],
    signature: SignatureOption,
) -> None:
    """Link the wallet that signed the message.

    Example: `alliance wallet link --dir shop 0b6f… --message message.txt --signature 0x…`
    """
    with opened(directory, connected=True) as node:
        linked = link_wallet(_links(node), checked_id(member_id), _text(message), signature, node.clock.now())
        audit(node, "wallet.link", member_id)
    typer.echo(f"linked {linked.address}")


@app.command()
def status(directory: DirOption, member_id: MemberArgument, json_: JsonOption = False) -> None:
    """The linked wallet (masked: it is personal data) and what it holds on the ledger.

    Example: `alliance wallet status --dir shop 0b6f…`
    """
    with opened(directory, connected=True) as node:
        links, now = _links(node), node.clock.now()
        found = linked_wallet(links, checked_id(member_id), reader="operator", reason="wallet shown", now=now)
        masked = mask(WALLET, found.address)
        view = {"address": masked, "linked_at": format_instant(found.linked_at), **held_units(links, found.address)}
    show(view) if json_ else pairs("Wallet", view)


@app.command()
def unlink(directory: DirOption, member_id: MemberArgument) -> None:
    """Forget the member's wallet; what is on its way goes on.

    Example: `alliance wallet unlink --dir shop 0b6f…`
    """
    with opened(directory, connected=True) as node:
        unlink_wallet(_links(node), checked_id(member_id))
        audit(node, "wallet.unlink", member_id)
    typer.echo("unlinked")


@app.command()
def quote(
    directory: DirOption,
    member_id: MemberArgument,
    points: Annotated[int, typer.Option(min=1, help="Local points.")],
) -> None:
    """What the points are worth in the linked wallet; `alliance convert request` accepts it.

    Example: `alliance wallet quote --dir shop 0b6f… --points 500`
    """
    with opened(directory, connected=True) as node:
        wanted = QuoteRequest(checked_id(member_id), None, points)
        [offer] = quote_conversions(node.alliance_desk, [wanted], node.clock.now())
        if isinstance(offer, Refused):
            raise offer.error
        pairs("Quote", views.quote(offer))


@app.command()
def draft(
    directory: DirOption,
    member_id: MemberArgument,
    units: UnitsOption,
    to: Annotated[str | None, typer.Option(help="Pay this account; without it, convert out here.")] = None,
    minimum: Annotated[int | None, typer.Option(min=0, help="Least local points to accept.")] = None,
) -> None:
    """Print an intent as JSON: `typed_data` for the wallet to sign, `message` to hand in.

    Example: `alliance wallet draft --dir shop 0b6f… --units 500 > draft.json`
    """
    wish = IntentWish("convert_out" if to is None else "transfer", units, to, minimum)
    with opened(directory, connected=True) as node:
        show(draft_intent(node.alliance_desk, checked_id(member_id), wish, node.clock.now()))


@app.command()
def submit(
    directory: DirOption,
    member_id: MemberArgument,
    draft_file: Annotated[str, typer.Option("--draft", help=f"What `draft` printed. {TEXT_HELP}")],
    signature: SignatureOption,
) -> None:
    """Hand in a signed intent and print its conversion; `alliance convert status` follows it.

    Example: `alliance wallet submit --dir shop 0b6f… --draft draft.json --signature 0x…`
    """
    try:
        made = json.loads(_text(draft_file))
        kind, message = cast(IntentKind, made["kind"]), made["message"]
    except (ValueError, KeyError, TypeError) as error:
        raise CommandRefused("this is no draft", "Give the JSON that `alliance wallet draft` printed.") from error
    with opened(directory, connected=True) as node:
        answer = submit_intent(node.alliance_desk, checked_id(member_id), kind, message, signature, node.clock.now())
        audit(node, "wallet.submit", member_id)
    typer.echo(answer.conversion_id)


def _text(place: str) -> str:
    if place == "-":
        return sys.stdin.read()
    try:
        return Path(place).read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandRefused(f"{place} cannot be read", "Name a text file, or - for standard input.") from error


def _links(node: Node) -> WalletLinks:
    return wallets_of(node.alliance_desk)
