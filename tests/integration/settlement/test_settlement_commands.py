"""`alliance settlement …` as treasurer and brands type it: an epoch by bank, a default, a brand that leaves."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.deploy.admin import UnknownBrand
from bridge.deploy.attesting import NotAParty, WrongSignature
from bridge.deploy.sending import TransactionFailed
from bridge.protocol.payments import InvalidReference
from bridge.protocol.words import format_address
from bridge.settlement_cli import settlement_app
from tests.integration.settlement.market import Market

pytestmark = pytest.mark.chain


class Console:
    """Commands with the market's chain and keys."""

    def __init__(self, market: Market, directory: Path) -> None:
        self.market = market
        self.book = directory / "book.json"
        market.book.save(self.book)
        self.environment = {
            "TREASURER": _secret(9002),
            "BRAND": _secret(201),
            "OTHER_BRAND": _secret(202),
            "STRANGER": _secret(55),
        }

    def run(self, *arguments: object, key: str | None = None, mine: bool = False) -> Result:
        shared = ["--rpc", self.market.alliance.url, "--book", str(self.book)]
        if key is not None:
            shared += ["--key", f"env:{key}"]
        if mine:
            shared.append("--mine")
        texts = [*map(str, arguments), *shared]
        return CliRunner().invoke(settlement_app, texts, env=self.environment)

    def output(self, *arguments: object, key: str | None = None, mine: bool = False) -> str:
        result = self.run(*arguments, key=key, mine=mine)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output


def _secret(number: int) -> str:
    """The test key of this number (`tests.chain_fixtures.key`), as an environment carries it."""
    return f"0x{number:064x}"


@pytest.fixture
def console(market: Market, tmp_path: Path) -> Console:
    return Console(market, tmp_path)


def test_an_epoch_by_bank_from_close_to_payout(console: Console, market: Market) -> None:
    market.convert(1, 2, 123)
    assert console.output("close", key="TREASURER", mine=True).strip() == "1"
    stated = console.output("submit", key="TREASURER", mine=True)
    assert stated.split("hash ")[1] == console.output("statement").split("hash ")[1]
    payment = ("--kind", "due", "--brand", 1, "--units", 1_230, "--reference", "E1-SHOP")
    first, second = (console.output("sign", *payment, key=who).strip() for who in ("TREASURER", "BRAND"))
    treasurer = format_address(market.alliance.admin.address)
    signatures = ("--treasurer", treasurer, "--treasurer-signature", first, "--brand-signature", second)
    assert "confirmed" in console.output("confirm", *payment, *signatures, key="BRAND", mine=True)
    shown = console.output("status")
    assert "paid" in shown
    assert "1230" in shown
    again = console.run("confirm", *payment, *signatures, key="BRAND", mine=True)
    assert isinstance(again.exception, TransactionFailed)
    assert "ReferenceUsed" in str(again.exception)
    paid_out = console.run("payout", "--brand", 2, key="BRAND", mine=True)
    assert "BankSettles" in str(paid_out.exception)


def test_what_can_never_be_confirmed_is_not_signed(console: Console, market: Market) -> None:
    """Neither by a stranger, nor by another brand's key, nor for a brand that is not there."""
    market.close()
    payment = ("--kind", "fund-in", "--units", 1_000, "--reference", "F1")
    for who in ("STRANGER", "OTHER_BRAND"):
        refused = console.run("sign", *payment, "--brand", 1, key=who).exception
        assert isinstance(refused, NotAParty) and "settlement key nor a treasurer" in str(refused)
    assert console.output("sign", *payment, "--brand", 2, key="OTHER_BRAND").startswith("0x")
    assert isinstance(console.run("sign", *payment, "--brand", 77, key="BRAND").exception, UnknownBrand)
    assert isinstance(console.run("payout", "--brand", 77, key="BRAND").exception, UnknownBrand)


def test_a_wrong_signature_is_named_by_its_side_before_anything_is_sent(console: Console, market: Market) -> None:
    market.close()
    payment = ("--kind", "fund-in", "--brand", 1, "--units", 1_000, "--reference", "F1")
    first, second = (console.output("sign", *payment, key=who).strip() for who in ("TREASURER", "BRAND"))
    treasurer = format_address(market.alliance.admin.address)
    head = market.rpc.call("eth_blockNumber")
    for side, texts, words in (
        ("treasurer", (second, second), "is not 0x"),
        ("brand", (first, first), "under this payment in epoch 1"),
        ("treasurer", (first[:-2], second), "has 64 bytes"),
        ("brand", (first, second[:-2] + "05"), "is none"),
        ("brand", (first, "0xzz"), "130 hexadecimal digits"),
    ):
        given = ("--treasurer", treasurer, "--treasurer-signature", texts[0], "--brand-signature", texts[1])
        refused = console.run("confirm", *payment, *given, key="BRAND", mine=True).exception
        assert isinstance(refused, WrongSignature), refused
        assert f"--{side}-signature" in str(refused) and words in str(refused)
    assert market.rpc.call("eth_blockNumber") == head, "nothing was sent"
    given = ("--treasurer", treasurer, "--treasurer-signature", first, "--brand-signature", second)
    assert "confirmed" in console.output("confirm", *payment, *given, key="BRAND", mine=True)


def test_a_default_and_its_cap(console: Console, market: Market) -> None:
    market.convert(1, 2, 50)
    market.agree(2, 70)
    market.close()
    early = console.run("default", "--brand", 1, key="BRAND", mine=True)
    assert "NotOverdue" in str(early.exception)
    market.alliance.mine(market.alliance.now() + 11 * 86_400)
    assert "in default" in console.output("default", "--brand", 1, key="TREASURER", mine=True)
    assert market.state(1).written_off == 430


def test_a_brand_is_led_out_and_told_what_is_missing(console: Console, market: Market) -> None:
    market.convert(1, 2, 100, claimed=False)
    waiting = console.run("exit", "--brand", 1, key="TREASURER", mine=True)
    assert waiting.exit_code == 1
    assert "under way" in waiting.output
    assert "1000" in waiting.output
    market.alliance.mine(market.alliance.now() + 2 * 86_400)
    market.give_back(1, 2)
    assert "closed and owes nothing" in console.output("exit", "--brand", 1, key="TREASURER", mine=True)


def test_a_reference_that_is_too_long_is_told(console: Console) -> None:
    payment = ("--kind", "fund-in", "--brand", 1, "--units", 10, "--reference", "x" * 33)
    assert isinstance(console.run("sign", *payment, key="BRAND").exception, InvalidReference)


@pytest.mark.parametrize("command", [one.name or one.callback.__name__ for one in settlement_app.registered_commands])
def test_every_command_explains_itself(command: str) -> None:
    name = {"leave": "exit"}.get(command, command)
    result = CliRunner().invoke(settlement_app, [name, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output
