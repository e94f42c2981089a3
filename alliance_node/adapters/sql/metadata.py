"""The node's one MetaData and the column types that differ between SQLite and PostgreSQL.

Owns naming; tables are declared in `tables.py` (ledger), `conversion_tables.py` and `adapters/identity/tables.py`.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)


def uuid_type() -> sa.types.TypeEngine[str]:
    """UUID strings: 16 bytes on PostgreSQL, the 36-character text on SQLite."""
    postgres: Any = postgresql.UUID(as_uuid=False)
    return sa.String(36).with_variant(postgres, "postgresql")


def instant_type() -> sa.types.TypeEngine[int]:
    """Unix seconds."""
    return sa.BigInteger()
