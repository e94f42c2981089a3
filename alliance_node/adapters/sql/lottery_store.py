"""Draws in SQL, and the set query that finds a draw's tickets among the ledger's redemptions.

Owns these statements; every method works inside the caller's transaction.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.lottery_tables import lottery_draws, lottery_parties
from alliance_node.adapters.sql.tables import events
from alliance_node.application.lottery_records import DrawRow, PartyRow
from alliance_node.domain.instants import Instant

_DRAW = [lottery_draws.c[name] for name in DrawRow.__struct_fields__]
_PARTY = [lottery_parties.c[name] for name in PartyRow.__struct_fields__]


class SqlLotteryStore(SqlDatabase):
    """Implements `application.lottery_records.LotteryStore`."""

    def add_draw(self, connection: sa.Connection, draw: DrawRow, parties: Sequence[PartyRow]) -> None:
        connection.execute(sa.insert(lottery_draws).values(msgspec.structs.asdict(draw)))
        connection.execute(sa.insert(lottery_parties), [msgspec.structs.asdict(party) for party in parties])

    def lock_draw(self, connection: sa.Connection, draw_id: str) -> DrawRow | None:
        query = sa.select(*_DRAW).where(lottery_draws.c.draw_id == draw_id)
        row = connection.execute(query.with_for_update() if self.is_postgresql else query).one_or_none()
        return None if row is None else DrawRow(*row)

    def draw(self, connection: sa.Connection, draw_id: str) -> DrawRow | None:
        row = connection.execute(sa.select(*_DRAW).where(lottery_draws.c.draw_id == draw_id)).one_or_none()
        return None if row is None else DrawRow(*row)

    def draws(self, connection: sa.Connection) -> list[DrawRow]:
        query = sa.select(*_DRAW).order_by(lottery_draws.c.closes.desc(), lottery_draws.c.draw_id)
        return [DrawRow(*row) for row in connection.execute(query)]

    def parties(self, connection: sa.Connection, draw_id: str) -> list[PartyRow]:
        query = sa.select(*_PARTY).where(lottery_parties.c.draw_id == draw_id).order_by(lottery_parties.c.place)
        return [PartyRow(*row) for row in connection.execute(query)]

    def save_draw(self, connection: sa.Connection, draw: DrawRow) -> None:
        changed = {name: getattr(draw, name) for name in ("status", "closing", "beacon", "drawn_at")}
        connection.execute(sa.update(lottery_draws).where(lottery_draws.c.draw_id == draw.draw_id).values(changed))

    def save_party(self, connection: sa.Connection, party: PartyRow) -> None:
        connection.execute(
            sa.update(lottery_parties)
            .where(lottery_parties.c.draw_id == party.draw_id, lottery_parties.c.place == party.place)
            .values(seed=party.seed, revealed_at=party.revealed_at)
        )

    def tickets(self, connection: sa.Connection, option: str, starts: Instant, closes: Instant) -> dict[str, int]:
        made, cancelled = events.alias("made"), events.alias("cancelled")
        back = sa.select(sa.literal(1)).where(
            cancelled.c.member_id == made.c.member_id,
            cancelled.c.refers_to == made.c.version,
            cancelled.c.kind == "redemption_cancelled",
        )
        tickets = sa.func.sum(sa.cast(self._field(made.c.payload, "quantity"), sa.BigInteger))
        query = (
            sa.select(made.c.member_id, tickets)
            .where(
                made.c.kind == "redemption_made",
                made.c.occurred_at >= starts,
                made.c.occurred_at < closes,
                self._field(made.c.payload, "option") == option,
                ~back.exists(),
            )
            .group_by(made.c.member_id)
        )
        return {str(row[0]): int(row[1]) for row in connection.execute(query)}

    def _field(self, payload: sa.Column[str], name: str) -> sa.ColumnElement[str]:
        """One field of an event's stored JSON, as text."""
        if self.is_postgresql:
            return sa.func.jsonb_extract_path_text(sa.cast(payload, JSONB), name, type_=sa.Text)
        return sa.func.json_extract(payload, f"$.{name}", type_=sa.Text)
