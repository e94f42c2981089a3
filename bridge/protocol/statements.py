"""Heads of sealed logs and monthly statements, hashed and signed exactly as StatementRegistry does.

Pure. A record's hash (EIP-712 struct hash) is what the registry keeps in one slot; a brand's hot key signs the digest.
"""

import msgspec

from bridge.protocol.keccak import keccak
from bridge.protocol.words import word

MIN_LEAVES, MAX_LEAVES = 8, 1 << 32
MAX_HEADS = 31

_HEAD = "Head(uint32 day,uint64 size,bytes32 root)"
_STATEMENT = (
    "Statement(uint32 month,uint40 cutOff,uint32 headDay,uint64 logSize,bytes32 logRoot,bytes32 liabilitiesRoot,"
    "uint128 totalPoints,uint64 leaves,uint32 rateVersion)"
)
_DOMAIN_TYPE = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAME, _VERSION = keccak(b"Points Alliance"), keccak(b"1")
_HEAD_TYPE = keccak(_HEAD.encode())
_HEADS_TYPE = keccak(f"Heads(uint32 brandId,Head[] heads){_HEAD}".encode())
_STATEMENT_TYPE = keccak(_STATEMENT.encode())
_BRAND_STATEMENT_TYPE = keccak(f"BrandStatement(uint32 brandId,Statement statement){_STATEMENT}".encode())


class Head(msgspec.Struct, frozen=True):
    """A log's root over its first `size` events, on a day (since 1970-01-01, the brand's calendar)."""

    day: int
    size: int
    root: bytes

    def digest(self) -> bytes:
        """What the registry keeps for the day."""
        return bytes(keccak(_HEAD_TYPE + word(self.day) + word(self.size) + self.root))


class Statement(msgspec.Struct, frozen=True):
    """What a brand owes its members. `month` counts from January 1970, `cut_off` in Unix seconds, `total_points` in
    local points; `head_day`, `log_size`, `log_root` name an anchored head."""

    month: int
    cut_off: int
    head_day: int
    log_size: int
    log_root: bytes
    liabilities_root: bytes
    total_points: int
    leaves: int
    rate_version: int

    @property
    def head(self) -> Head:
        """The head that the statement is made from."""
        return Head(self.head_day, self.log_size, self.log_root)

    def words(self) -> tuple[int | bytes, ...]:
        """The fields in the contract's order, for ABI encoding."""
        return msgspec.structs.astuple(self)

    def digest(self) -> bytes:
        """What the registry keeps for the month."""
        fields = (value if isinstance(value, bytes) else word(value) for value in self.words())
        return bytes(keccak(_STATEMENT_TYPE + b"".join(fields)))

    @classmethod
    def from_words(cls, data: bytes) -> "Statement":
        """From 288 bytes of ABI words, as the event carries them."""
        raw = [data[at : at + 32] for at in range(0, 288, 32)]
        month, cut_off, head_day, log_size, _, _, total, leaves, rate = (int.from_bytes(one, "big") for one in raw)
        return cls(month, cut_off, head_day, log_size, raw[4], raw[5], total, leaves, rate)


def heads_message(brand_id: int, heads: list[Head], chain_id: int, registry: bytes) -> bytes:
    """What the hot key signs the keccak256 of, to anchor heads (EIP-712; an external signer hashes by itself)."""
    listed = keccak(b"".join(head.digest() for head in heads))
    return _message(keccak(_HEADS_TYPE + word(brand_id) + listed), chain_id, registry)


def statement_message(brand_id: int, statement: Statement, chain_id: int, registry: bytes) -> bytes:
    """What the hot key signs the keccak256 of, to publish a statement."""
    return _message(keccak(_BRAND_STATEMENT_TYPE + word(brand_id) + statement.digest()), chain_id, registry)


def heads_digest(brand_id: int, heads: list[Head], chain_id: int, registry: bytes) -> bytes:
    """What the signature of heads is over."""
    return bytes(keccak(heads_message(brand_id, heads, chain_id, registry)))


def statement_digest(brand_id: int, statement: Statement, chain_id: int, registry: bytes) -> bytes:
    """What the signature of a statement is over."""
    return bytes(keccak(statement_message(brand_id, statement, chain_id, registry)))


def month_text(month: int) -> str:
    """672 → `2026-01`."""
    return f"{1970 + month // 12:04d}-{month % 12 + 1:02d}"


def month_of_text(text: str) -> int:
    """`2026-01` → 672. Raises ValueError."""
    year, _, number = text.partition("-")
    if not (len(text) == 7 and year.isdecimal() and number.isdecimal() and 1 <= int(number) <= 12):
        raise ValueError(f"{text!r} is not a month (YYYY-MM)")
    return (int(year) - 1970) * 12 + int(number) - 1


def _message(struct_hash: bytes, chain_id: int, registry: bytes) -> bytes:
    domain = keccak(_DOMAIN_TYPE + _NAME + _VERSION + word(chain_id) + bytes(12) + registry)
    return b"\x19\x01" + bytes(domain) + struct_hash
