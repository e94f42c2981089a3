"""Changing the posting key: what was signed with the old one comes down first, then the registry names the new one.

Owns `bridge_rotation` and the order of the steps. It may not hold the new key: the bridge that starts with it does.
"""

import time
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import read_brand, rotate_hot_key
from bridge.deploy.sending import Mine
from bridge.protocol.words import format_address
from bridge.transactions import store
from bridge.transactions.database import reading, writing
from bridge.transactions.tables import rotation

DRAINING, ROTATED = "DRAINING", "ROTATED"
_PAUSE = 0.1


class KeyRotated(Exception):
    """The registry names another posting key than this bridge has; nothing is lost, and it sends nothing more."""

    code = "key_rotated"

    def __init__(self, new_hot: bytes) -> None:
        self.next_step = f"Start the bridge with the key of {format_address(new_hot)}."
        super().__init__(f"the brand's posting key is {format_address(new_hot)} now")


class NotDrained(Exception):
    """Batches that the old key signed are still on their way."""

    code = "not_drained"
    next_step = (
        "Let the bridge run until they are final, then repeat; with a stolen key use --now: they are posted again."
    )

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} signed batches are not final yet; no new ones are opened")


class Rotation(msgspec.Struct, frozen=True):
    """DRAINING: no batch is opened. ROTATED: only the new key posts."""

    new_hot: bytes
    state: str


def find(connection: sa.Connection, brand_id: int) -> Rotation | None:
    """The last rotation of this brand, if there was one."""
    row = connection.execute(sa.select(rotation).where(rotation.c.brand_id == brand_id)).one_or_none()
    return None if row is None else Rotation(row.new_hot, row.state)


def may_open_batches(engine: sa.Engine, rpc: Rpc, book: AddressBook, brand_id: int, signer: bytes) -> bool:
    """False while the old key drains. Raises KeyRotated for a bridge whose key the registry does not name.

    Where the last rotation says something else than "this bridge has the new key", the registry decides: the key may
    have been replaced again since, by hand or by the operator.
    """
    with reading(engine) as connection:
        found = find(connection, brand_id)
    if found is None or found == Rotation(signer, ROTATED):
        return True
    named = read_brand(rpc, book, brand_id).keys.hot
    if named != signer:
        if found == Rotation(signer, DRAINING):
            return False  # the new key's bridge is early: the rotation goes on
        raise KeyRotated(named)
    return found.state == ROTATED or found.new_hot == signer


def rotate_key(
    engine: sa.Engine,
    rpc: Rpc,
    book: AddressBook,
    brand_id: int,
    cold: Signer,
    new_hot: bytes,
    *,
    drain: bool = True,
    seconds: float = 60.0,
    mine: Mine | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Drain, rotate on chain with the cold key, and tell the bridge. May be repeated after any interruption.

    Raises NotDrained, TransactionFailed, NotMined.
    """
    _record(engine, brand_id, new_hot, DRAINING)
    give_up = clock() + seconds
    while drain and (waiting := _signed(engine)):
        if clock() >= give_up:
            raise NotDrained(waiting)
        time.sleep(_PAUSE)
    if read_brand(rpc, book, brand_id).keys.hot != new_hot:
        rotate_hot_key(rpc, book, cold, brand_id, new_hot, mine=mine)
    _record(engine, brand_id, new_hot, ROTATED)


def _signed(engine: sa.Engine) -> int:
    with reading(engine) as connection:
        return len(store.in_flight(connection))


def _record(engine: sa.Engine, brand_id: int, new_hot: bytes, state: str) -> None:
    with writing(engine) as connection:
        values = {"new_hot": new_hot, "state": state}
        known = sa.update(rotation).where(rotation.c.brand_id == brand_id)
        if connection.execute(known.values(values)).rowcount == 0:
            connection.execute(sa.insert(rotation).values(brand_id=brand_id, **values))
