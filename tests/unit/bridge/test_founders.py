"""What members sign about founder memberships, against eth-account's own EIP-712, and the calendar of grants."""

from datetime import datetime, timedelta, timezone

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from bridge.protocol import founders
from bridge.protocol.words import address_of_key, format_address, recover_signer

KEY = bytes(31) + b"\x07"
CONTRACT = bytes(range(20))
CHAIN = 31_337
SAMPLES: dict[str, founders.Fields] = {
    "Transfer": {"tokenId": 7, "to": format_address(bytes(19) + b"\x09"), "nonce": 3, "deadline": 1_900_000_000},
    "Sale": {
        "tokenId": 7,
        "price": 500_000,
        "minProceeds": 475_000,
        "buyer": format_address(bytes(20)),
        "nonce": 3,
        "deadline": 1_900_000_000,
    },
    "Cancel": {"tokenId": 7, "nonce": 3, "deadline": 1_900_000_000},
    "Grant": {
        "tokenId": 7,
        "month": 24_322,
        "sponsorBrand": 2,
        "commitment": bytes(range(32)),
        "claimDeadline": 1_900_000_000,
        "nonce": 3,
        "deadline": 1_900_000_001,
    },
    "Presentation": {"tokenId": 7, "brandId": 2, "challenge": bytes(range(32)), "deadline": 1_900_000_000},
}


@pytest.mark.parametrize("kind", founders.ORDERS)
def test_a_wallet_that_is_not_ours_signs_the_same_digest(kind: str) -> None:
    """R-NFT-5: eth-account reads the typed data and its signature recovers from our digest."""
    message = encode_typed_data(full_message=founders.typed_data(kind, SAMPLES[kind], CHAIN, CONTRACT))
    signed = Account.sign_message(message, KEY)
    digest = founders.digest(kind, SAMPLES[kind], CHAIN, CONTRACT)
    assert recover_signer(digest, bytes(signed.signature)) == address_of_key(KEY)


def test_a_buyers_payment_is_eip_3009() -> None:
    nonce = founders.digest("Sale", SAMPLES["Sale"], CHAIN, CONTRACT)
    payment = founders.payment_of(address_of_key(KEY), CONTRACT, 500_000, 1_900_000_000, nonce)
    point = bytes(19) + b"\x05"
    message = encode_typed_data(full_message=founders.payment_typed_data(payment, CHAIN, point))
    signed = Account.sign_message(message, KEY)
    digest = founders.payment_digest(payment, CHAIN, point)
    assert recover_signer(digest, bytes(signed.signature)) == address_of_key(KEY)


@pytest.mark.parametrize("kind", founders.ORDERS)
def test_every_field_chain_and_contract_are_signed(kind: str) -> None:
    """Pitfall 24."""
    order = SAMPLES[kind]
    digests = {founders.digest(kind, order, CHAIN, CONTRACT)}
    for name, value in order.items():
        other = value + 1 if isinstance(value, int) else bytes(32)
        if isinstance(value, str):
            other = format_address(bytes(19) + b"\x77")
        digests.add(founders.digest(kind, {**order, name: other}, CHAIN, CONTRACT))
    digests |= {
        founders.digest(kind, order, CHAIN + 1, CONTRACT),
        founders.digest(kind, order, CHAIN, bytes(20)),
    }
    assert len(digests) == len(order) + 3


@given(st.integers(min_value=0, max_value=16_725_225_599))
def test_a_time_is_in_its_month(time: int) -> None:
    month = founders.month_of(time)
    local = datetime.fromtimestamp(time, timezone(timedelta(hours=8)))
    assert founders.month_text(month) == f"{local:%Y-%m}"
    assert founders.month_of(founders.month_end(month) - 1) == month
    assert founders.month_of(founders.month_end(month)) == month + 1


def test_a_month_begins_at_midnight_in_utc_plus_8() -> None:
    """The numbers of Months.t.sol."""
    assert founders.month_of(1_793_462_400) == 12 * 2026 + 10
    assert founders.month_of(1_793_462_399) == 12 * 2026 + 9
    assert founders.month_text(0) == "-"
