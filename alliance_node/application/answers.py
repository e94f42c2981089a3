"""The JSON bodies of the ledger's answers.

Owns their shape (documented in `envelopes.Result`). Deterministic: the same decision gives the same bytes.
"""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from alliance_node.application.envelopes import ACCEPTED, Result
from alliance_node.application.errors import ApplicationError
from alliance_node.domain import quantities
from alliance_node.domain.errors import DomainError
from alliance_node.domain.event_facts import points_of
from alliance_node.domain.events import Event
from alliance_node.domain.instants import Instant
from alliance_node.domain.state import MemberState


class EventRef(msgspec.Struct, frozen=True):
    """An event's place in its member's stream."""

    member_id: str
    version: int


class Balance(msgspec.Struct, frozen=True):
    """The three quantities that a member sees."""

    spendable: int
    held: int
    pending: int


class AcceptedBody(msgspec.Struct, frozen=True):
    """`event` is the decision's main event."""

    event: EventRef
    points: int
    balance: Balance
    tier: str


class RefusedBody(msgspec.Struct, frozen=True):
    """Why, with the numbers, and what to do next, in both languages (bodies of earlier versions: in English)."""

    code: str
    message: str
    next_step: str
    chinese: str = ""
    next_step_chinese: str = ""


_encode = msgspec.json.Encoder().encode


def accepted_body(state: MemberState, version: int, main: Event | None, at: Instant) -> bytes:
    """The body of an accepted command, with the member's balance at `at`."""
    spendable, held, pending = quantities.spendable(state, at), quantities.held(state), quantities.pending(state, at)
    points = points_of(main) if main is not None else 0
    return (  # `AcceptedBody`, written out: one for every command
        f'{{"event":{{"member_id":"{state.member_id}","version":{version}}},"points":{points},'
        f'"balance":{{"spendable":{spendable},"held":{held},"pending":{pending}}},"tier":{_json_text(state.tier)}}}'
    ).encode()


@lru_cache(maxsize=256)
def _json_text(text: str) -> str:
    return _encode(text).decode()


def refused_body(error: DomainError | ApplicationError) -> bytes:
    """The body of a refusal."""
    return _encode(RefusedBody(error.code, error.message, error.next_step, error.chinese, error.next_step_chinese))


def accepted(state: MemberState, version: int, main: Event | None, events: Sequence[Event], at: Instant) -> Result:
    """Carried out just now."""
    return Result("accepted", ACCEPTED, accepted_body(state, version, main, at), tuple(events))


def refused(error: DomainError | ApplicationError) -> Result:
    """Refused just now."""
    return Result("refused", error.code, refused_body(error))
