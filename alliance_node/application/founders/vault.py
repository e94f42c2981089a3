"""Use case: a sponsor fills the vault that monthly grants are paid from (R-NFT-2, INV-24).

The sponsor issues alliance points of its own to the vault's account, through its own outbox and within its own limits.
No member's points are touched, and nothing of it is a conversion.
"""

import uuid

import msgspec

from alliance_node.application.errors import IdempotencyConflict, OutboxFull
from alliance_node.application.founders.records import FounderDesk
from alliance_node.application.ports import OutgoingConversion
from alliance_node.domain.instants import Instant


class VaultFilling(msgspec.Struct, frozen=True):
    """What was handed to the bridge; `item_id` names it there."""

    item_id: str
    local_points: int
    vault: str


_NAMESPACE = uuid.UUID("6f2d3c1e-9a57-4b0e-8d7c-51f0b3a4c2e9")


def fill_vault(desk: FounderDesk, local_points: int, now: Instant, key: str) -> VaultFilling:
    """Issue this many of the brand's points to the vault, at the rate in force; once for each `key`, for ever.

    Raises NoRatePublished, OutboxFull, and IdempotencyConflict for the same key with another amount.
    """
    conversions = desk.conversions
    filling = VaultFilling(str(uuid.uuid5(_NAMESPACE, key)), local_points, desk.ledger.vault())
    account = bytes.fromhex(filling.vault[2:]).rjust(32, b"\0")
    with desk.store.write() as connection:
        before = conversions.outbox.amount_of(connection, filling.item_id)
        if before == local_points:
            conversions.outbox.explain(connection, filling.item_id)
            return filling
        if before is not None:
            raise IdempotencyConflict(f"the vault was filled with {before} points under this key")
        if not conversions.outbox.room(connection, 1):
            raise OutboxFull("too many conversions wait for the alliance's ledger")
        rate = conversions.directory.rate_in_force(connection, conversions.directory.brand_id, now)
        item = OutgoingConversion(filling.item_id, "to_wallet", rate.version, 0, 0, local_points, account)
        conversions.outbox.enqueue(connection, [item])
    return filling
