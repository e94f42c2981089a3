"""Enrols members: the ledger's stream and the vault's record in one transaction, so that neither exists without the other.

Owns this composition only: the ledger decides, the vault encrypts. A replay never writes personal data again.
"""

import hashlib
import uuid
from collections.abc import Sequence

import msgspec

from alliance_node.adapters.identity.errors import IdentityError
from alliance_node.adapters.identity.vault import Consent, PersonalRecord
from alliance_node.application.envelopes import Envelope, Result
from alliance_node.application.ports import TransactionAborted
from alliance_node.domain.commands import EnrolMember
from alliance_node.entrypoints.composition import Node

ATTEMPTS = 3


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


def body_digest(content: bytes) -> bytes:
    """What makes two enrolments under one key the same."""
    return hashlib.sha256(b"enrol\n" + content).digest()


def enrol(node: Node, enrolments: Sequence[Enrolment], now: int) -> list[Result | IdentityError]:
    """All in one commit; when the vault refuses one of them, each goes by itself and fails alone (pitfall 36)."""
    try:
        return list(_enrol_together(node, enrolments, now))
    except IdentityError as error:
        if len(enrolments) == 1:
            return [error]
    return [answer for enrolment in enrolments for answer in enrol(node, [enrolment], now)]


def _enrol_together(node: Node, enrolments: Sequence[Enrolment], now: int) -> list[Result]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with node.store.write() as connection:
                results = node.ledger.execute_in(connection, [each.envelope() for each in enrolments], now)
                fresh = [e for e, result in zip(enrolments, results, strict=True) if result.outcome == "accepted"]
                records = [PersonalRecord(each.member_id, each.fields, each.consents) for each in fresh]
                node.vault.store_many(connection, records, now)
            return results
        except TransactionAborted:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")
