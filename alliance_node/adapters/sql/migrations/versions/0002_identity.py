"""Identity vault, API keys, page links, audit log.

Revision ID: 0002_identity
Revises: 0001_ledger
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_identity"
down_revision = "0001_ledger"
branch_labels = None
depends_on = None


def _uuid() -> sa.types.TypeEngine[str]:
    return sa.String(36).with_variant(postgresql.UUID(as_uuid=False), "postgresql")


def _serial() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _vault()
    _access()


def _vault() -> None:
    op.create_table(
        "identity_data_keys",
        sa.Column("member_id", _uuid(), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("destroyed_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("member_id", name="pk_identity_data_keys"),
    )
    op.create_index("ix_identity_data_keys_generation", "identity_data_keys", ["generation"])
    op.create_table(
        "identity_fields",
        sa.Column("member_id", _uuid(), nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "field", "version", name="pk_identity_fields"),
    )
    op.create_table(
        "identity_blind_index",
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("member_id", _uuid(), nullable=False),
        sa.PrimaryKeyConstraint("field", "digest", name="pk_identity_blind_index"),
    )
    op.create_index("ix_identity_blind_index_member", "identity_blind_index", ["member_id"])
    op.create_table(
        "identity_consents",
        sa.Column("member_id", _uuid(), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("decided_at", sa.BigInteger, nullable=False),
        sa.Column("text_version", sa.Text, nullable=False),
        sa.Column("granted", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("member_id", "purpose", "decided_at", name="pk_identity_consents"),
    )
    op.create_table(
        "identity_reads",
        sa.Column("read_no", _serial(), nullable=False, autoincrement=True),
        sa.Column("read_at", sa.BigInteger, nullable=False),
        sa.Column("member_id", _uuid(), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("read_no", name="pk_identity_reads"),
    )
    op.create_index("ix_identity_reads_member", "identity_reads", ["member_id", "read_at"])


def _access() -> None:
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("rate_per_second", sa.Integer, nullable=False),
        sa.Column("burst", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("key_id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_table(
        "page_links",
        sa.Column("link_id", sa.Text, nullable=False),
        sa.Column("member_id", _uuid(), nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("link_id", name="pk_page_links"),
    )
    op.create_table(
        "audit_log",
        sa.Column("entry_no", _serial(), nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=True),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("entry_no", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])


def downgrade() -> None:
    """Dropping identities is never what an operator wants from a downgrade."""
    raise NotImplementedError("restore a backup instead: a downgrade would destroy personal data and keys")
