"""Gas of one item in batches of 100, from receipts on a real Anvil: calldata and the 21,000 of the transaction count.

The limits are the product's promise; the benchmark prints the same figures beside their floor.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_hash.auto import keccak
from msgspec import structs

from bridge.deploy.sending import send_all
from bridge.protocol.budgets import Budget, budget_address, budget_domain
from bridge.protocol.claims import commitment
from bridge.protocol.items import Item, ItemKind, encode_items
from bridge.protocol.signed_items import SignedItem, encode_signed_items, typed_data
from tests.chain_fixtures import Alliance, running_alliance

pytestmark = pytest.mark.chain

BATCH = 100
DAY = 86_400
POST_BATCH = keccak(b"postBatch(uint32,uint40,bytes)")[:4]
POST_SIGNED = keccak(b"postSigned(uint32,uint40,bytes)")[:4]
GAS_LIMIT = 8_000_000
DESTINATIONS = (2, 3)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """Three brands; brand 1 has posted before and some supply exists, as on every day but the first."""
    directory: Path = tmp_path_factory.mktemp("gas")
    with running_alliance(directory / "chain", brands=3) as made:
        post(made, 1, 1, convert_ins(made.now() + DAY, b"first"))
        yield made


def random_bytes(seed: bytes, index: int) -> bytes:
    return hashlib.sha256(seed + index.to_bytes(4, "big")).digest()


def convert_ins(deadline: int, seed: bytes) -> list[Item]:
    """Brand 1 to brands 2 and 3 by turns."""
    return [
        Item(
            kind=ItemKind.CONVERT_IN,
            rate_version=1,
            counterparty=DESTINATIONS[index % 2],
            deadline=deadline,
            amount=1_000 + index,
            reference=random_bytes(b"reference" + seed, index),
            payload=commitment(DESTINATIONS[index % 2], 1, random_bytes(seed, index)),
        )
        for index in range(BATCH)
    ]


def emptying(kind: ItemKind, counterparty: int, deadline: int, payloads: list[bytes]) -> list[Item]:
    version = 1 if kind == ItemKind.CLAIM else 0
    return [
        Item(
            kind=kind,
            rate_version=version,
            counterparty=counterparty,
            deadline=deadline,
            amount=0,
            reference=random_bytes(b"empty", index),
            payload=payload,
        )
        for index, payload in enumerate(payloads)
    ]


def post(chain: Alliance, brand_id: int, seq: int, items: list[Item]) -> float:
    """Post a batch whose items must all be carried out; gas per item."""
    return send(chain, brand_id, POST_BATCH, seq, encode_items(items), len(items))


def send(chain: Alliance, brand_id: int, function: bytes, seq: int, items: bytes, count: int) -> float:
    data = function + encode(["uint32", "uint40", "bytes"], [brand_id, seq, items])
    desk = bytes.fromhex(chain.book.contracts["ConversionDesk"][2:])
    step = ("postBatch", desk, data, GAS_LIMIT)
    (receipt,) = send_all(chain.rpc, chain.brands[brand_id - 1].hot, [step], mine=chain.mine)
    rejected = keccak(b"Rejected(uint32,uint40,uint16,uint8)").hex()
    assert not [log for log in receipt["logs"] if log["topics"][0] == f"0x{rejected}"]
    return int(receipt["gasUsed"], 16) / count


def test_convert_in_stays_below_its_limits_for_new_and_existing_holders(chain: Alliance) -> None:
    """New: a claim address of its own, the ordinary case. Existing: a second conversion to the same code."""
    items = convert_ins(chain.now() + DAY, b"second")
    seq = next_seq(chain, 1)
    new = post(chain, 1, seq, items)
    existing = post(chain, 1, seq + 1, items)
    print(f"convert-in, new holder {new:,.0f}; existing holder {existing:,.0f}")
    assert new <= 28_000
    assert existing <= 11_000


def test_a_claim_stays_below_its_limit(chain: Alliance) -> None:
    """All 100 items are for brand 2, and claimed by it."""
    deadline = chain.now() + DAY
    salts = [random_bytes(b"claimed", index) for index in range(BATCH)]
    post(chain, 1, next_seq(chain, 1), to_brand_2(deadline, salts))
    post(chain, 2, next_seq(chain, 2), emptying(ItemKind.CLAIM, 1, deadline, first_of_brand_2(chain, deadline)))
    gas = post(chain, 2, next_seq(chain, 2), emptying(ItemKind.CLAIM, 1, deadline, salts))
    print(f"claim {gas:,.0f}")
    assert gas <= 14_000


def test_a_return_stays_below_its_limit(chain: Alliance) -> None:
    """From the deadline on, brand 1 takes 100 items back."""
    deadline = chain.now() + DAY
    salts = [random_bytes(b"returned", index) for index in range(BATCH)]
    items = to_brand_2(deadline, salts)
    post(chain, 1, next_seq(chain, 1), items)
    chain.mine(deadline)
    payloads = [item.payload for item in items]
    gas = post(chain, 1, next_seq(chain, 1), emptying(ItemKind.RETURN, 2, deadline, payloads))
    print(f"return {gas:,.0f}")
    assert gas <= 14_000


def test_budgets_cost_little_more_than_conversions(chain: Alliance) -> None:
    """Fund 100 budgets of brand 1 for brand 2, spend of each, give some back. They are where the protocol says."""
    deadline = chain.now() + DAY
    budgets = [Budget(1, 2, random_bytes(b"terms", index), deadline) for index in range(BATCH)]
    seq_1, seq_2 = next_seq(chain, 1), next_seq(chain, 2)
    new = post(chain, 1, seq_1, [one.fund(1_000, random_bytes(b"f", i)) for i, one in enumerate(budgets)])
    existing = post(chain, 1, seq_1 + 1, [one.fund(10, random_bytes(b"f", i)) for i, one in enumerate(budgets)])
    assert new <= 30_000
    assert existing <= 13_000
    post(chain, 2, seq_2, [one.spend(10) for one in budgets])
    spend = post(chain, 2, seq_2 + 1, [one.spend(600, random_bytes(b"s", i)) for i, one in enumerate(budgets)])
    unspend = post(chain, 2, seq_2 + 2, [one.unspend(50, random_bytes(b"u", i)) for i, one in enumerate(budgets)])
    print(f"fund, new {new:,.0f}, existing {existing:,.0f}; spend {spend:,.0f}; unspend {unspend:,.0f}")
    assert spend <= 15_000
    assert unspend <= 15_000
    domain = budget_domain(chain.book.chain_id, chain.book.address("ConversionDesk"))
    assert [balance(chain, budget_address(domain, one)) for one in budgets] == [450] * BATCH


def test_a_wallet_is_filled_for_little_more_than_a_claim_address(chain: Alliance) -> None:
    wallets = [random_bytes(b"wallet", index)[:20].rjust(32, b"\0") for index in range(BATCH)]
    items = [
        Item(ItemKind.TO_WALLET, 1, 0, 0, 1_000 + index, random_bytes(b"reference", index), wallet)
        for index, wallet in enumerate(wallets)
    ]
    new = post(chain, 1, next_seq(chain, 1), items)
    existing = post(chain, 1, next_seq(chain, 1), items)
    print(f"to wallet, new {new:,.0f}, existing {existing:,.0f}")
    assert new <= 30_000
    assert existing <= 13_000


def test_a_convert_out_of_an_own_wallet_stays_below_its_limit(chain: Alliance) -> None:
    """100 wallets that signed before, each for one convert-out; then one transfer each. Signed by eth-account."""
    wallets = [Account.from_key(random_bytes(b"key", index)) for index in range(BATCH)]
    fill = [wallet_item(wallet, 1_000 + index) for index, wallet in enumerate(wallets)]
    post(chain, 1, next_seq(chain, 1), fill)
    first = post_signed(chain, [convert_out(chain, wallet, 300, 0) for wallet in wallets])
    gas = post_signed(chain, [convert_out(chain, wallet, 301, 1) for wallet in wallets])
    pay = post_signed(
        chain, [transfer(chain, wallet, 302, 2, wallets[index - 1]) for index, wallet in enumerate(wallets)]
    )
    print(f"convert-out, first of a wallet {first:,.0f}, later {gas:,.0f}; transfer {pay:,.0f}")
    assert gas <= 24_000
    assert first <= 24_000 + 17_100  # the nonce's slot is new
    assert pay <= 28_000


def test_a_full_batch_of_new_holders_fits_a_quarter_of_a_block(chain: Alliance) -> None:
    """150 items, the most a batch takes: below a quarter of Anvil's 30 M block and below 16.7 M."""
    deadline = chain.now() + DAY
    salts = [random_bytes(b"full", index) for index in range(150)]
    gas = post(chain, 1, next_seq(chain, 1), to_brand_2(deadline, salts)) * len(salts)
    assert gas <= 30_000_000 / 4


def wallet_item(wallet: LocalAccount, amount: int) -> Item:
    payload = bytes.fromhex(wallet.address[2:]).rjust(32, b"\0")
    return Item(ItemKind.TO_WALLET, 1, 0, 0, amount, random_bytes(b"reference", amount), payload)


def convert_out(chain: Alliance, wallet: LocalAccount, units: int, nonce: int) -> SignedItem:
    return signed(chain, wallet, ItemKind.CONVERT_OUT, units, nonce, random_bytes(b"code", units + nonce))


def transfer(chain: Alliance, wallet: LocalAccount, units: int, nonce: int, to: LocalAccount) -> SignedItem:
    return signed(chain, wallet, ItemKind.TRANSFER, units, nonce, bytes.fromhex(to.address[2:]).rjust(32, b"\0"))


def signed(chain: Alliance, wallet: LocalAccount, kind: ItemKind, units: int, nonce: int, payload: bytes) -> SignedItem:
    """As a wallet library signs the typed data that it is shown, for brand 2."""
    account, reference = bytes.fromhex(wallet.address[2:]), random_bytes(b"reference", units + nonce)
    empty = bytes(32)
    deadline, version = chain.now() + DAY, 1 if kind == ItemKind.CONVERT_OUT else 0
    item = SignedItem(kind, version, deadline, units, 0, nonce, account, reference, payload, empty, empty, 0)
    shown = typed_data(item, 2, chain.book.chain_id, chain.book.address("ConversionDesk"))
    made = wallet.sign_typed_data(full_message=shown)
    return structs.replace(item, r=made.r.to_bytes(32, "big"), s=made.s.to_bytes(32, "big"), v=made.v)


def post_signed(chain: Alliance, items: list[SignedItem]) -> float:
    """By brand 2."""
    return send(chain, 2, POST_SIGNED, next_seq(chain, 2), encode_signed_items(items), len(items))


def to_brand_2(deadline: int, salts: list[bytes]) -> list[Item]:
    return [
        Item(
            kind=ItemKind.CONVERT_IN,
            rate_version=1,
            counterparty=2,
            deadline=deadline,
            amount=1_000 + index,
            reference=random_bytes(b"reference", index),
            payload=commitment(2, 1, salt),
        )
        for index, salt in enumerate(salts)
    ]


def first_of_brand_2(chain: Alliance, deadline: int) -> list[bytes]:
    """A batch before the measured one, so that brand 2's slots are in use; its claims are prepared here."""
    salts = [random_bytes(b"prepared", index) for index in range(5)]
    post(chain, 1, next_seq(chain, 1), to_brand_2(deadline, salts))
    return salts


def balance(chain: Alliance, holder: bytes) -> int:
    data = keccak(b"balanceOf(address)")[:4] + holder.rjust(32, b"\0")
    call = {"to": chain.book.contracts["AlliancePoint"], "data": "0x" + data.hex()}
    return int(chain.rpc.call("eth_call", call, "latest"), 16)


def next_seq(chain: Alliance, brand_id: int) -> int:
    data = keccak(b"nextSeq(uint32)")[:4] + encode(["uint32"], [brand_id])
    call = {"to": chain.book.contracts["ConversionDesk"], "data": "0x" + data.hex()}
    return int(chain.rpc.call("eth_call", call, "latest"), 16)
