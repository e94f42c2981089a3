"""What the parts of a sender share: one brand's database, chain, key and settings."""

import time
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.settings import BridgeSettings
from bridge.transactions import store
from bridge.transactions.database import reading
from bridge.transactions.desk import Desk, Head, RpcInconsistent
from bridge.transactions.lease import Lease
from bridge.transactions.states import Halted, HaltReason

Checkpoint = Callable[[str], None]
_PATIENCE = 5


class AheadOfDatabase(ChainError):
    """The chain holds batches of this brand that the database does not know. The indexer finds out whose they are;
    until then nothing is sent."""

    code = "ahead_of_database"
    next_step = "Wait for the indexer: it says whose batches these are. Restored from a backup? Look for what it lost."


class Doubts:
    """Contradictions that a lagging RPC also shows (pitfall 21): believed only when seen several passes in a row, and
    for some seconds. Nothing is sent or applied meanwhile."""

    def __init__(self, seconds: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._seen: dict[HaltReason, tuple[int, float]] = {}

    def doubt(self, halted: Halted) -> None:
        """Raises RpcInconsistent the first times, then the halt itself."""
        before, since = self._seen.get(halted.reason, (0, self._clock()))
        count = before + 1
        self._seen[halted.reason] = count, since
        if count >= _PATIENCE and self._clock() - since >= self._seconds:
            raise halted
        raise RpcInconsistent(f"{halted.detail} (seen {count} times)")

    def clear(self, reason: HaltReason) -> None:
        """The chain agrees again."""
        self._seen.pop(reason, None)


class Context(msgspec.Struct, frozen=True):
    """`checkpoint` is called after each durable state change; production passes a function that does nothing."""

    engine: sa.Engine
    rpc: Rpc
    book: AddressBook
    brand_id: int
    signer: Signer
    settings: BridgeSettings
    reference_key: bytes
    desk: Desk
    lease: Lease
    doubts: Doubts
    checkpoint: Checkpoint

    def refuse_lost_chain(self, head: Head) -> None:
        """What was final here must be on the chain; else it lost blocks, and nothing is sent by itself.

        Raises RpcInconsistent, then Halted (CHAIN_BEHIND).
        """
        with reading(self.engine) as connection:
            first_open = store.first_unfinished_seq(connection)
            used = store.last_spent_nonce(connection, self.signer.address) + 1
        if head.next_seq < first_open or head.nonce < used:
            detail = (
                f"block {head.number} expects batch {head.next_seq} and nonce {head.nonce}; "
                f"batches below {first_open} and nonces below {used} were final"
            )
            self.doubts.doubt(Halted(self.brand_id, HaltReason.CHAIN_BEHIND, detail))
        self.doubts.clear(HaltReason.CHAIN_BEHIND)
