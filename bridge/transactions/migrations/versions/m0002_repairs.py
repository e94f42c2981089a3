"""Items in suspense, approvals of adopted batches, and the rotation of a posting key."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    in_suspense = sa.Column("in_suspense", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("bridge_item", in_suspense)
    op.create_index("ix_bridge_item_suspense", "bridge_item", ["in_suspense", "kind", "state"])
    op.create_table(
        "bridge_approval",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("operator", sa.LargeBinary(20), primary_key=True),
        sa.Column("items_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("signature", sa.LargeBinary(65), nullable=False),
    )
    op.create_table(
        "bridge_rotation",
        sa.Column("brand_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("new_hot", sa.LargeBinary(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("bridge_rotation")
    op.drop_table("bridge_approval")
    op.drop_index("ix_bridge_item_suspense", "bridge_item")
    op.drop_column("bridge_item", "in_suspense")
