"""AccessManager: who may administrate what. Its creation is checked; its events are not read yet."""

from bridge.audit.contract import ContractAudit
from bridge.audit.findings import Check
from bridge.deploy.address_book import AddressBook

ACCESS = Check("storage-access", "ACCESS-1", "each contract obeys the AccessManager of the address book")


def authority(book: AddressBook) -> int:
    """The address that an AccessManaged contract must store."""
    return int.from_bytes(book.address("AccessManager"), "big")


AUDIT = ContractAudit(
    name="AccessManager",
    events={
        "OperationScheduled(*bytes32,*uint32,uint48,address,address,bytes)": None,
        "OperationExecuted(*bytes32,*uint32)": None,
        "OperationCanceled(*bytes32,*uint32)": None,
        "RoleLabel(*uint64,string)": None,
        "RoleGranted(*uint64,*address,uint32,uint48,bool)": None,
        "RoleRevoked(*uint64,*address)": None,
        "RoleAdminChanged(*uint64,*uint64)": None,
        "RoleGuardianChanged(*uint64,*uint64)": None,
        "RoleGrantDelayChanged(*uint64,uint32,uint48)": None,
        "TargetClosed(*address,bool)": None,
        "TargetFunctionRoleUpdated(*address,bytes4,*uint64)": None,
        "TargetAdminDelayUpdated(*address,uint32,uint48)": None,
    },
)
