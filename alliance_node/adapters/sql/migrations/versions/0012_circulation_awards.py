"""Circulation awards beside bonuses; budgets that this brand sponsors, and its orders.

Revision ID: 0012_circulation_awards
Revises: 0011_award_on_arrival
"""

import sqlalchemy as sa
from alembic import op

from alliance_node.adapters.sql.metadata import uuid_type

revision = "0012_circulation_awards"
down_revision = "0011_award_on_arrival"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("spending_bonuses", sa.Column("kind", sa.Text, nullable=False, server_default="bonus"))
    op.add_column("spending_bonuses", sa.Column("points", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_spending_bonuses_member_id", "spending_bonuses", ["member_id"])
    op.create_table(
        "sponsored_budgets",
        sa.Column("beneficiary", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("deadline", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("beneficiary", "terms", "deadline", name="pk_sponsored_budgets"),
    )
    op.create_table(
        "budget_orders",
        sa.Column("item_id", uuid_type(), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("beneficiary", sa.BigInteger, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("ordered_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_budget_orders"),
    )


def downgrade() -> None:
    for name in ("budget_orders", "sponsored_budgets"):
        op.drop_table(name)
    op.drop_index("ix_spending_bonuses_member_id", "spending_bonuses")
    op.drop_column("spending_bonuses", "points")
    op.drop_column("spending_bonuses", "kind")
