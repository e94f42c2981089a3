"""Challenges, links and offers of founder memberships in SQL.

Owns these tables' statements; every method works inside the caller's transaction.
"""

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.founder_tables import founder_challenges, founder_links, founder_offers
from alliance_node.adapters.sql.tables import events, members
from alliance_node.application.founders.records import ChallengeRow, DueLink, LinkRow, OfferRow, PurchaseSeen
from alliance_node.domain.instants import Instant

_CHALLENGE = [founder_challenges.c[name] for name in ChallengeRow.__struct_fields__]
_LINK = [founder_links.c[name] for name in LinkRow.__struct_fields__]
_OFFER = [founder_offers.c[name] for name in OfferRow.__struct_fields__]


class SqlFounderStore(SqlDatabase):
    """Implements `application.founders.records.FounderStore`."""

    def add_challenge(self, connection: sa.Connection, row: ChallengeRow, now: Instant) -> None:
        connection.execute(sa.delete(founder_challenges).where(founder_challenges.c.deadline <= now))
        connection.execute(sa.insert(founder_challenges).values(msgspec.structs.asdict(row)))

    def take_challenge(self, connection: sa.Connection, challenge: bytes) -> ChallengeRow | None:
        query = sa.delete(founder_challenges).where(founder_challenges.c.challenge == challenge)
        row = connection.execute(query.returning(*_CHALLENGE)).one_or_none()
        return None if row is None else ChallengeRow(bytes(row[0]), *row[1:])

    def put_link(self, connection: sa.Connection, row: LinkRow) -> None:
        connection.execute(sa.delete(founder_links).where(founder_links.c.token_id == row.token_id))
        connection.execute(sa.insert(founder_links).values(msgspec.structs.asdict(row)))

    def drop_link(self, connection: sa.Connection, member_id: str, token_id: int) -> bool:
        query = sa.delete(founder_links).where(
            founder_links.c.member_id == member_id, founder_links.c.token_id == token_id
        )
        return connection.execute(query).rowcount == 1

    def drop_member(self, connection: sa.Connection, member_id: str) -> None:
        """Removes what the member has shown or was about to show: a link names the holder's account."""
        for table in (founder_links, founder_challenges):
            connection.execute(sa.delete(table).where(table.c.member_id == member_id))

    def links_of(self, connection: sa.Connection, member_id: str) -> list[LinkRow]:
        query = sa.select(*_LINK).where(founder_links.c.member_id == member_id).order_by(founder_links.c.token_id)
        return [LinkRow(*row) for row in connection.execute(query)]

    def due_links(self, connection: sa.Connection, limit: int) -> list[DueLink]:
        query = (
            sa.select(*_LINK, members.c.version)
            .join(members, members.c.member_id == founder_links.c.member_id)
            .where(members.c.version > founder_links.c.decided_through, members.c.closed_at.is_(None))
            .order_by(members.c.version - founder_links.c.decided_through, founder_links.c.token_id)
            .limit(limit)
        )
        return [DueLink(LinkRow(*row[:-1]), row[-1]) for row in connection.execute(query)]

    def purchases(self, connection: sa.Connection, member_id: str, after: int, limit: int) -> list[PurchaseSeen]:
        query = (
            sa.select(events.c.version, events.c.occurred_at, events.c.payload)
            .where(events.c.member_id == member_id, events.c.version > after, events.c.kind == "purchase_recorded")
            .order_by(events.c.version)
            .limit(limit)
        )
        return [PurchaseSeen(*row) for row in connection.execute(query)]

    def decided(self, connection: sa.Connection, token_id: int, through: int) -> None:
        query = sa.update(founder_links).where(founder_links.c.token_id == token_id)
        connection.execute(query.values(decided_through=through))

    def add_offer(self, connection: sa.Connection, row: OfferRow) -> None:
        same = sa.update(founder_offers).where(founder_offers.c.digest == row.digest)
        if connection.execute(same.values(signature=row.signature)).rowcount == 0:
            connection.execute(sa.insert(founder_offers).values(msgspec.structs.asdict(row)))

    def offer(self, connection: sa.Connection, digest: bytes) -> OfferRow | None:
        row = connection.execute(sa.select(*_OFFER).where(founder_offers.c.digest == digest)).one_or_none()
        return None if row is None else OfferRow(*row)

    def offers(self, connection: sa.Connection, now: Instant) -> list[OfferRow]:
        query = sa.select(*_OFFER).where(founder_offers.c.deadline > now)
        order = (founder_offers.c.price_units, founder_offers.c.token_id)
        return [OfferRow(*row) for row in connection.execute(query.order_by(*order).limit(1_000))]
