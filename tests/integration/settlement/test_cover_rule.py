"""Deployed with the cover rule, no credit line outgrows the guarantee fund (INV-17), from the first brand on."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.audit.run import run_audit
from bridge.chain.anvil import AnvilOptions, AnvilProcess
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import DeployParameters
from bridge.deploy.admin import BrandKeys, Limits, register_brand, set_credit_line
from bridge.deploy.deploy import deploy_alliance
from bridge.deploy.sending import TransactionFailed
from bridge.protocol.payments import PaymentKind
from tests.chain_fixtures import GENESIS, Alliance, Brand, key
from tests.integration.settlement.market import Market

pytestmark = pytest.mark.chain


def test_the_fund_comes_before_the_credit_line(tmp_path: Path) -> None:
    anvil = AnvilProcess(tmp_path, AnvilOptions(no_mining=True, genesis_timestamp=GENESIS), dies_with_parent=True)
    rpc = Rpc(anvil.start())
    alliance = Alliance(anvil, rpc, None, key(9002))  # type: ignore[arg-type]
    parameters = DeployParameters(cover_rule=True)
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
    assert run_audit(alliance.url, alliance.book).failures == ()
    anvil.kill()
