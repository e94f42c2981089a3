"""The least gas an item can cost: a hand-written EVM loop over the same calldata, measured on the same chain.

Per item it adds the amount to one storage slot and writes a Transfer and one 32-byte event: no check, no brand, no
rate, no claim address, no sequence. Whatever a contract needs on top is what its rules cost.
"""

from typing import Any

from bridge.chain.rpc import Rpc

NAME = "hand-written EVM loop: one balance slot, Transfer, one 32-byte event per item"
_TOPIC = "7f" + "11" * 32  # PUSH32, any topic
_LOOP = "5b"
_RUNTIME_PARTS = (
    "5f" + _LOOP,  # i = 0; loop:
    "36811015" + "60{end:02x}57",  # if not i < calldatasize: stop
    "80600e013560c01c",  # amount: 8 bytes at i + 14
    "805f52",  # memory[0] = amount
    "816036013590815401",  # slot = 32 bytes at i + 54; new = slot's value + amount
    "8155",  # write it
    "5f" + _TOPIC + "60205fa3",  # Transfer-like event with three topics
    _TOPIC + "60205fa1",  # Converted-like event with one topic
    "6056016001" + "56",  # i += 86; again
    "5b00",
)


_SIGNED_PARTS = (
    "5f" + _LOOP,  # i = 0; loop:
    "36811015" + "60{end:02x}57",  # if not i < calldatasize: stop
    "80605601355f52",  # memory[0] = 32 bytes at i + 86, as the digest
    "8060b6013560f81c602052",  # memory[1] = v, the byte at i + 182
    "80607601356040528060960135606052",  # memory[2], memory[3] = r, s
    "60205f60805f60015afa50",  # ecrecover
    "80600a013560c01c" + "805f52",  # amount: 8 bytes at i + 10; memory[0] = amount
    "816022013560601c",  # account: 20 bytes at i + 34
    "80546001018155",  # the nonce's slot + 1
    "1980548201" + "8155",  # balance: slot = not account; + amount
    "9050" + "5f" + _TOPIC + "60205fa3",  # Transfer-like event with three topics
    _TOPIC + "60205fa1",  # Converted-like event with one topic
    "60b7016001" + "56",  # i += 183; again
    "5b00",
)
SIGNED_NAME = "hand-written EVM loop: ecrecover, nonce slot, balance slot, Transfer, one 32-byte event per item"
PAIR_NAME = "the hand-written loop twice: a new balance slot, then the same slot again"


def runtime_code(parts: tuple[str, ...] = _RUNTIME_PARTS) -> bytes:
    """The loop's code."""
    length = len("".join(parts).format(end=0)) // 2
    return bytes.fromhex("".join(parts).format(end=length - 2))


def deploy(rpc: Rpc, sender: str, *, signed: bool = False) -> str:
    """Put the loop on the chain; returns its address."""
    runtime = runtime_code(_SIGNED_PARTS if signed else _RUNTIME_PARTS)
    creation = bytes.fromhex(f"61{len(runtime):04x}80600a5f395ff3") + runtime
    receipt = send(rpc, {"from": sender, "data": "0x" + creation.hex()})
    return str(receipt["contractAddress"])


def send(rpc: Rpc, transaction: dict[str, str]) -> dict[str, Any]:
    """Send from an unlocked account of a local chain and have it mined; returns its receipt."""
    digest = rpc.call("eth_sendTransaction", {"gas": hex(16_000_000), "gasPrice": "0x0", **transaction})
    rpc.call("evm_mine")
    receipt: dict[str, Any] = rpc.call("eth_getTransactionReceipt", digest)
    return receipt


def gas_per_item(rpc: Rpc, sender: str, loop: str, items: bytes, count: int) -> float:
    """Gas of one batch through the loop, divided by its items."""
    receipt = send(rpc, {"from": sender, "to": loop, "data": "0x" + items.hex()})
    if receipt["status"] != "0x1" or len(receipt["logs"]) != 2 * count:
        raise RuntimeError(f"the floor loop did not run as written: {receipt}")
    return int(receipt["gasUsed"], 16) / count
