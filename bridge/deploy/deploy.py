"""Deploying the alliance from Python, so that a second run finds the first one's work and changes nothing.

Owns the order and the check of the result. The deployer ends without any right: every role is the administrator's.
"""

from typing import Any

from bridge.chain.headers import is_snowman, qbft_extra_data
from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import CONTRACTS, AddressBook, Consensus, DeployParameters, make_book
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.plan import ADMIN, NO_ADDRESS, OF_ADMINISTRATOR, SETTLEMENT, Step, addresses_from, deployment_steps
from bridge.deploy.sending import Mine, send_all
from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address, word

_CREATE_GAS = 7_000_000
_CALL_GAS = 300_000
_ROLE_GRANTED = "0x" + keccak(b"RoleGranted(uint64,address,uint32,uint48,bool)").hex()
_Expected = tuple[str, str, tuple[object, ...], tuple[object, ...]]
"""Contract, view function, arguments, result."""


class DeploymentIncomplete(ChainError):
    """The contracts on chain are not wired as planned; a fresh deployer key starts over."""

    code = "deployment_incomplete"
    next_step = "Deploy again with a fresh deployer key."


class OtherAdministrator(ChainError):
    """A finished alliance was found whose roles never were this administrator's."""

    code = "other_administrator"
    next_step = "Name the --admin of the first run, or deploy another alliance with a fresh deployer key."


def deploy_alliance(
    rpc: Rpc, deployer: Signer, admin: bytes, params: DeployParameters, *, mine: Mine | None = None
) -> AddressBook:
    """Deploy, or finish, or find the alliance of this deployer; `admin` (20 bytes) gets every role.

    Who holds the roles is checked only when this run sent something: in a finished alliance they may be handed on.
    Raises TransactionFailed, NotMined, DeploymentIncomplete, OtherAdministrator, RpcUnavailable.
    """
    chain_id = int(rpc.call("eth_chainId"), 16)
    nonce = int(rpc.call("eth_getTransactionCount", "0x" + deployer.address.hex(), "latest"), 16)
    base = _earlier_deployment(rpc, deployer.address, nonce, params)
    if base is None:
        base = nonce
    steps = deployment_steps(deployer.address, admin, base, params)
    missing = steps[nonce - base :]
    if missing:
        send_all(rpc, deployer, [_with_gas(step) for step in missing], nonce=nonce, mine=mine)
    contracts = addresses_from(deployer.address, base)
    check_deployment(rpc, contracts, params)
    block = _creation_block(rpc, contracts["AccessManager"])
    if missing:
        _check_roles(rpc, contracts, deployer.address, admin)
    elif admin not in ever_granted(rpc, contracts["AccessManager"], ADMIN, since=block, block="latest"):
        raise OtherAdministrator(f"this deployer's alliance was not made for {format_address(admin)}")
    header = rpc.call("eth_getBlockByNumber", hex(block), False)
    return make_book(chain_id, block, header["hash"], contracts, params, _consensus_of(header))


def check_deployment(rpc: Rpc, at: dict[str, bytes], params: DeployParameters) -> None:
    """Code everywhere, contracts wired to each other. Raises DeploymentIncomplete."""
    desk, books = format_address(at["ConversionDesk"]), format_address(at["Settlement"])
    cover = format_address(at["GuaranteeFund"]) if params.cover_rule else NO_ADDRESS
    expected: list[_Expected] = [
        (name, "isDesk", (desk,), (True,)) for name in ("AlliancePoint", "BrandRegistry", "ClearingHouse")
    ]
    expected.append(("AccessManager", "hasRole", (SETTLEMENT, books), (True, 0)))
    expected.append(("Settlement", "PAYMENT_PERIOD", (), (params.payment_period,)))
    expected.append(("BrandRegistry", "guaranteeFund", (), (cover.lower(),)))
    expected.append(("RateBoard", "claimWindow", (), (params.claim_window,)))
    block = rpc.call("eth_blockNumber")
    codes = rpc.batch([("eth_getCode", ("0x" + at[name].hex(), block)) for name in CONTRACTS])
    for name, code in zip(CONTRACTS, codes, strict=True):
        if code == "0x":
            raise DeploymentIncomplete(f"{name} is not at {format_address(at[name])}")
    _require(rpc, at, expected, block)


def _check_roles(rpc: Rpc, at: dict[str, bytes], deployer: bytes, admin: bytes) -> None:
    """Every role is the administrator's: true when a deployment ends; later the administrator hands them out."""
    text = format_address(admin)
    expected: list[_Expected] = [
        ("AccessManager", "hasRole", (role, text), (True, 0)) for role in (ADMIN, *OF_ADMINISTRATOR)
    ]
    if deployer != admin:
        expected.append(("AccessManager", "hasRole", (ADMIN, format_address(deployer)), (False, 0)))
    _require(rpc, at, expected, rpc.call("eth_blockNumber"))


def _require(rpc: Rpc, at: dict[str, bytes], expected: list[_Expected], block: str) -> None:
    for contract, function, arguments, result in expected:
        found = view(rpc, at[contract], contract, function, *arguments, block=block)
        if found != result:
            raise DeploymentIncomplete(f"{contract}.{function}{arguments} is {found}, expected {result}")


def ever_granted(rpc: Rpc, manager: bytes, role: int, *, since: int, block: str) -> set[bytes]:
    """Every account that an AccessManager granted the role to, whether it still holds it or not."""
    topics = [_ROLE_GRANTED, "0x" + word(role).hex()]
    wanted = {"address": "0x" + manager.hex(), "topics": topics, "fromBlock": hex(since), "toBlock": block}
    return {bytes.fromhex(log["topics"][2][-40:]) for log in rpc.call("eth_getLogs", wanted)}


def view(rpc: Rpc, to: bytes, contract: str, function: str, *arguments: object, block: str) -> tuple[Any, ...]:
    """The decoded result of a view function, pinned to a block."""
    called = load_artifact(contract).functions[function]
    request = {"to": "0x" + to.hex(), "data": "0x" + called.encode(*arguments).hex()}
    return called.decode(bytes.fromhex(rpc.call("eth_call", request, block)[2:]))


def _consensus_of(header: dict[str, Any]) -> Consensus:
    """What the deployment's block is: it decides for ever how this chain's headers are read."""
    if qbft_extra_data(header) is not None:
        return "qbft"
    return "snowman" if is_snowman(header) else "none"


def _with_gas(step: Step) -> tuple[str, bytes, bytes, int]:
    return step.title, step.to, step.data, _CALL_GAS if step.to else _CREATE_GAS


def _earlier_deployment(rpc: Rpc, deployer: bytes, nonce: int, params: DeployParameters) -> int | None:
    """The nonce at which this deployer last began a deployment with these parameters."""
    wanted = load_artifact("AccessManager").runtime
    starts = range(nonce)
    codes = rpc.batch(
        [("eth_getCode", ("0x" + addresses_from(deployer, start)["AccessManager"].hex(), "latest")) for start in starts]
    )
    for start in reversed(starts):
        if bytes.fromhex(codes[start][2:]) == wanted and _has_parameters(rpc, deployer, start, params):
            return start
    return None


def _has_parameters(rpc: Rpc, deployer: bytes, start: int, params: DeployParameters) -> bool:
    """Whether the RateBoard, if it exists already, has these parameters."""
    board = addresses_from(deployer, start)["RateBoard"]
    block = rpc.call("eth_blockNumber")
    if rpc.call("eth_getCode", "0x" + board.hex(), block) == "0x":
        return True
    names = ("noticePeriod", "quoteGrace", "claimWindow", "maxStepPpm")
    found = [view(rpc, board, "RateBoard", name, block=block)[0] for name in names]
    return found == [params.notice_period, params.quote_grace, params.claim_window, params.max_step_ppm]


def _creation_block(rpc: Rpc, manager: bytes) -> int:
    """The block that created the AccessManager: its constructor logs the first role."""
    logs = rpc.call("eth_getLogs", {"address": "0x" + manager.hex(), "fromBlock": "0x0", "toBlock": "latest"})
    return min(int(log["blockNumber"], 16) for log in logs)
