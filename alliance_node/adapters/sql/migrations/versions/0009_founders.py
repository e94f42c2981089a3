"""Founder memberships: challenges, links, offers.

Revision ID: 0009_founders
Revises: 0008_statements
"""

import sqlalchemy as sa
from alembic import op

from alliance_node.adapters.sql.metadata import uuid_type

revision = "0009_founders"
down_revision = "0008_statements"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "founder_challenges",
        sa.Column("challenge", sa.LargeBinary, nullable=False),
        sa.Column("member_id", uuid_type(), nullable=False),
        sa.Column("token_id", sa.Integer, nullable=False),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("challenge", name="pk_founder_challenges"),
    )
    op.create_table(
        "founder_links",
        sa.Column("token_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("member_id", uuid_type(), nullable=False),
        sa.Column("holder", sa.LargeBinary, nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sa.Column("decided_through", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_founder_links"),
    )
    op.create_index("ix_founder_links_member_id", "founder_links", ["member_id"])
    op.create_table(
        "founder_offers",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("token_id", sa.Integer, nullable=False),
        sa.Column("price_units", sa.BigInteger, nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_founder_offers"),
    )
    op.create_index("ix_founder_offers_deadline", "founder_offers", ["deadline"])


def downgrade() -> None:
    for name in ("founder_offers", "founder_links", "founder_challenges"):
        op.drop_table(name)
