"""Tables of what the brand publishes: daily heads of the sealed log, monthly statements and their lines. Owns names."""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

# `published_block`: a final block in which the record is on chain; null until it was seen there.
log_anchors = sa.Table(
    "log_anchors",
    metadata,
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("root", sa.LargeBinary, nullable=False),
    sa.Column("last_xid", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("swept_through", instant_type(), nullable=False),
    sa.Column("taken_at", instant_type(), nullable=False),
    sa.Column("published_block", sa.BigInteger),
)

statements = sa.Table(
    "statements",
    metadata,
    sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("cut_off", instant_type(), nullable=False),
    sa.Column("head_day", sa.Integer, nullable=False),
    sa.Column("log_size", sa.BigInteger, nullable=False),
    sa.Column("log_root", sa.LargeBinary, nullable=False),
    sa.Column("liabilities_root", sa.LargeBinary, nullable=False),
    sa.Column("total_points", sa.BigInteger, nullable=False),
    sa.Column("leaves", sa.BigInteger, nullable=False),
    sa.Column("rate_version", sa.Integer, nullable=False),
    sa.Column("made_at", instant_type(), nullable=False),
    sa.Column("published_block", sa.BigInteger),
)

statement_lines = sa.Table(
    "statement_lines",
    metadata,
    sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member_id", uuid_type(), primary_key=True),
    sa.Column("points", sa.BigInteger, nullable=False),
)
