"""Settlement on a real chain: what Python computes is what the contract books (INV-13…16, R-ALL-7)."""

import random

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from bridge.deploy import settlement
from bridge.deploy.admin import set_status
from bridge.deploy.sending import TransactionFailed
from bridge.deploy.trace import own_supply
from bridge.protocol.netting import entitled_down, payouts
from bridge.protocol.payments import Payment, PaymentKind, bank_reference, payment_typed_data
from bridge.protocol.waterfall import waterfall
from tests.chain_fixtures import key
from tests.integration.settlement.market import Market

pytestmark = pytest.mark.chain


def test_a_month_is_settled_and_the_points_outstanding_are_backed(market: Market) -> None:
    market.convert(1, 2, 1_237)
    market.convert(2, 3, 55)
    market.convert(3, 1, 100, claimed=False)
    market.settle()
    market.assert_books_balance()
    assert settlement.read_epoch(market.rpc, market.book).phase == "paid"
    assert market.number("ClearingHouse", "poolCash") >= market.number("AlliancePoint", "totalSupply") == 500
    assert all(0 <= market.state(brand).position < 10 for brand in (1, 2, 3))


@pytest.mark.parametrize("seed", range(3))
def test_the_statement_is_what_the_contract_accepts_line_by_line(market: Market, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(2):
        for _ in range(6):
            source, destination = dice.sample((1, 2, 3), 2)
            market.convert(source, destination, dice.randint(1, 999), claimed=dice.random() < 0.7)
        settlement.close_epoch(market.rpc, market.book, market.alliance.admin, mine=market.alliance.mine)
        market.convert(1, 2, 77)
        stated = settlement.submit_statement(market.rpc, market.book, market.alliance.admin, mine=market.alliance.mine)
        epoch = settlement.read_epoch(market.rpc, market.book)
        assert (epoch.statement_hash, epoch.dues, epoch.claims) == (stated.hash, stated.dues, stated.claims)
        assert settlement.read_statement(market.rpc, market.book, epoch.number) == stated
        for line in stated.lines:
            state = market.state(line.brand_id)
            assert (state.due, state.claim) == (line.due, line.claim)
        _pay_in_pieces(market, stated, dice)


def _pay_in_pieces(market: Market, stated: settlement.Statement, dice: random.Random) -> None:
    collected = 0
    for line in stated.lines:
        while (due := market.state(line.brand_id).due) > 0:
            part = min(-(-due // 10) * 10, dice.randint(1, 400) * 10)
            market.pay(PaymentKind.DUE, line.brand_id, part)
            collected += part
            for brand_id, entitled in payouts(stated, collected).items():
                state = market.state(brand_id)
                assert state.paid_out + state.payout_now == entitled
            if dice.random() < 0.5:
                market.pay_out()
    market.pay_out()
    market.assert_books_balance()


@pytest.mark.parametrize(
    ("collateral", "own", "mutual", "caps"), [(0, 0, 0, 0), (500, 700, 900, 800), (99_990, 0, 0, 50)]
)
def test_a_default_falls_as_computed_beforehand(
    market: Market, collateral: int, own: int, mutual: int, caps: int
) -> None:
    for kind, brand_id, units in (
        (PaymentKind.COLLATERAL_IN, 1, collateral),
        (PaymentKind.FUND_IN, 1, own),
        (PaymentKind.FUND_IN, 2, mutual),
    ):
        if units:
            market.pay(kind, brand_id, units)
    market.agree(2, caps)
    market.agree(3, caps * 2)
    market.convert(1, 2, 1_003)
    market.close()
    before = {brand: market.state(brand) for brand in (1, 2, 3)}
    expected = waterfall(before[1].due, collateral, before[1].contribution, own + mutual, {2: caps, 3: caps * 2})
    assert expected.total == before[1].due == 10_030
    supply = market.number("AlliancePoint", "totalSupply")
    market.default(1)
    after = {brand: market.state(brand) for brand in (1, 2, 3)}
    assert market.number("ClearingHouse", "poolDeficit") == expected.written_off == after[1].written_off
    assert after[1].collateral == collateral - expected.collateral
    assert market.number("GuaranteeFund", "cash") == own + mutual - expected.own_contribution - expected.mutual_fund
    for brand in (2, 3):
        assert before[brand].position - after[brand].position == expected.assessments.get(brand, 0)
    assert market.number("AlliancePoint", "totalSupply") == supply
    market.assert_books_balance()
    collected = expected.collateral + expected.own_contribution + expected.mutual_fund
    assert after[2].payout_now == entitled_down(10_030, 10_030, 0, collected, supply)


def test_a_leaving_brand_closes_once_its_points_are_back(market: Market) -> None:
    market.convert(1, 2, 40, claimed=False)
    alliance = market.alliance
    set_status(market.rpc, market.book, alliance.admin, 1, "exit-only", mine=alliance.mine)
    assert sum(own_supply(market.rpc, market.book, 1, "latest").values()) == 400
    market.settle()
    with pytest.raises(TransactionFailed, match=r"NotOverdue|WrongPhase"):
        market.default(1)
    set_status(market.rpc, market.book, alliance.admin, 1, "closed", mine=alliance.mine)
    market.convert(2, 3, 10)
    market.settle()
    assert market.state(1).due == 0
    market.assert_books_balance()


def test_a_wallet_library_that_is_not_ours_signs_the_same_payment(market: Market) -> None:
    payment = Payment(PaymentKind.FUND_IN, 1, 0, 10, bank_reference("A-1"))
    address = market.book.address("Settlement")
    typed = payment_typed_data(payment, market.book.chain_id, address)
    theirs = Account.sign_message(encode_typed_data(full_message=typed), (201).to_bytes(32, "big"))
    assert bytes(theirs.signature) == settlement.sign_payment(key(201), market.book, payment)


def test_a_payment_signed_for_another_chain_or_contract_is_refused(market: Market) -> None:
    payment = Payment(PaymentKind.FUND_IN, 1, 0, 10, bank_reference("A-2"))
    treasurer, brand = market.alliance.admin, market.alliance.brands[0].cold
    elsewhere = market.book.__class__(**{**_fields(market.book), "chain_id": 1})
    signatures = [settlement.sign_payment(each, elsewhere, payment) for each in (treasurer, brand)]
    with pytest.raises(TransactionFailed, match="InvalidSignature"):
        settlement.confirm_payment(
            market.rpc, market.book, treasurer, payment, treasurer.address, signatures, mine=market.alliance.mine
        )


def _fields(book: object) -> dict[str, object]:
    return {name: getattr(book, name) for name in book.__struct_fields__}  # type: ignore[attr-defined]
