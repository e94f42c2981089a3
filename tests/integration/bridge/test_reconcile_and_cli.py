"""`alliance chain …`: what a person types, and the comparison of node and chain to the last unit."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from bridge.chain.anvil import AnvilProcess
from bridge.chain.rpc import RpcUnavailable
from bridge.cli import chain_app
from bridge.deploy.address_book import AddressBook
from bridge.protocol.words import format_address
from bridge.transactions.database import BridgeDatabaseMissing
from bridge.transactions.reconcile import reconcile
from bridge.transactions.tables import cursor, item
from tests.chain_fixtures import Alliance, key
from tests.integration.bridge.conftest import MakeNode
from tests.integration.bridge.kit import DAY, Node, batch_of

pytestmark = pytest.mark.chain


@pytest.fixture
def settled(alliance: Alliance, make_node: MakeNode) -> Node:
    """A node with four captured conversions."""
    node = make_node()
    node.enqueue(batch_of(4, alliance.now() + DAY))
    node.step()
    node.mine_and_step()
    return node


def findings(node: Node) -> dict[str, tuple[str, str]]:
    found = reconcile(node.engine, node.alliance.rpc, node.alliance.book, 1)
    return {finding.check: (finding.expected, finding.actual) for finding in found}


def tamper(node: Node, statement: "sa.Update") -> None:
    with node.engine.begin() as connection:
        connection.execute(statement)


def test_node_and_chain_agree(settled: Node) -> None:
    assert findings(settled) == {}


def test_one_unit_too_many_is_found(settled: Node) -> None:
    first = sa.select(sa.func.min(item.c.position)).scalar_subquery()
    tamper(settled, sa.update(item).where(item.c.position == first).values(alliance_units=1_001))
    assert findings(settled) == {"units issued": ("4001", "4000"), "open claim": ("1001", "1000")}


def test_a_lost_row_is_found(settled: Node) -> None:
    with settled.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM bridge_batch"))
    assert "batch numbers" in findings(settled)


def test_an_item_without_its_end_is_found(settled: Node) -> None:
    first = sa.select(sa.func.min(item.c.position)).scalar_subquery()
    tamper(settled, sa.update(item).where(item.c.position == first).values(state="BATCHED"))
    assert "finished items" in findings(settled)


def test_another_chain_under_the_cursor_is_found(settled: Node) -> None:
    tamper(settled, sa.update(cursor).values(final_hash=b"\1" * 32))
    assert list(findings(settled)) == ["final block"]


# --- the command line ------------------------------------------------------------------------------------------------


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner().invoke(chain_app, [str(argument) for argument in arguments], env=environment)


def output(result: Result) -> str:
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output.strip()


def test_a_chain_is_started_used_and_stopped(tmp_path: Path) -> None:
    directory, book = tmp_path / "chain", tmp_path / "book.json"
    secret = {"DEPLOYER": "11" * 32, "ADMIN": "22" * 32, "COLD": "33" * 32}
    administrator = format_address(key(int("22" * 32, 16)).address)
    cold = format_address(key(int("33" * 32, 16)).address)
    url = output(run("up", "--dir", directory, "--no-mining"))
    try:
        assert output(run("up", "--dir", directory, "--no-mining")) == url
        shared = ("--rpc", url, "--book", book)
        deploy = ("deploy", *shared, "--key", "env:DEPLOYER", "--admin", administrator, "--no-cover-rule", "--mine")
        assert "ConversionDesk" in output(run(*deploy, **secret))
        first = book.read_bytes()
        output(run(*deploy, **secret))
        assert book.read_bytes() == first
        keys = ("--hot", format_address(key(7).address), "--cold", cold, "--settlement", cold)
        limits = ("--credit-line", 10**9, "--limiter-capacity", 10**9)
        register = ("register-brand", *shared, "--key", "env:ADMIN", "--code", "shop", *keys, *limits, "--mine")
        assert output(run(*register, **secret)) == "1"
        announce = ("announce-rate", *shared, "--key", "env:COLD", "--brand", 1, "--in", "10/1", "--out", "1/10")
        assert output(run(*announce, "--mine", **secret)) == "1"
        change = ("set-limits", *shared, "--key", "env:ADMIN", "--brand", 1, *limits, "--mine")
        assert output(run(*change, **secret)) == "these limits are in force already"
        assert output(run(*change, "--limiter-window", 3_600, **secret)) == "limits set"
        shown = output(run("status", *shared))
        assert "shop" in shown
        assert "active" in shown
    finally:
        assert output(run("down", "--dir", directory)) == "stopped"
    assert output(run("down", "--dir", directory)) == "it was not running"
    assert AnvilProcess(directory).pid is None
    assert isinstance(run("status", "--rpc", url, "--book", book).exception, RpcUnavailable)


def test_reconcile_prints_differences_and_exits_with_1(settled: Node, tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    settled.alliance.book.save(book)
    database = settled.engine.url.render_as_string(hide_password=False)
    command = ("reconcile", "--rpc", settled.alliance.url, "--book", book, "--database", database, "--brand", 1)
    assert output(run(*command)) == "node and chain agree"
    tamper(settled, sa.update(item).values(alliance_units=7))
    result = run(*command)
    assert result.exit_code == 1
    assert "units issued" in result.output


def test_a_key_is_made_only_with_a_password(tmp_path: Path) -> None:
    path = tmp_path / "hot.json"
    assert run("new-key", "--path", path, "--password", "NOT_SET").exception is not None
    assert output(run("new-key", "--path", path, "--password", "PW", PW="secret")).startswith("0x")
    assert path.exists()


@pytest.mark.parametrize("text", ["10", "1/x", "-1/2", "1.5/2"])
def test_a_rate_that_is_no_fraction_is_a_usage_error(alliance: Alliance, tmp_path: Path, text: str) -> None:
    book: AddressBook = alliance.book
    book.save(tmp_path / "book.json")
    result = run(
        "announce-rate",
        "--rpc",
        alliance.url,
        "--book",
        tmp_path / "book.json",
        "--key",
        "env:COLD",
        "--brand",
        1,
        f"--in={text}",
        "--out=1/10",
        COLD="33" * 32,
    )
    assert result.exit_code == 2


@pytest.mark.parametrize(
    "url", ["sqlite:////nowhere/at/all.sqlite", "sqlite://", "no-url", "postgresql+psycopg://127.0.0.1:1/x"]
)
def test_a_database_without_a_bridge_is_a_typed_error(url: str) -> None:
    found = run("resume", "--database", url, "--brand", 1).exception
    assert isinstance(found, BridgeDatabaseMissing)


def test_resume_needs_a_halt(settled: Node) -> None:
    database = settled.engine.url.render_as_string(hide_password=False)
    assert output(run("resume", "--database", database, "--brand", 1)) == "the bridge was not halted"
