"""Notices that jobs write, and the earliest maturity of each member's pending points beside the other job columns.

Members that exist get 0: `alliance node rebuild` fills it in from the events.

Revision ID: 0005_notices
Revises: 0004_limit_leases
"""

from alembic import op

revision = "0005_notices"
down_revision = "0004_limit_leases"
branch_labels = None
depends_on = None

_NOTICES = """CREATE TABLE notices (
    notice_no {serial}, member_id {uuid} NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, other TEXT NOT NULL,
    points BIGINT NOT NULL, until BIGINT NOT NULL, days INTEGER NOT NULL, created_at BIGINT NOT NULL{key},
    CONSTRAINT uq_notices_member UNIQUE (member_id, kind, name, until, days))"""


def upgrade() -> None:
    """The column's default is needed only while existing rows get theirs; SQLite cannot drop it again."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute("ALTER TABLE members ADD COLUMN next_maturity BIGINT NOT NULL DEFAULT 0")
    if postgresql:
        op.execute("ALTER TABLE members ALTER COLUMN next_maturity DROP DEFAULT")
        key = ", CONSTRAINT pk_notices PRIMARY KEY (notice_no)"
        op.execute(_NOTICES.format(serial="BIGINT GENERATED ALWAYS AS IDENTITY", uuid="UUID", key=key))
    else:
        op.execute(_NOTICES.format(serial="INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", uuid="VARCHAR(36)", key=""))


def downgrade() -> None:
    """Not offered: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
