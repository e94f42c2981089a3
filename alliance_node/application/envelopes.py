"""What goes into the ledger and what comes out: envelopes and results.

Owns the two shapes; it may not know how either travels (HTTP, CLI, files).
"""

from typing import Literal

import msgspec

from alliance_node.domain.commands import Command
from alliance_node.domain.events import Event

Outcome = Literal["accepted", "replayed", "refused"]


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """One command on its way to the ledger.

    With `client_id`, `idempotency_key` and `body_hash` (all three) the decided answer is stored under the key and given
    again to the same client, key and body. Without them only the business key protects against doubles.
    """

    command: Command
    client_id: str | None = None
    idempotency_key: str | None = None
    body_hash: bytes | None = None


class Result(msgspec.Struct, frozen=True):
    """What became of an envelope.

    `code` is "accepted" or the refusal's snake_case code. `outcome` "replayed" means: decided earlier, this is that
    first answer. `body` is JSON: of an accepted command
    `{"event": {"member_id", "version"}, "points", "balance": {"spendable", "held", "pending"}, "tier"}`; `version`
    is the place of the main event in the member's stream, the balance the one right after the decision; of
    a refusal `RefusedBody`. `events` are all events of the decision (of a sale that was replayed
    under a new key only the main one; none for refusals).
    `failure` is set, and `body` empty, when this command broke: the error belongs to its submitter.
    """

    outcome: Outcome
    code: str
    body: bytes
    events: tuple[Event, ...] = ()
    failure: Exception | None = None

    @classmethod
    def failed(cls, error: Exception) -> "Result":
        """The command could not be processed (a defect or a value the database refuses); nothing is stored."""
        return cls("refused", INTERNAL_ERROR, b"", (), error)

    @property
    def accepted(self) -> bool:
        """Whether the command has been carried out (now or earlier)."""
        return self.code == ACCEPTED


ACCEPTED = "accepted"
INTERNAL_ERROR = "internal_error"
