"""The bridge's own tables, in whatever database the node uses (SQLite or PostgreSQL).

Owns names and constraints. A database holds one brand's bridge (`bridge_cursor` names it). Two constraints carry
promises: a nonce of a key is used for one content only (`uq_bridge_transaction_nonce`), and an item id enters the
outbox once (`uq_bridge_item_id`). `account` to `signature` are what a wallet signed, and empty with other items; the
chain, not this table, sees to it that a nonce of a wallet acts once. Items in suspense are on the brand's account at
the chain and no member's: the node is not told of them, and their numbers are cut to 63 bits (`item_rows`).
"""

import sqlalchemy as sa

metadata = sa.MetaData()

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

item = sa.Table(
    "bridge_item",
    metadata,
    sa.Column("position", _serial, primary_key=True, autoincrement=True),
    sa.Column("item_id", sa.String(36), nullable=False),
    sa.Column("kind", sa.SmallInteger, nullable=False),
    sa.Column("rate_version", sa.BigInteger, nullable=False),
    sa.Column("counterparty", sa.BigInteger, nullable=False),
    sa.Column("deadline", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("payload", sa.LargeBinary(32), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("batch_seq", sa.BigInteger),
    sa.Column("item_index", sa.SmallInteger),
    sa.Column("reason", sa.SmallInteger),
    sa.Column("local_points", sa.BigInteger),
    sa.Column("alliance_units", sa.BigInteger),
    sa.Column("claim_address", sa.LargeBinary(20)),
    sa.Column("block_number", sa.BigInteger),
    sa.Column("tx_hash", sa.LargeBinary(32)),
    sa.Column("emptied_block", sa.BigInteger),
    sa.Column("in_suspense", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("account", sa.LargeBinary(20)),
    sa.Column("account_nonce", sa.BigInteger),
    sa.Column("minimum", sa.BigInteger),
    sa.Column("signature", sa.LargeBinary(65)),
    sa.UniqueConstraint("item_id", name="uq_bridge_item_id"),
    sa.Index("ix_bridge_item_queue", "state", "position"),
    sa.Index("ix_bridge_item_batch", "batch_seq"),
    sa.Index("ix_bridge_item_claim", "claim_address"),
    sa.Index("ix_bridge_item_suspense", "in_suspense", "kind", "state"),
    sa.Index("ix_bridge_item_account", "account", "account_nonce"),
)

batch = sa.Table(
    "bridge_batch",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("items", sa.LargeBinary, nullable=False),
    sa.Column("items_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("attempts", sa.SmallInteger, nullable=False),
    sa.Column("block_number", sa.BigInteger),
    sa.Column("block_hash", sa.LargeBinary(32)),
    sa.Index("ix_bridge_batch_state", "state"),
)

transaction = sa.Table(
    "bridge_transaction",
    metadata,
    sa.Column("hash", sa.LargeBinary(32), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("attempt", sa.SmallInteger, nullable=False),
    sa.Column("sender", sa.LargeBinary(20), nullable=False),
    sa.Column("nonce", sa.BigInteger, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("sent_at", sa.BigInteger),
    sa.UniqueConstraint("sender", "nonce", name="uq_bridge_transaction_nonce"),
    sa.UniqueConstraint("seq", "attempt", name="uq_bridge_transaction_attempt"),
    sa.Index("ix_bridge_transaction_state", "state"),
)

lease = sa.Table(
    "bridge_lease",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)

halt = sa.Table(
    "bridge_halt",
    metadata,
    sa.Column("brand_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.String(40), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

approval = sa.Table(
    "bridge_approval",
    metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("operator", sa.LargeBinary(20), primary_key=True),
    sa.Column("items_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("signature", sa.LargeBinary(65), nullable=False),
)

rotation = sa.Table(
    "bridge_rotation",
    metadata,
    sa.Column("brand_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("new_hot", sa.LargeBinary(20), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
)

cursor = sa.Table(
    "bridge_cursor",
    metadata,
    sa.Column("brand_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("scanned_number", sa.BigInteger, nullable=False),
    sa.Column("scanned_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("final_number", sa.BigInteger, nullable=False),
    sa.Column("final_hash", sa.LargeBinary(32), nullable=False),
    sa.Column("frozen_at", sa.BigInteger),
    sa.Column("paused_seconds", sa.BigInteger, nullable=False),
    sa.Column("alliance_time", sa.BigInteger, nullable=False),
)

block = sa.Table(
    "bridge_block",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary(32), nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
