"""Sponsored bonuses: budgets as indexed, promised bonuses.

Revision ID: 0010_spending_bonuses
Revises: 0009_founders
"""

import sqlalchemy as sa
from alembic import op

from alliance_node.adapters.sql.metadata import uuid_type

revision = "0010_spending_bonuses"
down_revision = "0009_founders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sponsor_budgets",
        sa.Column("sponsor", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("deadline", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("sponsor", "terms", "deadline", name="pk_sponsor_budgets"),
    )
    op.create_table(
        "spending_bonuses",
        sa.Column("item_id", uuid_type(), nullable=False),
        sa.Column("redemption_id", sa.Text, nullable=False),
        sa.Column("member_id", uuid_type(), nullable=False),
        sa.Column("sponsor", sa.BigInteger, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("unspend_item_id", uuid_type()),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_spending_bonuses"),
        sa.UniqueConstraint("unspend_item_id", name="uq_spending_bonuses_unspend_item_id"),
    )
    op.create_index("ix_spending_bonuses_status", "spending_bonuses", ["status"])


def downgrade() -> None:
    for name in ("spending_bonuses", "sponsor_budgets"):
        op.drop_table(name)
