"""The bridge's tables of founder memberships: who held which when, the last grant, and orders waiting to be relayed.

Owns names and constraints. An order has one row for ever (`digest`), and a nonce of the relay account one content.
"""

import sqlalchemy as sa

from bridge.transactions.tables import metadata

founder = sa.Table(
    "bridge_founder",
    metadata,
    sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("owner", sa.LargeBinary(20), nullable=False),
    sa.Column("nonce", sa.BigInteger, nullable=False),
    sa.Column("last_month", sa.Integer, nullable=False),
    sa.Index("ix_bridge_founder_owner", "owner"),
)

# `since`: the time of the block from which on the owner held the token; the last change within a block counts.
founder_owner = sa.Table(
    "bridge_founder_owner",
    metadata,
    sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("block_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("owner", sa.LargeBinary(20), nullable=False),
)

founder_grant = sa.Table(
    "bridge_founder_grant",
    metadata,
    sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sponsor_brand", sa.BigInteger, nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("claim_deadline", sa.BigInteger, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("block_number", sa.BigInteger, nullable=False),
    sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
)

# `item_id`: the return that is on its way, of `attempts` so far. `emptied_block`: claimed or returned there.
sponsored_grant = sa.Table(
    "bridge_sponsored_grant",
    metadata,
    sa.Column("claim_address", sa.LargeBinary(20), primary_key=True),
    sa.Column("token_id", sa.Integer, nullable=False),
    sa.Column("month", sa.Integer, nullable=False),
    sa.Column("commitment", sa.LargeBinary(32), nullable=False),
    sa.Column("deadline", sa.BigInteger, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("item_id", sa.String(36)),
    sa.Column("emptied_block", sa.BigInteger),
    sa.Index("ix_bridge_sponsored_grant_due", "emptied_block", "item_id", "deadline"),
    sa.Index("ix_bridge_sponsored_grant_item", "item_id"),
)

relay = sa.Table(
    "bridge_relay",
    metadata,
    sa.Column("digest", sa.LargeBinary(32), primary_key=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("token_id", sa.Integer, nullable=False),
    sa.Column("call", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(80)),
    sa.Column("queued_at", sa.BigInteger, nullable=False),
    sa.Column("sender", sa.LargeBinary(20)),
    sa.Column("nonce", sa.BigInteger),
    sa.Column("raw", sa.LargeBinary),
    sa.Column("tx_hash", sa.LargeBinary(32)),
    sa.Column("sent_at", sa.BigInteger),
    sa.UniqueConstraint("sender", "nonce", name="uq_bridge_relay_nonce"),
    sa.Index("ix_bridge_relay_state", "state"),
)
