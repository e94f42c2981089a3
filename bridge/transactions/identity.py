"""Is this the chain that the address book names, and is this database this brand's?"""

import sqlalchemy as sa

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.transactions.states import Halted, HaltReason
from bridge.transactions.tables import cursor


class OtherBrandsDatabase(Exception):
    """The database holds another brand's bridge."""

    code = "other_brands_database"
    next_step = "Start the bridge with its own brand's database."

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"this database belongs to brand {found}, the bridge is started for brand {expected}")


def require_same_chain(rpc: Rpc, book: AddressBook, brand_id: int) -> str:
    """The parent hash of the deployment's block. Raises WrongChainId, Halted (CHAIN_REPLACED)."""
    rpc.require_chain(book.chain_id)
    block = rpc.call("eth_getBlockByNumber", hex(book.deployed_block), False)
    found = block["hash"] if block else "missing"
    if found != book.deployed_block_hash:
        detail = f"block {book.deployed_block} is {found}, the address book says {book.deployed_block_hash}"
        raise Halted(brand_id, HaltReason.CHAIN_REPLACED, detail)
    return str(block["parentHash"])


def require_own_database(connection: sa.Connection, brand_id: int) -> None:
    """Raises OtherBrandsDatabase."""
    for row in connection.execute(sa.select(cursor.c.brand_id)):
        if row.brand_id != brand_id:
            raise OtherBrandsDatabase(brand_id, row.brand_id)
