"""Founder memberships: owners, grants, orders to relay."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bridge_founder",
        sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("owner", sa.LargeBinary(20), nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("last_month", sa.Integer, nullable=False),
    )
    op.create_index("ix_bridge_founder_owner", "bridge_founder", ["owner"])
    op.create_table(
        "bridge_founder_owner",
        sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("block_number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("owner", sa.LargeBinary(20), nullable=False),
    )
    op.create_table(
        "bridge_founder_grant",
        sa.Column("token_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sponsor_brand", sa.BigInteger, nullable=False),
        sa.Column("commitment", sa.LargeBinary(32), nullable=False),
        sa.Column("claim_deadline", sa.BigInteger, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger, nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
    )
    _create_relay()


def _create_relay() -> None:
    op.create_table(
        "bridge_relay",
        sa.Column("digest", sa.LargeBinary(32), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("token_id", sa.Integer, nullable=False),
        sa.Column("call", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(80)),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
        sa.Column("sender", sa.LargeBinary(20)),
        sa.Column("nonce", sa.BigInteger),
        sa.Column("raw", sa.LargeBinary),
        sa.Column("tx_hash", sa.LargeBinary(32)),
        sa.Column("sent_at", sa.BigInteger),
        sa.UniqueConstraint("sender", "nonce", name="uq_bridge_relay_nonce"),
    )
    op.create_index("ix_bridge_relay_state", "bridge_relay", ["state"])


def downgrade() -> None:
    for name in ("relay", "founder_grant", "founder_owner", "founder"):
        op.drop_table(f"bridge_{name}")
