"""Node and chain, compared to the last unit, at the block up to which the node has applied the chain.

Owns the list of comparisons; each is a small function that returns what differs. It may not repair anything.
"""

from collections.abc import Callable, Iterator

import msgspec
import sqlalchemy as sa

from bridge.chain.rpc import Call, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.deploy import view
from bridge.indexer import cursors
from bridge.indexer.cursors import Cursor
from bridge.protocol.items import ISSUING, REDEEMING, ItemKind
from bridge.protocol.words import format_address
from bridge.transactions.database import reading
from bridge.transactions.states import BatchState, ItemState
from bridge.transactions.tables import batch, item


class Finding(msgspec.Struct, frozen=True):
    """One difference: what the node's database says (expected) and what the chain says (actual)."""

    check: str
    expected: str
    actual: str
    where: str


class Books(msgspec.Struct, frozen=True):
    """Both sides, pinned to the cursor's block."""

    connection: sa.Connection
    rpc: Rpc
    book: AddressBook
    brand_id: int
    cursor: Cursor

    @property
    def block(self) -> str:
        return hex(self.cursor.final_number)


def reconcile(engine: sa.Engine, rpc: Rpc, book: AddressBook, brand_id: int) -> list[Finding]:
    """Every difference; empty when node and chain agree. Raises WrongChainId, RpcUnavailable."""
    rpc.require_chain(book.chain_id)
    with reading(engine) as connection:
        cursor = cursors.find(connection, brand_id)
        if cursor is None:
            return [Finding("cursor", "an indexed chain", "the bridge never ran", f"brand {brand_id}")]
        books = Books(connection, rpc, book, brand_id, cursor)
        mismatch = list(_same_block(books))
        if mismatch:
            return mismatch
        return [finding for check in CHECKS for finding in check(books)]


def _same_block(books: Books) -> Iterator[Finding]:
    row = books.rpc.call("eth_getBlockByNumber", books.block, False)
    found = row["hash"] if row else "missing"
    expected = "0x" + books.cursor.final_hash.hex()
    if found != expected:
        yield Finding("final block", expected, found, f"block {books.cursor.final_number}")


def _batch_numbers(books: Books) -> Iterator[Finding]:
    """Every number below the chain's next is captured here, once, without a gap."""
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(batch.c.seq), 0))
    count, highest = books.connection.execute(query.where(batch.c.state == BatchState.CAPTURED)).one()
    (on_chain,) = view(
        books.rpc, books.book.address("ConversionDesk"), "ConversionDesk", "nextSeq", books.brand_id, block=books.block
    )
    if not count == highest == on_chain - 1:
        expected = f"{count} batches up to number {highest}"
        yield Finding("batch numbers", expected, f"numbers up to {on_chain - 1}", f"brand {books.brand_id}")


def _position(books: Books) -> Iterator[Finding]:
    """Issued = what our items minted; redeemed = what they burnt."""
    issued, redeemed, _ = view(
        books.rpc, books.book.address("ClearingHouse"), "ClearingHouse", "position", books.brand_id, block=books.block
    )
    ours_in = _units(books, ISSUING)
    ours_out = _units(books, REDEEMING)
    if ours_in != issued:
        yield Finding("units issued", str(ours_in), str(issued), f"brand {books.brand_id}")
    if ours_out != redeemed:
        yield Finding("units redeemed", str(ours_out), str(redeemed), f"brand {books.brand_id}")


def _open_claims(books: Books) -> Iterator[Finding]:
    """Each claim address that we filled and nobody emptied holds exactly what we sent there."""
    query = (
        sa.select(item.c.claim_address, sa.func.sum(item.c.alliance_units).label("units"))
        .where(item.c.claim_address.is_not(None), item.c.emptied_block.is_(None))
        .group_by(item.c.claim_address)
        .order_by(item.c.claim_address)
    )
    rows = books.connection.execute(query).all()
    balance_of = load_artifact("AlliancePoint").functions["balanceOf"]
    token = "0x" + books.book.address("AlliancePoint").hex()
    calls: list[Call] = [
        ("eth_call", ({"to": token, "data": "0x" + balance_of.encode(row.claim_address).hex()}, books.block))
        for row in rows
    ]
    for row, balance in zip(rows, books.rpc.batch(calls), strict=True):
        if int(balance, 16) != int(row.units):
            where = f"claim address {format_address(row.claim_address)}"
            yield Finding("open claim", str(int(row.units)), str(int(balance, 16)), where)


def _finished_items(books: Books) -> Iterator[Finding]:
    """No item of a captured batch is left without its end."""
    query = (
        sa.select(item.c.item_id, item.c.state)
        .join(batch, batch.c.seq == item.c.batch_seq)
        .where(batch.c.state == BatchState.CAPTURED, item.c.state.not_in((ItemState.CAPTURED, ItemState.RELEASED)))
    )
    for row in books.connection.execute(query):
        yield Finding("finished items", "CAPTURED or RELEASED", str(row.state), f"item {row.item_id}")


def _units(books: Books, kinds: tuple[ItemKind, ...]) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(item.c.alliance_units), 0))
    accepted = query.where(item.c.state == ItemState.CAPTURED, item.c.kind.in_(kinds))
    return int(books.connection.execute(accepted).scalar_one())


CHECKS: tuple[Callable[[Books], Iterator[Finding]], ...] = (
    _batch_numbers,
    _position,
    _open_claims,
    _finished_items,
)
