"""`alliance settlement …` where an ERC-20 asset settles: configured, paid in, settled, paid out, audited (INV-12)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.audit.run import run_audit
from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.rpc import Rpc
from bridge.chain.transactions import create_address
from bridge.cli import chain_app
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.deploy.sending import TransactionFailed, send_all
from bridge.deploy.settlement import BankSettles
from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address
from bridge.settlement_cli import settlement_app
from tests.chain_fixtures import GENESIS, Alliance, Brand, key
from tests.integration.audit.forged_chain import ForgedChain
from tests.integration.audit.tampering_proxy import tampering_proxy
from tests.integration.settlement.market import Market

pytestmark = pytest.mark.chain
ADMIN, PAYER = key(9002), key(300)


class Asset:
    """Money that is on the chain before the alliance: any ERC-20 of two decimals or more, here one of our build."""

    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc
        manager = load_artifact("AccessManager").creation_data([format_address(ADMIN.address)])
        self.address = create_address(ADMIN.address, 1)
        token = load_artifact("AlliancePoint").creation_data([format_address(create_address(ADMIN.address, 0))])
        money = 5_000 << 160 | int.from_bytes(PAYER.address, "big")
        desk = self._call("setDesk", format_address(ADMIN.address), True)
        steps = [("a manager", b"", manager, 5_000_000), ("an asset", b"", token, 5_000_000), desk]
        send_all(rpc, ADMIN, [*steps, self._call("mintBatch", money.to_bytes(32, "big"))], mine=self.mine)

    def _call(self, function: str, *arguments: object) -> tuple[str, bytes, bytes, int]:
        data = load_artifact("AlliancePoint").functions[function].encode(*arguments)
        return function, self.address, data, 300_000

    def mine(self) -> None:
        self.rpc.call("evm_mine")

    def balance(self, holder: bytes) -> int:
        block = self.rpc.call("eth_blockNumber")
        return int(view(self.rpc, self.address, "AlliancePoint", "balanceOf", format_address(holder), block=block)[0])


class Console:
    """The commands, and the keys that they name."""

    def __init__(self, rpc: Rpc, book: Path) -> None:
        self.shared = ["--rpc", rpc.url, "--book", str(book)]
        numbers = {"DEPLOYER": 9001, "ADMIN": 9002, "PAYER": 300, "BRAND": 202, "OTHER": 201}
        self.keys = {name: f"0x{number:064x}" for name, number in numbers.items()}

    def run(self, app: object, *words: object, who: str | None = None) -> Result:
        signed = ["--key", f"env:{who}", "--mine"] if who else []
        return CliRunner().invoke(app, [*map(str, words), *self.shared, *signed], env=self.keys)  # type: ignore[arg-type]

    def settle(self, *words: object, who: str | None = None) -> str:
        done = self.run(settlement_app, *words, who=who)
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output


@pytest.fixture
def asset(tmp_path: Path) -> Iterator[Asset]:
    anvil = AnvilProcess(tmp_path / "chain", AnvilOptions(no_mining=True, genesis_timestamp=GENESIS))
    rpc = Rpc(anvil.start())
    yield Asset(rpc)
    rpc.close()
    anvil.stop()


def market_of(asset: Asset, console: Console, book: Path) -> Market:
    """Two brands, registered by command, with their rates."""
    settle = ("--settlement-asset", format_address(asset.address), "--no-cover-rule")
    words = ("deploy", "--admin", format_address(ADMIN.address), *settle)
    assert console.run(chain_app, *words, who="DEPLOYER").exit_code == 0
    alliance = Alliance(None, asset.rpc, AddressBook.load(book), ADMIN)  # type: ignore[arg-type]
    for number in (1, 2):
        hot, cold = key(100 + number), key(200 + number)
        names = ("hot", hot), ("cold", cold), ("settlement", cold)
        keys = [word for name, one in names for word in (f"--{name}", format_address(one.address))]
        limits = ("--credit-line", 10**6, "--limiter-capacity", 10**9)
        done = console.run(chain_app, "register-brand", "--code", f"b{number}", *keys, *limits, who="ADMIN")
        assert done.exit_code == 0, (done.output, done.exception)
        who, rate = ("OTHER", "BRAND")[number - 1], ("--in", "10/1", "--out", "1/10")
        assert console.run(chain_app, "announce-rate", "--brand", number, *rate, who=who).exit_code == 0
        alliance.brands.append(Brand(number, f"b{number}", hot, cold, None, bytes(32)))  # type: ignore[arg-type]
    return Market(alliance)


def test_an_epoch_is_settled_in_the_asset_and_audits_clean(asset: Asset, tmp_path: Path) -> None:
    """Brand 1 owes 123.0 fen: the payer's asset goes to the contract, the claim of brand 2 to its settlement key."""
    path = tmp_path / "book.json"
    console = Console(asset.rpc, path)
    market = market_of(asset, console, path)
    settlement, creditor = market.book.address("Settlement"), key(202).address
    assert "paid" in console.settle("pay", "--kind", "collateral-in", "--brand", 2, "--units", 50, who="PAYER")
    market.convert(1, 2, 123)
    console.settle("close", who="ADMIN")
    console.settle("submit", who="ADMIN")
    assert "paid" in console.settle("pay", "--kind", "due", "--brand", 1, "--units", 1_230, who="PAYER")
    assert console.settle("payout", "--brand", 2, who="PAYER").strip() == "1230"
    assert asset.balance(settlement) == 5
    assert asset.balance(creditor) == 123
    stranger = console.run(settlement_app, "pay", "--kind", "collateral-out", "--brand", 2, "--units", 50, who="PAYER")
    assert isinstance(stranger.exception, TransactionFailed)
    assert "NotSettlementKey" in str(stranger.exception)
    console.run(chain_app, "set-limits", "--brand", 2, "--credit-line", 0, "--limiter-capacity", 10**9, who="ADMIN")
    console.settle("pay", "--kind", "collateral-out", "--brand", 2, "--units", 50, who="BRAND")
    assert (asset.balance(settlement), asset.balance(creditor)) == (0, 128)
    report = run_audit(asset.rpc.url, market.book)
    assert report.findings == ()
    assert (report.totals["payments_in_asset"], report.totals["payments_attested"]) == (4, 0)
    attested = console.run(settlement_app, "sign", "--kind", "due", "--brand", 1, "--units", 10, "--reference", "x")
    assert attested.exit_code != 0


def test_collateral_that_a_stranger_took_is_named(asset: Asset, tmp_path: Path) -> None:
    """Who sent the call is recovered from its signature, whatever the RPC says; then it must be the settlement key."""
    path = tmp_path / "book.json"
    console = Console(asset.rpc, path)
    market = market_of(asset, console, path)
    console.run(chain_app, "set-limits", "--brand", 2, "--credit-line", 0, "--limiter-capacity", 10**9, who="ADMIN")
    console.settle("pay", "--kind", "collateral-in", "--brand", 2, "--units", 50, who="PAYER")
    console.settle("pay", "--kind", "collateral-out", "--brand", 2, "--units", 50, who="BRAND")
    forged = ForgedChain(asset.rpc)
    for block in forged.blocks:
        for transaction in block["transactions"]:
            transaction["from"] = format_address(PAYER.address)
    with tampering_proxy(asset.rpc.url, forged.reseal().tamper) as url:
        assert run_audit(url, market.book).findings == ()
    registered = forged.logs(bytes(keccak(b"BrandRegistered(uint32,string,address,address,address)")))[1]
    start = 2 + 64 * 3
    registered["data"] = registered["data"][:start] + f"{0xBAD:064x}" + registered["data"][start + 64 :]
    with tampering_proxy(asset.rpc.url, forged.reseal().tamper) as url:
        failures = {finding.check for finding in run_audit(url, market.book).failures}
    assert failures == {"payments-signed", "storage-brand"}


def test_a_payment_in_an_asset_where_banks_settle_says_what_to_do(market: Market, tmp_path: Path) -> None:
    path = tmp_path / "book.json"
    market.book.save(path)
    done = Console(market.rpc, path).run(
        settlement_app, "pay", "--kind", "due", "--brand", 1, "--units", 10, who="OTHER"
    )
    assert isinstance(done.exception, BankSettles)
    assert "confirm" in done.exception.next_step
