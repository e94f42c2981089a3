"""Receiving codes whose points go straight into an award, and what became of it.

Revision ID: 0011_award_on_arrival
Revises: 0010_spending_bonuses
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_award_on_arrival"
down_revision = "0010_spending_bonuses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receiving_codes", sa.Column("award", sa.Text))
    op.add_column("conversions", sa.Column("award", sa.Text))
    op.add_column("conversions", sa.Column("award_refusal", sa.Text))


def downgrade() -> None:
    with op.batch_alter_table("conversions") as conversions:
        conversions.drop_column("award_refusal")
        conversions.drop_column("award")
    with op.batch_alter_table("receiving_codes") as codes:
        codes.drop_column("award")
