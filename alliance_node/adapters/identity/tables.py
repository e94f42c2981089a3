"""Tables of the identity vault, of API keys, page links and the audit log. On the node's one MetaData.

Nothing here refers to points. Erasing a member empties their rows here and leaves the ledger untouched.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import metadata

MEMBER_ID = sa.String(36)

data_keys = sa.Table(
    "identity_data_keys",
    metadata,
    sa.Column("member_id", MEMBER_ID, primary_key=True),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=True, comment="null once the member was erased"),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("destroyed_at", sa.BigInteger, nullable=True),
    sa.Index("identity_data_keys_generation", "generation"),
)

fields = sa.Table(
    "identity_fields",
    metadata,
    sa.Column("member_id", MEMBER_ID, primary_key=True),
    sa.Column("field", sa.String(16), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)

blind_index = sa.Table(
    "identity_blind_index",
    metadata,
    sa.Column("field", sa.String(16), primary_key=True),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("member_id", MEMBER_ID, nullable=False),
    sa.Index("identity_blind_index_member", "member_id"),
)

consents = sa.Table(
    "identity_consents",
    metadata,
    sa.Column("member_id", MEMBER_ID, primary_key=True),
    sa.Column("purpose", sa.String(32), primary_key=True),
    sa.Column("decided_at", sa.BigInteger, primary_key=True),
    sa.Column("text_version", sa.String(32), nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
)

personal_reads = sa.Table(
    "identity_reads",
    metadata,
    sa.Column("read_no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("read_at", sa.BigInteger, nullable=False),
    sa.Column("member_id", MEMBER_ID, nullable=False),
    sa.Column("fields", sa.String(120), nullable=False),
    sa.Column("reader", sa.String(80), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Index("identity_reads_member", "member_id", "read_at"),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("key_id", sa.String(36), primary_key=True),
    sa.Column("name", sa.String(80), nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("scopes", sa.String(200), nullable=False),
    sa.Column("rate_per_second", sa.Integer, nullable=False),
    sa.Column("burst", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("revoked_at", sa.BigInteger, nullable=True),
)

page_links = sa.Table(
    "page_links",
    metadata,
    sa.Column("link_id", sa.String(36), primary_key=True),
    sa.Column("member_id", MEMBER_ID, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("opened_at", sa.BigInteger, nullable=True),
)

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("entry_no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.String(80), nullable=False, comment="key id, or `operator` for the command line"),
    sa.Column("action", sa.String(80), nullable=False),
    sa.Column("subject", sa.String(80), nullable=True),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("request_id", sa.String(36), nullable=False),
    sa.Index("audit_log_at", "at"),
)
