"""One settled epoch of a local alliance, for the demo and simulations: close, state, pay, pay out; both sides sign.

Uses the throw-away keys of `LocalAlliance`. The bank's transfers are simulated: only their attestations are real.
"""

from collections.abc import Mapping
from typing import NamedTuple

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy import settlement
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import read_brand
from bridge.deploy.sending import Mine
from bridge.protocol.netting import up_to_fen
from bridge.protocol.payments import Payment, PaymentKind, bank_reference


class SettledEpoch(NamedTuple):
    """What came in and what went out, in alliance units, and how many brands paid or were paid."""

    number: int
    collected: int
    paid_out: int
    payments: int


def settle_epoch(
    rpc: Rpc, book: AddressBook, treasurer: Signer, keys: Mapping[int, Signer], mine: Mine
) -> SettledEpoch:
    """Settle all brands of `keys` (id -> settlement key). Raises ChainError."""
    number = settlement.close_epoch(rpc, book, treasurer, mine=mine)
    settlement.submit_statement(rpc, book, treasurer, mine=mine)
    paid = {PaymentKind.DUE: 0, PaymentKind.PAYOUT: 0}
    payments = 0
    for kind in paid:
        for brand_id, key in keys.items():
            state = settlement.read_brand_state(rpc, book, brand_id)
            units = up_to_fen(state.due) if kind is PaymentKind.DUE else state.payout_now
            if units:
                payment = Payment(kind, brand_id, number, units, bank_reference(f"{number}/{kind.name}/{brand_id}"))
                _confirm(rpc, book, treasurer, key, payment, mine)
                paid[kind] += units
                payments += 1
    return SettledEpoch(number, paid[PaymentKind.DUE], paid[PaymentKind.PAYOUT], payments)


def cover_credit_line(
    rpc: Rpc, book: AddressBook, treasurer: Signer, keys: Mapping[int, Signer], brand_id: int, units: int, mine: Mine
) -> None:
    """What is missing so that the guarantee fund covers the two largest credit lines (INV-17) with a new one of this
    brand is put up by the brand. Raises ChainError."""
    lines = [read_brand(rpc, book, one).credit_line for one in keys if one != brand_id]
    missing = up_to_fen(sum(sorted([*lines, units])[-2:]) - settlement.fund_cash(rpc, book))
    if missing > 0:
        payment = Payment(PaymentKind.FUND_IN, brand_id, 0, missing, bank_reference(f"fund/{brand_id}"))
        _confirm(rpc, book, treasurer, keys[brand_id], payment, mine)


def _confirm(rpc: Rpc, book: AddressBook, treasurer: Signer, key: Signer, payment: Payment, mine: Mine) -> None:
    signatures = [settlement.sign_payment(each, book, payment) for each in (treasurer, key)]
    settlement.confirm_payment(rpc, book, treasurer, payment, treasurer.address, signatures, mine=mine)
