"""What jobs over all members read and write, in columns of their own instead of in the snapshot.

Rows that exist get zeros: `alliance node rebuild` fills them in from the events.

Revision ID: 0003_member_columns
Revises: 0002_identity
"""

from alembic import op

revision = "0003_member_columns"
down_revision = "0002_identity"
branch_labels = None
depends_on = None

_COLUMNS = ("growth", "growth_through", "spend_minor", "tier_since", "protected_until", "lots_end_from")


def upgrade() -> None:
    """Add the columns. The default is needed only while existing rows get theirs; SQLite cannot drop it again."""
    for name in _COLUMNS:
        op.execute(f"ALTER TABLE members ADD COLUMN {name} BIGINT NOT NULL DEFAULT 0")
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"ALTER TABLE members ALTER COLUMN {name} DROP DEFAULT")


def downgrade() -> None:
    """Not offered: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
