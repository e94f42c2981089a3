"""The vault over SQL: stores, reads, finds, corrects and erases personal data inside the caller's transaction.

Owns every read and write of the identity tables. Never commits, never logs a value. Each read of personal data leaves a
row saying who read what and why (R-PRV-1).
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from alliance_node.adapters.identity import envelope
from alliance_node.adapters.identity.derived_keys import derived_key
from alliance_node.adapters.identity.errors import ConsentMissing, IdentityErased, IdentityInUse
from alliance_node.adapters.identity.fields import FIELDS, INDEXED_FIELDS, blind_index, mask, normalise
from alliance_node.adapters.identity.key_provider import KeyRing
from alliance_node.adapters.identity.tables import blind_index as index_table
from alliance_node.adapters.identity.tables import consents, data_keys, personal_reads
from alliance_node.adapters.identity.tables import fields as field_table

Row = dict[str, object]
_CHUNK = 500


class Consent(msgspec.Struct, frozen=True):
    """A member's decision about one purpose, under one version of the text they saw."""

    purpose: str
    text_version: str
    granted: bool
    decided_at: int


class PersonalRecord(msgspec.Struct, frozen=True):
    """What a brand tells the vault about one new member."""

    member_id: str
    fields: Mapping[str, str]
    consents: Sequence[Consent] = ()


class SqlVault:
    """Envelope encryption over the identity tables. One instance per process; holds the key ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._digest_key = derived_key(ring, "Digest")

    # -- writing -------------------------------------------------------------------------------------------------

    def store_many(self, connection: sa.Connection, records: Sequence[PersonalRecord], now: int) -> None:
        """Creates data keys and first versions for members who have none; raises IdentityInUse, UnknownField."""
        keys: list[Row] = []
        values: list[Row] = []
        digests: list[Row] = []
        decisions: list[Row] = []
        for record in records:
            data_key = envelope.new_data_key()
            keys.append(self._key_row(record.member_id, data_key, now))
            for field, value in record.fields.items():
                normal = normalise(field, value)
                values.append(_field_row(data_key, record.member_id, field, 1, normal, now))
                digests.extend(self._index_rows(record.member_id, field, normal))
            decisions.extend(_consent_row(record.member_id, consent) for consent in record.consents)
        _insert(connection, data_keys, keys)
        _insert(connection, field_table, values)
        self._insert_index(connection, digests)
        _insert(connection, consents, decisions)

    def store(self, connection: sa.Connection, record: PersonalRecord, now: int) -> None:
        """One member; see `store_many`."""
        self.store_many(connection, [record], now)

    def correct(self, connection: sa.Connection, member_id: str, changes: Mapping[str, str], now: int) -> None:
        """Writes a new version of each changed field; the old versions stay readable to the member's export."""
        data_key = self._data_key(connection, member_id)
        versions = self._versions(connection, member_id)
        for field, value in changes.items():
            normal = normalise(field, value)
            row = _field_row(data_key, member_id, field, versions.get(field, 0) + 1, normal, now)
            connection.execute(field_table.insert(), row)
            if field in INDEXED_FIELDS:
                owned = (index_table.c.member_id == member_id) & (index_table.c.field == field)
                connection.execute(index_table.delete().where(owned))
                self._insert_index(connection, self._index_rows(member_id, field, normal))

    def forget(self, connection: sa.Connection, member_id: str, field: str) -> bool:
        """Removes every version of one field; whether there was one."""
        gone = connection.execute(
            index_table.delete().where(index_table.c.member_id == member_id, index_table.c.field == field)
        )
        rows = connection.execute(
            field_table.delete().where(field_table.c.member_id == member_id, field_table.c.field == field)
        )
        return bool(gone.rowcount or rows.rowcount)

    def erase(self, connection: sa.Connection, member_id: str, now: int) -> None:
        """Crypto-shredding: the data key is destroyed; ciphertext in backups stays unreadable for ever."""
        shredded = {"wrapped_key": None, "destroyed_at": now}
        connection.execute(data_keys.update().where(data_keys.c.member_id == member_id).values(shredded))
        for table in (field_table, index_table):
            connection.execute(table.delete().where(table.c.member_id == member_id))

    def digest(self, content: bytes) -> bytes:
        """What makes two texts with personal data the same: keyed, for anybody can try all phone numbers."""
        return hmac.digest(self._digest_key, content, hashlib.sha256)

    # -- reading -------------------------------------------------------------------------------------------------

    def read(
        self, connection: sa.Connection, member_id: str, names: Sequence[str], *, reader: str, reason: str, now: int
    ) -> dict[str, str]:
        """The newest version of the named fields; leaves a row in the read log. Raises IdentityErased."""
        wanted = [name for name in names if name in FIELDS]
        data_key = self._data_key(connection, member_id)
        self._log_read(connection, member_id, wanted, reader, reason, now)
        rows = connection.execute(
            sa.select(field_table.c.field, field_table.c.version, field_table.c.sealed)
            .where(field_table.c.member_id == member_id, field_table.c.field.in_(wanted))
            .order_by(field_table.c.version)
        )
        return {f: envelope.decrypt_field(data_key, member_id, f, version, sealed) for f, version, sealed in rows}

    def read_masked(
        self, connection: sa.Connection, member_id: str, names: Sequence[str], *, reader: str, reason: str, now: int
    ) -> dict[str, str]:
        """What consoles and logs may show."""
        plain = self.read(connection, member_id, names, reader=reader, reason=reason, now=now)
        return {field: mask(field, value) for field, value in plain.items()}

    def erased(self, connection: sa.Connection, member_ids: Sequence[str]) -> set[str]:
        """Those whose person asked to be forgotten."""
        found: set[str] = set()
        for start in range(0, len(member_ids), _CHUNK):
            among = data_keys.c.member_id.in_(member_ids[start : start + _CHUNK])
            query = sa.select(data_keys.c.member_id).where(among, data_keys.c.destroyed_at.is_not(None))
            found.update(connection.scalars(query))
        return found

    def find(
        self, connection: sa.Connection, field: str, value: str, *, reader: str, reason: str, now: int
    ) -> str | None:
        """The member enrolled with this phone number or e-mail address. A hit is a read and is logged as one."""
        digest = blind_index(self._ring.blind_index, field, normalise(field, value))
        hit = (index_table.c.field == field) & (index_table.c.digest == digest)
        member_id: str | None = connection.execute(sa.select(index_table.c.member_id).where(hit)).scalar_one_or_none()
        if member_id is not None:
            self._log_read(connection, member_id, [field], reader, reason, now)
        return member_id

    def known(self, connection: sa.Connection, field: str, values: Sequence[str]) -> dict[str, str]:
        """Member ids by normal form, of those that are known. For machines that hold the values already and show
        nobody what they find: no row in the read log, the caller leaves its own audit entry."""
        by_digest = {blind_index(self._ring.blind_index, field, value): value for value in values}
        found: dict[str, str] = {}
        digests = sorted(by_digest)
        for start in range(0, len(digests), _CHUNK):
            query = sa.select(index_table.c.digest, index_table.c.member_id).where(
                index_table.c.field == field, index_table.c.digest.in_(digests[start : start + _CHUNK])
            )
            found.update({by_digest[bytes(digest)]: member_id for digest, member_id in connection.execute(query)})
        return found

    # -- consent -------------------------------------------------------------------------------------------------

    def record_consent(self, connection: sa.Connection, member_id: str, consent: Consent) -> None:
        """Adds a decision; earlier ones stay as history."""
        connection.execute(consents.insert(), _consent_row(member_id, consent))

    def consent_of(self, connection: sa.Connection, member_id: str, purpose: str) -> Consent | None:
        """The latest decision about a purpose, or None when the member was never asked."""
        row = connection.execute(
            sa.select(consents.c.purpose, consents.c.text_version, consents.c.granted, consents.c.decided_at)
            .where(consents.c.member_id == member_id, consents.c.purpose == purpose)
            .order_by(consents.c.decided_at.desc())
            .limit(1)
        ).one_or_none()
        return Consent(*row) if row is not None else None

    def require_consent(self, connection: sa.Connection, member_id: str, purpose: str) -> None:
        """Raises ConsentMissing unless the latest decision grants the purpose."""
        consent = self.consent_of(connection, member_id, purpose)
        if consent is None or not consent.granted:
            raise ConsentMissing(f"no consent for {purpose}")

    # -- keys ----------------------------------------------------------------------------------------------------

    def rewrap_some(self, connection: sa.Connection, limit: int) -> int:
        """Re-wraps up to `limit` data keys of older generations; returns how many. No field changes."""
        old = connection.execute(
            sa.select(data_keys.c.member_id, data_keys.c.generation, data_keys.c.wrapped_key)
            .where(data_keys.c.generation != self._ring.active, data_keys.c.wrapped_key.is_not(None))
            .order_by(data_keys.c.member_id)
            .limit(limit)
        ).all()
        changes = []
        for member_id, generation, sealed in old:
            fresh = envelope.rewrap(self._ring, member_id, envelope.WrappedKey(generation, bytes(sealed)))
            changes.append({"id": member_id, "new_generation": fresh.generation, "key": fresh.sealed})
        if changes:
            connection.execute(
                data_keys.update()
                .where(data_keys.c.member_id == sa.bindparam("id"), data_keys.c.wrapped_key.is_not(None))
                .values(generation=sa.bindparam("new_generation"), wrapped_key=sa.bindparam("key")),
                changes,
            )
        return len(changes)

    def _key_row(self, member_id: str, data_key: bytes, now: int) -> dict[str, object]:
        wrapped = envelope.wrap(self._ring, member_id, data_key)
        return {
            "member_id": member_id,
            "generation": wrapped.generation,
            "wrapped_key": wrapped.sealed,
            "created_at": now,
            "destroyed_at": None,
        }

    def _data_key(self, connection: sa.Connection, member_id: str) -> bytes:
        row = connection.execute(
            sa.select(data_keys.c.generation, data_keys.c.wrapped_key).where(data_keys.c.member_id == member_id)
        ).one_or_none()
        if row is None or row.wrapped_key is None:
            raise IdentityErased("there is no personal data of this member")
        wrapped = envelope.WrappedKey(row.generation, bytes(row.wrapped_key))
        return envelope.unwrap(self._ring, member_id, wrapped)

    def _versions(self, connection: sa.Connection, member_id: str) -> dict[str, int]:
        rows = connection.execute(
            sa.select(field_table.c.field, sa.func.max(field_table.c.version))
            .where(field_table.c.member_id == member_id)
            .group_by(field_table.c.field)
        )
        return {row[0]: row[1] for row in rows}

    def _index_rows(self, member_id: str, field: str, normal: str) -> list[dict[str, object]]:
        if field not in INDEXED_FIELDS:
            return []
        digest = blind_index(self._ring.blind_index, field, normal)
        return [{"field": field, "digest": digest, "member_id": member_id}]

    def _insert_index(self, connection: sa.Connection, rows: Sequence[Mapping[str, object]]) -> None:
        try:
            with connection.begin_nested():
                _insert(connection, index_table, rows)
        except IntegrityError:
            raise IdentityInUse("another member has this phone number, e-mail address or reference") from None

    def _log_read(
        self, connection: sa.Connection, member_id: str, names: Sequence[str], reader: str, reason: str, now: int
    ) -> None:
        entry = {"read_at": now, "member_id": member_id, "fields": ",".join(names), "reader": reader, "reason": reason}
        connection.execute(personal_reads.insert(), entry)


def _field_row(data_key: bytes, member_id: str, field: str, version: int, value: str, now: int) -> dict[str, object]:
    sealed = envelope.encrypt_field(data_key, member_id, field, version, value)
    return {"member_id": member_id, "field": field, "version": version, "sealed": sealed, "recorded_at": now}


def _consent_row(member_id: str, consent: Consent) -> dict[str, object]:
    return {"member_id": member_id, **msgspec.structs.asdict(consent)}


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(table.insert(), list(rows))
