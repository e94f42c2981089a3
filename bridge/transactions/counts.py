"""How many items and batches are in which state (readiness, metrics, the console)."""

import sqlalchemy as sa

from bridge.transactions.database import reading
from bridge.transactions.tables import batch, item


def items_by_state(engine: sa.Engine) -> dict[str, int]:
    """Stored states; items of open batches count as BATCHED."""
    return _by_state(engine, item.c.state)


def batches_by_state(engine: sa.Engine) -> dict[str, int]:
    """Batches by state."""
    return _by_state(engine, batch.c.state)


def _by_state(engine: sa.Engine, column: "sa.Column[str]") -> dict[str, int]:
    with reading(engine) as connection:
        rows = connection.execute(sa.select(column, sa.func.count()).group_by(column)).all()
    return {str(state): int(count) for state, count in rows}
