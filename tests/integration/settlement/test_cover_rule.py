"""Deployed with the cover rule, no credit line outgrows the guarantee fund (INV-17), from the first brand on."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bridge.audit.run import run_audit
from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import DeployParameters
from bridge.deploy.admin import BrandKeys, Limits, register_brand, set_credit_line
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import deploy_alliance
from bridge.deploy.sending import TransactionFailed, send_all
from bridge.protocol.payments import PaymentKind
from bridge.protocol.words import format_address
from tests.chain_fixtures import GENESIS, Alliance, Brand, key
from tests.integration.settlement.market import Market

pytestmark = pytest.mark.chain


def test_the_fund_comes_before_the_credit_line(tmp_path: Path) -> None:
    anvil = AnvilProcess(tmp_path, AnvilOptions(no_mining=True, genesis_timestamp=GENESIS), dies_with_parent=True)
    rpc = Rpc(anvil.start())
    alliance = Alliance(anvil, rpc, None, key(9002))  # type: ignore[arg-type]
    parameters = DeployParameters()
    alliance = replace(
        alliance, book=deploy_alliance(rpc, key(9001), key(9002).address, parameters, mine=alliance.mine)
    )
    keys = BrandKeys(key(101).address, key(201).address, key(201).address)
    with pytest.raises(TransactionFailed, match="CoverExceeded"):
        register_brand(rpc, alliance.book, key(9002), "one", keys, Limits(1_000, 10**6), mine=alliance.mine)
    register_brand(rpc, alliance.book, key(9002), "one", keys, Limits(0, 10**6), mine=alliance.mine)
    alliance.brands.append(Brand(1, "one", key(101), key(201), None, bytes(32)))  # type: ignore[arg-type]
    Market(alliance).pay(PaymentKind.FUND_IN, 1, 1_000)
    set_credit_line(rpc, alliance.book, key(9002), 1, 1_000, mine=alliance.mine)
    with pytest.raises(TransactionFailed, match="CoverExceeded"):
        set_credit_line(rpc, alliance.book, key(9002), 1, 1_001, mine=alliance.mine)
    report = run_audit(alliance.url, alliance.book)
    assert report.findings == ()
    assert all("guarantee fund" not in limit["what"] for limit in report.limits)
    set_guarantee_fund(alliance, bytes(20))
    assert {finding.check for finding in run_audit(alliance.url, alliance.book).failures} == {"credit-cover"}
    anvil.kill()


def set_guarantee_fund(alliance: Alliance, fund: bytes) -> None:
    """The administrator switches the rule off, or on again."""
    data = load_artifact("BrandRegistry").functions["setGuaranteeFund"].encode(format_address(fund))
    step = ("setGuaranteeFund", alliance.book.address("BrandRegistry"), data, 200_000)
    send_all(alliance.rpc, alliance.admin, [step], mine=alliance.mine)


def test_a_deployment_without_the_rule_says_so_on_every_report(market: Market) -> None:
    (said,) = (one for one in run_audit(market.alliance.url, market.book).limits if "guarantee fund" in one["what"])
    assert (said["level"], "cover_rule" in said["why"]) == ("attested", True)


def test_a_book_that_promises_a_rule_that_is_not_there_is_a_finding(market: Market) -> None:
    parameters = msgspec.structs.replace(market.book.params, cover_rule=True)
    promised = msgspec.structs.replace(market.book, params=parameters)
    assert {finding.check for finding in run_audit(market.alliance.url, promised).failures} == {"credit-cover"}
