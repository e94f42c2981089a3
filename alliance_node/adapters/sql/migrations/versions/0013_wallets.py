"""Members' own wallets: sign-in messages, links, intents.

Revision ID: 0013_wallets
Revises: 0012_circulation_awards
"""

import sqlalchemy as sa
from alembic import op

from alliance_node.adapters.sql.metadata import uuid_type

revision = "0013_wallets"
down_revision = "0012_circulation_awards"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wallet_challenges",
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("member_id", uuid_type(), nullable=False),
        sa.Column("issued_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("nonce", name="pk_wallet_challenges"),
    )
    op.create_index("ix_wallet_challenges_expires_at", "wallet_challenges", ["expires_at"])
    op.create_table(
        "wallet_links",
        sa.Column("member_id", uuid_type(), nullable=False),
        sa.Column("linked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_wallet_links"),
    )
    op.create_table(
        "wallet_intents",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("conversion_id", uuid_type(), nullable=False),
        sa.Column("member_id", uuid_type(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_wallet_intents"),
    )


def downgrade() -> None:
    for name in ("wallet_intents", "wallet_links", "wallet_challenges"):
        op.drop_table(name)
