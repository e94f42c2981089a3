"""Routes about the program: what is in force, what is announced, what a new version would change (R-VAL-1, R-VAL-3)."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from alliance_node.application.activate_program import activate_program, announced_versions, withdraw_program
from alliance_node.application.errors import InvalidProgram, UnknownProgramVersion
from alliance_node.domain.instants import format_instant
from alliance_node.domain.program import CompiledProgram, ProgramInvalid, load_program, warnings
from alliance_node.domain.program.compare import worse_points
from alliance_node.domain.program.reindex import reindex
from alliance_node.domain.program.summary import summary
from alliance_node.entrypoints.api import views_programs as views
from alliance_node.entrypoints.api.dependencies import (
    Admin,
    IdempotencyKey,
    Language,
    MembersReader,
    NodeOf,
    answer,
    instant_or_now,
)
from alliance_node.entrypoints.api.once import once, request_digest
from alliance_node.entrypoints.api.problems import invalid_fields
from alliance_node.entrypoints.api.schemas import Body, Moment, example
from alliance_node.entrypoints.composition import Node

router = APIRouter(tags=["program"], prefix="/v1/program")
MAXIMUM_TEXT = 512 * 1024
VersionPath = Annotated[int, Path(ge=1, le=2**31 - 1)]
VersionQuery = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="The one in force, if left out.")]
ProgramText = Annotated[
    str, Field(min_length=1, max_length=MAXIMUM_TEXT, description="the program file, YAML", examples=["program: …"])
]


class ProgramToCheck(Body):
    """A program file that is not announced."""

    model_config = example(text="program: coffee\nschema_version: 1\n…", effective_from="2026-06-01T00:00:00+08:00")

    text: ProgramText
    effective_from: Moment | None = None


class NewVersion(Body):
    """A program file and from when on it is in force."""

    model_config = example(text="program: coffee\nschema_version: 1\n…", effective_from="2026-06-01T00:00:00+08:00")

    text: ProgramText
    effective_from: Moment


class Reindexing(Body):
    """By how much money thresholds and values move."""

    model_config = example(percent="2.5")

    percent: Annotated[str, Field(pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,6})?$", examples=["2.5"])]


@router.get("")
def program(node: NodeOf, key: MembersReader, language: Language, version: VersionQuery = None) -> Response:
    """The program in force, or the version asked for, and what it says in plain words."""
    del key
    file = _compiled(node, version).file
    text = file.model_dump_json(by_alias=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    head = {
        "version": file.version,
        "name": file.name.in_language(language),
        "currency": file.currency,
        "summary": summary(file, language),
    }
    return answer({**head, "sha256": digest, "program": file.model_dump(mode="json", by_alias=True)})


@router.get("/returns")
def returns(node: NodeOf, key: MembersReader, version: VersionQuery = None) -> Response:
    """What a member gets back of each unit of money: best, typical and worst option, per tier (R-VAL-1)."""
    del key
    compiled = _compiled(node, version)
    return answer({"version": compiled.version, **views.returns(compiled.file)})


@router.get("/versions")
def versions(node: NodeOf, key: MembersReader, language: Language) -> Response:
    """Every version with its dates, what it takes from members, and how they are told."""
    del key
    found = announced_versions(node.programs, node.clock.now())
    return answer({"versions": [views.version(view, language) for view in found]})


@router.get("/comparison")
def compare(
    node: NodeOf,
    key: MembersReader,
    old: Annotated[int, Query(ge=1, le=2**31 - 1)],
    new: Annotated[int, Query(ge=1, le=2**31 - 1)],
) -> Response:
    """Every point in which version `new` is worse for members than version `old`."""
    del key
    worse = worse_points(_compiled(node, old).file, _compiled(node, new).file)
    return answer({"old": old, "new": new, "worse": views.changes(worse)})


@router.post("/validation")
def validate(body: ProgramToCheck, node: NodeOf, key: Admin, language: Language) -> Response:
    """Checks a file without announcing it: all problems with their lines, advice, summary, returns, and in what it
    would be worse than the newest version."""
    del key
    try:
        file = load_program(body.text)
    except ProgramInvalid as error:
        return answer({"valid": False, "problems": views.problems(error.problems)})
    newest = announced_versions(node.programs, node.clock.now())[-1].version
    worse = worse_points(_compiled(node, newest).file, file, instant_or_now(body.effective_from, node))
    found: dict[str, Any] = {
        "valid": True,
        "problems": [],
        "warnings": views.problems(warnings(file, body.text)),
        "summary": summary(file, language),
        "returns": views.returns(file),
        "compared_with": newest,
        "worse": views.changes(worse),
    }
    return answer(found)


@router.post("/reindexed")
def reindexed(body: Reindexing, node: NodeOf, key: Admin) -> Response:
    """The newest version with every threshold and value moved by a percentage, as a file to announce (R-VAL-3), and in
    what it would be worse. Nothing is written."""
    del key
    with node.store.read() as connection:
        newest = node.programs.program_rows(connection)[-1]
    try:
        text = reindex(newest.yaml, body.percent, newest.version + 1)
    except ValueError as error:
        raise invalid_fields([{"field": "percent", "reason": str(error)}]) from None
    except ProgramInvalid as error:
        raise InvalidProgram(str(error)) from None
    worse = worse_points(load_program(newest.yaml), load_program(text), node.clock.now())
    return answer({"version": newest.version + 1, "text": text, "worse": views.changes(worse)})


@router.post("/versions", status_code=201)
def announce(body: NewVersion, request: Request, node: NodeOf, key: Admin, idempotency_key: IdempotencyKey) -> Response:
    """Announces a version from now on; what is worse for members needs the notice period, a refused version changes
    nothing (R-VAL-3)."""

    def act() -> Any:
        effective_from = instant_or_now(body.effective_from, node)
        file = activate_program(node.programs, body.text, effective_from, node.clock.now(), node.brand_id)
        return {"version": file.version, "effective_from": format_instant(effective_from)}

    return once(node, key, idempotency_key, request_digest(request, body), act)


@router.delete("/versions/{version}", status_code=204)
def withdraw(version: VersionPath, node: NodeOf, key: Admin) -> Response:
    """Takes back the last announced version before it is in force."""
    del key
    withdraw_program(node.programs, version, node.clock.now())
    return Response(status_code=204)


def _compiled(node: Node, version: int | None) -> CompiledProgram:
    book = node.queries.program_book()
    compiled = book.at(node.clock.now()) if version is None else book.version(version)
    if compiled is None:
        raise UnknownProgramVersion(f"this brand has no program version {version}")
    return compiled
