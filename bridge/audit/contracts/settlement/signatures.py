"""Who attested a payment, recovered from the call, against who was allowed to in that moment.

A contract that signs (ERC-1271) can't be followed from here: it is named as unchecked. So is a payment that was booked
through another contract, whose calldata shows no signatures.
"""

from collections.abc import Iterator
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from bridge.audit.contracts.access_manager import TREASURER, Access
from bridge.audit.contracts.brand_registry import Registry
from bridge.audit.findings import Check, Finding
from bridge.audit.scene import Scene
from bridge.chain.hexadecimal import MalformedChainData, data_of
from bridge.protocol.keccak import keccak
from bridge.protocol.payments import Payment, PaymentKind, payment_digest
from bridge.protocol.words import BadSignature, recover_signer

SIGNED = Check(
    "payments-signed", "INV-12", "each bank payment is signed by a treasurer and by the brand's settlement key then"
)
CALLERS = Check(
    "settlement-callers", "INV-14", "epochs are closed and stated by a treasurer, caps agreed by the brand's cold key"
)
_CONFIRM = ("(uint8,uint32,uint32,uint128,bytes32)", "address", "bytes", "bytes")
_SELECTOR = bytes(keccak(f"confirm({','.join(_CONFIRM)})".encode())[:4])
_ECDSA_LENGTH = 65
_BACK = (PaymentKind.COLLATERAL_OUT, PaymentKind.FUND_OUT)


def attested_as_allowed(scene: Scene, payment: Payment, treasurer: int) -> Iterator[Finding]:
    """A bank payment: two signatures over it, of two parties who held their roles at this block."""
    if scene.alliance.book.params.settlement_asset:
        yield SIGNED.failed("payments in the settlement asset", "an attested bank payment", scene.where)
    brand = scene.alliance.of(Registry).brands.get(payment.brand_id)
    settlement = brand.settlement if brand is not None else 0
    if not _is_treasurer(scene, treasurer):
        yield SIGNED.failed("an account with the treasurer's role", f"0x{treasurer:040x}", scene.where)
    if treasurer == settlement:
        yield SIGNED.failed("two parties", f"0x{treasurer:040x} for both", scene.where)
    call = _call_of(scene)
    if call is None:
        yield SIGNED.unchecked("a call with both signatures", "booked through another contract", scene.where)
        return
    fields, named, *signatures = call
    kind, brand_id, epoch, units, reference = fields
    said = (payment.kind, payment.brand_id, payment.epoch, payment.units, payment.bank_reference, treasurer)
    if (kind, brand_id, epoch, units, reference, int(named, 16)) != said:
        yield SIGNED.failed("the payment of the call", "another payment in the event", scene.where)
    address = scene.addresses["Settlement"].to_bytes(20, "big")
    digest = payment_digest(payment, scene.alliance.book.chain_id, address)
    for who, signature in zip((treasurer, settlement), signatures, strict=True):
        yield from _signed_by(who, digest, signature, scene.where)


def moved_as_allowed(scene: Scene, payment: Payment) -> Iterator[Finding]:
    """A payment in the asset: only the brand's settlement key takes back what stands behind it."""
    if not scene.alliance.book.params.settlement_asset:
        yield SIGNED.failed("an attested bank payment", "a payment in an asset", scene.where)
    if payment.kind not in _BACK:
        return
    brand = scene.alliance.of(Registry).brands.get(payment.brand_id)
    sender = _caller(scene)
    if sender is None:
        yield SIGNED.unchecked("a call of the settlement key", "booked through another contract", scene.where)
    elif brand is None or sender != brand.settlement:
        yield SIGNED.failed("a call of the brand's settlement key", f"0x{sender:040x}", scene.where)


def called_by_treasurer(scene: Scene) -> Iterator[Finding]:
    """Who sent the transaction that this event is of."""
    sender = _caller(scene)
    if sender is None:
        yield CALLERS.unchecked("a treasurer's own call", "called through another contract", scene.where)
    elif not _is_treasurer(scene, sender):
        yield CALLERS.failed("an account with the treasurer's role", f"0x{sender:040x}", scene.where)


def called_by_cold_key(scene: Scene, cold: int) -> Iterator[Finding]:
    """The same for what only a brand's cold key may do."""
    sender = _caller(scene)
    if sender is None:
        yield CALLERS.unchecked("the cold key's own call", "called through another contract", scene.where)
    elif sender != cold:
        yield CALLERS.failed(f"cold key 0x{cold:040x}", f"0x{sender:040x}", scene.where)


def _caller(scene: Scene) -> int | None:
    return scene.sender() if scene.call_of("Settlement") is not None else None


def _is_treasurer(scene: Scene, account: int) -> bool:
    role = scene.alliance.of(Access).roles.get(TREASURER)
    since = role.members.get(account, (0, 0))[0] if role is not None else 0
    return 0 < since <= scene.timestamp


def _signed_by(who: int, digest: bytes, signature: bytes, where: str) -> Iterator[Finding]:
    if len(signature) != _ECDSA_LENGTH:
        yield SIGNED.unchecked(f"a signature of 0x{who:040x}", "a contract's own signature (ERC-1271)", where)
        return
    try:
        signer = int.from_bytes(recover_signer(digest, signature), "big")
    except BadSignature as error:
        yield SIGNED.failed(f"a signature of 0x{who:040x}", str(error), where)
        return
    if signer != who:
        yield SIGNED.failed(f"a signature of 0x{who:040x}", f"signed by 0x{signer:040x}", where)


def _call_of(scene: Scene) -> tuple[Any, ...] | None:
    transaction = scene.call_of("Settlement")
    if transaction is None:
        return None
    try:
        data = data_of(transaction, "input")
        return decode(_CONFIRM, data[4:]) if data[:4] == _SELECTOR else None
    except (MalformedChainData, DecodingError):
        return None
