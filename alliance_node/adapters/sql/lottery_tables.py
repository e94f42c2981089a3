"""Tables of lotteries: draws and the parties' seeds. Owns names and columns; tickets are the ledger's redemptions."""

import sqlalchemy as sa

from alliance_node.adapters.sql.metadata import instant_type, metadata

lottery_draws = sa.Table(
    "lottery_draws",
    metadata,
    sa.Column("draw_id", sa.Text, primary_key=True),
    sa.Column("option", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("program_version", sa.Integer, nullable=False),
    sa.Column("starts", instant_type(), nullable=False),
    sa.Column("closes", instant_type(), nullable=False),
    sa.Column("announcement", sa.Text, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("closing", sa.Text),
    sa.Column("beacon", sa.Text),
    sa.Column("drawn_at", instant_type()),
    sa.UniqueConstraint("option", "closes", name="uq_lottery_draws_option_closes"),
)

lottery_parties = sa.Table(
    "lottery_parties",
    metadata,
    sa.Column("draw_id", sa.Text, primary_key=True),
    sa.Column("place", sa.SmallInteger, primary_key=True),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("seed", sa.LargeBinary),
    sa.Column("revealed_at", instant_type()),
)
