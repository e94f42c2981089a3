"""Tables of founder memberships at this node: challenges that wait for a signature, tokens that members have shown,
offers that members published here. Who holds a token stands on the alliance's ledger and is nowhere repeated.

Owns names and columns.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

founder_challenges = sa.Table(
    "founder_challenges",
    metadata,
    sa.Column("challenge", sa.LargeBinary, primary_key=True),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("token_id", sa.Integer, nullable=False),
    sa.Column("deadline", instant_type(), nullable=False),
)

# `decided_through`: the version of the member's stream up to which every purchase has been judged.
founder_links = sa.Table(
    "founder_links",
    metadata,
    sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("holder", sa.LargeBinary, nullable=False),
    sa.Column("linked_at", instant_type(), nullable=False),
    sa.Column("decided_through", sa.Integer, nullable=False),
    sa.Index("ix_founder_links_member_id", "member_id"),
)

founder_offers = sa.Table(
    "founder_offers",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("token_id", sa.Integer, nullable=False),
    sa.Column("price_units", sa.BigInteger, nullable=False),
    sa.Column("nonce", sa.BigInteger, nullable=False),
    sa.Column("deadline", instant_type(), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Index("ix_founder_offers_deadline", "deadline"),
)
