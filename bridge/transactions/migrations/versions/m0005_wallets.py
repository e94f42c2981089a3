"""Items that wallets signed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("bridge_item", sa.Column("account", sa.LargeBinary(20)))
    op.add_column("bridge_item", sa.Column("account_nonce", sa.BigInteger))
    op.add_column("bridge_item", sa.Column("minimum", sa.BigInteger))
    op.add_column("bridge_item", sa.Column("signature", sa.LargeBinary(65)))
    op.create_index("ix_bridge_item_account", "bridge_item", ["account", "account_nonce"])


def downgrade() -> None:
    op.drop_index("ix_bridge_item_account", "bridge_item")
    for name in ("signature", "minimum", "account_nonce", "account"):
        op.drop_column("bridge_item", name)
