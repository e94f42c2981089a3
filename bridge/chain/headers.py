"""A block header's hash, recomputed from the fields that an RPC shows.

Yellow Paper §4.4.3, and EIP-1559, 4895, 4844, 4788 and 7685 for what forks appended. QBFT chains are recognised by
their mix hash: their hash leaves out the seals. Subnet-EVM chains (Snowman consensus) are recognised by a field that no
other header has: they append fields of their own.

Pure: takes the raw JSON-RPC block. It may not trust the block's own `hash`, which is what the result is compared with.
"""

from collections.abc import Mapping
from typing import Any

from rlp.codec import encode_raw

from bridge.chain.hexadecimal import data_of, quantity_bytes
from bridge.chain.qbft import MIX_HASH, ExtraData, parse_extra_data
from bridge.protocol.keccak import keccak

# The first fields of every header, and whether each is a number; forks and engines only append.
_COMMON: tuple[tuple[str, bool], ...] = (
    *((field, False) for field in ("parentHash", "sha3Uncles", "miner", "stateRoot")),
    *((field, False) for field in ("transactionsRoot", "receiptsRoot", "logsBloom")),
    *((field, True) for field in ("difficulty", "number", "gasLimit", "gasUsed", "timestamp")),
    *((field, False) for field in ("extraData", "mixHash", "nonce")),
)
# Fields that forks appended, oldest first; a block has a prefix of its chain's list.
_APPENDED: tuple[tuple[str, bool], ...] = (
    ("baseFeePerGas", True),  # London
    ("withdrawalsRoot", False),  # Shanghai
    ("blobGasUsed", True),  # Cancun
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),  # Prague
)
_SNOWMAN_MARK = "blockGasCost"
_SNOWMAN_APPENDED: tuple[tuple[str, bool], ...] = (
    ("baseFeePerGas", True),
    (_SNOWMAN_MARK, True),  # the first Subnet-EVM
    ("blobGasUsed", True),  # Cancun's come with Etna; there are no withdrawals
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("timestampMilliseconds", True),  # Granite
    ("minDelayExcess", True),
)

HEADER_FIELDS = frozenset(name for name, _ in (*_COMMON, *_APPENDED, *_SNOWMAN_APPENDED))
"""The fields of JSON-RPC's blocks that a block's hash is taken over, on any chain."""


def header_rlp(block: Mapping[str, Any], extra: bytes | None = None) -> bytes:
    """The header as it is hashed, with other extra data if given. Raises MalformedChainData."""
    shown = block if extra is None else {**block, "extraData": "0x" + extra.hex()}
    fields = [_field(shown, *field) for field in _COMMON]
    for name, is_quantity in _SNOWMAN_APPENDED if is_snowman(block) else _APPENDED:
        if block.get(name) is None:
            break
        fields.append(_field(block, name, is_quantity))
    return bytes(encode_raw(fields))


def header_hash(block: Mapping[str, Any]) -> bytes:
    """keccak256 of the header's RLP, 32 bytes; any fork from Homestead to Prague. Raises MalformedChainData."""
    extra = qbft_extra_data(block)
    return bytes(keccak(header_rlp(block, extra.hashed() if extra else None)))


def seal_digest(block: Mapping[str, Any], extra: ExtraData) -> bytes:
    """What the validators of a QBFT block signed, 32 bytes."""
    return bytes(keccak(header_rlp(block, extra.sealed())))


def qbft_extra_data(block: Mapping[str, Any]) -> ExtraData | None:
    """The extra data of a QBFT block, None on other chains. Raises MalformedChainData."""
    if data_of(block, "mixHash") != MIX_HASH:
        return None
    return parse_extra_data(data_of(block, "extraData"))


def is_snowman(block: Mapping[str, Any]) -> bool:
    """Whether it is a Subnet-EVM header. Who lies about it changes no field that is read: both kinds of header begin
    with the same fifteen fields, and the hash is taken over all of them."""
    return block.get(_SNOWMAN_MARK) is not None


def _field(block: Mapping[str, Any], name: str, is_quantity: bool) -> bytes:
    return quantity_bytes(block, name) if is_quantity else data_of(block, name)
