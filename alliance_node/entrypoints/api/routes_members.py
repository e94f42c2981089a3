"""Routes about who a member is: enrolment, look-up, erasure, page links. Personal data enters only here."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from alliance_node.adapters.identity import page_links
from alliance_node.adapters.identity.fields import FIELDS
from alliance_node.adapters.identity.vault import Consent
from alliance_node.application.envelopes import Result
from alliance_node.application.errors import UnknownMember
from alliance_node.application.wallets.linking import require_open_member
from alliance_node.entrypoints.api import schemas
from alliance_node.entrypoints.api.dependencies import (
    Admin,
    IdempotencyKey,
    Language,
    MembersReader,
    MembersWriter,
    NodeOf,
    answer,
    answer_of,
    instant_or_now,
)
from alliance_node.entrypoints.api.event_models import MEMBER_ID_PATTERN
from alliance_node.entrypoints.api.hot import refusal
from alliance_node.entrypoints.api.parsing import parse_instant
from alliance_node.entrypoints.api.problems import Problem, problem_of_error
from alliance_node.entrypoints.composition import Node
from alliance_node.entrypoints.enrolment import Enrolment, enrol, member_of, new_member_id
from alliance_node.entrypoints.erasure import erase as erase_person

router = APIRouter(tags=["members"])
MemberPath = Annotated[str, Path(pattern=MEMBER_ID_PATTERN, max_length=36)]


@router.post("/v1/members", status_code=201)
def enrol_member(
    body: schemas.NewMember, node: NodeOf, key: MembersWriter, idempotency_key: IdempotencyKey
) -> Response:
    """Enrols a member; personal data is encrypted before it reaches the database."""
    enrolment = _enrolment(node, body, key.key_id, idempotency_key)
    [result] = enrol(node, [enrolment], node.clock.now())
    if result.failure is not None:
        raise result.failure
    response = answer_of(result)
    return answer({"member_id": member_of(result), **json.loads(bytes(response.body))}, response.status_code)


@router.post("/v1/members/bulk", response_model=schemas.BulkAnswer)
def enrol_members(
    body: schemas.NewMembers, node: NodeOf, key: MembersWriter, idempotency_key: IdempotencyKey, language: Language
) -> Response:
    """Enrols many; one refused member does not stop the others."""
    enrolments = [
        _enrolment(node, member, key.key_id, f"{idempotency_key}:{position}")
        for position, member in enumerate(body.members)
    ]
    return answer({"results": [_item(result, language) for result in enrol(node, enrolments, node.clock.now())]})


@router.post("/v1/members/lookup")
def look_up(body: schemas.Lookup, node: NodeOf, key: MembersReader) -> Response:
    """The member with this phone or e-mail, through the blind index; logged as a read of personal data."""
    with node.store.write() as connection:
        found = node.vault.find(
            connection, body.field, body.value, reader=key.key_id, reason=body.reason, now=node.clock.now()
        )
    if found is None:
        raise UnknownMember("no member is known by that")
    return answer({"member_id": found})


@router.get("/v1/members/{member_id}/personal")
def personal_data(
    member_id: MemberPath,
    node: NodeOf,
    key: MembersReader,
    reason: Annotated[str, Query(min_length=3, max_length=200)],
    plain: bool = False,
) -> Response:
    """Personal data, masked; in clear only for keys with the scope admin. Every read is logged with the reason."""
    if plain and "admin" not in key.scopes:
        raise Problem(403, "scope_missing", "Reading personal data in clear needs admin.", "Leave `plain` out.")
    read = node.vault.read if plain else node.vault.read_masked
    with node.store.write() as connection:
        found = read(connection, member_id, FIELDS, reader=key.key_id, reason=reason, now=node.clock.now())
    return answer({"member_id": member_id, "masked": not plain, "personal": found})


@router.delete("/v1/members/{member_id}/personal", status_code=204)
def erase(member_id: MemberPath, node: NodeOf, key: Admin) -> Response:
    """Crypto-shredding: the member's data key is destroyed for ever and the stream ends; the pseudonym stays."""
    del key
    erase_person(node, member_id)
    return Response(status_code=204)


@router.post("/v1/members/{member_id}/consents", status_code=201)
def give_consent(member_id: MemberPath, body: schemas.ConsentGiven, node: NodeOf, key: MembersWriter) -> Response:
    """Records a decision about one purpose; earlier decisions stay as history."""
    del key
    node.queries.balance(member_id, node.clock.now())
    consent = _consent(body, node)
    with node.store.write() as connection:
        node.vault.record_consent(connection, member_id, consent)
    return answer({"member_id": member_id, "purpose": consent.purpose, "granted": consent.granted}, 201)


@router.post("/v1/members/{member_id}/page-links", status_code=201)
def make_page_link(member_id: MemberPath, request: Request, node: NodeOf, key: MembersWriter) -> Response:
    """A link that opens the member's page once within 15 minutes. Each call makes a new one. The page acts for the
    member if the key may convert; otherwise it only shows."""
    may_act = "convert" in key.scopes
    with node.store.write() as connection:
        require_open_member(node.ledger, connection, member_id)
        token = page_links.create_link(connection, node.page_key, member_id, node.wall_clock.now(), may_act=may_act)
    base = (node.settings.public_url or str(request.base_url)).rstrip("/")
    made = {"url": f"{base}/?link={token}", "may_act": may_act, "expires_in_seconds": page_links.LINK_SECONDS}
    return answer(made, 201)


def _enrolment(node: Node, body: schemas.NewMember, client_id: str, idempotency_key: str) -> Enrolment:
    return Enrolment(
        member_id=body.member_id or new_member_id(),
        timezone=body.timezone or node.timezone,
        occurred_at=instant_or_now(body.occurred_at, node),
        fields={name: value for name, value in body.personal.model_dump().items() if value is not None},
        consents=tuple(_consent(consent, node) for consent in body.consents),
        client_id=client_id,
        idempotency_key=idempotency_key,
        body_hash=node.vault.digest(body.model_dump_json().encode()),
    )


def _consent(body: schemas.ConsentGiven, node: Node) -> Consent:
    decided_at = parse_instant(body.decided_at) if body.decided_at else node.clock.now()
    return Consent(body.purpose, body.text_version, body.granted, decided_at)


def _member_of(result: Result) -> str:
    return str(json.loads(result.body)["event"]["member_id"])


def _item(result: Result, language: str) -> dict[str, Any]:
    if result.failure is not None:
        problem = problem_of_error(result.failure)
        if problem is None:
            raise result.failure
        return {"status": problem.status, "problem": problem.document(None, language)}
    if not result.accepted:
        problem = refusal(result)
        return {"status": problem.status, "problem": problem.document(None, language)}
    status = 200 if result.outcome == "replayed" else 201
    return {"status": status, "member_id": member_of(result), **json.loads(result.body)}
