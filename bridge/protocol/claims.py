"""Claim addresses: where alliance points wait between the brand that issued them and the brand they were sent to.

Pure; must compute exactly what ConversionDesk computes. Nobody has a key for these addresses: only the desk empties
them, by a claim before the deadline or by a return from the deadline on.
"""

from bridge.protocol.keccak import keccak
from bridge.protocol.words import word

_DOMAIN_TAG = bytes(keccak(b"PointsAlliance.Claim.v1"))


def claim_domain(chain_id: int, desk: bytes) -> bytes:
    """The desk's CLAIM_DOMAIN: keccak256(abi.encode(tag, chain id, desk address))."""
    return bytes(keccak(_DOMAIN_TAG + word(chain_id) + desk.rjust(32, b"\0")))


def commitment(brand_id: int, rate_version: int, salt: bytes) -> bytes:
    """What a receiving brand publishes: its out-rate version and a salt, hidden until the claim."""
    return bytes(keccak(word(brand_id) + word(rate_version) + salt))


def claim_address(domain: bytes, source_brand: int, commitment: bytes, deadline: int) -> bytes:
    """The first 20 bytes of keccak256(abi.encode(domain, source brand, commitment, deadline))."""
    return bytes(keccak(domain + word(source_brand) + commitment + word(deadline)))[:20]
