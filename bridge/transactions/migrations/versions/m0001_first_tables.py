"""Items, batches, transactions, lease, halt, cursor and blocks."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _brand_key() -> sa.Column[int]:
    return sa.Column("brand_id", sa.BigInteger, primary_key=True, autoincrement=False)


def upgrade() -> None:
    _create_items()
    _create_batches()
    _create_controls()
    _create_index()


def _create_items() -> None:
    op.create_table(
        "bridge_item",
        sa.Column("position", _serial, primary_key=True, autoincrement=True),
        sa.Column("item_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.SmallInteger, nullable=False),
        sa.Column("rate_version", sa.BigInteger, nullable=False),
        sa.Column("counterparty", sa.BigInteger, nullable=False),
        sa.Column("deadline", sa.BigInteger, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("payload", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("batch_seq", sa.BigInteger),
        sa.Column("item_index", sa.SmallInteger),
        sa.Column("reason", sa.SmallInteger),
        sa.Column("local_points", sa.BigInteger),
        sa.Column("alliance_units", sa.BigInteger),
        sa.Column("claim_address", sa.LargeBinary(20)),
        sa.Column("block_number", sa.BigInteger),
        sa.Column("tx_hash", sa.LargeBinary(32)),
        sa.Column("emptied_block", sa.BigInteger),
        sa.UniqueConstraint("item_id", name="uq_bridge_item_id"),
    )
    op.create_index("ix_bridge_item_queue", "bridge_item", ["state", "position"])
    op.create_index("ix_bridge_item_batch", "bridge_item", ["batch_seq"])
    op.create_index("ix_bridge_item_claim", "bridge_item", ["claim_address"])


def _create_batches() -> None:
    op.create_table(
        "bridge_batch",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("items", sa.LargeBinary, nullable=False),
        sa.Column("items_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("block_number", sa.BigInteger),
        sa.Column("block_hash", sa.LargeBinary(32)),
    )
    op.create_index("ix_bridge_batch_state", "bridge_batch", ["state"])
    op.create_table(
        "bridge_transaction",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("attempt", sa.SmallInteger, nullable=False),
        sa.Column("sender", sa.LargeBinary(20), nullable=False),
        sa.Column("nonce", sa.BigInteger, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.UniqueConstraint("sender", "nonce", name="uq_bridge_transaction_nonce"),
        sa.UniqueConstraint("seq", "attempt", name="uq_bridge_transaction_attempt"),
    )
    op.create_index("ix_bridge_transaction_state", "bridge_transaction", ["state"])


def _create_controls() -> None:
    op.create_table(
        "bridge_lease",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "bridge_halt",
        _brand_key(),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
    )


def _create_index() -> None:
    op.create_table(
        "bridge_cursor",
        _brand_key(),
        sa.Column("scanned_number", sa.BigInteger, nullable=False),
        sa.Column("scanned_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("final_number", sa.BigInteger, nullable=False),
        sa.Column("final_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("frozen_at", sa.BigInteger),
        sa.Column("paused_seconds", sa.BigInteger, nullable=False),
        sa.Column("alliance_time", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "bridge_block",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    for name in ("block", "cursor", "halt", "lease", "transaction", "batch", "item"):
        op.drop_table(f"bridge_{name}")
