"""Gas of an item that a member's own wallet signed, in batches of 100, beside the measured floor.

The wallets have signed before, as on every day but a wallet's first: the first intent also opens the slot of its nonce,
for 17,100 more.
"""

import secrets

from eth_account import Account
from eth_account.signers.local import LocalAccount
from msgspec import structs

from benchmarks.figures import Figure, figure
from benchmarks.gas import BATCH, accepted
from benchmarks.limits import gas_floor
from benchmarks.local_alliance import BenchAlliance, alliance, deadline_of, post_batches
from bridge.protocol.items import Item, ItemKind, encode_items
from bridge.protocol.signed_items import SignedItem, encode_signed_items, typed_data


def measure() -> list[Figure]:
    """Both figures from one chain."""
    with alliance() as chain:
        wallets: list[LocalAccount] = [Account.create() for _ in range(BATCH)]
        post_batches(chain, chain.brands[1], 1, [encode_items([_fill(wallet) for wallet in wallets])])
        _post(chain, 2, _out(chain, wallets, 0))
        out = _out(chain, wallets, 1)
        converted = _post(chain, 3, out)
        paid = _post(chain, 4, _pay(chain, wallets, 2))
        floor = _floor(chain, out)
    return [
        figure("gas_convert_out_own_wallet", converted, "gas/item", floor, gas_floor.SIGNED_NAME),
        figure("gas_transfer_own_wallet", paid, "gas/item", floor, gas_floor.SIGNED_NAME),
    ]


def _fill(wallet: LocalAccount) -> Item:
    return Item(ItemKind.TO_WALLET, 1, 0, 0, 10_000, secrets.token_bytes(32), _padded(wallet))


def _padded(wallet: LocalAccount) -> bytes:
    return bytes.fromhex(wallet.address[2:]).rjust(32, b"\0")


def _out(chain: BenchAlliance, wallets: list[LocalAccount], nonce: int) -> bytes:
    kind = ItemKind.CONVERT_OUT
    return encode_signed_items([_signed(chain, one, kind, nonce, secrets.token_bytes(32)) for one in wallets])


def _pay(chain: BenchAlliance, wallets: list[LocalAccount], nonce: int) -> bytes:
    kind = ItemKind.TRANSFER
    others = [*wallets[1:], wallets[0]]
    pairs = zip(wallets, others, strict=True)
    return encode_signed_items([_signed(chain, one, kind, nonce, _padded(to)) for one, to in pairs])


def _signed(chain: BenchAlliance, wallet: LocalAccount, kind: ItemKind, nonce: int, payload: bytes) -> SignedItem:
    brand, desk = chain.brands[1].brand_id, chain.book.address("ConversionDesk")
    version, units = int(kind == ItemKind.CONVERT_OUT), 100 + secrets.randbelow(5_000)
    account, reference, empty = _padded(wallet)[12:], secrets.token_bytes(32), bytes(32)
    minimum = units // 10 if version else 0
    deadline = deadline_of(chain)
    item = SignedItem(kind, version, deadline, units, minimum, nonce, account, reference, payload, empty, empty, 0)
    made = wallet.sign_typed_data(full_message=typed_data(item, brand, chain.book.chain_id, desk))
    return structs.replace(item, r=made.r.to_bytes(32, "big"), s=made.s.to_bytes(32, "big"), v=made.v)


def _post(chain: BenchAlliance, sequence: int, items: bytes) -> float:
    return accepted(post_batches(chain, chain.brands[1], sequence, [items], "postSigned")[0], BATCH)


def _floor(chain: BenchAlliance, items: bytes) -> float:
    """Gas per item when the slots are in use: the second run."""
    account = str(chain.rpc.call("eth_accounts")[0])
    loop = gas_floor.deploy(chain.rpc, account, signed=True)
    gas_floor.gas_per_item(chain.rpc, account, loop, items, BATCH)
    return gas_floor.gas_per_item(chain.rpc, account, loop, items, BATCH)
