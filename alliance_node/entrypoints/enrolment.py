"""Enrols members: the ledger's stream and the vault's record in one transaction; neither exists without the other.

Owns this composition only: the ledger decides, the vault encrypts. A replay never writes personal data again.
"""

import uuid
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.adapters.identity.vault import Consent, PersonalRecord
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.group_commit import commit_group
from alliance_node.domain.commands import EnrolMember
from alliance_node.entrypoints.composition import Node


class Enrolment(msgspec.Struct, frozen=True):
    """One member to enrol; the three idempotency fields as in Envelope."""

    member_id: str
    timezone: str
    occurred_at: int
    fields: dict[str, str]
    consents: tuple[Consent, ...] = ()
    client_id: str | None = None
    idempotency_key: str | None = None
    body_hash: bytes | None = None

    def envelope(self) -> Envelope:
        """The ledger's part."""
        command = EnrolMember(self.member_id, self.timezone, self.occurred_at)
        return Envelope(command, self.client_id, self.idempotency_key, self.body_hash)


def new_member_id() -> str:
    """A random pseudonym: nothing about the person can be computed from it."""
    return str(uuid.uuid4())


def member_of(result: Result) -> str:
    """The id of the member that a result is about; for a replay the first one."""
    return msgspec.json.decode(result.body, type=_Enrolled).event.member_id


class _EventName(msgspec.Struct):
    member_id: str


class _Enrolled(msgspec.Struct):
    event: _EventName


def enrol(node: Node, enrolments: Sequence[Enrolment], now: int) -> list[Result]:
    """All in one commit; one that breaks it fails alone, with `failure` set (pitfall 36)."""

    def work(connection: Connection, part: Sequence[Enrolment]) -> list[Result]:
        results = node.ledger.execute_in(connection, [each.envelope() for each in part], now)
        fresh = [each for each, result in zip(part, results, strict=True) if result.outcome == "accepted"]
        records = [PersonalRecord(each.member_id, each.fields, each.consents) for each in fresh]
        node.vault.store_many(connection, records, now)
        return results

    return commit_group(node.store, enrolments, work)
