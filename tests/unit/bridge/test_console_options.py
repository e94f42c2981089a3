"""Options at the console: what no contract can hold is a usage error, before anything is read or sent."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_node.entrypoints.cli.root import app

REMOTE = ("--rpc", "http://127.0.0.1:1", "--book", "nowhere.json")
KEYED = (*REMOTE, "--key", "env:NO_KEY")
LIMITS = ("--credit-line", "1", "--limiter-capacity", "1", "--limiter-window", "1")
ACCOUNT = "0x" + "11" * 20
BRAND = ("--code", "shop", "--hot", ACCOUNT, "--cold", ACCOUNT, "--settlement", ACCOUNT)
PAYMENT = ("--kind", "due", "--brand", "1", "--reference", "r")


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("chain", "rates", *REMOTE), ("--brand", "0")),
        (("chain", "rates", *REMOTE), ("--brand", str(2**32))),
        (("chain", "set-limits", *KEYED, "--brand", "1", *LIMITS), ("--credit-line", "-1")),
        (("chain", "set-limits", *KEYED, "--brand", "1", *LIMITS), ("--credit-line", str(2**128))),
        (("chain", "set-limits", *KEYED, "--brand", "1", *LIMITS), ("--limiter-capacity", str(2**208))),
        (("chain", "set-limits", *KEYED, "--brand", "1", *LIMITS), ("--limiter-window", "0")),
        (("chain", "register-brand", *KEYED, *BRAND, *LIMITS), ("--limiter-window", str(2**48))),
        (("chain", "register-brand", *KEYED, *BRAND, *LIMITS), ("--credit-line", str(2**128))),
        (("chain", "announce-rate", *KEYED, "--brand", "1", "--out", "1/1"), ("--in", "0/1")),
        (("chain", "announce-rate", *KEYED, "--brand", "1", "--out", "1/1"), ("--in", f"1/{2**64}")),
        (("chain", "announce-rate", *KEYED, "--brand", "1", "--out", "1/1"), ("--in", "1")),
        (("chain", "announce-rate", *KEYED, "--brand", "1", "--in", "1/1", "--out", "1/1"), ("--effective-at", "-1")),
        (("chain", "announce-rate", *KEYED, "--brand", "1", "--out", "1/1"), ("--in", "1/" + "9" * 5_000)),
        (("chain", "deploy", *KEYED, "--admin", ACCOUNT), ("--notice-period", "-1")),
        (("chain", "grant-role", *KEYED, "--role", "risk", "--account", ACCOUNT), ("--delay", str(2**32))),
        (("chain", "up"), ("--port", "70000")),
        (("settlement", "sign", *KEYED, *PAYMENT), ("--units", "0")),
        (("settlement", "sign", *KEYED, *PAYMENT), ("--units", "15")),
        (("settlement", "sign", *KEYED, *PAYMENT), ("--units", str(2**128 + 4))),
        (("settlement", "agree-cap", *KEYED, "--brand", "1"), ("--units", "-1")),
        (("settlement", "statement", *REMOTE), ("--epoch", "0")),
        (("founder", "set-terms", *KEYED, "--treasury", ACCOUNT), ("--sponsor", str(2**32))),
    ],
    ids=lambda words: " ".join(words)[-60:],
)
def test_a_number_that_no_contract_can_hold_is_a_usage_error(command: tuple[str, ...], option: tuple[str, str]) -> None:
    done = CliRunner().invoke(app, [*command, *option])
    assert done.exit_code == 2, (done.output, done.exception)
    assert "Invalid value" in done.output


@pytest.mark.parametrize("name", ["--book", "--address-book"])
@pytest.mark.parametrize(
    "command",
    [
        ("chain", "status", "--rpc", "http://127.0.0.1:1"),
        ("settlement", "status", "--rpc", "http://127.0.0.1:1"),
        ("founder", "status", "--rpc", "http://127.0.0.1:1"),
    ],
    ids=" ".join,
)
def test_the_address_book_is_named_the_same_way_everywhere(command: tuple[str, ...], name: str, tmp_path: Path) -> None:
    """Each command reads the file under both names; this one does not exist, and is named."""
    missing = tmp_path / "none.json"
    done = CliRunner().invoke(app, [*command, name, str(missing)])
    assert done.exit_code == 1, done.output
    assert str(missing) in str(done.exception)


@pytest.mark.parametrize("command", ["verify-inclusion", "verify-receipt", "audit"])
def test_what_anybody_verifies_takes_both_names_too(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200"}).output
    assert "--book" in shown and "--address-book" in shown
