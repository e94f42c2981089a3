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

# Fields that forks appended, oldest first, and whether each is a number; a block has a prefix of its chain's list.
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


def header_rlp(block: Mapping[str, Any], extra: bytes | None = None) -> bytes:
    """The header as it is hashed, with other extra data if given. Raises MalformedChainData."""
    fields = [
        data_of(block, "parentHash"),
        data_of(block, "sha3Uncles"),
        data_of(block, "miner"),
        data_of(block, "stateRoot"),
        data_of(block, "transactionsRoot"),
        data_of(block, "receiptsRoot"),
        data_of(block, "logsBloom"),
        quantity_bytes(block, "difficulty"),
        quantity_bytes(block, "number"),
        quantity_bytes(block, "gasLimit"),
        quantity_bytes(block, "gasUsed"),
        quantity_bytes(block, "timestamp"),
        data_of(block, "extraData") if extra is None else extra,
        data_of(block, "mixHash"),
        data_of(block, "nonce"),
    ]
    for field, is_quantity in _SNOWMAN_APPENDED if is_snowman(block) else _APPENDED:
        if block.get(field) is None:
            break
        fields.append(quantity_bytes(block, field) if is_quantity else data_of(block, field))
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
