"""The way out after a foreign batch: two operators look, the key is rotated, the foreign items go to suspense.

Owns the approvals (signatures over exactly one batch's content, kept as the trail of who decided) and the order of the
steps. Operators are the brand's cold and settlement keys, as the registry names them, and those that the node's
settings list: a key made for the occasion is none. Nor is the posting key: whoever stole it could approve.
"""

from collections.abc import Collection

import msgspec
import sqlalchemy as sa

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import BrandKeys, read_brand
from bridge.deploy.deploy import view
from bridge.deploy.sending import Mine
from bridge.indexer import cursors
from bridge.indexer.scan import PostedBatch, ScannedBlock
from bridge.indexer.search import own_batches
from bridge.protocol.items import MalformedItems
from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address, recover_signer, word
from bridge.transactions import halts
from bridge.transactions.database import reading, writing
from bridge.transactions.repair import ChainItem, RepairRefused, items_of, put_in
from bridge.transactions.rotation import rotate_key
from bridge.transactions.states import HaltReason
from bridge.transactions.tables import approval

_TAG = b"PointsAlliance.Adopt.v1"


class Foreign(msgspec.Struct, frozen=True):
    """A batch under our number, as the chain has it."""

    block: ScannedBlock
    posted: PostedBatch
    items: list[ChainItem]

    @property
    def strangers(self) -> list[ChainItem]:
        """The items that we did not make."""
        return [one for one in self.items if one.item_id is None]


class Approval(msgspec.Struct, frozen=True):
    """One operator's signature over the content of a batch. `is_valid`: it is theirs, over this very content."""

    seq: int
    operator: bytes
    items_hash: bytes
    is_valid: bool


class Adopted(msgspec.Struct, frozen=True):
    """Where the procedure is: `approvals` so far, the last by `operator`; `is_done` with the second one."""

    seq: int
    operator: str
    items: int
    foreign_items: int
    foreign_units: int
    approvals: int
    is_done: bool
    suspended: int = 0


def adopt(
    engine: sa.Engine,
    rpc: Rpc,
    book: AddressBook,
    brand_id: int,
    reference_key: bytes,
    operator: Signer,
    seq: int,
    new_hot: bytes | None = None,
    *,
    listed: Collection[bytes] = (),
    finality_depth: int = 0,
    mine: Mine | None = None,
) -> Adopted:
    """Approve batch `seq` as `operator`; the second of two different approvals carries it out and resumes the bridge.

    One of the two operators signs with the brand's cold key, which also rotates the posting key to `new_hot` unless
    that was done since the batch; the other one with the settlement key or one of `listed`. Raises RepairRefused.
    """
    halts.require(engine, brand_id, HaltReason.FOREIGN_BATCH)
    found = _find(engine, rpc, book, brand_id, reference_key, seq, finality_depth)
    keys = read_brand(rpc, book, brand_id).keys
    allowed = {keys.cold, keys.settlement, *listed} - {keys.hot}
    operators = _approve(engine, book, brand_id, found.posted, operator, keys, allowed)
    units = sum(one.units or 0 for one in found.strangers)
    told = Adopted(
        seq, format_address(operator.address), len(found.items), len(found.strangers), units, len(operators), False
    )
    if len(operators) < 2:
        return told
    if keys.cold not in operators:
        raise RepairRefused("none of the approvals is by the brand's cold key", "Repeat with the cold key.")
    hot_then = _hot_key_at(rpc, book, brand_id, found.block.number)
    if keys.hot == hot_then:
        keys = _rotate(engine, rpc, book, brand_id, operator, keys, new_hot, mine)
    with writing(engine) as connection:
        halts.lift(connection, brand_id)
        count = put_in(connection, found.block, found.posted, found.items, set(), keys.hot)
    return msgspec.structs.replace(told, is_done=True, suspended=count)


def approvals(engine: sa.Engine, book: AddressBook, brand_id: int) -> list[Approval]:
    """Every approval that was ever given here, each signature checked again."""
    query = sa.select(approval).order_by(approval.c.seq, approval.c.operator)
    with reading(engine) as connection:
        rows = connection.execute(query).all()
    found = []
    for row in rows:
        digest = bytes(keccak(approval_message(book, brand_id, row.seq, row.items_hash)))
        is_valid = recover_signer(digest, row.signature) == row.operator
        found.append(Approval(row.seq, bytes(row.operator), bytes(row.items_hash), is_valid))
    return found


def approval_message(book: AddressBook, brand_id: int, seq: int, items_hash: bytes) -> bytes:
    """What an operator signs: this batch of this brand at this desk, with this content."""
    desk = book.address("ConversionDesk").rjust(32, b"\0")
    return _TAG + word(book.chain_id) + desk + word(brand_id) + word(seq) + items_hash


def _find(
    engine: sa.Engine, rpc: Rpc, book: AddressBook, brand_id: int, reference_key: bytes, seq: int, depth: int
) -> Foreign:
    with reading(engine) as connection:
        first = cursors.load(connection, brand_id).final_number + 1
    last = int(rpc.call("eth_blockNumber"), 16) - depth
    for block, posted in own_batches(rpc, book, brand_id, first, last):
        if posted.seq == seq:
            try:
                with reading(engine) as connection:
                    return Foreign(block, posted, items_of(connection, posted, reference_key))
            except MalformedItems as error:
                message = f"batch {seq} was posted through another contract; its items can't be read"
                raise RepairRefused(message, "Ask the alliance's operator: the brand must be moved.") from error
    raise RepairRefused(
        f"no final block after the cursor holds batch {seq}", "`alliance chain status` shows the numbers."
    )


def _approve(
    engine: sa.Engine,
    book: AddressBook,
    brand_id: int,
    posted: PostedBatch,
    operator: Signer,
    keys: BrandKeys,
    allowed: Collection[bytes],
) -> set[bytes]:
    """Record the signature; the operators who approved this very content."""
    if operator.address == keys.hot:
        raise RepairRefused("the posting key may not approve: a thief has it too", "Approve with another key.")
    if operator.address not in allowed:
        raise RepairRefused(
            f"{format_address(operator.address)} is no operator of this brand",
            "Approve with the cold or the settlement key, or list the address under `operators` in node.toml.",
        )
    message = approval_message(book, brand_id, posted.seq, posted.items_hash)
    signature, digest = operator.sign_message(message), bytes(keccak(message))
    row = {"items_hash": posted.items_hash, "signature": signature}
    where = (approval.c.seq == posted.seq, approval.c.operator == operator.address)
    with writing(engine) as connection:
        if connection.execute(sa.update(approval).where(*where).values(row)).rowcount == 0:
            connection.execute(sa.insert(approval).values(seq=posted.seq, operator=operator.address, **row))
        query = sa.select(approval).where(approval.c.seq == posted.seq, approval.c.items_hash == posted.items_hash)
        rows = connection.execute(query).all()
    signers = {bytes(one.operator) for one in rows if recover_signer(digest, one.signature) == one.operator}
    return signers & set(allowed)


def _rotate(
    engine: sa.Engine,
    rpc: Rpc,
    book: AddressBook,
    brand_id: int,
    operator: Signer,
    keys: BrandKeys,
    new_hot: bytes | None,
    mine: Mine | None,
) -> BrandKeys:
    if new_hot is None or new_hot in (keys.hot, keys.cold):
        raise RepairRefused("the posting key that signed this batch is still in force", "Name a fresh one: --new-hot.")
    if operator.address != keys.cold:
        raise RepairRefused("only the cold key can rotate the posting key", "Let its holder approve last.")
    rotate_key(engine, rpc, book, brand_id, operator, new_hot, drain=False, mine=mine)
    return BrandKeys(new_hot, keys.cold, keys.settlement)


def _hot_key_at(rpc: Rpc, book: AddressBook, brand_id: int, number: int) -> bytes:
    """The key that could post in this block."""
    registry = book.address("BrandRegistry")
    (found,) = view(rpc, registry, "BrandRegistry", "hotKeyOf", brand_id, block=hex(number))
    return bytes.fromhex(str(found)[2:])
