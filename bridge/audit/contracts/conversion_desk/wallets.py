"""Convert-out and transfer: items that a member's own wallet signed (IConversionDesk.postSigned).

Pure: each function answers one item as the desk must, reasons in the contract's order, and leaves its effect in
`Running` for the next item. Every signature is recovered again.
"""

from bridge.audit.contracts.conversion_desk.conversions import out_rate
from bridge.audit.contracts.conversion_desk.running import Answer, Running
from bridge.protocol.items import RejectReason
from bridge.protocol.rates import UINT64_MAX, to_local_points_down
from bridge.protocol.signed_items import SignedItem, is_signed_by_account


def account_of(item: SignedItem) -> int:
    """Whose points the item takes."""
    return int.from_bytes(item.account, "big")


def convert_out(running: Running, item: SignedItem) -> Answer:
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    rate = out_rate(running, item.rate_version)
    if isinstance(rate, RejectReason):
        return rate
    local = to_local_points_down(rate.rate, item.amount)
    if local == 0:
        return RejectReason.AMOUNT_ZERO
    if local > UINT64_MAX:
        return RejectReason.AMOUNT_OVERFLOW
    if local < item.minimum:
        return RejectReason.BELOW_MINIMUM
    refused = _refused_intent(running, item)
    if refused is not None:
        return refused
    account = account_of(item)
    running.use_nonce(account)
    running.burn(account, item.amount)
    return item.rate_version, local, item.amount, account


def transfer(running: Running, item: SignedItem) -> Answer:
    if running.transfers_stopped:
        return RejectReason.PAUSED
    if item.deadline <= running.clock:
        return RejectReason.DEADLINE_PASSED
    if item.amount == 0:
        return RejectReason.AMOUNT_ZERO
    receiver = receiver_of(item)
    if not 0 < receiver < 1 << 160:
        return RejectReason.INVALID_WALLET
    refused = _refused_intent(running, item)
    if refused is not None:
        return refused
    account = account_of(item)
    running.use_nonce(account)
    running.balances[account] = running.balance(account) - item.amount
    running.balances[receiver] = running.balance(receiver) + item.amount
    return 0, 0, item.amount, account


def receiver_of(item: SignedItem) -> int:
    """Whom a transfer pays."""
    return int.from_bytes(item.payload, "big")


def _refused_intent(running: Running, item: SignedItem) -> RejectReason | None:
    account = account_of(item)
    if item.nonce != running.nonce(account):
        return RejectReason.INVALID_NONCE
    if not is_signed_by_account(item, running.brand.brand_id, running.domains.wallet):
        return RejectReason.INVALID_SIGNATURE
    return RejectReason.BALANCE_TOO_LOW if running.balance(account) < item.amount else None
