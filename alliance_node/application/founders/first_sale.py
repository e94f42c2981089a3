"""Use case: the first sale of a membership, as far as a node takes part: the buyer signs a payment, the issuer sells.

Owns the draft and the check of the signature. Nothing is stored and nothing moves here: only the issuer's key can call
`sellNew`, so what was signed is given back as a file for `alliance founder sell-new`. The payment names the price and a
salt: it can pay for one new membership at this price and for nothing else, once.
"""

import re
import secrets

import msgspec

from alliance_node.application.founders.errors import InvalidFounderOrder
from alliance_node.application.founders.orders import ORDER_SECONDS
from alliance_node.application.founders.records import FounderDesk
from alliance_node.domain.instants import Instant

_SALT = re.compile("0x[0-9a-f]{64}")


class FirstPayment(msgspec.Struct, frozen=True):
    """What a buyer offers for the next new membership; `valid_before` is chain time."""

    price_units: int
    buyer: str
    salt: str
    valid_before: Instant


class FirstPaymentDraft(msgspec.Struct, frozen=True):
    """Ready to be signed: send `payment` back with the signature of `typed_data`."""

    payment: FirstPayment
    typed_data: dict[str, object]


class SignedFirstPayment(msgspec.Struct, frozen=True):
    """The file that the issuer's command takes."""

    payment: FirstPayment
    signature: str


def draft_first_payment(desk: FounderDesk, price_units: int, buyer: str, now: Instant) -> FirstPaymentDraft:
    """A payment with a fresh salt. Raises InvalidFounderOrder."""
    payment = FirstPayment(price_units, buyer, "0x" + secrets.token_bytes(32).hex(), now + ORDER_SECONDS)
    return FirstPaymentDraft(payment, desk.ledger.first_payment(payment.price_units, *_parts(payment)))


def sign_first_payment(desk: FounderDesk, payment: FirstPayment, signature: str) -> SignedFirstPayment:
    """The purchase for the issuer. Raises InvalidFounderOrder, InvalidFounderSignature."""
    desk.ledger.require_first_payment(payment.price_units, *_parts(payment), signature)
    return SignedFirstPayment(payment, signature)


def _parts(payment: FirstPayment) -> tuple[str, bytes, Instant]:
    if not _SALT.fullmatch(payment.salt):
        raise InvalidFounderOrder("the salt is 0x and 64 hexadecimal digits")
    if not 0 < payment.price_units < 1 << 63:
        raise InvalidFounderOrder(f"a price of {payment.price_units} units cannot be paid")
    return payment.buyer, bytes.fromhex(payment.salt[2:]), payment.valid_before
