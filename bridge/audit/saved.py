"""An interrupted audit on disk: everything up to its last verified block, signed by the auditor.

Owns the file's form, its signature, and the refusal of a file that was altered, that belongs to another question, or
that another version of this auditor wrote. Who goes on from it gets the report of a run from the start.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

import msgspec

from bridge.audit.anchors import CHECKPOINT, anchored_block_is_the_same
from bridge.audit.course import Course
from bridge.audit.evidence import Link
from bridge.audit.findings import Finding
from bridge.chain.keys import Signer
from bridge.protocol.keccak import keccak
from bridge.protocol.words import BadSignature, recover_signer

_FORMAT = "points-alliance-audit-state/1"
_TAG = keccak(b"PointsAlliance.AuditState.v1")
_CODE = Path(__file__).resolve().parents[1]


class SavedAuditRefused(Exception):
    """The state file cannot be gone on with. Nothing is lost by removing it but time."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the state file {path} {why}; remove it to audit from the start")


class _Saved(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    question: str
    checkpoint: tuple[int, bytes] | None
    auditor_code: str
    block: int
    block_hash: bytes
    validators: tuple[bytes, ...]
    state_root: bytes | None
    parent_hash: bytes
    awaited: list[str]
    events: int
    examined: dict[str, int]
    failed: dict[str, int]
    unchecked: dict[str, int]
    kept: list[Finding]
    states: dict[str, msgspec.Raw]


def save(course: Course, path: Path, key: Signer) -> None:
    """Write the file in one step; a crash leaves the one before."""
    assert course.link is not None
    tally, alliance, anchor = course.tally, course.alliance, course.checkpoint
    content = _Saved(
        format=_FORMAT,
        question=_question(course),
        checkpoint=(anchor.number, anchor.block_hash) if anchor is not None else None,
        auditor_code=_auditor_code(),
        block=course.link.number,
        block_hash=course.link.block_hash,
        validators=course.link.validators,
        state_root=course.state_root,
        parent_hash=course.parent_hash,
        awaited=sorted(course.creations.not_seen),
        events=course.replay.events,
        examined=dict(tally.examined),
        failed=dict(tally.failed),
        unchecked=dict(tally.unchecked),
        kept=tally.kept,
        states=alliance.save(),
    )
    payload = msgspec.json.encode(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.write(f"0x{key.sign_digest(_digest(payload)).hex()}\n".encode() + payload)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def resume(course: Course, path: Path, key: Signer) -> None:
    """Bring a fresh course to where the file left off; no file, nothing to do. Raises SavedAuditRefused, OSError."""
    try:
        signature, _, payload = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return
    _require_signature(path, signature, payload, key)
    try:
        content = msgspec.json.decode(payload, type=_Saved)
    except msgspec.MsgspecError as error:
        raise SavedAuditRefused(path, f"is not a saved audit ({error})") from error
    if content.auditor_code != _auditor_code():
        raise SavedAuditRefused(path, "was written by another version of this auditor, which checked other things")
    if content.question != _question(course):
        raise SavedAuditRefused(path, "belongs to another address book, node export or sources")
    _fill(course, content)
    _check_anchor(course, content, path)


def _check_anchor(course: Course, content: _Saved, path: Path) -> None:
    """A checkpoint that the saved run did not have is checked now, if it is the last block, or when its turn comes."""
    anchor, link = course.checkpoint, course.link
    course.tally.examined[CHECKPOINT.name] = int(anchor is not None)
    if anchor is None or link is None or (anchor.number, anchor.block_hash) == content.checkpoint:
        return
    if anchor.number < link.number:
        raise SavedAuditRefused(path, f"has passed block {anchor.number} without that checkpoint")
    if anchor.number == link.number:
        course.tally.add(anchored_block_is_the_same(link, course.book, anchor))


def _fill(course: Course, content: _Saved) -> None:
    course.alliance.restore(content.states)
    course.link = Link(content.block, content.block_hash, content.validators)
    course.state_root, course.parent_hash = content.state_root, content.parent_hash
    course.creations.expect_only(content.awaited)
    course.replay.events = content.events
    for counter, counts in (
        (course.tally.examined, content.examined),
        (course.tally.failed, content.failed),
        (course.tally.unchecked, content.unchecked),
    ):
        counter.clear()
        counter.update(counts)
    course.tally.kept[:] = content.kept


def _require_signature(path: Path, signature: bytes, payload: bytes, key: Signer) -> None:
    try:
        signer = recover_signer(_digest(payload), bytes.fromhex(signature.decode().removeprefix("0x")))
    except (BadSignature, ValueError) as error:
        raise SavedAuditRefused(path, "bears no signature: it was altered or is damaged") from error
    if signer != key.address:
        raise SavedAuditRefused(path, "was not signed by your key, or was altered since")


def _digest(payload: bytes) -> bytes:
    return keccak(_TAG + keccak(payload))


def _question(course: Course) -> str:
    """What the file is the answer to: with another book, export or sources, other things would have been read."""
    codes = [row.creation for _, row in sorted((course.compiled or {}).items())]
    return keccak(msgspec.json.encode((course.book, sorted(course.recorded), codes))).hex()


@cache
def _auditor_code() -> str:
    """A hash of the code that judges; one that checks more must begin again."""
    digest = hashlib.sha256()
    for path in sorted(_CODE.rglob("*.py")):
        digest.update(str(path.relative_to(_CODE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
