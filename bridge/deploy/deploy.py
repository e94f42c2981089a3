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
from bridge.protocol.words import format_address

_CREATE_GAS = 7_000_000
_CALL_GAS = 300_000


class DeploymentIncomplete(ChainError):
    """The contracts on chain are not wired as planned; a fresh deployer key starts over."""

    code = "deployment_incomplete"
    next_step = "Deploy again with a fresh deployer key."


def deploy_alliance(
    rpc: Rpc, deployer: Signer, admin: bytes, params: DeployParameters, *, mine: Mine | None = None
) -> AddressBook:
    """Deploy, or finish, or find the alliance of this deployer; `admin` (20 bytes) gets every role.

    Raises TransactionFailed, NotMined, DeploymentIncomplete, RpcUnavailable.
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
    check_deployment(rpc, contracts, deployer.address, admin, params)
    block = _creation_block(rpc, contracts["AccessManager"])
    header = rpc.call("eth_getBlockByNumber", hex(block), False)
    return make_book(chain_id, block, header["hash"], contracts, params, _consensus_of(header))


def check_deployment(rpc: Rpc, at: dict[str, bytes], deployer: bytes, admin: bytes, params: DeployParameters) -> None:
    """Code everywhere, desk admitted, roles with the administrator only. Raises DeploymentIncomplete."""
    desk, text = format_address(at["ConversionDesk"]), format_address(admin)
    expected: list[tuple[str, str, tuple[object, ...], tuple[object, ...]]] = [
        (name, "isDesk", (desk,), (True,)) for name in ("AlliancePoint", "BrandRegistry", "ClearingHouse")
    ]
    expected += [("AccessManager", "hasRole", (role, text), (True, 0)) for role in (ADMIN, *OF_ADMINISTRATOR)]
    books = format_address(at["Settlement"])
    expected.append(("AccessManager", "hasRole", (SETTLEMENT, books), (True, 0)))
    expected.append(("Settlement", "PAYMENT_PERIOD", (), (params.payment_period,)))
    cover = format_address(at["GuaranteeFund"]) if params.cover_rule else NO_ADDRESS
    expected.append(("BrandRegistry", "guaranteeFund", (), (cover.lower(),)))
    if deployer != admin:
        expected.append(("AccessManager", "hasRole", (ADMIN, format_address(deployer)), (False, 0)))
    expected.append(("RateBoard", "claimWindow", (), (params.claim_window,)))
    block = rpc.call("eth_blockNumber")
    codes = rpc.batch([("eth_getCode", ("0x" + at[name].hex(), block)) for name in CONTRACTS])
    for name, code in zip(CONTRACTS, codes, strict=True):
        if code == "0x":
            raise DeploymentIncomplete(f"{name} is not at {format_address(at[name])}")
    for contract, function, arguments, result in expected:
        found = view(rpc, at[contract], contract, function, *arguments, block=block)
        if found != result:
            raise DeploymentIncomplete(f"{contract}.{function}{arguments} is {found}, expected {result}")


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
