"""Draws of lotteries and the parties' seeds.

Revision ID: 0006_lotteries
Revises: 0005_notices
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_lotteries"
down_revision = "0005_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "lottery_draws",
        sa.Column("draw_id", sa.Text, nullable=False),
        sa.Column("option", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("program_version", sa.Integer, nullable=False),
        sa.Column("starts", sa.BigInteger, nullable=False),
        sa.Column("closes", sa.BigInteger, nullable=False),
        sa.Column("announcement", sa.Text, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.Column("closing", sa.Text, nullable=True),
        sa.Column("beacon", sa.Text, nullable=True),
        sa.Column("drawn_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("draw_id", name="pk_lottery_draws"),
        sa.UniqueConstraint("option", "closes", name="uq_lottery_draws_option_closes"),
    )
    op.create_table(
        "lottery_parties",
        sa.Column("draw_id", sa.Text, nullable=False),
        sa.Column("place", sa.SmallInteger, nullable=False),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("seed", sa.LargeBinary, nullable=True),
        sa.Column("revealed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("draw_id", "place", name="pk_lottery_parties"),
    )


def downgrade() -> None:
    """Not offered: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
