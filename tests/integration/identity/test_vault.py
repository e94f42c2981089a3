"""The vault on SQLite and PostgreSQL: what is stored is unreadable, tied to its member, found blindly, and erasable."""

import uuid

import pytest
import sqlalchemy as sa

from alliance_node.adapters.identity.errors import (
    CiphertextRefused,
    ConsentMissing,
    IdentityErased,
    IdentityInUse,
    MalformedPersonalField,
    UnknownField,
    UnknownKeyGeneration,
)
from alliance_node.adapters.identity.key_provider import KeyRing, next_generation, without_old_generations
from alliance_node.adapters.identity.tables import blind_index, data_keys, fields, personal_reads
from alliance_node.adapters.identity.vault import Consent, PersonalRecord, SqlVault
from alliance_node.adapters.sql.engine import SqlDatabase

NOW = 1_780_000_000
PERSON = {"name": "王小明", "phone": "+86 138-0000-0000", "email": "Xiaoming@Example.COM", "birthday": "1990-05-17"}
WHO = {"reader": "test", "reason": "unit test", "now": NOW}


def enrol(database: SqlDatabase, vault: SqlVault, person: dict[str, str] = PERSON) -> str:
    member_id = str(uuid.uuid4())
    with database.write() as connection:
        vault.store(connection, PersonalRecord(member_id, person), NOW)
    return member_id


def everything(connection: sa.Connection) -> str:
    """Every value of every table, as text."""
    names = sa.inspect(connection).get_table_names()
    rows = [tuple(row) for name in names for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')]
    return repr([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows])


def test_what_was_stored_comes_back_in_normal_form(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault)
    with database.write() as connection:
        found = vault.read(connection, member_id, list(PERSON), **WHO)
    assert found == {
        "name": "王小明",
        "phone": "+8613800000000",
        "email": "xiaoming@example.com",
        "birthday": "1990-05-17",
    }


def test_no_personal_value_is_readable_in_the_database(database: SqlDatabase, vault: SqlVault) -> None:
    """R-PRV-1, pitfall 27: neither the values nor guessable hashes of them."""
    enrol(database, vault)
    with database.read() as connection:
        stored = everything(connection)
    for secret in ("王小明", "13800000000", "xiaoming", "1990-05-17", "Example"):
        assert secret not in stored
    import hashlib

    for guess in (b"+8613800000000", b"13800000000", b"phone\0+8613800000000"):
        assert repr(hashlib.sha256(guess).digest()) not in stored


def test_a_member_is_found_by_phone_and_by_email_in_any_spelling(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault)
    with database.write() as connection:
        assert vault.find(connection, "phone", "+86 (138) 0000 0000", **WHO) == member_id
        assert vault.find(connection, "email", "XIAOMING@example.com ", **WHO) == member_id
        assert vault.find(connection, "phone", "+8613800000001", **WHO) is None


def test_the_blind_index_needs_its_own_key(database: SqlDatabase, vault: SqlVault, ring: KeyRing) -> None:
    enrol(database, vault)
    other = SqlVault(KeyRing(ring.active, ring.generations, bytes(32)))
    with database.write() as connection:
        assert other.find(connection, "phone", PERSON["phone"], **WHO) is None


def test_a_second_member_with_the_same_phone_is_refused_and_nothing_is_stored(
    database: SqlDatabase, vault: SqlVault
) -> None:
    enrol(database, vault)
    with pytest.raises(IdentityInUse):
        enrol(database, vault, {"name": "Other", "phone": PERSON["phone"]})
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(data_keys)) == 1


def test_a_value_copied_to_another_member_is_refused(database: SqlDatabase, vault: SqlVault) -> None:
    """The associated data names member, field and version; even with the other member's data key it does not open."""
    first = enrol(database, vault)
    second = enrol(database, vault, {"name": "Eve"})
    with database.write() as connection:
        stolen = connection.execute(
            sa.select(fields.c.sealed).where(fields.c.member_id == first, fields.c.field == "name")
        ).scalar_one()
        key = connection.execute(
            sa.select(data_keys.c.wrapped_key, data_keys.c.generation).where(data_keys.c.member_id == first)
        ).one()
        connection.execute(fields.update().where(fields.c.member_id == second).values(sealed=stolen))
        with pytest.raises(CiphertextRefused):
            vault.read(connection, second, ["name"], **WHO)
        connection.execute(
            data_keys.update().where(data_keys.c.member_id == second).values(wrapped_key=key.wrapped_key)
        )
        with pytest.raises(CiphertextRefused):
            vault.read(connection, second, ["name"], **WHO)


def test_one_flipped_bit_is_noticed(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault, {"name": "Ann"})
    with database.write() as connection:
        sealed = bytearray(connection.execute(sa.select(fields.c.sealed)).scalar_one())
        sealed[-1] ^= 1
        connection.execute(fields.update().values(sealed=bytes(sealed)))
        with pytest.raises(CiphertextRefused):
            vault.read(connection, member_id, ["name"], **WHO)


def test_rotation_rewraps_data_keys_and_leaves_every_field_as_it_was(
    database: SqlDatabase, vault: SqlVault, ring: KeyRing
) -> None:
    members = [enrol(database, vault, {"name": f"Member {n}", "phone": f"+1555000{n:04d}"}) for n in range(7)]
    with database.read() as connection:
        before = sorted(bytes(sealed) for sealed in connection.scalars(sa.select(fields.c.sealed)))
    newer = next_generation(ring)
    rotated = SqlVault(newer)
    rounds = 0
    while True:
        with database.write() as connection:
            if not rotated.rewrap_some(connection, 3):
                break
        rounds += 1
    assert rounds == 3
    retired = SqlVault(without_old_generations(newer))
    with database.write() as connection:
        assert sorted(bytes(sealed) for sealed in connection.scalars(sa.select(fields.c.sealed))) == before
        assert set(connection.scalars(sa.select(data_keys.c.generation))) == {2}
        assert retired.read(connection, members[4], ["name"], **WHO) == {"name": "Member 4"}
        assert retired.find(connection, "phone", "+15550000004", **WHO) == members[4]
        with pytest.raises(UnknownKeyGeneration):
            vault.read(connection, members[4], ["name"], **WHO)


def test_an_erased_member_can_not_be_read_or_found_even_from_a_copy_of_the_rows(
    database: SqlDatabase, vault: SqlVault
) -> None:
    """Crypto-shredding: old ciphertext, restored from a backup, stays closed."""
    member_id = enrol(database, vault)
    with database.write() as connection:
        backup = [dict(row) for row in connection.execute(sa.select(fields)).mappings()]
        assert vault.erased(connection, [member_id]) == set()
        vault.erase(connection, member_id, NOW + 1)
    with database.write() as connection:
        connection.execute(fields.insert(), backup)
        assert vault.erased(connection, [member_id]) == {member_id}
        assert vault.find(connection, "phone", PERSON["phone"], **WHO) is None
        assert connection.scalar(sa.select(sa.func.count()).select_from(blind_index)) == 0
        with pytest.raises(IdentityErased):
            vault.read(connection, member_id, ["name"], **WHO)


def test_an_erased_persons_phone_can_be_enrolled_again(database: SqlDatabase, vault: SqlVault) -> None:
    first = enrol(database, vault)
    with database.write() as connection:
        vault.erase(connection, first, NOW + 1)
    assert enrol(database, vault) != first


def test_a_correction_is_a_new_version_and_moves_the_blind_index(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault)
    with database.write() as connection:
        vault.correct(connection, member_id, {"phone": "+8613900000000", "address": "1 Road"}, NOW + 1)
        assert vault.read(connection, member_id, ["phone"], **WHO) == {"phone": "+8613900000000"}
        assert vault.find(connection, "phone", "+8613800000000", **WHO) is None
        assert vault.find(connection, "phone", "+8613900000000", **WHO) == member_id
        versions = connection.scalars(sa.select(fields.c.version).where(fields.c.field == "phone"))
        assert sorted(versions) == [1, 2]


def test_every_read_says_who_and_why(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault)
    with database.write() as connection:
        vault.read(connection, member_id, ["phone", "name"], reader="key-7", reason="ticket 4711", now=NOW + 5)
        vault.find(connection, "email", PERSON["email"], reader="key-8", reason="at the till", now=NOW + 6)
    with database.read() as connection:
        rows = connection.execute(sa.select(personal_reads).order_by(personal_reads.c.read_no)).all()
    assert [(r.member_id, r.fields, r.reader, r.reason, r.read_at) for r in rows] == [
        (member_id, "phone,name", "key-7", "ticket 4711", NOW + 5),
        (member_id, "email", "key-8", "at the till", NOW + 6),
    ]


def test_masks_show_enough_to_recognise_and_not_to_use(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault)
    with database.write() as connection:
        masked = vault.read_masked(connection, member_id, list(PERSON), **WHO)
    assert masked == {
        "name": "王•••",
        "phone": "+86•••••••••00",
        "email": "x•••@e•••.com",
        "birthday": "1990-••-••",
    }


def test_the_latest_consent_decides(database: SqlDatabase, vault: SqlVault) -> None:
    member_id = enrol(database, vault)
    with database.write() as connection:
        with pytest.raises(ConsentMissing):
            vault.require_consent(connection, member_id, "marketing")
        vault.record_consent(connection, member_id, Consent("marketing", "v1", True, NOW))
        vault.require_consent(connection, member_id, "marketing")
        vault.record_consent(connection, member_id, Consent("marketing", "v1", False, NOW + 9))
        with pytest.raises(ConsentMissing):
            vault.require_consent(connection, member_id, "marketing")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "12345"),
        ("phone", "+0123456789"),
        ("phone", "+86138000000001234567"),
        ("email", "nobody"),
        ("email", "a@b"),
        ("birthday", "1990-02-30"),
        ("name", "   "),
        ("name", "x" * 401),
        ("name", "a\x00b"),
    ],
)
def test_a_malformed_value_is_refused_without_being_repeated(
    database: SqlDatabase, vault: SqlVault, field: str, value: str
) -> None:
    with pytest.raises(MalformedPersonalField) as caught:
        enrol(database, vault, {field: value})
    assert value not in str(caught.value)


def test_an_unknown_field_is_refused(database: SqlDatabase, vault: SqlVault) -> None:
    with pytest.raises(UnknownField):
        enrol(database, vault, {"passport": "E1234"})


def test_a_rolled_back_enrolment_leaves_nothing(database: SqlDatabase, vault: SqlVault) -> None:
    class Stop(Exception):
        pass

    with pytest.raises(Stop), database.write() as connection:
        vault.store(connection, PersonalRecord(str(uuid.uuid4()), PERSON), NOW)
        raise Stop
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(data_keys)) == 0
        assert connection.scalar(sa.select(sa.func.count()).select_from(blind_index)) == 0
