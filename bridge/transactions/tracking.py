"""Following what was signed: send, send again, and read receipts until they are final.

Owns the order "stored, then sent". It never ends a transaction by a timeout: time only sends the same bytes again.
"""

import re
from collections.abc import Sequence

from bridge.chain.evidence import fetch_block_evidence
from bridge.chain.rpc import RpcError
from bridge.protocol.words import format_address
from bridge.transactions import store
from bridge.transactions.context import Context
from bridge.transactions.database import reading, writing
from bridge.transactions.desk import Head, RpcInconsistent
from bridge.transactions.states import (
    BatchState,
    Halted,
    HaltReason,
    InFlight,
    Receipt,
    Step,
    View,
    next_step,
)


class Tracking:
    """The part of a sender that looks after live transactions."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def follow(self, now: int) -> bool:
        """One look at everything in flight; True when a state changed."""
        with reading(self._context.engine) as connection:
            flying, void = store.in_flight(connection), store.void(connection)
        if not flying and not void:
            return False
        final = self._context.desk.head(self._context.settings.finality_depth)
        self._context.refuse_lost_chain(final)
        receipts = self._context.desk.receipts([one.hash for one in flying])
        nonces = self._nonces({one.sender for one in flying} | {sender for _, sender, _, _ in void}, final)
        self._spend(void, nonces)
        moved = False
        to_send = []
        for one, receipt in zip(flying, receipts, strict=True):
            view = View(final.number, nonces[one.sender])
            step = next_step(one, receipt, view, now, self._context.settings.resend_after)
            if step == Step.SEND:
                to_send.append(one)
            elif step == Step.SUSPECT_NONCE:
                moved = self._suspect(one, final) or moved
            elif step != Step.WAIT:
                moved = self._record(one, receipt, step, final) or moved
        self.send(to_send, now)
        return moved or any(one.batch_state == BatchState.SIGNED for one in to_send)

    def send(self, flying: Sequence[InFlight], now: int) -> None:
        """Send stored bytes, again if need be: the same bytes can only land once. Raises RpcError, RpcUnavailable."""
        if not flying:
            return
        calls = [("eth_sendRawTransaction", ("0x" + one.raw.hex(),)) for one in flying]
        results = self._context.rpc.batch_results(calls)
        sent = [one for one, result in zip(flying, results, strict=True) if _has_it(result)]
        with writing(self._context.engine) as connection:
            self._context.lease.fence(connection)
            store.mark_sent(connection, sent, now)
        self._context.checkpoint("SENT")
        if any(one.batch_state == BatchState.SENT for one in sent):
            self._context.checkpoint("RESENT")
        for result in results:
            if isinstance(result, RpcError) and not _has_it(result):
                raise result

    def _record(self, one: InFlight, receipt: Receipt | None, step: Step, final: Head) -> bool:
        if step == Step.MARK_REVERTED and not self._is_spent_and_unused(one, receipt, final):
            return False
        with writing(self._context.engine) as connection:
            self._context.lease.fence(connection)
            if step == Step.BACK_TO_SENT:
                store.mark_unmined(connection, one)
            elif step == Step.MARK_REVERTED:
                store.mark_reverted(connection, one)
            elif receipt is not None:
                state = BatchState.FINAL if step == Step.MARK_FINAL else BatchState.MINED
                store.mark_mined(connection, one, receipt.block_number, receipt.block_hash, state)
        self._context.checkpoint(_CHECKPOINTS[step])
        return True

    def _is_spent_and_unused(self, one: InFlight, receipt: Receipt | None, final: Head) -> bool:
        """The failed receipt is proven by its block's receipts root, and the batch number is still free."""
        if receipt is None or final.next_seq > one.seq:
            return False  # someone else's batch has this number: the indexer looks at it and halts
        block = fetch_block_evidence(self._context.rpc, receipt.block_number)
        if block.hash != receipt.block_hash or block.status_of(one.hash) != 0:
            raise RpcInconsistent(f"the receipt of batch {one.seq} is not in block {receipt.block_number}")
        if one.attempt >= self._context.settings.max_attempts:
            detail = f"batch {one.seq} reverted {one.attempt} times"
            raise Halted(self._context.brand_id, HaltReason.REPEATED_REVERT, detail)
        return True

    def _suspect(self, one: InFlight, final: Head) -> bool:
        """The nonce is used at a final block and our transaction has no receipt there: it can't land any more. With a
        key that was rotated since, the batch simply goes again with the new one; with today's key somebody else has it.
        """
        if one.sender != self._context.signer.address and final.next_seq <= one.seq:
            with writing(self._context.engine) as connection:
                self._context.lease.fence(connection)
                store.mark_reverted(connection, one)
            return True
        sender = format_address(one.sender)
        detail = f"nonce {one.nonce} of {sender} was used by another transaction than batch {one.seq}"
        self._context.doubts.doubt(Halted(self._context.brand_id, HaltReason.NONCE_TAKEN, detail))
        return False

    def _nonces(self, senders: set[bytes], final: Head) -> dict[bytes, int]:
        """What each key's nonce was at the final block; after a rotation two keys may have transactions in flight."""
        own = self._context.signer.address
        others = sorted(senders - {own})
        calls = [("eth_getTransactionCount", ("0x" + each.hex(), hex(final.number))) for each in others]
        found = self._context.rpc.batch(calls) if calls else []
        return {own: final.nonce, **{each: int(nonce, 16) for each, nonce in zip(others, found, strict=True)}}

    def _spend(self, void: Sequence[tuple[bytes, bytes, int, bytes]], nonces: dict[bytes, int]) -> None:
        """Transactions that can only revert are sent until their nonces are used, so that nothing waits behind them."""
        done = [one_hash for one_hash, sender, nonce, _ in void if nonce < nonces[sender]]
        if done:
            with writing(self._context.engine) as connection:
                self._context.lease.fence(connection)
                store.mark_spent(connection, done)
        raws = [raw for one_hash, _, _, raw in void if one_hash not in done]
        if raws:
            self._context.rpc.batch_results([("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws])


_CHECKPOINTS = {
    Step.BACK_TO_SENT: "UNMINED",
    Step.MARK_MINED: "MINED",
    Step.MARK_FINAL: "FINAL",
    Step.MARK_REVERTED: "REVERTED",
}

_KNOWN = ("already known", "already imported", "already in mempool", "nonce too low")
"""How nodes say that they have the very transaction; an "unknown transaction type" is a refusal."""


def _has_it(result: object) -> bool:
    """Whether the node has the transaction, now or already. A nonce too low is judged by receipts, not by this."""
    if not isinstance(result, RpcError):
        return True
    text = result.message.lower()
    return any(words in text for words in _KNOWN) or re.search(r"(?<!un)known transaction", text) is not None
