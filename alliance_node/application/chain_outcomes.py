"""What became of one of this brand's items on the alliance's ledger. Owns the shape only."""

import msgspec


class OwnOutcome(msgspec.Struct, frozen=True):
    """What became of one of our items; `kind` is that of the item; `seq` 0: never posted."""

    item_id: str
    kind: str
    accepted: bool
    reason: str | None
    local_points: int
    alliance_units: int
    seq: int
    item_index: int
    tx_hash: bytes
