"""Founder memberships as the final blocks tell them: owners over time, nonces, grants.

Owns the rows of `bridge_founder*`, written inside the indexer's one commit; a reader learns who held a token
at the last final block before an instant, and nothing about blocks that are not final.
"""

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from bridge.indexer import grants
from bridge.indexer.model import Arrival
from bridge.indexer.scan import FounderLog, ScannedBlock
from bridge.protocol.claims import claim_address
from bridge.protocol.founder_events import GrantPaid, MembershipMoved, SignaturesCancelled
from bridge.transactions.founder_tables import founder, founder_grant, founder_owner

PAID_BY_MEMBERSHIP = 0
"""The batch number of an arrival that no batch brought: a founder grant."""


class Founder(msgspec.Struct, frozen=True):
    """A membership at the last final block; `nonce` is what the next signature must name, `last_month` 0: no grant."""

    token_id: int
    owner: bytes
    nonce: int
    last_month: int


def apply_founders(connection: sa.Connection, block: ScannedBlock, domain: bytes, brand_id: int) -> list[Arrival]:
    """Write what the block says; returns the grants, which arrive like convert-ins at whoever knows the commitment."""
    arrivals: list[Arrival] = []
    for log in block.founders:
        event = log.event
        if isinstance(event, MembershipMoved):
            _moved(connection, block, event)
        elif isinstance(event, SignaturesCancelled):
            changed = sa.update(founder).where(founder.c.token_id == event.token_id)
            connection.execute(changed.values(nonce=event.nonce + 1))
        elif isinstance(event, GrantPaid):
            _granted(connection, block, log, event)
            if event.sponsor_brand == brand_id:
                grants.paid(connection, event, domain)
            arrivals.append(_arrival(log, event, domain, brand_id))
    return arrivals


def founder_of(connection: sa.Connection, token_id: int) -> Founder | None:
    """One membership."""
    row = connection.execute(sa.select(founder).where(founder.c.token_id == token_id)).one_or_none()
    return None if row is None else Founder(*row)


def founders(connection: sa.Connection) -> list[Founder]:
    """All memberships, by number."""
    return [Founder(*row) for row in connection.execute(sa.select(founder).order_by(founder.c.token_id))]


def owner_before(connection: sa.Connection, token_id: int, instant: int) -> bytes | None:
    """Who held the token at the last final block before the instant; None: it did not exist."""
    query = (
        sa.select(founder_owner.c.owner)
        .where(founder_owner.c.token_id == token_id, founder_owner.c.since < instant)
        .order_by(founder_owner.c.block_number.desc())
    )
    return connection.execute(query.limit(1)).scalar_one_or_none()


def grants_of(connection: sa.Connection, token_ids: Sequence[int]) -> list["sa.Row[tuple[object, ...]]"]:
    """The grants of these memberships, oldest first."""
    query = sa.select(founder_grant).where(founder_grant.c.token_id.in_(token_ids))
    return list(connection.execute(query.order_by(founder_grant.c.month, founder_grant.c.token_id)))


def _moved(connection: sa.Connection, block: ScannedBlock, event: MembershipMoved) -> None:
    changed = sa.update(founder).where(founder.c.token_id == event.token_id)
    done = connection.execute(changed.values(owner=event.receiver, nonce=founder.c.nonce + 1))
    if done.rowcount == 0:
        row = {"token_id": event.token_id, "owner": event.receiver, "nonce": 1, "last_month": 0}
        connection.execute(sa.insert(founder).values(row))
    here = {"token_id": event.token_id, "block_number": block.number}
    again = sa.update(founder_owner).where(*(founder_owner.c[name] == value for name, value in here.items()))
    if connection.execute(again.values(owner=event.receiver)).rowcount == 0:
        connection.execute(sa.insert(founder_owner).values(**here, since=block.timestamp, owner=event.receiver))


def _granted(connection: sa.Connection, block: ScannedBlock, log: FounderLog, event: GrantPaid) -> None:
    changed = sa.update(founder).where(founder.c.token_id == event.token_id)
    connection.execute(changed.values(last_month=event.month))
    row = {
        "token_id": event.token_id,
        "month": event.month,
        "sponsor_brand": event.sponsor_brand,
        "commitment": event.commitment,
        "claim_deadline": event.claim_deadline,
        "units": event.units,
        "block_number": block.number,
        "tx_hash": log.tx_hash,
    }
    connection.execute(sa.insert(founder_grant).values(row))


def _arrival(log: FounderLog, event: GrantPaid, domain: bytes, brand_id: int) -> Arrival:
    address = claim_address(domain, event.sponsor_brand, event.commitment, event.claim_deadline)
    return Arrival(
        event.sponsor_brand,
        brand_id,
        event.commitment,
        event.claim_deadline,
        event.units,
        address,
        log.tx_hash,
        PAID_BY_MEMBERSHIP,
        log.log_index,
    )
