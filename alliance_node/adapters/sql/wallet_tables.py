"""Tables of members' own wallets at this node: sign-in messages that were given, since when a wallet is linked, intents
that were handed in. No address: which wallet is whose is identity data and stands in the vault.

Owns names and columns.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

wallet_challenges = sa.Table(
    "wallet_challenges",
    metadata,
    sa.Column("nonce", sa.Text, primary_key=True),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("issued_at", instant_type(), nullable=False),
    sa.Column("expires_at", instant_type(), nullable=False),
    sa.Column("used_at", instant_type()),
    sa.Index("ix_wallet_challenges_expires_at", "expires_at"),
)

wallet_links = sa.Table(
    "wallet_links",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("linked_at", instant_type(), nullable=False),
)

# The digest is what the wallet signed: the same intent twice is one.
wallet_intents = sa.Table(
    "wallet_intents",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("conversion_id", uuid_type(), nullable=False),
    sa.Column("member_id", uuid_type(), nullable=False),
)
