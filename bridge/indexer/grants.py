"""Founder grants that our brand sponsors: where each lies, and its way home when nobody claimed it by its deadline.

Owns `bridge_sponsored_grant`, written inside the indexer's one commit. The return restores the sponsor's position; the
month stays used (the contract says so). It is the bridge's own business: the node is not told of it.
"""

import uuid
from collections.abc import Collection, Sequence

import msgspec
import sqlalchemy as sa

from bridge.indexer.model import ItemOutcome
from bridge.protocol.claims import claim_address
from bridge.protocol.founder_events import GrantPaid
from bridge.protocol.items import ItemKind, RejectReason
from bridge.transactions.founder_tables import sponsored_grant as grant
from bridge.transactions.states import ItemState
from bridge.transactions.tables import item

_PER_BLOCK = 500


class SponsoredGrant(msgspec.Struct, frozen=True):
    """A grant out of our vault. `state`: waiting (for a claim until `deadline`), claimed, returning, returned."""

    token_id: int
    month: int
    units: int
    deadline: int
    state: str


def sponsored(connection: sa.Connection) -> list[SponsoredGrant]:
    """All of them, the oldest deadline first."""
    joined = grant.outerjoin(item, item.c.item_id == grant.c.item_id)
    query = (
        sa.select(grant, item.c.state.label("sent")).select_from(joined).order_by(grant.c.deadline, grant.c.token_id)
    )
    return [
        SponsoredGrant(row.token_id, row.month, row.units, row.deadline, _state(row.emptied_block, row.sent))
        for row in connection.execute(query)
    ]


def paid(connection: sa.Connection, event: GrantPaid, domain: bytes) -> None:
    """A grant filled its claim address (again, if two memberships' holders named the same one)."""
    address = claim_address(domain, event.sponsor_brand, event.commitment, event.claim_deadline)
    here = sa.update(grant).where(grant.c.claim_address == address)
    more = sa.case((grant.c.emptied_block.is_(None), grant.c.units), else_=0) + event.units
    if connection.execute(here.values(units=more, emptied_block=None, item_id=None)).rowcount == 0:
        row = {
            "claim_address": address,
            "token_id": event.token_id,
            "month": event.month,
            "commitment": event.commitment,
            "deadline": event.claim_deadline,
            "units": event.units,
            "attempts": 0,
        }
        connection.execute(sa.insert(grant).values(row))


def emptied(connection: sa.Connection, addresses: Sequence[bytes], number: int) -> None:
    """Claimed by a brand, or returned by us."""
    here = sa.update(grant).where(grant.c.claim_address.in_(addresses), grant.c.emptied_block.is_(None))
    connection.execute(here.values(emptied_block=number))


def send_home(connection: sa.Connection, alliance_time: int) -> None:
    """Enqueue the return of every grant that still lies at its claim address at its deadline."""
    query = sa.select(grant).where(
        grant.c.emptied_block.is_(None), grant.c.item_id.is_(None), grant.c.deadline <= alliance_time
    )
    for row in connection.execute(query.order_by(grant.c.deadline).limit(_PER_BLOCK)).all():
        attempt = row.attempts + 1
        item_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"grant:{row.claim_address.hex()}:{attempt}:return"))
        if connection.execute(sa.select(item.c.position).where(item.c.item_id == item_id)).first() is None:
            connection.execute(sa.insert(item).values(_return(item_id, row)))
        here = sa.update(grant).where(grant.c.claim_address == row.claim_address)
        connection.execute(here.values(item_id=item_id, attempts=attempt))


def answered(connection: sa.Connection, outcomes: Collection[ItemOutcome], number: int) -> set[str]:
    """Which of these items were our returns. One that came too early (the alliance was paused) is sent again."""
    ids = [one.item_id for one in outcomes if one.kind == ItemKind.RETURN]
    if not ids:
        return set()
    ours = set(connection.scalars(sa.select(grant.c.item_id).where(grant.c.item_id.in_(ids))))
    for one in outcomes:
        if one.item_id in ours and not one.accepted:
            is_gone = one.reason == RejectReason.NOTHING_TO_CLAIM
            values = {"emptied_block": number} if is_gone else {"item_id": None}
            connection.execute(sa.update(grant).where(grant.c.item_id == one.item_id).values(values))
    return ours


def _return(item_id: str, row: "sa.Row[tuple[object, ...]]") -> dict[str, object]:
    fields = row._mapping
    return {
        "item_id": item_id,
        "kind": ItemKind.RETURN,
        "rate_version": 0,
        "counterparty": 0,
        "deadline": fields["deadline"],
        "amount": 0,
        "payload": fields["commitment"],
        "state": ItemState.HELD,
    }


def _state(emptied_block: int | None, sent: str | None) -> str:
    if emptied_block is not None:
        return "returned" if sent == ItemState.CAPTURED else "claimed"
    return "waiting" if sent is None else "returning"
