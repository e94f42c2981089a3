"""The table of notices that jobs write. Owns names and columns; the migration writes them out as DDL."""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

notices = sa.Table(
    "notices",
    metadata,
    sa.Column(
        "notice_no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(always=True), primary_key=True
    ),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("other", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("until", instant_type(), nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("created_at", instant_type(), nullable=False),
    sa.UniqueConstraint("member_id", "kind", "name", "until", "days", name="uq_notices_member"),
)
