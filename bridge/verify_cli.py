"""`alliance verify-…`: what a member or anybody checks alone, with a file and a block hash they trust, or a chain node.

Needs `bridge` only; also as `python -m bridge.verify_cli`.
"""

from pathlib import Path
from typing import Annotated

import typer

from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook, AddressBookError
from bridge.protocol.events import Rejected
from bridge.protocol.items import Item, ItemKind, RejectReason
from bridge.protocol.liabilities import InclusionRefused
from bridge.protocol.receipt_files import read_receipt
from bridge.protocol.signed_items import SignedItem
from bridge.protocol.statement_files import MalformedFile, read_inclusion, unhex
from bridge.protocol.statements import month_text
from bridge.protocol.words import format_address, utc_text
from bridge.statements.check import check_inclusion
from bridge.statements.receipts import ProvenStep, check_receipt

FileArgument = Annotated[Path, typer.Argument(help="The file from the member's page or the brand.")]
BookOption = Annotated[
    Path,
    typer.Option("--book", "--address-book", help="The address book file.", envvar="ALLIANCE_ADDRESS_BOOK"),
]
RpcOption = Annotated[str | None, typer.Option("--rpc", help="A chain node that you trust.")]
HashOption = Annotated[
    str | None, typer.Option("--block-hash", help="The hash of the file's block, from somebody you trust; no network.")
]
_REFUSALS = (ChainError, InclusionRefused, MalformedFile, AddressBookError)
DEFAULT_BOOK = Path("build/address-book.json")


def verify_inclusion(
    file: FileArgument, book: BookOption = DEFAULT_BOOK, rpc_url: RpcOption = None, block_hash: HashOption = None
) -> None:
    """Check that a brand's statement counts your points, and that this statement is on the ledger.

    Example: `alliance verify-inclusion my-2026-01.json --rpc http://127.0.0.1:8545`
    """
    with _refusals():
        rpc = Rpc(rpc_url) if rpc_url else None
        read = read_inclusion(_bytes(file))
        done = check_inclusion(read, AddressBook.load(book), trusted_hash=_hash(block_hash), rpc=rpc)
    cut_off = utc_text(done.statement.cut_off)
    typer.echo(f"verified: {done.points} points of member {done.member_id} are in brand {done.brand_id}'s statement")
    typer.echo(
        f"of {month_text(done.statement.month)} (cut-off {cut_off}), {done.statement.total_points} points in all, which"
    )
    typer.echo(f"was on the ledger in block {done.block_number} (0x{done.block_hash.hex()}).")
    typer.echo("Not shown by this: whether other members are listed; each checks for themselves.")


def verify_receipt(
    file: FileArgument, book: BookOption = DEFAULT_BOOK, rpc_url: RpcOption = None, block_hash: HashOption = None
) -> None:
    """Check that the ledger holds a step of a conversion as the file says.

    Example: `alliance verify-receipt my-receipt.json --block-hash 0x…`
    """
    with _refusals():
        rpc = Rpc(rpc_url) if rpc_url else None
        read = read_receipt(_bytes(file))
        step = check_receipt(read, AddressBook.load(book), trusted_hash=_hash(block_hash), rpc=rpc)
    at = utc_text(step.timestamp)
    typer.echo(f"verified: block {step.block_number} (0x{step.block_hash.hex()}, {at})")
    typer.echo(f"holds item {step.outcome.item} of batch {step.seq} of brand {step.brand_id}: {_what(step)}")
    typer.echo("Not shown by this: whose item it is. Your receiving code or your brand's reference says so:")
    typer.echo(f"reference 0x{step.item.reference.hex()}, payload 0x{step.item.payload.hex()}")


def _what(step: ProvenStep) -> str:
    outcome, item = step.outcome, step.item
    if isinstance(outcome, Rejected):
        return f"refused ({RejectReason(outcome.reason).name.lower()}); nothing changed on the ledger"
    until = utc_text(item.deadline)
    units = f"{outcome.alliance_units} units (hundredths of an alliance point)"
    if not isinstance(item, Item):
        return _what_a_wallet_signed(item, outcome.local_points, units)
    if item.kind == ItemKind.TO_WALLET:
        wallet = format_address(item.payload[12:])
        return f"{outcome.local_points} of its points became {units} of the wallet {wallet}"
    if item.kind == ItemKind.CONVERT_IN:
        told = f"{outcome.local_points} of its points became {units}, which wait for brand {item.counterparty}"
        return f"{told} until {until} alliance time"
    if item.kind == ItemKind.CLAIM:
        return (
            f"it took in {units} from brand {item.counterparty} and owes {outcome.local_points} of its points for them"
        )
    if item.kind == ItemKind.RETURN:
        return f"{units} that brand {item.counterparty} did not take in came back to it"
    return f"an item of kind {item.kind}: {outcome.local_points} points, {units}"


def _what_a_wallet_signed(item: SignedItem, points: int, units: str) -> str:
    wallet = format_address(item.account)
    if item.kind == ItemKind.CONVERT_OUT:
        return f"it took in {units} that the wallet {wallet} signed away, and owes {points} of its points for them"
    return f"the wallet {wallet} sent {units} to {format_address(item.payload[12:])}"


class _refusals:
    """Says what was refused and what to do, and ends with exit code 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _REFUSALS):
            typer.echo(f"not verified: {error}", err=True)
            typer.echo(str(getattr(error, "next_step", "")), err=True)
            raise typer.Exit(1) from error


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise MalformedFile(f"{file} cannot be read: {error.strerror}") from error


def _hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        value = unhex(text)
    except ValueError as error:
        raise MalformedFile(f"--block-hash: {error}") from error
    if len(value) != 32:
        raise MalformedFile("--block-hash: a block hash has 32 bytes")
    return value


def main() -> None:
    """The commands of this file alone."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
    for command in COMMANDS:
        app.command(command.__name__.replace("_", "-"))(command)
    app()


COMMANDS = (verify_inclusion, verify_receipt)

if __name__ == "__main__":
    main()
