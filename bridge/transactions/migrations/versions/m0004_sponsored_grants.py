"""Founder grants that the brand sponsors, until they are claimed or returned."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bridge_sponsored_grant",
        sa.Column("claim_address", sa.LargeBinary(20), primary_key=True),
        sa.Column("token_id", sa.Integer, nullable=False),
        sa.Column("month", sa.Integer, nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("item_id", sa.String(36)),
        sa.Column("emptied_block", sa.BigInteger),
    )
    due = ["emptied_block", "item_id", "deadline"]
    op.create_index("ix_bridge_sponsored_grant_due", "bridge_sponsored_grant", due)
    op.create_index("ix_bridge_sponsored_grant_item", "bridge_sponsored_grant", ["item_id"])


def downgrade() -> None:
    op.drop_table("bridge_sponsored_grant")
