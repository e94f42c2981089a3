"""`alliance chain …`: what guardians, operators and the administrator do to the alliance at a console, and the
published rates.

Owns options and output; see `bridge.cli` for errors and keys. Every command may be repeated.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bridge.chain.keys import load_signer
from bridge.chain.rpc import Rpc
from bridge.cli import (
    DEFAULT_BOOK,
    UINT32,
    BookOption,
    BrandOption,
    KeyOption,
    MineOption,
    RpcOption,
    _miner,
    _table,
    chain_app,
)
from bridge.deploy import admin
from bridge.deploy.address_book import AddressBook
from bridge.deploy.plan import ADMIN, GUARDIAN, ISSUER, OPERATOR, RISK, TREASURER
from bridge.deploy.rates import PublishedRate, read_rates
from bridge.deploy.roles import require_another_holder
from bridge.protocol.rates import Rate
from bridge.protocol.words import parse_address, utc_text

__all__ = ["chain_app"]

_ROLES = {
    "admin": ADMIN,
    "operator": OPERATOR,
    "risk": RISK,
    "guardian": GUARDIAN,
    "treasurer": TREASURER,
    "issuer": ISSUER,
}
Role = StrEnum("Role", [(name, name) for name in _ROLES])  # type: ignore[misc]
Status = StrEnum("Status", [(name.replace("-", "_"), name) for name in admin.STATUSES])  # type: ignore[misc]
Scope = StrEnum("Scope", [("all", "all"), ("conversions", "conversions"), ("transfers", "transfers")])
AccountOption = Annotated[str, typer.Option("--account", help="The address of a person's or a Safe's account.")]
ScopeOption = Annotated[
    Scope,
    typer.Option("--what", help="conversions: convert-ins and the alliance clock; transfers: holders' own; or all."),
]


@chain_app.command()
def pause(
    rpc_url: RpcOption,
    key: KeyOption,
    what: ScopeOption = Scope.all,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Stop new conversions at once (guardian). Claims, returns, settlement and leaving go on; deadlines wait.

    Example: `alliance chain pause --rpc URL --key keystore:guardian.json:GUARDIAN_PASSWORD`
    """
    _pause(rpc_url, key, what, book, mine, paused=True)


@chain_app.command()
def unpause(
    rpc_url: RpcOption,
    key: KeyOption,
    what: ScopeOption = Scope.all,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Let conversions go on (guardian); every deadline has moved by the time of the pause."""
    _pause(rpc_url, key, what, book, mine, paused=False)


@chain_app.command("set-status")
def set_status(
    rpc_url: RpcOption,
    key: KeyOption,
    brand: BrandOption,
    status: Annotated[Status, typer.Option(help="suspended and exit-only stop issuing; claims and returns go on.")],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Suspend a brand whose key may be stolen, let it leave, or make it active again (operator).

    Example: `alliance chain set-status --rpc URL --key env:OPERATOR_KEY --brand 2 --status suspended`
    """
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    if admin.read_brand(rpc, loaded, brand).status == admin.STATUSES[status]:
        typer.echo(f"brand {brand} is {status} already")
        return
    admin.set_status(rpc, loaded, load_signer(key, os.environ), brand, status, mine=_miner(rpc, mine))
    typer.echo(f"brand {brand} is {status} now")


@chain_app.command("replace-keys")
def replace_keys(
    rpc_url: RpcOption,
    key: KeyOption,
    brand: BrandOption,
    hot: Annotated[str, typer.Option(help="New address that posts batches.")],
    cold: Annotated[str, typer.Option(help="New address that publishes rates.")],
    settlement: Annotated[str, typer.Option(help="New address that is paid.")],
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Replace all keys of a brand (operator), when its cold key is lost or stolen. See also rotate-key."""
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    keys = admin.BrandKeys(parse_address(hot), parse_address(cold), parse_address(settlement))
    if admin.read_brand(rpc, loaded, brand).keys == keys:
        typer.echo(f"brand {brand} has these keys already")
        return
    admin.replace_keys(rpc, loaded, load_signer(key, os.environ), brand, keys, mine=_miner(rpc, mine))
    typer.echo(f"brand {brand} has new keys")


@chain_app.command("grant-role")
def grant_role(
    rpc_url: RpcOption,
    key: KeyOption,
    role: Annotated[Role, typer.Option(help="What the account may do from now on.")],
    account: AccountOption,
    delay: Annotated[
        int, typer.Option(min=0, max=UINT32, help="Seconds between scheduling and carrying out; guardians: 0.")
    ] = 0,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Give an account a role (admin). With a delay its commands schedule first and carry out when repeated later.

    Example: `alliance chain grant-role --rpc URL --key env:ADMIN_KEY --role guardian --account 0x…`
    """
    rpc, signer = Rpc(rpc_url), load_signer(key, os.environ)
    who = parse_address(account)
    admin.grant_role(rpc, AddressBook.load(book), signer, _ROLES[role], who, delay, mine=_miner(rpc, mine))
    typer.echo(f"{account} holds the role {role}{f' with a delay of {delay} s' if delay else ''}")


@chain_app.command("revoke-role")
def revoke_role(
    rpc_url: RpcOption,
    key: KeyOption,
    role: Annotated[Role, typer.Option(help="What the account may not do any more.")],
    account: AccountOption,
    last: Annotated[bool, typer.Option("--last", help="Even if nobody holds the role afterwards.")] = False,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Take a role from an account (admin), not from its last holder. `alliance audit` lists who holds what."""
    rpc, signer, loaded, who = (
        Rpc(rpc_url),
        load_signer(key, os.environ),
        AddressBook.load(book),
        parse_address(account),
    )
    if not last:
        require_another_holder(rpc, loaded, _ROLES[role], str(role), who)
    admin.revoke_role(rpc, loaded, signer, _ROLES[role], who, mine=_miner(rpc, mine))
    typer.echo(f"{account} does not hold the role {role}")


@chain_app.command()
def rates(rpc_url: RpcOption, brand: BrandOption, book: BookOption = DEFAULT_BOOK) -> None:
    """A brand's published rates, newest first: what is announced, in force, and was.

    Example: `alliance chain rates --rpc URL --brand 1`
    """
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    history = read_rates(rpc, loaded, brand)
    if not history.versions:
        admin.read_brand(rpc, loaded, brand)  # raises when there is no such brand
        typer.echo(f"brand {brand} has published no rate; `alliance chain announce-rate` does, with its cold key")
        return
    columns = ("version", "in: units per point", "out: points per unit", "announced", "in force from", "until", "state")
    _table(f"Rates of brand {brand}", columns, [_rate_row(each) for each in history.versions])
    if history.guaranteed_until:
        typer.echo(f"The brand promised: no worse rate before {utc_text(history.guaranteed_until)}.")


def _pause(rpc_url: str, key: str, what: Scope, book: Path, mine: bool, *, paused: bool) -> None:
    rpc, loaded, signer = Rpc(rpc_url), AddressBook.load(book), load_signer(key, os.environ)
    word = "paused" if paused else "running"
    steps = {Scope.conversions: admin.pause_alliance, Scope.transfers: admin.pause_transfers}
    for scope, step in steps.items():
        if what in (scope, Scope.all):
            changed = step(rpc, loaded, signer, paused=paused, mine=_miner(rpc, mine))
            typer.echo(f"{scope}: {word}{'' if changed else ' already'}")


def _rate_row(one: PublishedRate) -> tuple[object, ...]:
    rate: Rate = one.rate
    inward, outward = (
        f"{rate.in_numerator}/{rate.in_denominator}",
        f"{rate.out_numerator}/{rate.out_denominator}",
    )
    until = utc_text(one.superseded_at) if one.superseded_at else ""
    return one.version, inward, outward, utc_text(one.announced_at), utc_text(one.effective_at), until, one.state
