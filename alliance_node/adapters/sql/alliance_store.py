"""What the alliance published, as this node saw it on final blocks: rates of all brands and the alliance clock.

Owns the tables `alliance_rates` and `alliance_clock`. Written in the indexer's commit, read by quotes.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.conversion_tables import alliance_clock, alliance_rates
from alliance_node.domain.instants import Instant

_ROW = 1
_NUMBERS = ("in_numerator", "in_denominator", "out_numerator", "out_denominator")


class RateRow(msgspec.Struct, frozen=True):
    """One published version."""

    brand_id: int
    version: int
    in_numerator: int
    in_denominator: int
    out_numerator: int
    out_denominator: int
    announced_at: Instant
    effective_at: Instant
    guaranteed_until: Instant


class ClockRow(msgspec.Struct, frozen=True):
    """The last final block and what the alliance clock showed at it."""

    block_number: int
    block_hash: bytes
    block_timestamp: Instant
    alliance_time: Instant


def save_rates(connection: sa.Connection, rates: Sequence[RateRow]) -> None:
    """Keep new versions; uint64 numbers are kept as text because SQLite's integers are signed."""
    if rates:
        rows = [msgspec.structs.asdict(rate) for rate in rates]
        connection.execute(
            sa.insert(alliance_rates), [{**row, **{name: str(row[name]) for name in _NUMBERS}} for row in rows]
        )


def save_clock(connection: sa.Connection, clock: ClockRow) -> None:
    """Keep the newest final block."""
    values = msgspec.structs.asdict(clock)
    if connection.execute(sa.update(alliance_clock).where(alliance_clock.c.id == _ROW).values(values)).rowcount == 0:
        connection.execute(sa.insert(alliance_clock).values(id=_ROW, **values))


def load_clock(connection: sa.Connection) -> ClockRow | None:
    """The newest final block, or None before the first."""
    columns = [alliance_clock.c[name] for name in ClockRow.__struct_fields__]
    row = connection.execute(sa.select(*columns).where(alliance_clock.c.id == _ROW)).one_or_none()
    return None if row is None else ClockRow(*row)


def rates_of(connection: sa.Connection, brand_id: int) -> list[RateRow]:
    """A brand's versions, oldest first."""
    rows = connection.execute(
        sa.select(alliance_rates).where(alliance_rates.c.brand_id == brand_id).order_by(alliance_rates.c.version)
    ).mappings()
    return [RateRow(**{**row, **{name: int(row[name]) for name in _NUMBERS}}) for row in rows]
