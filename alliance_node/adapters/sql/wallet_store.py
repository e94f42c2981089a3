"""Sign-in messages, links and intents of members' own wallets in SQL.

Owns these tables' statements; every method works inside the caller's transaction.
"""

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.wallet_tables import wallet_challenges, wallet_intents, wallet_links
from alliance_node.application.wallets.records import ChallengeRow, IntentRow
from alliance_node.domain.instants import DAY_SECONDS, Instant

_CHALLENGE = [wallet_challenges.c[name] for name in ChallengeRow.__struct_fields__]


class SqlWalletStore(SqlDatabase):
    """Implements `application.wallets.records.WalletStore`."""

    def add_challenge(self, connection: sa.Connection, row: ChallengeRow) -> None:
        old = wallet_challenges.c.expires_at < row.issued_at - DAY_SECONDS
        connection.execute(sa.delete(wallet_challenges).where(old))
        connection.execute(sa.insert(wallet_challenges).values(msgspec.structs.asdict(row)))

    def challenge(self, connection: sa.Connection, nonce: str) -> ChallengeRow | None:
        found = connection.execute(sa.select(*_CHALLENGE).where(wallet_challenges.c.nonce == nonce)).one_or_none()
        return None if found is None else ChallengeRow(*found)

    def use_challenge(self, connection: sa.Connection, nonce: str, now: Instant) -> bool:
        unused = sa.update(wallet_challenges).where(
            wallet_challenges.c.nonce == nonce, wallet_challenges.c.used_at.is_(None)
        )
        return connection.execute(unused.values(used_at=now)).rowcount == 1

    def set_linked(self, connection: sa.Connection, member_id: str, at: Instant | None) -> None:
        connection.execute(sa.delete(wallet_links).where(wallet_links.c.member_id == member_id))
        if at is not None:
            connection.execute(sa.insert(wallet_links).values(member_id=member_id, linked_at=at))

    def linked_at(self, connection: sa.Connection, member_id: str) -> Instant | None:
        query = sa.select(wallet_links.c.linked_at).where(wallet_links.c.member_id == member_id)
        found: Instant | None = connection.scalar(query)
        return found

    def add_intent(self, connection: sa.Connection, row: IntentRow) -> None:
        connection.execute(sa.insert(wallet_intents).values(msgspec.structs.asdict(row)))

    def intent(self, connection: sa.Connection, digest: bytes) -> IntentRow | None:
        columns = [wallet_intents.c[name] for name in IntentRow.__struct_fields__]
        found = connection.execute(sa.select(*columns).where(wallet_intents.c.digest == digest)).one_or_none()
        return None if found is None else IntentRow(bytes(found[0]), *found[1:])
