"""Statements at the operator's console and for anybody, on a running node in a real alliance (R-AUD-1)."""

import time
from pathlib import Path

import pytest

from bridge.protocol.statement_files import read_statement
from tests.acceptance.node_process import Finished, NodeProcess, call_alliance, run_alliance
from tests.acceptance.test_conversions import DAY, Pair, pair, sender

__all__ = ["pair", "sender"]
pytestmark = pytest.mark.chain


def statement(node: NodeProcess, name: str, *arguments: str) -> Finished:
    """`alliance statement NAME --dir … ARGUMENTS`."""
    place = ("--dir", str(node.directory))
    return call_alliance("statement", name, *place, *arguments, environment=node.environment)


def test_an_operator_makes_publishes_and_checks_a_statement_and_a_member_verifies_it(
    pair: Pair, sender: str, tmp_path: Path
) -> None:
    pair.mine(32 * DAY)
    shop = pair.shop
    made = statement(shop, "make", "--json")
    assert made.returncode == 0, made.stderr
    again = statement(shop, "make")
    assert "nothing to make" in again.stdout
    public = tmp_path / "public"
    deadline = time.monotonic() + 90
    while True:
        done = statement(shop, "publish", "--wait", "1", "--out", str(public))
        if done.returncode == 0:
            break
        assert "Run the command again" in done.stderr or "publication_waiting" in done.stderr, done.stderr
        assert time.monotonic() < deadline
        pair.mine(2)
    [row] = shop.http.get("/v1/statements").json()["statements"]
    assert row["month"] in statement(shop, "show").stdout
    file = (public / f"statement-{row['month']}.json").read_bytes()
    assert read_statement(file).statement.total_points == str(row["total_points"])
    assert shop.http.get(f"/v1/statements/{row['month']}").content == file, "what anybody gets is the same"
    checked = statement(shop, "check", row["month"])
    assert checked.returncode == 0, checked.stdout
    proof = statement(shop, "proof", row["month"], sender, "--out", str(tmp_path))
    assert proof.returncode == 0, proof.stderr
    path = tmp_path / f"inclusion-{row['month']}-{sender}.json"
    verified = run_alliance(
        "verify-inclusion", str(path), "--rpc", pair.chain.rpc_url, "--book", str(pair.chain.address_book)
    )
    assert verified.returncode == 0, verified.stderr
    assert f"{shop.spendable(sender)} points of member {sender}" in verified.stdout


def test_months_that_are_none_are_refused(pair: Pair) -> None:
    assert pair.shop.http.get("/v1/statements/1999-01").status_code == 404
    assert pair.shop.http.get("/v1/statements/1999-1").status_code == 400
    refused = statement(pair.shop, "check", "January")
    assert refused.returncode != 0
    assert "2026-01" in refused.stderr
