"""Tables of the identity vault, of API keys, page links and the audit log. On the node's one MetaData.

Nothing here refers to points. Erasing a member empties their rows here and leaves the ledger untouched.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

# `wrapped_key` is null once the member was erased.
data_keys = sa.Table(
    "identity_data_keys",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True),
    sa.Column("created_at", instant_type(), nullable=False),
    sa.Column("destroyed_at", instant_type(), nullable=True),
    sa.Index("ix_identity_data_keys_generation", "generation"),
)

fields = sa.Table(
    "identity_fields",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", instant_type(), nullable=False),
)

blind_index = sa.Table(
    "identity_blind_index",
    metadata,
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Index("ix_identity_blind_index_member", "member_id"),
)

consents = sa.Table(
    "identity_consents",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column("decided_at", instant_type(), primary_key=True),
    sa.Column("text_version", sa.Text, nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
)

personal_reads = sa.Table(
    "identity_reads",
    metadata,
    sa.Column("read_no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("read_at", instant_type(), nullable=False),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("reader", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_identity_reads_member", "member_id", "read_at"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("rate_per_second", sa.Integer, nullable=False),
    sa.Column("burst", sa.Integer, nullable=False),
    sa.Column("created_at", instant_type(), nullable=False),
    sa.Column("revoked_at", instant_type(), nullable=True),
)

page_links = sa.Table(
    "page_links",
    metadata,
    sa.Column("link_id", sa.Text, primary_key=True),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("expires_at", instant_type(), nullable=False),
    sa.Column("opened_at", instant_type(), nullable=True),
)

# `actor` is a key id, or `operator` for the command line.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("entry_no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", instant_type(), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=True),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Index("ix_audit_log_at", "at"),
)
