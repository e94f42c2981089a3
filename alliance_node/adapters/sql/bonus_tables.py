"""Tables of sponsored points: what the budgets that this brand may spend or pays for hold, as indexed; the bonuses and
awards that redemptions promised; the FUND and CLOSE items that this brand ordered.

Owns names and columns.
"""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata, uuid_type

sponsor_budgets = sa.Table(
    "sponsor_budgets",
    metadata,
    sa.Column("sponsor", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("terms", sa.LargeBinary, primary_key=True),
    sa.Column("deadline", instant_type(), primary_key=True, autoincrement=False),
    sa.Column("units", sa.BigInteger, nullable=False),
)

sponsored_budgets = sa.Table(
    "sponsored_budgets",
    metadata,
    sa.Column("beneficiary", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("terms", sa.LargeBinary, primary_key=True),
    sa.Column("deadline", instant_type(), primary_key=True, autoincrement=False),
    sa.Column("units", sa.BigInteger, nullable=False),
)

budget_orders = sa.Table(
    "budget_orders",
    metadata,
    sa.Column("item_id", uuid_type(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("beneficiary", sa.BigInteger, nullable=False),
    sa.Column("terms", sa.LargeBinary, nullable=False),
    sa.Column("deadline", instant_type(), nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("ordered_at", instant_type(), nullable=False),
)

spending_bonuses = sa.Table(
    "spending_bonuses",
    metadata,
    sa.Column("item_id", uuid_type(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, server_default="bonus"),
    sa.Column("redemption_id", sa.Text, nullable=False),
    sa.Column("member_id", uuid_type(), nullable=False),
    sa.Column("sponsor", sa.BigInteger, nullable=False),
    sa.Column("terms", sa.LargeBinary, nullable=False),
    sa.Column("deadline", instant_type(), nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("units", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("unspend_item_id", uuid_type()),
    sa.Column("updated_at", instant_type(), nullable=False),
    sa.UniqueConstraint("unspend_item_id", name="uq_spending_bonuses_unspend_item_id"),
    sa.Index("ix_spending_bonuses_status", "status"),
    sa.Index("ix_spending_bonuses_member_id", "member_id"),
)
