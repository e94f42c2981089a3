"""What an operator should know although the bridge works: told beside RUNNING, each with its next step.

Owns the words. Most are told once, when it happens (the durable state that they are about has just been stored); a
quarantined item or an unfinished rotation is told as long as it waits, because only an operator can go on with it.
"""

import msgspec
import sqlalchemy as sa

from bridge.protocol.words import format_address
from bridge.transactions import rotation
from bridge.transactions.database import reading
from bridge.transactions.states import ItemState
from bridge.transactions.tables import item


class Notice(msgspec.Struct, frozen=True):
    """`code` is stable; `next_step` says what is done already and what is left to do."""

    code: str
    next_step: str


BY_CHECKPOINT = {
    "RESENT": Notice(
        "sent_again",
        "The chain has not mined a transaction in time: the same bytes are sent again, nothing is lost or doubled. If "
        "it stays, look at the chain node's pool.",
    ),
    "UNMINED": Notice(
        "block_reorganised",
        "A block with a batch of ours was replaced: its transactions are followed until they are final elsewhere. If "
        "it happens often, raise `finality_depth`.",
    ),
    "REVERTED": Notice(
        "batch_reverted",
        "A batch failed in a final block and did nothing: it is posted again with a new nonce. If it happens again, "
        "look at its transaction.",
    ),
}
_NAMED = 3


def standing(engine: sa.Engine, brand_id: int) -> list[Notice]:
    """What stays true until an operator acts."""
    with reading(engine) as connection:
        found = [_quarantined(connection), _draining(connection, brand_id)]
    return [notice for notice in found if notice is not None]


def _quarantined(connection: sa.Connection) -> Notice | None:
    waiting = sa.select(item.c.item_id).where(item.c.state == ItemState.QUARANTINED).order_by(item.c.position)
    found = list(connection.scalars(waiting.limit(_NAMED)))
    if not found:
        return None
    return Notice(
        "items_quarantined",
        f"Items that make every batch revert are set aside, among them {', '.join(found)}. Remove the cause, then "
        "`alliance chain requeue --item ID`.",
    )


def _draining(connection: sa.Connection, brand_id: int) -> Notice | None:
    found = rotation.find(connection, brand_id)
    if found is None or found.state != rotation.DRAINING:
        return None
    return Notice(
        "key_draining",
        f"A rotation to {format_address(found.new_hot)} was begun and no new batch is opened until it is finished: "
        "repeat `alliance chain rotate-key` with that --new-hot. To give it up, name the present posting key instead.",
    )
