"""`alliance settlement …`: epochs, the netting statement, payments, defaults and leaving, at a console.

Owns options and output. Errors are typed and carry their next step; the root command tells them. It may not hold a key:
keys come from `env:NAME` or `keystore:PATH:PASSWORD_NAME`. Amounts are alliance units: 10 are 1 fen, 1,000 are 1 CNY.
"""

import os
from enum import StrEnum
from typing import Annotated

import typer

from bridge.chain.keys import load_signer
from bridge.chain.rpc import Rpc
from bridge.cli import (
    DEFAULT_BOOK,
    UINT32,
    UINT128,
    BookOption,
    BrandOption,
    KeyOption,
    MineOption,
    RpcOption,
    _miner,
    _table,
)
from bridge.deploy import admin, settlement
from bridge.deploy.address_book import AddressBook
from bridge.deploy.attesting import WrongSignature, require_party, require_signatures
from bridge.deploy.trace import own_supply
from bridge.protocol.netting import FEN, Statement, up_to_fen
from bridge.protocol.payments import Payment, PaymentKind, bank_reference
from bridge.protocol.words import parse_address, utc_text

settlement_app = typer.Typer(
    no_args_is_help=True,
    help="Settle what brands owe each other: close an epoch, state it, pay, confirm; defaults and leaving. "
    "An epoch begins when the one before is closed. Amounts are alliance units: 10 are 1 fen, 1,000 are 1 CNY.",
)

Kind = StrEnum("Kind", [(kind.name, kind.name.lower().replace("_", "-")) for kind in PaymentKind])  # type: ignore[misc]
KindOption = Annotated[Kind, typer.Option("--kind", help="What the payment is for.")]


def _whole_fen(units: int) -> int:
    if units % FEN:
        raise typer.BadParameter(f"{units} is not a multiple of {FEN}: a payment is of whole fen")
    return units


UnitsOption = Annotated[
    int,
    typer.Option(
        "--units", min=FEN, max=UINT128, callback=_whole_fen, help="Alliance units, whole fen: a multiple of 10."
    ),
]
ReferenceOption = Annotated[str, typer.Option("--reference", help="The payer's reference on the bank statement.")]


@settlement_app.command()
def status(rpc_url: RpcOption, book: BookOption = DEFAULT_BOOK) -> None:
    """The current epoch, and each brand's due, payout, collateral, contribution and cap."""
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    block = rpc.call("eth_blockNumber")
    epoch = settlement.read_epoch(rpc, loaded, block)
    _table("Epoch", ("", ""), _epoch_rows(epoch))
    columns = ("brand", "position", "due", "claim", "paid out", "payout now", "owes", "collateral", "fund", "cap")
    states = [settlement.read_brand_state(rpc, loaded, one, block) for one in range(1, epoch.brands + 1)]
    _table("Brands (alliance units)", columns, [_brand_row(state) for state in states])


@settlement_app.command()
def close(rpc_url: RpcOption, key: KeyOption, book: BookOption = DEFAULT_BOOK, mine: MineOption = False) -> None:
    """Close the epoch: freeze every brand's position now (treasurer). Prints its number."""
    rpc = Rpc(rpc_url)
    typer.echo(
        settlement.close_epoch(rpc, AddressBook.load(book), load_signer(key, os.environ), mine=_miner(rpc, mine))
    )


@settlement_app.command()
def statement(
    rpc_url: RpcOption,
    epoch: Annotated[int | None, typer.Option(min=1, max=UINT32, help="The epoch; else the current one.")] = None,
    book: BookOption = DEFAULT_BOOK,
) -> None:
    """Compute an epoch's netting statement from the chain: who pays, who is paid, and its hash."""
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    _show(settlement.read_statement(rpc, loaded, epoch or settlement.read_epoch(rpc, loaded).number))


@settlement_app.command()
def submit(rpc_url: RpcOption, key: KeyOption, book: BookOption = DEFAULT_BOOK, mine: MineOption = False) -> None:
    """Submit the netting statement of the closed epoch (treasurer); the chain verifies each line. Repeatable."""
    rpc = Rpc(rpc_url)
    signer = load_signer(key, os.environ)
    _show(settlement.submit_statement(rpc, AddressBook.load(book), signer, mine=_miner(rpc, mine)))


@settlement_app.command()
def sign(
    rpc_url: RpcOption,
    key: KeyOption,
    kind: KindOption,
    brand: BrandOption,
    units: UnitsOption,
    reference: ReferenceOption,
    book: BookOption = DEFAULT_BOOK,
) -> None:
    """Attest a bank payment: the treasurer signs, and so does the brand's settlement key. Prints the signature."""
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    payment, signer = _payment(rpc, loaded, kind, brand, units, reference), load_signer(key, os.environ)
    require_party(rpc, loaded, payment, signer.address)
    typer.echo("0x" + settlement.sign_payment(signer, loaded, payment).hex())


@settlement_app.command()
def confirm(
    rpc_url: RpcOption,
    key: KeyOption,
    kind: KindOption,
    brand: BrandOption,
    units: UnitsOption,
    reference: ReferenceOption,
    treasurer: Annotated[str, typer.Option(help="The treasurer's address.")],
    treasurer_signature: Annotated[str, typer.Option(help="What the treasurer's `sign` printed.")],
    brand_signature: Annotated[str, typer.Option(help="What the brand's `sign` printed.")],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Book a bank payment that both sides signed. Anyone may send it; the key only pays for gas."""
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    payment = _payment(rpc, loaded, kind, brand, units, reference)
    signatures = _signature("treasurer", treasurer_signature), _signature("brand", brand_signature)
    sender, account = load_signer(key, os.environ), parse_address(treasurer)
    require_signatures(rpc, loaded, payment, account, signatures)
    settlement.confirm_payment(rpc, loaded, sender, payment, account, signatures, mine=_miner(rpc, mine))
    typer.echo("confirmed")


@settlement_app.command()
def pay(
    rpc_url: RpcOption,
    key: KeyOption,
    kind: KindOption,
    brand: BrandOption,
    units: UnitsOption,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Move a payment in the settlement asset, where one is configured; what comes in is approved first."""
    rpc, signer, loaded = Rpc(rpc_url), load_signer(key, os.environ), AddressBook.load(book)
    if not _kind(kind).is_out:
        settlement.approve_asset(rpc, loaded, signer, units, mine=_miner(rpc, mine))
    settlement.move_asset(rpc, loaded, signer, _kind(kind), brand, units, mine=_miner(rpc, mine))
    typer.echo("paid")


@settlement_app.command()
def payout(
    rpc_url: RpcOption, key: KeyOption, brand: BrandOption, book: BookOption = DEFAULT_BOOK, mine: MineOption = False
) -> None:
    """Pay a brand what it may be paid now: in the settlement asset, or, after a default, into the fund it owes."""
    rpc, loaded, signer = Rpc(rpc_url), AddressBook.load(book), load_signer(key, os.environ)
    state = settlement.read_brand_state(rpc, loaded, brand)
    if state.payout_now == 0:
        admin.read_brand(rpc, loaded, brand)  # raises when there is no such brand
        typer.echo("nothing can be paid out now")
        return
    if state.owed_to_fund:
        settlement.apply_credit(rpc, loaded, signer, brand, mine=_miner(rpc, mine))
    else:
        settlement.move_asset(rpc, loaded, signer, PaymentKind.PAYOUT, brand, state.payout_now, mine=_miner(rpc, mine))
    typer.echo(state.payout_now)


@settlement_app.command("agree-cap")
def agree_cap(
    rpc_url: RpcOption,
    key: KeyOption,
    brand: BrandOption,
    units: Annotated[
        int,
        typer.Option(min=0, max=UINT128, help="The most the brand can be assessed for others' defaults in an epoch."),
    ],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Agree to assessments, up to a cap in each epoch (the brand's cold key). Not while an epoch is being paid."""
    rpc, signer = Rpc(rpc_url), load_signer(key, os.environ)
    settlement.agree_cap(rpc, AddressBook.load(book), signer, brand, units, mine=_miner(rpc, mine))
    typer.echo("agreed")


@settlement_app.command()
def default(
    rpc_url: RpcOption, key: KeyOption, brand: BrandOption, book: BookOption = DEFAULT_BOOK, mine: MineOption = False
) -> None:
    """Declare a brand in default whose due is not paid in time, and book the waterfall. Anyone may."""
    rpc, loaded, signer = Rpc(rpc_url), AddressBook.load(book), load_signer(key, os.environ)
    settlement.declare_default(rpc, loaded, signer, brand, mine=_miner(rpc, mine))
    typer.echo(f"brand {brand} is in default and exit-only")


@settlement_app.command("exit")
def leave(
    rpc_url: RpcOption, key: KeyOption, brand: BrandOption, book: BookOption = DEFAULT_BOOK, mine: MineOption = False
) -> None:
    """Lead a brand out (operator): exit-only first; closed once its position and its own supply are zero."""
    rpc, loaded, signer = Rpc(rpc_url), AddressBook.load(book), load_signer(key, os.environ)
    miner = _miner(rpc, mine)
    if admin.read_brand(rpc, loaded, brand).status == admin.STATUSES["active"]:
        admin.set_status(rpc, loaded, signer, brand, "exit-only", mine=miner)
    state = settlement.read_brand_state(rpc, loaded, brand)
    waiting = own_supply(rpc, loaded, brand, rpc.call("eth_blockNumber"))
    missing = _missing(state, waiting)
    if missing:
        _table(f"Brand {brand} is exit-only. Before it can close:", ("what", "units"), missing)
        raise typer.Exit(1)
    if state.position:
        settlement.sweep_dust(rpc, loaded, signer, brand, mine=miner)
    admin.set_status(rpc, loaded, signer, brand, "closed", mine=miner)
    typer.echo(f"brand {brand} is closed and owes nothing")


def _missing(state: settlement.BrandState, waiting: dict[str, int]) -> list[tuple[str, int]]:
    rows = [("conversions and budgets under way: claimed, returned or closed first", sum(waiting.values()))]
    rows.append(("due of this epoch", up_to_fen(state.due)))
    rows.append(("payout of this epoch", state.payout_now))
    rows.append(("owed by the brand, due with the next epoch", -state.position if not state.due else 0))
    rows.append(("owed to the brand, paid with the next epoch", 0 if state.payout_now else state.position // 10 * 10))
    return [(what, units) for what, units in rows if units > 0]


def _payment(rpc: Rpc, book: AddressBook, kind: Kind, brand: int, units: int, reference: str) -> Payment:
    block = rpc.call("eth_blockNumber")
    epoch = settlement.current_epoch(rpc, book, block)
    return Payment(_kind(kind), brand, epoch, units, bank_reference(reference))


def _kind(kind: Kind) -> PaymentKind:
    return PaymentKind[kind.name]


def _signature(side: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise WrongSignature(
            f"--{side}-signature is not 0x and 130 hexadecimal digits, as `alliance settlement sign` prints it"
        ) from error


def _show(found: Statement) -> None:
    rows = [(line.brand_id, line.position, line.due, line.claim, line.made_good) for line in found.lines]
    title = f"Netting statement of epoch {found.books.epoch} (alliance units)"
    _table(title, ("brand", "position", "pays", "is paid", "makes good"), rows)
    typer.echo(f"pays {found.dues} · is paid {found.claims} · hash 0x{found.hash.hex()}")


def _epoch_rows(epoch: settlement.EpochState) -> list[tuple[str, object]]:
    return [
        ("epoch", epoch.number),
        ("phase", epoch.phase),
        ("closed", _date(epoch.closed_at)),
        ("due", _date(epoch.due_at)),
        ("statement", f"{epoch.submitted} of {epoch.brands} brands"),
        ("dues", epoch.dues),
        ("claims", epoch.claims),
        ("came in", epoch.collected),
        ("brands that still owe", epoch.unpaid),
        ("deficit", epoch.deficit),
    ]


def _brand_row(state: settlement.BrandState) -> tuple[object, ...]:
    owes = state.written_off + state.owed_to_fund
    paid = (state.due, state.claim, state.paid_out, state.payout_now)
    return (state.brand_id, state.position, *paid, owes, state.collateral, state.contribution, state.cap)


def _date(seconds: int) -> str:
    return utc_text(seconds) if seconds else "-"
