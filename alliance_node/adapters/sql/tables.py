"""Tables of the ledger: members, events, lots, entries, answers, limits, programs, the sealed log.

Owns names and columns; the migration writes them out as DDL, and a test keeps both equal.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

# An index on a column that purchases change would end the cheap updates within a page.
members = sa.Table(
    "members",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("enrolled_at", instant_type(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("swept_through", instant_type(), nullable=False),
    sa.Column("tier", sa.Text, nullable=False),
    sa.Column("booked", sa.BigInteger, nullable=False),
    sa.Column("closed_at", instant_type()),
    sa.Column("snapshot", sa.LargeBinary, nullable=False),
    sa.Column("growth", sa.BigInteger, nullable=False),
    sa.Column("growth_through", instant_type(), nullable=False),
    sa.Column("spend_minor", sa.BigInteger, nullable=False),
    sa.Column("tier_since", instant_type(), nullable=False),
    sa.Column("protected_until", instant_type(), nullable=False),
    sa.Column("lots_end_from", instant_type(), nullable=False),
    sa.Column("next_maturity", instant_type(), nullable=False),
)

# (xid, seq) is the commit-safe order on PostgreSQL; on SQLite xid is 0 and seq alone is the order.
events = sa.Table(
    "events",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("xid", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("occurred_at", instant_type(), nullable=False),
    sa.Column("received_at", instant_type(), nullable=False),
    sa.Column("source", sa.Text),
    sa.Column("source_event_id", sa.Text),
    sa.Column("refers_to", sa.Integer),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Index("ix_events_xid_seq", "xid", "seq"),
    sa.Index(
        "uq_events_source",
        "source",
        "source_event_id",
        unique=True,
        sqlite_where=sa.text("source_event_id IS NOT NULL"),
        postgresql_where=sa.text("source_event_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_events_refers_to",
        "member_id",
        "refers_to",
        sqlite_where=sa.text("refers_to IS NOT NULL"),
        postgresql_where=sa.text("refers_to IS NOT NULL"),
    ),
)

lots = sa.Table(
    "lots",
    metadata,
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("lot_no", sa.Integer, primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("remaining", sa.BigInteger, nullable=False),
    sa.Column("earned_at", instant_type(), nullable=False),
    sa.Column("matures_at", instant_type(), nullable=False),
    sa.Column("expires_at", instant_type(), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("convertible", sa.Boolean, nullable=False),
    sa.Column("source_version", sa.Integer, nullable=False),
)

# No key: entries are written once, with the event whose (member_id, version) is unique, and read only by scans (sums,
# rebuild, which finds a missing or a doubled leg). An index would be a tenth of everything a purchase writes.
entries = sa.Table(
    "entries",
    metadata,
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("leg_no", sa.SmallInteger, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("body_hash", sa.LargeBinary, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("member_id", uuid_type()),
    sa.Column("version", sa.Integer),
    sa.Column("events", sa.SmallInteger, nullable=False),
    sa.Column("created_at", instant_type(), nullable=False),
)

shared_limits = sa.Table(
    "shared_limits",
    metadata,
    sa.Column("limit_id", sa.Text, primary_key=True),
    sa.Column("used", sa.BigInteger, nullable=False),
)

# Slices of shared limits that processes hold; `used` above counts `rest` and `returned` in.
limit_leases = sa.Table(
    "limit_leases",
    metadata,
    sa.Column("limit_id", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, primary_key=True),
    sa.Column("capacity", sa.BigInteger, nullable=False),
    sa.Column("rest", sa.BigInteger, nullable=False),
    sa.Column("returned", sa.BigInteger, nullable=False),
    sa.CheckConstraint("rest >= 0", name="ck_limit_leases_rest"),
    sa.CheckConstraint("returned >= 0", name="ck_limit_leases_returned"),
)

programs = sa.Table(
    "programs",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("effective_from", instant_type(), nullable=False),
    sa.Column("announced_at", instant_type(), nullable=False),
    sa.Column("yaml", sa.Text, nullable=False),
)

# Tile t of level l holds hashes [256·t, 256·t + width) of that level; a full tile's root is one hash of level l + 1.
log_tiles = sa.Table(
    "log_tiles",
    metadata,
    sa.Column("level", sa.SmallInteger, primary_key=True),
    sa.Column("tile", sa.BigInteger, primary_key=True),
    sa.Column("width", sa.SmallInteger, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
    sa.Column("first_xid", sa.BigInteger, nullable=False),
    sa.Column("first_seq", sa.BigInteger, nullable=False),
)

log_heads = sa.Table(
    "log_heads",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("sealed_at", instant_type(), nullable=False),
    sa.Column("last_xid", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
)

job_progress = sa.Table(
    "job_progress",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("cut_off", instant_type(), nullable=False),
    sa.Column("after_member_id", uuid_type()),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("finished_at", instant_type()),
)

simulation_clock = sa.Table(
    "simulation_clock",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("now", instant_type(), nullable=False),
)

# `tally` is JSON: lines and totals by what became of them. No row of a file is kept.
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("import_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("next_row", sa.BigInteger, nullable=False),
    sa.Column("rejects_size", sa.BigInteger, nullable=False),
    sa.Column("tally", sa.Text, nullable=False),
    sa.Column("started_at", instant_type(), nullable=False),
    sa.Column("finished_at", instant_type()),
)
