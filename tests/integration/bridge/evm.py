"""Faults put in the desk's place with `anvil_setCode`: the real desk behind a gate, or a desk that always fails."""

from collections.abc import Callable

from tests.chain_fixtures import Alliance

ALWAYS_REVERTS = "0x5f5ffd"  # PUSH0 PUSH0 REVERT
POISON = 0xEE
_COPY = bytes.fromhex("c0de" * 10)


def desk_hex(alliance: Alliance) -> str:
    return "0x" + alliance.book.address("ConversionDesk").hex()


def break_desk(alliance: Alliance) -> str:
    """Every call reverts from now on; returns the code to put back."""
    code: str = alliance.rpc.call("eth_getCode", desk_hex(alliance), "latest")
    alliance.rpc.call("anvil_setCode", desk_hex(alliance), ALWAYS_REVERTS)
    return code


def repair_desk(alliance: Alliance, code: str) -> None:
    alliance.rpc.call("anvil_setCode", desk_hex(alliance), code)


def befall(alliance: Alliance, what: str, snapshot: str, mined: Callable[[], object]) -> None:
    """What happens to batches that were sent: "REVERTED" as a whole; "UNMINED" by a reorganisation back to `snapshot`,
    once `mined` has returned; anything else: a block takes them."""
    if what == "REVERTED":
        code = break_desk(alliance)
        alliance.mine()
        repair_desk(alliance, code)
        alliance.mine()
        alliance.mine()
    elif what == "UNMINED":
        alliance.mine()
        mined()
        alliance.rpc.call("evm_revert", snapshot)
        alliance.mine(alliance.now() + 7)
        alliance.mine()
    else:
        alliance.mine()


def poison_desk(alliance: Alliance, kind: int = POISON, size: int = 86) -> None:
    """The whole batch reverts if one of its items is of this kind; otherwise the real desk's code runs. `size`: of an
    item, so a batch of the other shape is judged at the wrong places."""
    code = alliance.rpc.call("eth_getCode", desk_hex(alliance), "latest")
    alliance.rpc.call("anvil_setCode", "0x" + _COPY.hex(), code)
    alliance.rpc.call("anvil_setCode", desk_hex(alliance), "0x" + _gate(kind, size).hex())


def _gate(kind: int, size: int) -> bytes:
    """for (i = 132; i < 132 + length; i += size) if (its kind == kind) revert; then delegatecall the copy."""
    loop, bad, end, ok = 0x02, 0x1F, 0x23, 0x4E
    code = bytes([0x60, 132, 0x5B, 0x80, 0x60, 100, 0x35, 0x60, 132, 0x01, 0x11, 0x15, 0x60, end, 0x57])
    code += bytes([0x80, 0x35, 0x5F, 0x1A, 0x60, kind, 0x14, 0x60, bad, 0x57, 0x60, size, 0x01, 0x60, loop, 0x56])
    code += bytes([0x5B, 0x5F, 0x5F, 0xFD])  # bad: revert
    code += bytes([0x5B, 0x50, 0x36, 0x5F, 0x5F, 0x37])  # end: forget i, copy the calldata
    code += bytes([0x5F, 0x5F, 0x36, 0x5F, 0x73]) + _COPY + bytes([0x5A, 0xF4])
    code += bytes([0x3D, 0x5F, 0x5F, 0x3E, 0x60, ok, 0x57, 0x3D, 0x5F, 0xFD])
    assert code[bad] == code[end] == 0x5B
    assert len(code) == ok
    return code + bytes([0x5B, 0x3D, 0x5F, 0xF3])


def cure_desk(alliance: Alliance) -> None:
    """Put the real desk back where the gate was."""
    code = alliance.rpc.call("eth_getCode", "0x" + _COPY.hex(), "latest")
    alliance.rpc.call("anvil_setCode", desk_hex(alliance), code)
