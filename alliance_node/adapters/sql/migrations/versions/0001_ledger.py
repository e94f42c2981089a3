"""The ledger: members, events, lots, entries, answers, limits, programs, sealed log, conversions."""

from alembic import op

revision = "0001_ledger"
down_revision = None
branch_labels = None
depends_on = None

# {uuid} {bytes} {xid} {seq} and the storage options are the only differences between the databases.
_TABLES = (
    """CREATE TABLE members (
        member_id {uuid} NOT NULL, enrolled_at BIGINT NOT NULL, version INTEGER NOT NULL, swept_through BIGINT NOT NULL,
        tier TEXT NOT NULL, booked BIGINT NOT NULL, closed_at BIGINT, snapshot {bytes} NOT NULL,
        CONSTRAINT pk_members PRIMARY KEY (member_id)){updated}""",
    """CREATE TABLE events (
        member_id {uuid} NOT NULL, version INTEGER NOT NULL, seq {seq}, xid {xid}, kind TEXT NOT NULL,
        occurred_at BIGINT NOT NULL, received_at BIGINT NOT NULL, source TEXT, source_event_id TEXT, refers_to INTEGER,
        payload TEXT NOT NULL, digest {bytes} NOT NULL,
        CONSTRAINT pk_events PRIMARY KEY (member_id, version))""",
    "CREATE INDEX ix_events_xid_seq ON events (xid, seq)",
    "CREATE UNIQUE INDEX uq_events_source ON events (source, source_event_id) WHERE source_event_id IS NOT NULL",
    "CREATE INDEX ix_events_refers_to ON events (member_id, refers_to) WHERE refers_to IS NOT NULL",
    """CREATE TABLE lots (
        member_id {uuid} NOT NULL, lot_no INTEGER NOT NULL, amount BIGINT NOT NULL, remaining BIGINT NOT NULL,
        earned_at BIGINT NOT NULL, matures_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, kind TEXT NOT NULL,
        convertible BOOLEAN NOT NULL, source_version INTEGER NOT NULL,
        CONSTRAINT pk_lots PRIMARY KEY (member_id, lot_no))""",
    """CREATE TABLE entries (
        member_id {uuid} NOT NULL, version INTEGER NOT NULL, leg_no SMALLINT NOT NULL, account TEXT NOT NULL,
        amount BIGINT NOT NULL)""",
    """CREATE TABLE idempotency_keys (
        client_id TEXT NOT NULL, key TEXT NOT NULL, body_hash {bytes} NOT NULL, code TEXT NOT NULL, body TEXT NOT NULL,
        member_id {uuid}, version INTEGER, events SMALLINT NOT NULL, created_at BIGINT NOT NULL,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (client_id, key))""",
    """CREATE TABLE shared_limits (
        limit_id TEXT NOT NULL, used BIGINT NOT NULL, CONSTRAINT pk_shared_limits PRIMARY KEY (limit_id))""",
    """CREATE TABLE programs (
        version INTEGER NOT NULL, effective_from BIGINT NOT NULL, announced_at BIGINT NOT NULL, yaml TEXT NOT NULL,
        CONSTRAINT pk_programs PRIMARY KEY (version))""",
    """CREATE TABLE log_tiles (
        level SMALLINT NOT NULL, tile BIGINT NOT NULL, width SMALLINT NOT NULL, hashes {bytes} NOT NULL,
        first_xid BIGINT NOT NULL, first_seq BIGINT NOT NULL, CONSTRAINT pk_log_tiles PRIMARY KEY (level, tile))""",
    """CREATE TABLE log_heads (
        size BIGINT NOT NULL, root {bytes} NOT NULL, sealed_at BIGINT NOT NULL, last_xid BIGINT NOT NULL,
        last_seq BIGINT NOT NULL, CONSTRAINT pk_log_heads PRIMARY KEY (size))""",
    """CREATE TABLE job_progress (
        job TEXT NOT NULL, cut_off BIGINT NOT NULL, after_member_id {uuid}, done BIGINT NOT NULL, finished_at BIGINT,
        CONSTRAINT pk_job_progress PRIMARY KEY (job))""",
    """CREATE TABLE simulation_clock (
        id INTEGER NOT NULL, now BIGINT NOT NULL, CONSTRAINT pk_simulation_clock PRIMARY KEY (id))""",
    """CREATE TABLE quotes (
        quote_id {uuid} NOT NULL, member_id {uuid} NOT NULL, receiving_code TEXT NOT NULL, commitment {bytes} NOT NULL,
        destination_brand INTEGER NOT NULL, points BIGINT NOT NULL, alliance_units BIGINT NOT NULL,
        estimated_points BIGINT NOT NULL, rate_version INTEGER NOT NULL, created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL, conversion_id {uuid}, CONSTRAINT pk_quotes PRIMARY KEY (quote_id))""",
    """CREATE TABLE receiving_codes (
        commitment {bytes} NOT NULL, member_id {uuid} NOT NULL, salt {bytes} NOT NULL, rate_version INTEGER NOT NULL,
        code TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
        CONSTRAINT pk_receiving_codes PRIMARY KEY (commitment))""",
    """CREATE TABLE conversions (
        conversion_id {uuid} NOT NULL, direction TEXT NOT NULL, member_id {uuid} NOT NULL, status TEXT NOT NULL,
        points BIGINT NOT NULL, alliance_units BIGINT NOT NULL, rate_version INTEGER NOT NULL,
        counterparty INTEGER NOT NULL, commitment {bytes} NOT NULL, deadline BIGINT NOT NULL,
        claim_address {bytes} NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, return_item_id {uuid},
        reason TEXT, CONSTRAINT pk_conversions PRIMARY KEY (conversion_id))""",
    "CREATE INDEX ix_conversions_member_id_created_at ON conversions (member_id, created_at)",
    "CREATE INDEX ix_conversions_claim_address ON conversions (claim_address)",
    "CREATE INDEX ix_conversions_status_deadline ON conversions (status, deadline)",
    "CREATE INDEX ix_conversions_return_item_id ON conversions (return_item_id)",
    """CREATE TABLE conversion_receipts (
        conversion_id {uuid} NOT NULL, step TEXT NOT NULL, block_number BIGINT NOT NULL, tx_hash {bytes} NOT NULL,
        seq BIGINT NOT NULL, item_index INTEGER NOT NULL, local_points BIGINT NOT NULL, alliance_units BIGINT NOT NULL,
        at BIGINT NOT NULL,
        CONSTRAINT pk_conversion_receipts PRIMARY KEY (conversion_id, step))""",
    """CREATE TABLE alliance_rates (
        brand_id INTEGER NOT NULL, version INTEGER NOT NULL, in_numerator TEXT NOT NULL,
        in_denominator TEXT NOT NULL, out_numerator TEXT NOT NULL,
        out_denominator TEXT NOT NULL, announced_at BIGINT NOT NULL, effective_at BIGINT NOT NULL,
        guaranteed_until BIGINT NOT NULL, CONSTRAINT pk_alliance_rates PRIMARY KEY (brand_id, version))""",
    """CREATE TABLE alliance_clock (
        id INTEGER NOT NULL, block_number BIGINT NOT NULL, block_hash {bytes} NOT NULL, block_timestamp BIGINT NOT NULL,
        alliance_time BIGINT NOT NULL, CONSTRAINT pk_alliance_clock PRIMARY KEY (id))""",
)

_SQLITE = {"uuid": "VARCHAR(36)", "bytes": "BLOB", "seq": "BIGINT NOT NULL", "xid": "BIGINT NOT NULL", "updated": ""}
_POSTGRESQL = {
    "uuid": "UUID",
    "bytes": "BYTEA",
    "seq": "BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY",
    "xid": "BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint)",
    # Rows of these tables are updated often: room on the page keeps the new versions there and off the indexes.
    "updated": " WITH (fillfactor = 50)",
}


def upgrade() -> None:
    """Create everything."""
    parts = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    for statement in _TABLES:
        op.execute(statement.format(**parts))


def downgrade() -> None:
    """Not offered: restore a backup instead."""
    raise NotImplementedError("restore a backup instead")
