"""The deployment as a fixed list of steps: the contracts, then their wiring.

Pure. The k-th step is the deployer's transaction number `base + k`, so every address is known beforehand and the
deployer's nonce says how far an interrupted deployment came.
"""

from collections.abc import Sequence

import msgspec

from bridge.chain.transactions import create_address
from bridge.deploy.address_book import CONTRACTS, DeployParameters
from bridge.deploy.artifacts import load_artifact
from bridge.protocol.words import format_address

ADMIN, OPERATOR, RISK, GUARDIAN, TREASURER, SETTLEMENT = 0, 1, 2, 3, 4, 5
NO_ADDRESS = "0x" + 40 * "0"

ROLE_FUNCTIONS: tuple[tuple[int, str, tuple[str, ...]], ...] = (
    (OPERATOR, "BrandRegistry", ("register", "setKeys", "setStatus")),
    (RISK, "BrandRegistry", ("setCreditLine", "setLimiter")),
    (GUARDIAN, "AllianceClock", ("pause", "unpause")),
    (GUARDIAN, "AlliancePoint", ("pause", "unpause")),
    (TREASURER, "Settlement", ("closeEpoch", "submitStatement")),
    (SETTLEMENT, "BrandRegistry", ("setCollateral", "markDefault", "clearDefault")),
    (SETTLEMENT, "ClearingHouse", ("closeEpoch", "pay", "payFor", "writeOff")),
    (SETTLEMENT, "GuaranteeFund", ("contribute", "withdraw", "cover", "repay")),
)
OF_ADMINISTRATOR = (OPERATOR, RISK, GUARDIAN, TREASURER)
_DESK_CONTROLLED = ("AlliancePoint", "BrandRegistry", "ClearingHouse")


class Step(msgspec.Struct, frozen=True):
    """One transaction; `to` is empty when it creates a contract."""

    title: str
    to: bytes
    data: bytes


def addresses_from(deployer: bytes, base: int) -> dict[str, bytes]:
    """Where the contracts will be when the deployment starts at nonce `base`."""
    return {name: create_address(deployer, base + index) for index, name in enumerate(CONTRACTS)}


def constructor_arguments(name: str, deployer: bytes, at: dict[str, bytes], params: DeployParameters) -> list[object]:
    """What each contract is told at its creation, in the order of contracts/interfaces/README.md."""
    text = {contract: format_address(address) for contract, address in at.items()}
    if name == "AccessManager":
        return [format_address(deployer)]
    if name == "RateBoard":
        periods = [params.notice_period, params.quote_grace, params.claim_window, params.max_step_ppm]
        return [text["BrandRegistry"], text["AllianceClock"], *periods]
    if name == "ClearingHouse":
        return [text["AccessManager"], text["BrandRegistry"]]
    if name == "ConversionDesk":
        order = ("AllianceClock", "BrandRegistry", "RateBoard", "ClearingHouse", "AlliancePoint")
        return [text[contract] for contract in order]
    if name == "StatementRegistry":
        return [text["BrandRegistry"], text["RateBoard"]]
    if name == "Settlement":
        order = ("AllianceClock", "AlliancePoint", "BrandRegistry", "ClearingHouse", "GuaranteeFund")
        parts = (*(text[contract] for contract in order), params.payment_period)
        return [text["AccessManager"], parts, params.settlement_asset or NO_ADDRESS]
    return [text["AccessManager"]]


def deployment_steps(deployer: bytes, admin: bytes, base: int, params: DeployParameters) -> list[Step]:
    """Every transaction of the deployment, in order."""
    at = addresses_from(deployer, base)
    creations = [
        Step(
            f"create {name}", b"", load_artifact(name).creation_data(constructor_arguments(name, deployer, at, params))
        )
        for name in CONTRACTS
    ]
    return [*creations, *_wire(at, params), *_hand_over(deployer, admin, at)]


def _call(at: dict[str, bytes], contract: str, function: str, *arguments: object) -> Step:
    data = load_artifact(contract).functions[function].encode(*arguments)
    return Step(f"{contract}.{function}", at[contract], data)


def _wire(at: dict[str, bytes], params: DeployParameters) -> list[Step]:
    desk = format_address(at["ConversionDesk"])
    steps = [_call(at, name, "setDesk", desk, True) for name in _DESK_CONTROLLED]
    steps.append(_call(at, "BrandRegistry", "setClearingHouse", format_address(at["ClearingHouse"])))
    if params.cover_rule:
        steps.append(_call(at, "BrandRegistry", "setGuaranteeFund", format_address(at["GuaranteeFund"])))
    for role, contract, names in ROLE_FUNCTIONS:
        selectors = _selectors(contract, names)
        target = format_address(at[contract])
        steps.append(_call(at, "AccessManager", "setTargetFunctionRole", target, selectors, role))
    return steps


def _hand_over(deployer: bytes, admin: bytes, at: dict[str, bytes]) -> list[Step]:
    roles = OF_ADMINISTRATOR if admin == deployer else (*OF_ADMINISTRATOR, ADMIN)
    books = format_address(at["Settlement"])
    steps = [_call(at, "AccessManager", "grantRole", SETTLEMENT, books, 0)]
    steps += [_call(at, "AccessManager", "grantRole", role, format_address(admin), 0) for role in roles]
    if admin != deployer:
        steps.append(_call(at, "AccessManager", "renounceRole", ADMIN, format_address(deployer)))
    return steps


def _selectors(contract: str, names: Sequence[str]) -> list[bytes]:
    return [load_artifact(contract).functions[name].selector for name in names]
