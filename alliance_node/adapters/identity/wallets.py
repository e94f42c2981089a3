"""Members' own wallets in the vault: sealed with the member's key, found again by a blind index, gone with the person.

Owns the translation only. Implements `application.wallets.records.WalletVault`.
"""

import sqlalchemy as sa

from alliance_node.adapters.identity.errors import IdentityErased, IdentityInUse
from alliance_node.adapters.identity.fields import WALLET
from alliance_node.adapters.identity.vault import SqlVault
from alliance_node.application.errors import MemberClosed
from alliance_node.application.wallets.errors import WalletInUse


class VaultWallets:
    """Which wallet is whose at this brand."""

    def __init__(self, vault: SqlVault) -> None:
        self._vault = vault

    def link(self, connection: sa.Connection, member_id: str, address: bytes, now: int) -> None:
        self._vault.forget(connection, member_id, WALLET)
        try:
            self._vault.correct(connection, member_id, {WALLET: "0x" + address.hex()}, now)
        except IdentityInUse:
            raise WalletInUse("another member of this brand has linked this wallet") from None
        except IdentityErased as error:
            raise MemberClosed(str(error), chinese=("会员资料已删除", "")) from error

    def unlink(self, connection: sa.Connection, member_id: str) -> bool:
        return self._vault.forget(connection, member_id, WALLET)

    def wallet_of(
        self, connection: sa.Connection, member_id: str, *, reader: str, reason: str, now: int
    ) -> bytes | None:
        try:
            found = self._vault.read(connection, member_id, [WALLET], reader=reader, reason=reason, now=now)
        except IdentityErased:
            return None
        return bytes.fromhex(found[WALLET][2:]) if WALLET in found else None
