"""QBFT: what a block's extra data says, what its hash is taken over, and who sealed it.

Owns the rules by which a header of a QBFT chain (validators named in the header) proves that enough validators agreed
on it. Pure: headers come as the RPC shows them. It may not decide who should be a validator: the block before says so.

Extra data is `RLP [vanity, [validator …], vote, round, [seal …]]`; `vote` is empty or `[recipient, 0xff or 0x00]`. A
block's hash is taken with round 0 and without seals, so that it does not depend on whose seals came first; a seal signs
the header with its round and without seals. Source: the QBFT documentation of Hyperledger Besu; EIP-650.
"""

import msgspec
from rlp import decode
from rlp.codec import encode_raw
from rlp.exceptions import RLPException

from bridge.chain.hexadecimal import MalformedChainData, minimal_bytes
from bridge.protocol.words import BadSignature, recover_signer

MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
"""Stands in every header of such a chain where other chains have a mix hash."""

_VANITY_BYTES, _ADDRESS_BYTES, _SEAL_BYTES = 32, 20, 65


class ExtraData(msgspec.Struct, frozen=True):
    """The fields of a header's extra data. `vote` stays as it was encoded: its meaning is the validators' business."""

    vanity: bytes
    validators: tuple[bytes, ...]
    vote: list[bytes]
    round: int
    seals: tuple[bytes, ...]

    def encode(self) -> bytes:
        """As it stands in a header."""
        return self._encoded(self.round, self.seals)

    def hashed(self) -> bytes:
        """What a block's hash is taken over."""
        return self._encoded(0, ())

    def sealed(self) -> bytes:
        """What a validator's seal signs."""
        return self._encoded(self.round, ())

    def _encoded(self, round_: int, seals: tuple[bytes, ...]) -> bytes:
        fields = [self.vanity, list(self.validators), self.vote, minimal_bytes(round_), list(seals)]
        return bytes(encode_raw(fields))


def parse_extra_data(data: bytes) -> ExtraData:
    """Raises MalformedChainData unless these bytes are the one encoding of QBFT extra data."""
    try:
        vanity, validators, vote, round_, seals = decode(data)
        found = ExtraData(vanity, tuple(validators), vote, int.from_bytes(round_, "big"), tuple(seals))
        well_formed = (
            len(vanity) == _VANITY_BYTES
            and all(len(each) == _ADDRESS_BYTES for each in validators)
            and all(len(each) == _SEAL_BYTES for each in seals)
            and found.encode() == data
        )
    except (RLPException, TypeError, ValueError) as error:
        raise MalformedChainData("extraData", "0x" + data.hex()) from error
    if not well_formed:
        raise MalformedChainData("extraData", "0x" + data.hex())
    return found


def quorum(validators: int) -> int:
    """How many validators must seal a block: ⌈2N/3⌉."""
    return -(-2 * validators // 3)


def sealers(seal_digest: bytes, extra: ExtraData) -> set[bytes]:
    """The validators of the header whose seal is good; whatever else stands among the seals counts for nothing."""
    found: set[bytes] = set()
    for seal in extra.seals:
        try:
            found.add(recover_signer(seal_digest, seal[:64] + bytes([27 + seal[64]]) if seal[64] < 2 else b""))
        except BadSignature:
            continue
    return found & set(extra.validators)


def why_not_sealed(
    seal_digest: bytes, extra: ExtraData, proposer: bytes, parents: tuple[bytes, ...] | None
) -> str | None:
    """Why this block is not agreed on by its validators, in words; None when it is.

    `parents`: the validators of the block before, None for the block that trust begins with. The set may change by one
    validator a block: then a quorum of the new set always holds more of the former one than may be faulty, so an honest
    validator who counted the votes has sealed it.
    """
    validators, signed = set(extra.validators), sealers(seal_digest, extra)
    needed = quorum(len(validators))
    if not validators or len(validators) != len(extra.validators):
        return "it names no validators, or one of them twice"
    if len(signed) < needed:
        return f"{len(signed)} of {len(validators)} validators sealed it, {needed} are needed"
    if proposer not in validators:
        return f"its proposer 0x{proposer.hex()} is not a validator"
    changed = set() if parents is None else validators ^ set(parents)
    return f"{len(changed)} validators changed at once" if len(changed) > 1 else None
