"""The sender: carries items from HELD to FINAL, one pass at a time; a crash between any two lines loses nothing.

Owns the order of a pass and the checks at its start. The states are in states.py; following what is in flight in
tracking.py; opening new batches in batching.py.
"""

import sqlalchemy as sa

from bridge.chain.keys import Signer
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.settings import BridgeSettings
from bridge.transactions import halts, rotation, store
from bridge.transactions.batching import Batching
from bridge.transactions.context import AheadOfDatabase, Checkpoint, Context, Doubts
from bridge.transactions.database import reading
from bridge.transactions.desk import Desk
from bridge.transactions.identity import require_own_database, require_same_chain
from bridge.transactions.lease import Lease
from bridge.transactions.states import Halted
from bridge.transactions.tracking import Tracking


class Sender:
    """One brand's sender. `checkpoint` is called after each durable state change (tests stop the process there)."""

    def __init__(
        self,
        engine: sa.Engine,
        rpc: Rpc,
        book: AddressBook,
        brand_id: int,
        signer: Signer,
        settings: BridgeSettings,
        *,
        reference_key: bytes,
        checkpoint: Checkpoint = lambda state: None,
    ) -> None:
        self.lease = Lease(engine, f"brand {brand_id}", settings.lease_seconds)
        self._context = Context(
            engine,
            rpc,
            book,
            brand_id,
            signer,
            settings,
            reference_key,
            Desk(rpc, book, brand_id, signer.address, settings),
            self.lease,
            Doubts(settings.doubt_seconds),
            checkpoint,
        )
        self._tracking = Tracking(self._context)
        self._batching = Batching(self._context, self._tracking)
        self._started = False

    def step(self, now: int) -> bool:
        """One pass; True when something changed. `now` (Unix seconds) counts for the lease and for resending only.

        Raises Halted, LeaseHeld, LeaseLost, RpcUnavailable, RpcError, WrongChainId, RpcInconsistent, AheadOfDatabase,
        OtherBrandsDatabase, KeyRotated.
        """
        context = self._context
        self.lease.hold(now)
        halts.refuse_if_halted(context.engine, context.brand_id)
        try:
            if not self._started:
                self._start()
            moved = self._tracking.follow(now)
            may_open = rotation.may_open_batches(
                context.engine, context.rpc, context.book, context.brand_id, context.signer.address
            )
            return (may_open and self._batching.open_batches(now)) or moved
        except Halted as halted:
            halts.record_halt(context.engine, halted)
            raise

    def forget_chain(self) -> None:
        """Check chain and numbers again before the next pass, as after a start (the RPC was away)."""
        self._started = False

    def _start(self) -> None:
        context = self._context
        require_same_chain(context.rpc, context.book, context.brand_id)
        final = context.desk.head(context.settings.finality_depth)
        context.refuse_lost_chain(final)
        with reading(context.engine) as connection:
            require_own_database(connection, context.brand_id)
            last = store.last_seq(connection)
            signed = store.last_nonce(connection, context.signer.address) + 1
        if final.next_seq > last + 1:
            raise AheadOfDatabase(f"the chain expects batch {final.next_seq}, this database knows batches up to {last}")
        pending = context.desk.pending_nonce()
        if pending > max(signed, context.desk.head().nonce):
            raise AheadOfDatabase(f"{pending - signed} transactions of this key wait in the chain's pool, unknown here")
        self._started = True
