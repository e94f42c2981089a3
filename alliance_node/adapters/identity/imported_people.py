"""The vault as imports see it: normal forms, known references, many new people at once. Owns the translation only."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from alliance_node.adapters.identity.errors import IdentityInUse, MalformedPersonalField
from alliance_node.adapters.identity.fields import normalise
from alliance_node.adapters.identity.vault import PersonalRecord, SqlVault
from alliance_node.application.errors import RowsRejected
from alliance_node.application.importing.rows import Person, RowRefused


class ImportedPeople:
    """Implements `application.importing.ports.People`."""

    def __init__(self, vault: SqlVault) -> None:
        self._vault = vault

    def normal(self, field: str, value: str) -> str:
        try:
            return normalise(field, value)
        except MalformedPersonalField as error:
            raise RowRefused(error.code, str(error)) from None

    def known(self, connection: sa.Connection, field: str, values: Sequence[str]) -> Mapping[str, str]:
        return self._vault.known(connection, field, values)

    def store(self, connection: sa.Connection, people: Sequence[Person], now: int) -> None:
        try:
            self._vault.store_many(connection, [PersonalRecord(p.member_id, p.fields) for p in people], now)
        except IdentityInUse as error:
            raise RowsRejected(str(error)) from error
