"""One settled epoch of a local alliance, for the demo and simulations: close, state, pay, pay out; both sides sign.

Uses the throw-away keys of `LocalAlliance`. The bank's transfers are simulated: only their attestations are real.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy import settlement
from bridge.deploy.address_book import AddressBook
from bridge.protocol.netting import up_to_fen
from bridge.protocol.payments import Payment, PaymentKind, bank_reference


class SettledEpoch(NamedTuple):
    """What came in and what went out, in alliance units, and how many brands paid or were paid."""

    number: int
    collected: int
    paid_out: int
    payments: int


def settle_epoch(
    rpc: Rpc, book: AddressBook, treasurer: Signer, keys: Mapping[int, Signer], mine: Callable[[], object]
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
                signatures = [settlement.sign_payment(each, book, payment) for each in (treasurer, key)]
                settlement.confirm_payment(rpc, book, treasurer, payment, treasurer.address, signatures, mine=mine)
                paid[kind] += units
                payments += 1
    return SettledEpoch(number, paid[PaymentKind.DUE], paid[PaymentKind.PAYOUT], payments)
