"""The durable stop sign: once written, no bridge of this brand sends or applies anything until an operator resumes it.

Owns `bridge_halt`. It may not resume by itself.
"""

import sqlalchemy as sa

from bridge.transactions.database import reading, writing
from bridge.transactions.states import Halted, HaltReason
from bridge.transactions.tables import halt


class NotHaltedForThis(Exception):
    """A repair was asked for that does not fit what stopped the bridge, or nothing did."""

    code = "not_halted_for_this"
    next_step = "Look at what the bridge says (`/readyz`, its log): each halt names its own way out."

    def __init__(self, wanted: HaltReason, found: str | None) -> None:
        actual = f"it is halted for {found}" if found else "it is not halted"
        super().__init__(f"this repairs a bridge halted for {wanted}, and {actual}")


def refuse_if_halted(engine: sa.Engine, brand_id: int) -> None:
    """Raises Halted while the sign stands."""
    with reading(engine) as connection:
        row = connection.execute(sa.select(halt).where(halt.c.brand_id == brand_id)).one_or_none()
    if row is not None:
        raise Halted(brand_id, HaltReason(row.reason), row.detail)


def record_halt(engine: sa.Engine, halted: Halted) -> None:
    """Put the sign up; the first reason stays."""
    with writing(engine) as connection:
        standing = sa.update(halt).where(halt.c.brand_id == halted.brand_id).values(brand_id=halted.brand_id)
        if connection.execute(standing).rowcount == 0:
            values = {"brand_id": halted.brand_id, "reason": str(halted.reason), "detail": halted.detail}
            connection.execute(sa.insert(halt).values(values))


def resume(engine: sa.Engine, brand_id: int) -> bool:
    """An operator's decision after removing the cause; every check runs again. False when nothing was halted."""
    with writing(engine) as connection:
        return connection.execute(sa.delete(halt).where(halt.c.brand_id == brand_id)).rowcount == 1


def require(engine: sa.Engine, brand_id: int, reason: HaltReason) -> None:
    """A repair fits one cause. Raises NotHaltedForThis."""
    with reading(engine) as connection:
        row = connection.execute(sa.select(halt).where(halt.c.brand_id == brand_id)).one_or_none()
    if row is None or row.reason != reason:
        raise NotHaltedForThis(reason, None if row is None else row.reason)


def lift(connection: sa.Connection, brand_id: int) -> None:
    """Take the sign down inside the commit that removes its cause."""
    connection.execute(sa.delete(halt).where(halt.c.brand_id == brand_id))
