"""The states of items, batches and transactions, and the pure decision what to do with a signed transaction.

| item / batch state | what is durable (one commit each) | next |
|---|---|---|
| RECEIVED | nothing here: the node has the member's request | HELD |
| HELD | hold and outbox row, in the node's commit | BATCHED, or RELEASED when its deadline passes unposted |
| BATCHED | the batch's number and bytes; its items belong to it | SIGNED; HELD or QUARANTINED if simulation reverts |
| SIGNED | nonce, raw transaction, hash: before the first send | SENT |
| SENT | when it was last sent; only the same bytes are ever sent again | MINED, FINAL, BATCHED |
| MINED | block number and hash of a receipt not yet final | FINAL; SENT when the block is reorganised away |
| FINAL | the transaction's success is in a final block | CAPTURED |
| CAPTURED | outcomes of all items, in one commit with the node's effects and the indexer's cursor | (end) |

Item ends: CAPTURED (accepted), RELEASED (rejected at a final block, or its deadline passed at a final block while it
was never signed). QUARANTINED: the item makes every batch revert; it waits for its deadline or for an operator.
Items in suspense (posted under our number and no member's, or sent home from there) pass the same states; the node is
not told of them.
A transaction is REVERTED when its failed receipt (status 0) is in a final block: then, and only then, its nonce is
spent and its number unused, so the batch becomes BATCHED again and is signed with a new nonce. It is VOID when another
batch took its number: it can only revert, and is sent on so that its nonce does not block those behind it.

Pure: this file may not read a database, a chain or a clock.
"""

from enum import StrEnum

import msgspec


class ItemState(StrEnum):
    """What is stored with an item; while BATCHED, its batch knows more."""

    HELD = "HELD"
    BATCHED = "BATCHED"
    QUARANTINED = "QUARANTINED"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"


class BatchState(StrEnum):
    """How far a batch is."""

    BATCHED = "BATCHED"
    SIGNED = "SIGNED"
    SENT = "SENT"
    MINED = "MINED"
    FINAL = "FINAL"
    CAPTURED = "CAPTURED"


class TransactionState(StrEnum):
    """LIVE: may still land. DONE: landed and succeeded. REVERTED: landed at a final block and failed, or another
    transaction used its nonce there. VOID: its number is another batch's now, so it can only revert."""

    LIVE = "LIVE"
    VOID = "VOID"
    DONE = "DONE"
    REVERTED = "REVERTED"


class HaltReason(StrEnum):
    """Why a bridge stops until an operator looks."""

    FOREIGN_BATCH = "foreign_batch"
    FORGOTTEN_BATCH = "forgotten_batch"
    CHAIN_BEHIND = "chain_behind"
    CHAIN_REPLACED = "chain_replaced"
    FINAL_BLOCK_GONE = "final_block_gone"
    NONCE_TAKEN = "nonce_taken"
    NOT_HOT_KEY = "not_hot_key"
    EVERY_ITEM_REVERTS = "every_item_reverts"
    REPEATED_REVERT = "repeated_revert"


WHAT_TO_DO = {
    HaltReason.FOREIGN_BATCH: "The posting key is shared or stolen: two operators run `alliance chain adopt`",
    HaltReason.FORGOTTEN_BATCH: "This database is older than the chain: `alliance chain recover` reads it back",
    HaltReason.CHAIN_BEHIND: "The chain lost blocks: restore the chain's state, then resume",
    HaltReason.CHAIN_REPLACED: "This is another chain than the address book's: correct the RPC address or the book",
    HaltReason.FINAL_BLOCK_GONE: "The chain replaced a block that was final: restore its state, then resume",
    HaltReason.NONCE_TAKEN: "Something else sends transactions with the posting key: find it or rotate the key",
    HaltReason.NOT_HOT_KEY: "The registry names another hot key for this brand: start the bridge with that key",
    HaltReason.EVERY_ITEM_REVERTS: "The desk refuses every batch: check that it is the desk of the address book",
    HaltReason.REPEATED_REVERT: "A batch that simulates well reverts in blocks: look at its transactions",
}


_RESUMED_BY_REPAIR = (HaltReason.FOREIGN_BATCH, HaltReason.FORGOTTEN_BATCH)


class Halted(Exception):
    """The bridge stopped on purpose; nothing is sent or applied until an operator resumes it."""

    code = "bridge_halted"

    def __init__(self, brand_id: int, reason: HaltReason, detail: str) -> None:
        self.brand_id = brand_id
        self.reason = reason
        self.detail = detail
        then = "" if reason in _RESUMED_BY_REPAIR else " Then `alliance chain resume`."
        self.next_step = f"{WHAT_TO_DO[reason]}.{then}"
        super().__init__(f"bridge of brand {brand_id} halted ({reason}): {detail}")


class Receipt(msgspec.Struct, frozen=True):
    """What a block says about a transaction."""

    block_number: int
    block_hash: bytes
    succeeded: bool


class InFlight(msgspec.Struct, frozen=True):
    """A signed transaction that isn't final yet, with its batch's state."""

    seq: int
    attempt: int
    nonce: int
    hash: bytes
    raw: bytes
    batch_state: BatchState
    block_hash: bytes | None
    sent_at: int | None
    sender: bytes = b""


class View(msgspec.Struct, frozen=True):
    """The chain as seen in one pass: the final block's number, and the nonce that the transaction's key had there."""

    final_number: int
    final_nonce: int


class Step(StrEnum):
    """What to do with a transaction now."""

    WAIT = "wait"
    SEND = "send"
    BACK_TO_SENT = "back_to_sent"
    MARK_MINED = "mark_mined"
    MARK_FINAL = "mark_final"
    MARK_REVERTED = "mark_reverted"
    SUSPECT_NONCE = "suspect_nonce"


def next_step(flying: InFlight, receipt: Receipt | None, view: View, now: int, resend_after: int) -> Step:
    """Decide from the receipt alone; time never ends a transaction, it only sends the same bytes again (pitfall 19)."""
    if receipt is None:
        return _without_receipt(flying, view, now, resend_after)
    if receipt.block_number <= view.final_number:
        return Step.MARK_FINAL if receipt.succeeded else Step.MARK_REVERTED
    if receipt.succeeded and (flying.batch_state != BatchState.MINED or flying.block_hash != receipt.block_hash):
        return Step.MARK_MINED
    return Step.WAIT


def _without_receipt(flying: InFlight, view: View, now: int, resend_after: int) -> Step:
    if flying.batch_state == BatchState.MINED:
        return Step.BACK_TO_SENT
    if flying.batch_state == BatchState.SIGNED or flying.sent_at is None:
        return Step.SEND
    if view.final_nonce > flying.nonce:
        return Step.SUSPECT_NONCE
    waited = now - flying.sent_at
    return Step.WAIT if 0 <= waited < resend_after else Step.SEND  # below zero: the machine's clock was put back
