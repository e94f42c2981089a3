"""Who holds an AccessManager role: everybody it was ever granted to, by the logs, that holds it at the head.

Owns the reading, and the refusal to leave a role to nobody. It may not grant or revoke: that is `admin`.
"""

from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import ever_granted, view
from bridge.protocol.words import format_address

_MANAGER = "AccessManager"


class LastHolder(ChainError):
    """Without this account nobody would hold the role."""

    code = "last_holder"

    def __init__(self, name: str, account: bytes) -> None:
        super().__init__(f"{format_address(account)} is the last that holds the role {name}")
        beyond = "nobody could ever grant a role again" if name == "admin" else "only an admin could grant it again"
        self.next_step = (
            f"Give the role to another account first (`alliance chain grant-role`), or repeat with --last: {beyond}."
        )


def role_holders(rpc: Rpc, book: AddressBook, role: int) -> set[bytes]:
    """The accounts that hold the role now; a grant that waits for its delay does not count yet."""
    block, manager = rpc.call("eth_blockNumber"), book.address(_MANAGER)
    granted = ever_granted(rpc, manager, role, since=book.deployed_block, block=block)
    return {
        account
        for account in granted
        if view(rpc, manager, _MANAGER, "hasRole", role, format_address(account), block=block)[0]
    }


def require_another_holder(rpc: Rpc, book: AddressBook, role: int, name: str, account: bytes) -> None:
    """Raises LastHolder when this account alone holds the role."""
    if role_holders(rpc, book, role) == {account}:
        raise LastHolder(name, account)
