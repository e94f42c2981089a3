"""AccessManager: who may administrate what, with which delays (OpenZeppelin Contracts 5).

Every word of its storage follows from its events. Who holds a role is listed in the report; that the right people do is
a judgement.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bridge.audit.contract import ContractAudit, Expected, entry, packed
from bridge.audit.contracts.delays import after
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook
from bridge.protocol.keccak import keccak

ACCESS = Check(
    "storage-access", "ACCESS-1", "each contract obeys the AccessManager of the address book, under its own name"
)
FUNCTIONS = Check("function-roles", "ACCESS-2", "each restricted function is open to its own role only")
NO_DELAY = Check("guardian-without-delay", "ACCESS-3", "a guardian can pause at once: its role is held without delay")
STORED = Check("storage-roles", "ACCESS-4", "roles, delays and functions' roles are those last published")

ADMIN, OPERATOR, RISK, GUARDIAN, TREASURER, SETTLEMENT = range(6)
ISSUER = 7
ROLE_NAMES = {
    ADMIN: "admin",
    OPERATOR: "operator",
    RISK: "risk",
    GUARDIAN: "guardian",
    TREASURER: "treasurer",
    SETTLEMENT: "settlement",
    ISSUER: "issuer",
}
# The functions that are open to a role; every other restricted function is the admin's.
OPEN_FUNCTIONS: dict[str, dict[str, int]] = {
    "BrandRegistry": {
        "register(string,address,address,address,uint128,uint208,uint48)": OPERATOR,
        "setKeys(uint32,address,address,address)": OPERATOR,
        "setStatus(uint32,uint8)": OPERATOR,
        "setCreditLine(uint32,uint128)": RISK,
        "setLimiter(uint32,uint208,uint48)": RISK,
        "setCollateral(uint32,uint128)": SETTLEMENT,
        "markDefault(uint32)": SETTLEMENT,
        "clearDefault(uint32)": SETTLEMENT,
    },
    "AllianceClock": {"pause()": GUARDIAN, "unpause()": GUARDIAN},
    "AlliancePoint": {"pause()": GUARDIAN, "unpause()": GUARDIAN},
    "Settlement": {"closeEpoch()": TREASURER, "submitStatement(uint32,int256[])": TREASURER},
    "ClearingHouse": {
        "closeEpoch()": SETTLEMENT,
        "pay(uint32,int128)": SETTLEMENT,
        "payFor(uint32,uint32,uint128)": SETTLEMENT,
        "writeOff(uint32,int96)": SETTLEMENT,
    },
    "GuaranteeFund": {
        "contribute(uint32,uint128)": SETTLEMENT,
        "withdraw(uint32,uint128)": SETTLEMENT,
        "cover(uint32,uint128)": SETTLEMENT,
        "repay(uint128)": SETTLEMENT,
    },
    "FounderMembership": {
        "issue(address)": ISSUER,
        "sellNew(uint64,bytes32,(address,uint256,uint8,bytes32,bytes32))": ISSUER,
    },
}
_TARGETS, _ROLES, _SCHEDULES = 0, 1, 2


@dataclass(slots=True)
class Role:
    """`members`: account -> (since, delay word) while it holds the role, (0, 0) afterwards."""

    members: dict[int, tuple[int, int]] = field(default_factory=dict)
    admin: int = 0
    guardian: int = 0
    grant_delay: int = 0


@dataclass(slots=True)
class Target:
    """A contract's restricted functions by selector, and whether it is closed."""

    functions: dict[int, int] = field(default_factory=dict)
    admin_delay: int = 0
    closed: int = 0


@dataclass(slots=True)
class Access:
    """`schedules`: operation -> (time or 0, number)."""

    roles: dict[int, Role] = field(default_factory=dict)
    targets: dict[int, Target] = field(default_factory=dict)
    schedules: dict[int, tuple[int, int]] = field(default_factory=dict)

    def role(self, number: int) -> Role:
        return self.roles.setdefault(number, Role())

    def target(self, address: int) -> Target:
        return self.targets.setdefault(address, Target())


def authority(book: AddressBook) -> int:
    """The address that an AccessManaged contract must store."""
    return int.from_bytes(book.address("AccessManager"), "big")


def selector(signature: str) -> int:
    return int.from_bytes(keccak(signature.encode())[:4], "big")


def _granted(scene: Scene, values: list[int]) -> None:
    number, account, delay, since, is_new = values
    if number == GUARDIAN:
        late = NO_DELAY.failed("no delay", f"{delay} s for 0x{account:040x}", scene.where)
        scene.run(NO_DELAY, [late] if delay else [])
    members = scene.alliance.of(Access).role(number).members
    if is_new:
        members[account] = since, delay
    else:
        known_since, known_delay = members.get(account, (0, 0))
        members[account] = known_since, after(known_delay, delay, since, scene.timestamp)


def _revoked(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Access).role(values[0]).members[values[1]] = 0, 0


def _admin_changed(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Access).role(values[0]).admin = values[1]


def _guardian_changed(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Access).role(values[0]).guardian = values[1]


def _grant_delay_changed(scene: Scene, values: list[int]) -> None:
    role = scene.alliance.of(Access).role(values[0])
    role.grant_delay = after(role.grant_delay, values[1], values[2], scene.timestamp)


def _target_closed(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Access).target(values[0]).closed = values[1]


def _function_role_updated(scene: Scene, values: list[int]) -> None:
    address, role, word = values
    function = word >> 224
    scene.alliance.of(Access).target(address).functions[function] = role
    scene.run(FUNCTIONS, _function_is_its_roles(scene, address, function, role))


def _function_is_its_roles(scene: Scene, address: int, function: int, role: int) -> Iterator[Finding]:
    name = next((name for name, known in scene.addresses.items() if known == address), f"0x{address:040x}")
    owed = {selector(signature): number for signature, number in OPEN_FUNCTIONS.get(name, {}).items()}
    expected = owed.get(function, ADMIN)
    if role != expected:
        place = f"{scene.where}, function {function:#010x} of {name}"
        yield FUNCTIONS.failed(f"role {expected}", f"role {role}", place)


def _admin_delay_updated(scene: Scene, values: list[int]) -> None:
    target = scene.alliance.of(Access).target(values[0])
    target.admin_delay = after(target.admin_delay, values[1], values[2], scene.timestamp)


def _scheduled(scene: Scene, values: list[int]) -> None:
    operation, number, at = values[:3]
    scene.alliance.of(Access).schedules[operation] = at, number


def _unscheduled(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Access).schedules[values[0]] = 0, values[1]


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    access = alliance.of(Access)
    for number, role in access.roles.items():
        first, name = entry(_ROLES, number), f"role {number}"
        word = packed((role.admin, 0), (role.guardian, 8), (role.grant_delay, 16))
        yield Expected(STORED, "AccessManager", first + 1, word, f"admin, guardian and grant delay of {name}")
        for account, (since, delay) in role.members.items():
            word = packed((since, 0), (delay, 6))
            yield Expected(STORED, "AccessManager", entry(first, account), word, f"{name} of 0x{account:040x}")
    for address, target in access.targets.items():
        first, name = entry(_TARGETS, address), f"target 0x{address:040x}"
        word = packed((target.admin_delay, 0), (target.closed, 14))
        yield Expected(STORED, "AccessManager", first + 1, word, f"delay and closing of {name}")
        for function, number in target.functions.items():
            slot = entry(first, function << 224)
            yield Expected(STORED, "AccessManager", slot, number, f"role of function {function:#010x} of {name}")
    for operation, (at, number) in access.schedules.items():
        word = packed((at, 0), (number, 6))
        yield Expected(STORED, "AccessManager", entry(_SCHEDULES, operation), word, f"operation {operation:#066x}")


def _figures(alliance: Alliance) -> dict[str, Any]:
    """Who may do what, for people to judge."""
    access = alliance.of(Access)
    roles = [
        {
            "role": number,
            "name": ROLE_NAMES.get(number, "unnamed"),
            "admin_role": role.admin,
            "guardian_role": role.guardian,
            "holders": [
                {"account": f"0x{account:040x}", "since": since, "delay_s": delay & 0xFFFFFFFF}
                for account, (since, delay) in sorted(role.members.items())
                if since
            ],
        }
        for number, role in sorted(access.roles.items())
    ]
    targets = [
        {
            "target": f"0x{address:040x}",
            "closed": bool(target.closed),
            "functions": {f"{function:#010x}": role for function, role in sorted(target.functions.items())},
        }
        for address, target in sorted(access.targets.items())
    ]
    return {"roles": roles, "restricted_functions": targets}


AUDIT = ContractAudit(
    name="AccessManager",
    events={
        "OperationScheduled(*bytes32,*uint32,uint48,address,address,bytes)": _scheduled,
        "OperationExecuted(*bytes32,*uint32)": _unscheduled,
        "OperationCanceled(*bytes32,*uint32)": _unscheduled,
        "RoleLabel(*uint64,string)": None,
        "RoleGranted(*uint64,*address,uint32,uint48,bool)": _granted,
        "RoleRevoked(*uint64,*address)": _revoked,
        "RoleAdminChanged(*uint64,*uint64)": _admin_changed,
        "RoleGuardianChanged(*uint64,*uint64)": _guardian_changed,
        "RoleGrantDelayChanged(*uint64,uint32,uint48)": _grant_delay_changed,
        "TargetClosed(*address,bool)": _target_closed,
        "TargetFunctionRoleUpdated(*address,bytes4,*uint64)": _function_role_updated,
        "TargetAdminDelayUpdated(*address,uint32,uint48)": _admin_delay_updated,
    },
    checks=(ACCESS, FUNCTIONS, NO_DELAY, STORED),
    storage=_storage,
    figures=_figures,
    layout={"_targets": (_TARGETS, 0), "_roles": (_ROLES, 0), "_schedules": (_SCHEDULES, 0)},
    members={
        "AccessManager.TargetConfig": {"allowedRoles": (0, 0), "adminDelay": (1, 0), "closed": (1, 14)},
        "AccessManager.Role": {"members": (0, 0), "admin": (1, 0), "guardian": (1, 8), "grantDelay": (1, 16)},
        "AccessManager.Access": {"since": (0, 0), "delay": (0, 6)},
        "AccessManager.Schedule": {"timepoint": (0, 0), "nonce": (0, 6)},
    },
)
