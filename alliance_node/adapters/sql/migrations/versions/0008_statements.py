"""Daily heads of the sealed log, monthly statements and their lines.

Revision ID: 0008_statements
Revises: 0007_imports
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_statements"
down_revision = "0007_imports"
branch_labels = None
depends_on = None

_uuid = sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def upgrade() -> None:
    op.create_table(
        "log_anchors",
        sa.Column("day", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("last_xid", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("swept_through", sa.BigInteger, nullable=False),
        sa.Column("taken_at", sa.BigInteger, nullable=False),
        sa.Column("published_block", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("day", name="pk_log_anchors"),
    )
    op.create_table(
        "statements",
        sa.Column("month", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("cut_off", sa.BigInteger, nullable=False),
        sa.Column("head_day", sa.Integer, nullable=False),
        sa.Column("log_size", sa.BigInteger, nullable=False),
        sa.Column("log_root", sa.LargeBinary, nullable=False),
        sa.Column("liabilities_root", sa.LargeBinary, nullable=False),
        sa.Column("total_points", sa.BigInteger, nullable=False),
        sa.Column("leaves", sa.BigInteger, nullable=False),
        sa.Column("rate_version", sa.Integer, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("published_block", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("month", name="pk_statements"),
    )
    op.create_table(
        "statement_lines",
        sa.Column("month", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("member_id", _uuid, nullable=False),
        sa.Column("points", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("month", "member_id", name="pk_statement_lines"),
    )


def downgrade() -> None:
    """Not offered: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
