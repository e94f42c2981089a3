"""Checks on one posted batch, before the model takes it in.

Each check is a small function in BATCH_CHECKS; the order is the order of the report. They may not change the model.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from bridge.audit.contracts.alliance_point import MINTS
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.contracts.conversion_desk.batch import Accepted, Desk, PostedBatch, is_accepted, unpack_outcome
from bridge.audit.contracts.conversion_desk.kinds import ISSUING
from bridge.audit.contracts.conversion_desk.wallets import receiver_of
from bridge.audit.findings import Check, Finding
from bridge.chain.hexadecimal import MalformedChainData
from bridge.chain.transaction_rlp import UnrecoverableSender, UnsupportedTransactionType, transaction_sender
from bridge.protocol.items import MAX_ITEMS, Item, ItemKind, RejectReason, items_hash
from bridge.protocol.signed_items import SignedItem

POSTER = Check("batch-poster", "INV-4", "a batch is signed by the hot key that its brand had at that time")
SEQUENCE = Check("batch-sequence", "INV-4", "a brand's batch numbers are used once and without gap")
ITEMS = Check("batch-items", "INV-4", "the items in the transaction are those whose hash and number were emitted")
ONE_OUTCOME = Check("one-outcome-per-item", "INV-5", "every item gives exactly one Converted or Rejected")
DECISION = Check("item-decision", "INV-5", "each item is accepted or refused, with the reason, as the rules say")
RATE_APPLIED = Check("rate-applied", "INV-6", "amounts are those of the rate version that the item names")
CLAIM_ONCE = Check("claim-emptied-once", "INV-7", "a claim or return burns the whole balance of its claim address")
BUDGET = Check("budget-kept", "INV-18", "a budget pays no more than its sponsor issued for it")
BUDGET_TIME = Check("budget-time", "INV-19", "a budget is spent before its deadline and closed from then on")
INTENT = Check("wallet-intent", "INV-20", "a wallet's points move as its holder signed, once, and no more than it has")
MINIMUM = Check("signed-minimum", "INV-21", "a convert-out pays at least the minimum that was signed")
CREDIT = Check("credit-limit", "INV-3", "after an issue a brand's position is not below its limit")
LIMITER = Check("rate-limit", "INV-11", "no more is issued than the brand's limiter has left")
POSITION = Check("position-recorded", "INV-2", "the clearing house records exactly what the items issued and redeemed")


def poster_is_hot_key(batch: PostedBatch) -> Iterator[Finding]:
    """The signer is recovered from the transaction's signature, never read from its `from`."""
    brand = batch.brand
    if brand is None:
        yield POSTER.failed("a registered brand", f"brand {batch.brand_id}", batch.where)
        return
    if batch.transaction is None:
        yield POSTER.failed("a signed transaction", "none shown", batch.where)
        return
    if not batch.called_directly:
        yield POSTER.unchecked("a call of the desk by the hot key itself", "posted through a contract", batch.where)
        return
    try:
        sender = transaction_sender(batch.transaction)
    except (MalformedChainData, UnrecoverableSender, UnsupportedTransactionType) as error:
        yield POSTER.failed(brand.hot.to_bytes(20, "big"), error, batch.where)
        return
    if int.from_bytes(sender, "big") != brand.hot:
        yield POSTER.failed(brand.hot.to_bytes(20, "big"), sender, batch.where)


def sequence_has_no_gap(batch: PostedBatch) -> Iterator[Finding]:
    expected = batch.alliance.of(Desk).last_seq.get(batch.brand_id, 0) + 1
    if batch.brand is not None and batch.seq != expected:
        yield SEQUENCE.failed(expected, batch.seq, batch.where)


def items_are_those_posted(batch: PostedBatch) -> Iterator[Finding]:
    call = batch.read_call()
    if call is None:
        through_contract = batch.transaction is not None and not batch.called_directly
        say = ITEMS.unchecked if through_contract else ITEMS.failed
        yield say("the items in the calldata of postBatch", "not there", batch.where)
        return
    stated = (batch.brand_id, batch.seq, batch.items_hash.to_bytes(32, "big").hex(), batch.count)
    shown = (call.brand_id, call.seq, items_hash(call.items).hex(), len(batch.items or ()))
    if stated != shown:
        yield ITEMS.failed(stated, shown, batch.where)


def every_item_has_one_outcome(batch: PostedBatch) -> Iterator[Finding]:
    if not 1 <= batch.count <= MAX_ITEMS:
        yield ONE_OUTCOME.failed(f"1 to {MAX_ITEMS} items", f"{batch.count} items", batch.where)
    for stray in batch.strays:
        yield ONE_OUTCOME.failed("one outcome for each item of the batch", f"one more for {stray}", batch.where)
    for index in range(min(batch.count, MAX_ITEMS)):
        if index not in batch.outcomes:
            yield ONE_OUTCOME.failed("Converted or Rejected", "neither", _item(batch, index))
    order = list(batch.outcomes)
    if order != sorted(order):
        yield ONE_OUTCOME.failed("outcomes in the order of the items", f"in the order {order}", batch.where)


def items_are_decided_by_the_rules(batch: PostedBatch) -> Iterator[Finding]:
    """Accepted or refused, kind, rate version, reason: the model decides each item again."""
    for index, expected, actual in _differences(batch):
        if not (is_accepted(expected) and is_accepted(actual)) or _named(expected) != _named(actual):
            yield DECISION.failed(_words(expected), _words(actual), _item(batch, index))


def amounts_follow_the_rate(batch: PostedBatch) -> Iterator[Finding]:
    """The units of a convert-in and the local points of a claim, floored, at the named version."""
    for index, expected, actual in _differences(batch):
        if is_accepted(expected) and is_accepted(actual) and _named(expected) == _named(actual):
            want, got = unpack_outcome(expected), unpack_outcome(actual)
            of_rate = want.kind in ISSUING or want.local_points != got.local_points
            if want != got and of_rate:
                yield RATE_APPLIED.failed(_words(expected), _words(actual), _item(batch, index))


def claims_take_the_whole_balance(batch: PostedBatch) -> Iterator[Finding]:
    for index, expected, actual in _differences(batch):
        if is_accepted(actual) and unpack_outcome(actual).kind in (ItemKind.CLAIM, ItemKind.RETURN):
            want = unpack_outcome(expected).alliance_units if is_accepted(expected) else 0
            got = unpack_outcome(actual).alliance_units
            if want != got:
                yield CLAIM_ONCE.failed(f"{want} units", f"{got} units", _item(batch, index))


def mints_and_burns_match(batch: PostedBatch) -> Iterator[Finding]:
    """The token's Transfers from and to nobody are exactly those of the accepted items."""
    if batch.items is None:
        return
    owed: Counter[tuple[int, int, int]] = Counter()
    for index, fields in batch.accepted():
        if index < len(batch.items):
            holder = batch.holder(index, batch.items[index])
            if holder is not None:
                owed[_owed_move(holder, fields, batch.items[index])] += 1
    seen = Counter(batch.moves)
    if owed == seen:
        return
    for move in sorted(owed - seen):
        yield MINTS.failed(_move(move), "no such move", batch.where)
    for move in sorted(seen - owed):
        yield MINTS.failed("no such move", _move(move), batch.where)


def issue_keeps_the_credit_limit(batch: PostedBatch) -> Iterator[Finding]:
    if batch.brand is not None and batch.issued:
        position = batch.alliance.of(Positions).row(batch.brand_id)
        after = position.balance + batch.redeemed - batch.issued
        if after < -batch.brand.issue_limit:
            yield CREDIT.failed(f"position at least {-batch.brand.issue_limit}", after, batch.where)


def issue_keeps_the_rate_limit(batch: PostedBatch) -> Iterator[Finding]:
    if batch.brand is not None and batch.issued:
        available = batch.brand.limiter.available(batch.timestamp)
        if batch.issued > available:
            yield LIMITER.failed(f"at most {available} units", f"{batch.issued} units", batch.where)


def position_is_recorded(batch: PostedBatch) -> Iterator[Finding]:
    if batch.brand is None:
        return
    position = batch.alliance.of(Positions).row(batch.brand_id)
    owed = [(batch.brand_id, position.issued + batch.issued, position.redeemed + batch.redeemed)]
    if (owed if batch.issued or batch.redeemed else []) != batch.positions:
        yield POSITION.failed(owed, batch.positions, batch.where)


def accepted_is_allowed(batch: PostedBatch) -> Iterator[Finding]:
    """What the desk carried out and the rules of budgets and wallets exclude, by the invariant that it breaks."""
    for index, expected, actual in _differences(batch):
        if is_accepted(actual) and not is_accepted(expected):
            check = _BROKEN.get((unpack_outcome(actual).kind, expected))
            if check is not None:
                yield check.failed(_words(expected), _words(actual), _item(batch, index))


_SIGNED = (ItemKind.CONVERT_OUT, ItemKind.TRANSFER)
_UNSIGNED = (RejectReason.INVALID_NONCE, RejectReason.INVALID_SIGNATURE, RejectReason.BALANCE_TOO_LOW)
_BROKEN: dict[tuple[int, int], Check] = {
    (ItemKind.SPEND, RejectReason.BUDGET_EMPTY): BUDGET,
    (ItemKind.CLOSE, RejectReason.BUDGET_EMPTY): BUDGET,
    (ItemKind.SPEND, RejectReason.DEADLINE_PASSED): BUDGET_TIME,
    (ItemKind.CLOSE, RejectReason.TOO_EARLY): BUDGET_TIME,
    (ItemKind.CONVERT_OUT, RejectReason.BELOW_MINIMUM): MINIMUM,
    **{(kind, reason): INTENT for kind in _SIGNED for reason in _UNSIGNED},
}
RULED_OUT = (BUDGET, BUDGET_TIME, INTENT, MINIMUM)

BatchCheck = Callable[[PostedBatch], Iterator[Finding]]
BATCH_CHECKS: tuple[tuple[Check, BatchCheck], ...] = (
    (POSTER, poster_is_hot_key),
    (SEQUENCE, sequence_has_no_gap),
    (ITEMS, items_are_those_posted),
    (ONE_OUTCOME, every_item_has_one_outcome),
    (DECISION, items_are_decided_by_the_rules),
    (RATE_APPLIED, amounts_follow_the_rate),
    (CLAIM_ONCE, claims_take_the_whole_balance),
    (BUDGET, accepted_is_allowed),
    (MINTS, mints_and_burns_match),
    (CREDIT, issue_keeps_the_credit_limit),
    (LIMITER, issue_keeps_the_rate_limit),
    (POSITION, position_is_recorded),
)
# Counted once for each item, not once for each batch.
PER_ITEM = frozenset((ONE_OUTCOME, DECISION, RATE_APPLIED))


def _differences(batch: PostedBatch) -> Iterator[tuple[int, int, int]]:
    """(item, the model's outcome, the chain's) where they differ; nothing when the items can't be read."""
    for index, expected in enumerate(batch.expected.outcomes if batch.expected is not None else ()):
        actual = batch.outcomes.get(index)
        if actual is not None and actual != expected:
            yield index, expected, actual


def _named(outcome: int) -> tuple[int, int]:
    fields = unpack_outcome(outcome)
    return fields.kind, fields.rate_version


def _owed_move(holder: int, fields: Accepted, item: Item | SignedItem) -> tuple[int, int, int]:
    if isinstance(item, SignedItem) and fields.kind == ItemKind.TRANSFER:
        return holder, receiver_of(item), fields.alliance_units
    return (0, holder, fields.alliance_units) if fields.kind in ISSUING else (holder, 0, fields.alliance_units)


def _item(batch: PostedBatch, index: int) -> str:
    return f"{batch.where}, item {index}"


def _words(outcome: int) -> str:
    if not is_accepted(outcome):
        known = outcome in RejectReason.__members__.values()
        return f"Rejected {RejectReason(outcome).name if known else outcome}"
    fields = unpack_outcome(outcome)
    known = fields.kind in ItemKind.__members__.values()
    kind = ItemKind(fields.kind).name if known else f"kind {fields.kind}"
    return (
        f"Converted {kind} at rate version {fields.rate_version}: "
        f"{fields.local_points} local points, {fields.alliance_units} units"
    )


def _move(move: tuple[int, int, int]) -> str:
    sender, receiver, units = move
    if sender == 0:
        return f"mint of {units} units to 0x{receiver:040x}"
    if receiver:
        return f"transfer of {units} units from 0x{sender:040x} to 0x{receiver:040x}"
    return f"burn of {units} units of 0x{sender:040x}"
