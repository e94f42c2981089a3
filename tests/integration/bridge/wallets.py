"""Members' wallets for the bridge's tests: keys and signatures by a library that is not ours, intents as the node
queues them."""

import uuid

from eth_account import Account
from eth_account.signers.local import LocalAccount

from bridge.protocol.items import ItemKind
from bridge.protocol.signed_items import SignedItem, typed_data
from bridge.transactions.outbox import OutgoingItem
from tests.chain_fixtures import Alliance
from tests.integration.bridge.kit import DAY, Node

_EMPTY = bytes(32)


def wallet(number: int) -> LocalAccount:
    """The same number is the same wallet."""
    return Account.from_key((0x3A11E7 + number).to_bytes(32, "big"))


def address(of: LocalAccount) -> bytes:
    return bytes.fromhex(of.address[2:])


def fill(*wallets: LocalAccount, points: int = 100) -> list[OutgoingItem]:
    """The brand pays into each: 100 points are 1,000 units at brand 1's rate."""
    return [
        OutgoingItem(str(uuid.uuid4()), ItemKind.TO_WALLET, 1, 0, 0, points, address(one).rjust(32, b"\0"))
        for one in wallets
    ]


def convert_out(
    alliance: Alliance,
    owner: LocalAccount,
    nonce: int = 0,
    *,
    units: int = 100,
    minimum: int = 1,
    deadline: int | None = None,
    signer: LocalAccount | None = None,
    brand: int = 1,
) -> OutgoingItem:
    """100 units are 10 points at brand 1."""
    until = alliance.now() + DAY if deadline is None else deadline
    item = SignedItem(
        ItemKind.CONVERT_OUT, 1, until, units, minimum, nonce, address(owner), _EMPTY, _EMPTY, _EMPTY, _EMPTY, 0
    )
    return outgoing(alliance, item, signer or owner, brand)


def transfer(alliance: Alliance, owner: LocalAccount, to: bytes, nonce: int = 0, units: int = 100) -> OutgoingItem:
    item = SignedItem(
        ItemKind.TRANSFER,
        0,
        alliance.now() + DAY,
        units,
        0,
        nonce,
        address(owner),
        _EMPTY,
        to.rjust(32, b"\0"),
        _EMPTY,
        _EMPTY,
        0,
    )
    return outgoing(alliance, item, owner, 1)


def outgoing(alliance: Alliance, item: SignedItem, signer: LocalAccount, brand: int) -> OutgoingItem:
    data = typed_data(item, brand, alliance.book.chain_id, alliance.book.address("ConversionDesk"))
    signature = bytes(signer.sign_typed_data(full_message=data).signature)
    return OutgoingItem(
        str(uuid.uuid4()),
        item.kind,
        item.rate_version,
        0,
        item.deadline,
        item.amount,
        item.payload,
        item.account,
        item.nonce,
        item.minimum,
        signature,
    )


def intents(alliance: Alliance, count: int) -> list[OutgoingItem]:
    """Convert-outs of one wallet each, which were filled before."""
    return [convert_out(alliance, wallet(number)) for number in range(count)]


def filled(node: Node, count: int) -> list[str]:
    """Fill `count` wallets; the ids of the items."""
    ids = node.enqueue(fill(*(wallet(number) for number in range(count))))
    node.step()
    node.mine_and_step()
    assert node.states(ids) == {"CAPTURED"}
    return ids


def balance(alliance: Alliance, holder: bytes) -> int:
    data = "0x70a08231" + holder.rjust(32, b"\0").hex()
    call = {"to": alliance.book.contracts["AlliancePoint"], "data": data}
    return int(alliance.rpc.call("eth_call", call, "latest"), 16)
