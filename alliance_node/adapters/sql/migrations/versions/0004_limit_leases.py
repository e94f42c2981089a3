"""Slices of shared limits that processes hold.

Revision ID: 0004_limit_leases
Revises: 0003_member_columns
"""

from alembic import op

revision = "0004_limit_leases"
down_revision = "0003_member_columns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table. Both tables of limits are small and updated often: most of a page stays free for that."""
    spacious = op.get_bind().dialect.name == "postgresql"
    op.execute(
        """CREATE TABLE limit_leases (
        limit_id TEXT NOT NULL, holder TEXT NOT NULL, capacity BIGINT NOT NULL,
        rest BIGINT NOT NULL CONSTRAINT ck_limit_leases_rest CHECK (rest >= 0),
        returned BIGINT NOT NULL CONSTRAINT ck_limit_leases_returned CHECK (returned >= 0),
        CONSTRAINT pk_limit_leases PRIMARY KEY (limit_id, holder))"""
        + (" WITH (fillfactor = 20)" if spacious else "")
    )
    if spacious:
        op.execute("ALTER TABLE shared_limits SET (fillfactor = 20)")


def downgrade() -> None:
    """Not offered: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
