"""`alliance chain …`: the local chain, deployment, administration and reconciliation at a console.

Owns options, output and exit codes (0 fine · 1 findings). Errors are typed and carry their next step; the root command
tells them. It may not hold a key: keys come from `env:NAME`, `keystore:PATH:PASSWORD_NAME` or `web3signer:URL:ADDRESS`.
"""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from bridge.audit.command import audit, verify_report
from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.keys import load_signer
from bridge.chain.rpc import Rpc
from bridge.deploy import admin
from bridge.deploy.address_book import AddressBook, DeployParameters
from bridge.deploy.besu import NetworkOptions, write_network
from bridge.deploy.deploy import deploy_alliance
from bridge.deploy.sending import send_all
from bridge.protocol.rates import UINT64_MAX, Rate
from bridge.protocol.words import format_address, parse_address
from bridge.terminal import PlainConsole
from bridge.transactions import halts
from bridge.transactions.database import open_existing
from bridge.transactions.overview import brand_rows, chain_rows
from bridge.transactions.reconcile import reconcile

__all__ = ["audit", "chain_app", "verify_report"]

chain_app = typer.Typer(
    no_args_is_help=True, help="The alliance's chain: run one locally, deploy, administer, compare."
)
out = PlainConsole(highlight=False, soft_wrap=True)

DirOption = Annotated[Path, typer.Option("--dir", help="Where the local chain keeps its state.")]
RpcOption = Annotated[str, typer.Option("--rpc", help="The chain's JSON-RPC address.", envvar="ALLIANCE_RPC_URL")]
BookOption = Annotated[
    Path,
    typer.Option("--book", "--address-book", help="The address book file.", envvar="ALLIANCE_ADDRESS_BOOK"),
]
KeyOption = Annotated[
    str, typer.Option("--key", help="The signing key: env:NAME, keystore:PATH:PASSWORD_NAME or web3signer:URL:ADDRESS.")
]
# What the contracts' types hold: a larger number is a usage error here, not a failure of the encoding.
UINT32, UINT40, UINT48, UINT128, UINT208 = (2**bits - 1 for bits in (32, 40, 48, 128, 208))
BrandOption = Annotated[int, typer.Option("--brand", min=1, max=UINT32, help="The brand's number.")]
CreditLineOption = Annotated[
    int, typer.Option(min=0, max=UINT128, help="Alliance units the position may go below zero.")
]
CapacityOption = Annotated[int, typer.Option(min=0, max=UINT208, help="Alliance units that may be issued per window.")]
WindowOption = Annotated[int, typer.Option(min=1, max=UINT48, help="Seconds of the window.")]
DatabaseOption = Annotated[str, typer.Option("--database", help="The node's database, as a SQLAlchemy URL.")]
MineOption = Annotated[bool, typer.Option("--mine", help="Mine a block after sending (local chains that do not mine).")]

DEFAULT_DIR = Path("build/chain")
DEFAULT_BOOK = Path("build/address-book.json")
_TRANSFER_GAS = 21_000


@chain_app.command()
def up(
    directory: DirOption = DEFAULT_DIR,
    port: Annotated[
        int | None, typer.Option(min=1, max=65_535, help="A fixed port; else the last one used, or a free one.")
    ] = None,
    block_time: Annotated[
        int | None, typer.Option(min=1, help="Seconds between blocks; else one per transaction.")
    ] = None,
    no_mining: Annotated[bool, typer.Option("--no-mining", help="Blocks only on command (evm_mine).")] = False,
    chain_id: Annotated[int, typer.Option(min=1, help="The chain's id.")] = 31337,
    gas_limit: Annotated[int, typer.Option(min=1, help="Gas of a block.")] = 30_000_000,
    genesis: Annotated[int | None, typer.Option(min=0, help="Unix time of the first block of a new chain.")] = None,
) -> None:
    """Start a local chain (Anvil) that keeps its state, or find it running; print its RPC address."""
    options = AnvilOptions(chain_id, port, no_mining, block_time, gas_limit, genesis)
    typer.echo(AnvilProcess(directory, options).start())


@chain_app.command()
def down(directory: DirOption = DEFAULT_DIR) -> None:
    """Stop the local chain; its state stays."""
    process = AnvilProcess(directory)
    was_running = process.pid is not None
    process.stop()
    typer.echo("stopped" if was_running else "it was not running")


@chain_app.command()
def deploy(
    rpc_url: RpcOption,
    key: KeyOption,
    admin_address: Annotated[str, typer.Option("--admin", help="The account that gets every role.")],
    book: BookOption = DEFAULT_BOOK,
    notice_period: Annotated[int, typer.Option(min=0, max=UINT40, help="Seconds of notice before a worse rate.")] = 30
    * 86_400,
    quote_grace: Annotated[
        int, typer.Option(min=0, max=UINT40, help="Seconds a superseded rate stays usable.")
    ] = 86_400,
    claim_window: Annotated[int, typer.Option(min=0, max=UINT40, help="Longest life of a claim in seconds.")] = 7
    * 86_400,
    max_step_ppm: Annotated[
        int, typer.Option(min=0, max=UINT32, help="Largest improvement without notice, in millionths.")
    ] = 200_000,
    payment_period: Annotated[
        int, typer.Option(min=0, max=UINT40, help="Seconds to pay a due after its statement.")
    ] = 10 * 86_400,
    settlement_asset: Annotated[str, typer.Option(help="ERC-20 asset (CNY) that settles; else banks do.")] = "",
    cover_rule: Annotated[
        bool,
        typer.Option(
            help="The guarantee fund covers the two largest credit lines. Without, every audit report says so.",
        ),
    ] = True,
    mine: MineOption = False,
) -> None:
    """Deploy the contracts and write the address book. A second run changes nothing."""
    if settlement_asset:
        settlement_asset = format_address(parse_address(settlement_asset))
    parameters = DeployParameters(
        notice_period, quote_grace, claim_window, max_step_ppm, payment_period, settlement_asset, cover_rule
    )
    rpc = Rpc(rpc_url)
    signer = load_signer(key, os.environ)
    made = deploy_alliance(rpc, signer, parse_address(admin_address), parameters, mine=_miner(rpc, mine))
    made.save(book)
    _table("Alliance", ("contract", "address"), sorted(made.contracts.items()))


@chain_app.command()
def status(rpc_url: RpcOption, book: BookOption = DEFAULT_BOOK) -> None:
    """The chain's head and clock, and every brand's state, position and next batch."""
    rpc, loaded = Rpc(rpc_url), AddressBook.load(book)
    rpc.require_chain(loaded.chain_id)
    block = rpc.call("eth_blockNumber")
    _table("Chain", ("", ""), chain_rows(rpc, loaded, block))
    columns = ("id", "code", "status", "hot key", "issued", "redeemed", "position", "next batch", "rate")
    _table("Brands (alliance units)", columns, brand_rows(rpc, loaded, block))


@chain_app.command("reconcile")
def reconcile_command(
    rpc_url: RpcOption, database: DatabaseOption, brand: BrandOption, book: BookOption = DEFAULT_BOOK
) -> None:
    """Compare a node's database with the chain, to the last unit. Exit code 1 when they differ."""
    findings = reconcile(open_existing(database), Rpc(rpc_url), AddressBook.load(book), brand)
    if not findings:
        typer.echo("node and chain agree")
        return
    rows = [(f.check, f.expected, f.actual, f.where) for f in findings]
    _table("Differences", ("check", "node", "chain", "where"), rows)
    raise typer.Exit(1)


@chain_app.command("register-brand")
def register_brand(
    rpc_url: RpcOption,
    key: KeyOption,
    code: Annotated[str, typer.Option(help="The brand's short code, 1 to 32 bytes.")],
    hot: Annotated[str, typer.Option(help="Address that posts batches.")],
    cold: Annotated[str, typer.Option(help="Address that publishes rates.")],
    settlement: Annotated[str, typer.Option(help="Address that is paid.")],
    credit_line: CreditLineOption,
    limiter_capacity: CapacityOption,
    limiter_window: WindowOption = 86_400,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Admit a brand and print its number; the same brand again prints the same number."""
    rpc = Rpc(rpc_url)
    keys = admin.BrandKeys(parse_address(hot), parse_address(cold), parse_address(settlement))
    limits = admin.Limits(credit_line, limiter_capacity, limiter_window)
    signer = load_signer(key, os.environ)
    typer.echo(
        admin.register_brand(rpc, AddressBook.load(book), signer, code, keys, limits, mine=_miner(rpc, mine)),
    )


@chain_app.command("announce-rate")
def announce_rate(
    rpc_url: RpcOption,
    key: KeyOption,
    brand: BrandOption,
    inward: Annotated[str, typer.Option("--in", help="Alliance units per point, as NUMERATOR/DENOMINATOR.")],
    outward: Annotated[str, typer.Option("--out", help="Points per alliance unit, as NUMERATOR/DENOMINATOR.")],
    effective_at: Annotated[int, typer.Option(min=0, max=UINT40, help="Alliance time of its effect; 0 for now.")] = 0,
    guaranteed_until: Annotated[int, typer.Option(min=0, max=UINT40, help="No worse rate before this time.")] = 0,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Publish a brand's next rate version with its cold key and print the version."""
    rpc, rate = Rpc(rpc_url), Rate(*_fraction(inward), *_fraction(outward))
    version = admin.announce_rate(
        rpc,
        AddressBook.load(book),
        load_signer(key, os.environ),
        brand,
        rate,
        effective_at=effective_at,
        guaranteed_until=guaranteed_until,
        mine=_miner(rpc, mine),
    )
    typer.echo(version)


@chain_app.command("set-limits")
def set_limits(
    rpc_url: RpcOption,
    key: KeyOption,
    brand: BrandOption,
    credit_line: CreditLineOption,
    limiter_capacity: CapacityOption,
    limiter_window: WindowOption = 86_400,
    book: BookOption = DEFAULT_BOOK,
    mine: MineOption = False,
) -> None:
    """Change a brand's credit line and limiter (risk role); what was used stays used."""
    rpc, loaded, signer = Rpc(rpc_url), AddressBook.load(book), load_signer(key, os.environ)
    limits = admin.Limits(credit_line, limiter_capacity, limiter_window)
    changed = admin.set_limits(rpc, loaded, signer, brand, limits, mine=_miner(rpc, mine))
    typer.echo("limits set" if changed else "these limits are in force already")


@chain_app.command()
def resume(database: DatabaseOption, brand: BrandOption) -> None:
    """Let a halted bridge go on, after its cause is removed; every check runs again."""
    resumed = halts.resume(open_existing(database), brand)
    typer.echo("resumed" if resumed else "the bridge was not halted")


@chain_app.command("new-key")
def new_key(
    path: Annotated[Path, typer.Option(help="The keystore file to write.")],
    password_name: Annotated[str, typer.Option("--password", help="Name of the variable with the password.")],
) -> None:
    """Make a random key in an encrypted keystore and print its address."""
    from bridge.chain.keys import KeyUnavailable, Signer

    password = os.environ.get(password_name, "")
    if not password:
        raise KeyUnavailable(f"the environment variable {password_name} is not set")
    signer = Signer.generate()
    signer.save(path, password)
    typer.echo(format_address(signer.address))


@chain_app.command("new-network")
def new_network(
    directory: Annotated[Path, typer.Option("--dir", help="Where the network's files are written.")],
    chain_id: Annotated[int, typer.Option(help="The ledger's chain id; choose one that nobody else uses.")],
    account: Annotated[
        list[str],
        typer.Option(help="An address that may send transactions; repeat it for each (relay accounts of nodes too)."),
    ],
    validators: Annotated[int, typer.Option(min=4, help="How many validators; four tolerate one fault.")] = 4,
    block_period: Annotated[int, typer.Option(min=1, help="Seconds between blocks.")] = 1,
) -> None:
    """Write a Besu QBFT network: validators' keys, genesis, allowlists, compose file (see docs/deploy)."""
    accounts = tuple(parse_address(each) for each in account)
    options = NetworkOptions(chain_id, accounts, validators, block_period, timestamp=int(time.time()))
    for address in write_network(directory, options):
        typer.echo(format_address(address))
    typer.echo(
        "→ Allow each node's relay account too: `alliance founder relay-account --dir NODE` prints it.", err=True
    )


@chain_app.command()
def heartbeat(
    rpc_url: RpcOption,
    key: KeyOption,
    older_than: Annotated[int, typer.Option(min=0, help="Seconds without a block after which one is made.")] = 3_600,
) -> None:
    """Make a block where none came by itself, so that the chain's clock moves on and overdue points return.

    For a timer, on chains that make blocks only for transactions. Use an account of its own, never a brand's hot key:
    its bridge counts the nonces.
    """
    rpc, signer = Rpc(rpc_url), load_signer(key, os.environ)
    age = int(time.time()) - int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    if age < older_than:
        typer.echo(f"nothing to do: the last block is {age} s old")
        return
    (receipt,) = send_all(rpc, signer, [("heartbeat", signer.address, b"", _TRANSFER_GAS)])
    typer.echo(f"block {int(receipt['blockNumber'], 16)}")


def _fraction(text: str) -> tuple[int, int]:
    """Both parts as the ledger stores them; anything else is a usage error."""
    parts = text.split("/")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) <= 20 for part in parts):
        raise typer.BadParameter(f"{text!r} is not NUMERATOR/DENOMINATOR")
    numerator, denominator = map(int, parts)
    if not (1 <= numerator <= UINT64_MAX and 1 <= denominator <= UINT64_MAX):
        raise typer.BadParameter(f"{text!r}: both numbers must be from 1 to {UINT64_MAX}")
    return numerator, denominator


def _miner(rpc: Rpc, mine: bool) -> Any:
    return (lambda: rpc.call("evm_mine")) if mine else None


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    drawn = Table(title=title, title_justify="left")
    for column in columns:
        drawn.add_column(column)
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    out.print(drawn)
