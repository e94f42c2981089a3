"""Opening batches: HELD → BATCHED → SIGNED, with a dry run in between.

Owns batch numbers and nonces: both rise together, and a nonce is stored with its bytes before anything is sent.
"""

from bridge.chain.rpc import RpcError
from bridge.chain.transactions import Unsigned, fees_for, sign_transaction
from bridge.protocol.words import format_address
from bridge.transactions import bisect, store
from bridge.transactions.context import Context
from bridge.transactions.database import reading, writing
from bridge.transactions.desk import Head, RpcInconsistent, revert_name
from bridge.transactions.states import Halted, HaltReason, ItemState
from bridge.transactions.store import QueuedItem
from bridge.transactions.tracking import Tracking


class Batching:
    """The part of a sender that opens, tries, signs and first sends batches."""

    def __init__(self, context: Context, tracking: Tracking) -> None:
        self._context = context
        self._tracking = tracking
        self._waiting_since: int | None = None

    def open_batches(self, now: int) -> bool:
        """Open as many batches as may be in flight; True when one was opened."""
        moved = False
        while self._may_open(now):
            if not self._open(now):
                break
            moved = True
        return moved

    def _may_open(self, now: int) -> bool:
        """Whether a batch may be signed now. After a revert, later batches in flight must come down first, so that
        numbers and nonces stay in the same order. A batch that isn't full waits while another is in flight, but not
        longer than `batch_seconds`."""
        settings = self._context.settings
        with reading(self._context.engine) as connection:
            waiting = store.held_count(connection, settings.batch_size)
            unsigned = store.unsigned_batch(connection)
            if not waiting and unsigned is None:
                self._waiting_since = None
                return False
            flying = store.in_flight(connection)
        if unsigned is not None:
            return all(one.seq < unsigned[0] for one in flying)
        if len(flying) >= settings.max_in_flight:
            return False
        return waiting >= settings.batch_size or not flying or self._waited(now)

    def _waited(self, now: int) -> bool:
        """Whether items have waited for a fuller batch long enough."""
        if self._waiting_since is None or now < self._waiting_since:
            self._waiting_since = now
        return now - self._waiting_since >= self._context.settings.batch_seconds

    def _open(self, now: int) -> bool:
        context = self._context
        with reading(context.engine) as connection:
            seq, attempts = store.unsigned_batch(connection) or (store.last_seq(connection) + 1, 0)
        head = context.desk.head()
        context.refuse_lost_chain(head)
        queued, gas = self._compose(seq, attempts + 1, head)
        if not queued:
            return False
        self._sign(seq, attempts + 1, queued, head, gas)
        with reading(context.engine) as connection:
            fresh = [one for one in store.in_flight(connection) if one.seq == seq]
        self._tracking.send(fresh, now)
        self._waiting_since = None
        return True

    def _compose(self, seq: int, attempt: int, head: Head) -> tuple[list[QueuedItem], int]:
        """A stored batch that passes its dry run, and the gas it needs; each round takes out culprits or shrinks it."""
        context = self._context
        size = context.settings.batch_size
        while True:
            with writing(context.engine) as connection:
                context.lease.fence(connection)
                queued = store.compose(connection, seq, size, context.reference_key)
            context.checkpoint("BATCHED")
            if not queued:
                return [], 0
            gas = self._enough_gas(queued, head, attempt)
            if gas is not None:
                return queued, gas
            verdict = self._find_culprits(queued, head)
            self._take_out(seq, queued, verdict)
            size = verdict.keep or size

    def _enough_gas(self, queued: list[QueuedItem], head: Head, attempt: int) -> int | None:
        """A gas limit with which the batch passes on the pinned block, under the number that block expects."""
        desk, items = self._context.desk, [one.item for one in queued]
        gas, most = desk.gas(items, head, attempt), desk.most_gas(head)
        while True:
            error = desk.dry_runs([items], head, gas)[0]
            if error is None:
                return gas
            self._refuse_desk_errors(error)
            if gas >= most:
                return None
            gas = min(gas * 2, most)

    def _find_culprits(self, queued: list[QueuedItem], head: Head) -> bisect.Verdict:
        """Who makes the batch revert even with all the gas there is. Raises Halted (EVERY_ITEM_REVERTS)."""
        desk = self._context.desk

        def passes(groups: list[list[QueuedItem]]) -> list[bool]:
            runs = desk.dry_runs([[one.item for one in group] for group in groups], head, desk.most_gas(head))
            return [error is None for error in runs]

        verdict = bisect.find_culprits(queued, passes)
        if len(verdict.culprits) == len(queued) > 1:
            detail = f"each of {len(queued)} items makes a batch revert"
            raise Halted(self._context.brand_id, HaltReason.EVERY_ITEM_REVERTS, detail)
        return verdict

    def _refuse_desk_errors(self, error: RpcError) -> None:
        name = revert_name(error)
        if name == "NotHotKey":
            address = format_address(self._context.signer.address)
            raise Halted(self._context.brand_id, HaltReason.NOT_HOT_KEY, f"{address} is not the brand's hot key")
        if name in ("BatchOutOfSequence", "InvalidItemsLength"):
            raise RpcInconsistent(f"a dry run ended in {name} on the block that was asked for the number")

    def _take_out(self, seq: int, queued: list[QueuedItem], verdict: bisect.Verdict) -> None:
        culprits = [queued[index].position for index in verdict.culprits]
        excess = [] if verdict.keep is None else [one.position for one in queued[verdict.keep :]]
        with writing(self._context.engine) as connection:
            self._context.lease.fence(connection)
            store.give_back(connection, culprits, ItemState.QUARANTINED)
            store.give_back(connection, excess, ItemState.HELD)
            store.drop_if_last_and_empty(connection, seq)
        if culprits:
            self._context.checkpoint("QUARANTINED")

    def _sign(self, seq: int, attempt: int, queued: list[QueuedItem], head: Head, gas: int) -> None:
        context, settings = self._context, self._context.settings
        items = [one.item for one in queued]
        fees = fees_for(
            head.base_fee,
            gas_price=settings.gas_price,
            priority_fee=settings.priority_fee,
            headroom=settings.fee_headroom,
        )
        data = context.desk.calldata(seq, items)
        with reading(context.engine) as connection:
            nonce = max(store.last_nonce(connection, context.signer.address) + 1, head.nonce)
        unsigned = Unsigned(context.book.chain_id, nonce, gas, context.desk.address, data, fees)
        signed = sign_transaction(context.signer, unsigned)  # may ask an external signer: no database work is open
        with writing(context.engine) as connection:
            context.lease.fence(connection)  # nobody else signed meanwhile; the nonce's unique key says the same
            store.store_signed(connection, seq, attempt, context.signer.address, nonce, signed)
        context.checkpoint("SIGNED")
