"""The node's schema history (Alembic). Owns `upgrade`; each version file owns one step and is never edited later."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from alliance_node.adapters.sql.engine import translated_errors

VERSION_TABLE = "node_alembic_version"


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the database to the newest schema; a second run changes nothing. Raises DatabaseUnavailable."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with translated_errors(), engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # one migrating process at a time
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7022018)"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
