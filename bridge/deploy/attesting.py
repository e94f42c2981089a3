"""Whether a bank payment's signatures can be confirmed, found out before anything is sent.

Owns the comparison of signatures and keys with what the ledger will ask for. It may not sign or send. An account that
is a contract judges its own signatures (ERC-1271): those are left to the ledger.
"""

from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import read_brand
from bridge.deploy.plan import TREASURER
from bridge.deploy.roles import role_holders
from bridge.protocol.payments import Payment, payment_digest
from bridge.protocol.words import BadSignature, format_address, recover_signer


class NotAParty(ChainError):
    """The key is neither side of the payment; no signature of it is ever confirmed."""

    code = "not_a_party"
    next_step = "Sign with the brand's settlement key or as a treasurer; `alliance audit` lists who holds which role."


class WrongSignature(ChainError):
    """A signature that the ledger would refuse."""

    code = "wrong_signature"
    next_step = "Let this side sign again, with the same kind, brand, units, reference and epoch, and copy all of it."


def require_party(rpc: Rpc, book: AddressBook, payment: Payment, account: bytes) -> None:
    """Raises NotAParty, UnknownBrand."""
    settlement = read_brand(rpc, book, payment.brand_id).keys.settlement
    parties = {settlement, *role_holders(rpc, book, TREASURER)}
    if account not in parties and not any(_is_contract(rpc, one) for one in parties):
        raise NotAParty(
            f"{format_address(account)} is neither brand {payment.brand_id}'s settlement key nor a treasurer"
        )


def require_signatures(
    rpc: Rpc, book: AddressBook, payment: Payment, treasurer: bytes, signatures: tuple[bytes, bytes]
) -> None:
    """`signatures` are the treasurer's and the brand's. Raises WrongSignature, which names the side; UnknownBrand."""
    settlement = read_brand(rpc, book, payment.brand_id).keys.settlement
    digest = payment_digest(payment, book.chain_id, book.address("Settlement"))
    for side, account, signature in zip(("treasurer", "brand"), (treasurer, settlement), signatures, strict=True):
        if not _is_contract(rpc, account):
            _require_signature(side, account, digest, signature, payment.epoch)


def _require_signature(side: str, account: bytes, digest: bytes, signature: bytes, epoch: int) -> None:
    if len(signature) != 65:
        raise WrongSignature(f"--{side}-signature has {len(signature)} bytes; a signature has 65")
    try:
        signed_by = recover_signer(digest, signature)
    except BadSignature as error:
        raise WrongSignature(f"--{side}-signature is none: {error}") from error
    if signed_by != account:
        raise WrongSignature(
            f"--{side}-signature is not {format_address(account)}'s under this payment in epoch {epoch}"
        )


def _is_contract(rpc: Rpc, account: bytes) -> bool:
    return bool(rpc.call("eth_getCode", "0x" + account.hex(), "latest") != "0x")
