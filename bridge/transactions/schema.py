"""Creating and upgrading the bridge's tables, apart from the node's own migrations.

Owns the version table `bridge_alembic_version`. It may not touch a table whose name doesn't begin with `bridge_`.
"""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

VERSION_TABLE = "bridge_alembic_version"


def upgrade(engine: sa.Engine) -> None:
    """Bring the bridge's tables to the newest version; a second run changes nothing."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
