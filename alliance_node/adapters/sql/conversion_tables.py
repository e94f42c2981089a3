"""Tables of conversions: quotes, receiving codes, conversions and their chain receipts, and what the chain last said.

Owns names and columns. The outgoing items themselves live in the bridge's own tables.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

quotes = sa.Table(
    "quotes",
    metadata,
    sa.Column("quote_id", uuid_type(), primary_key=True),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("receiving_code", sa.Text, nullable=False),
    sa.Column("commitment", sa.LargeBinary, nullable=False),
    sa.Column("destination_brand", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("alliance_units", sa.BigInteger, nullable=False),
    sa.Column("estimated_points", sa.BigInteger, nullable=False),
    sa.Column("rate_version", sa.Integer, nullable=False),
    sa.Column("created_at", instant_type(), nullable=False),
    sa.Column("expires_at", instant_type(), nullable=False),
    sa.Column("conversion_id", uuid_type()),
)

receiving_codes = sa.Table(
    "receiving_codes",
    metadata,
    sa.Column("commitment", sa.LargeBinary, primary_key=True),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("rate_version", sa.Integer, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("created_at", instant_type(), nullable=False),
    sa.Column("expires_at", instant_type(), nullable=False),
    sa.Column("award", sa.Text),
)

conversions = sa.Table(
    "conversions",
    metadata,
    sa.Column("conversion_id", uuid_type(), primary_key=True),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("alliance_units", sa.BigInteger, nullable=False),
    sa.Column("rate_version", sa.Integer, nullable=False),
    sa.Column("counterparty", sa.Integer, nullable=False),
    sa.Column("commitment", sa.LargeBinary, nullable=False),
    sa.Column("deadline", instant_type(), nullable=False),
    sa.Column("claim_address", sa.LargeBinary, nullable=False),
    sa.Column("created_at", instant_type(), nullable=False),
    sa.Column("updated_at", instant_type(), nullable=False),
    sa.Column("return_item_id", uuid_type()),
    sa.Column("reason", sa.Text),
    sa.Column("award", sa.Text),
    sa.Column("award_refusal", sa.Text),
    sa.Index("ix_conversions_member_id_created_at", "member_id", "created_at"),
    sa.Index("ix_conversions_claim_address", "claim_address"),
    sa.Index("ix_conversions_status_deadline", "status", "deadline"),
    sa.Index("ix_conversions_return_item_id", "return_item_id"),
)

conversion_receipts = sa.Table(
    "conversion_receipts",
    metadata,
    sa.Column("conversion_id", uuid_type(), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("block_number", sa.BigInteger, nullable=False),
    sa.Column("tx_hash", sa.LargeBinary, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("item_index", sa.Integer, nullable=False),
    sa.Column("local_points", sa.BigInteger, nullable=False),
    sa.Column("alliance_units", sa.BigInteger, nullable=False),
    sa.Column("at", instant_type(), nullable=False),
)

alliance_rates = sa.Table(
    "alliance_rates",
    metadata,
    sa.Column("brand_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("in_numerator", sa.Text, nullable=False),
    sa.Column("in_denominator", sa.Text, nullable=False),
    sa.Column("out_numerator", sa.Text, nullable=False),
    sa.Column("out_denominator", sa.Text, nullable=False),
    sa.Column("announced_at", instant_type(), nullable=False),
    sa.Column("effective_at", instant_type(), nullable=False),
    sa.Column("guaranteed_until", instant_type(), nullable=False),
)

alliance_clock = sa.Table(
    "alliance_clock",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("block_number", sa.BigInteger, nullable=False),
    sa.Column("block_hash", sa.LargeBinary, nullable=False),
    sa.Column("block_timestamp", instant_type(), nullable=False),
    sa.Column("alliance_time", instant_type(), nullable=False),
)
