"""Progress of imports from other systems.

Revision ID: 0007_imports
Revises: 0006_lotteries
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_imports"
down_revision = "0006_lotteries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("next_row", sa.BigInteger, nullable=False),
        sa.Column("rejects_size", sa.BigInteger, nullable=False),
        sa.Column("tally", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("finished_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("import_id", name="pk_imports"),
    )


def downgrade() -> None:
    op.drop_table("imports")
