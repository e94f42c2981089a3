"""Personal data never appears in logs, errors, metrics, events or the database file (R-PRV-1, R-ALL-5, pitfall 27)."""

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from alliance_node.adapters.identity.tables import blind_index, data_keys, fields
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.founder_store import SqlFounderStore
from alliance_node.application.founders.records import ChallengeRow, LinkRow
from alliance_node.entrypoints.api.schemas import NewMember
from alliance_node.entrypoints.settings import load_settings
from tests.acceptance.node_process import NodeProcess

NAME, PHONE, EMAIL, ADDRESS = "Zacharias Quux", "+4915112345678", "zacharias.quux@example.org", "17 Marmalade Row"
HOLDER = bytes.fromhex("c0ffee") * 6 + b"\x01\x02"
SECRETS = (NAME, "Quux", PHONE, "15112345678", EMAIL, "zacharias", ADDRESS, "Marmalade", "1984-07-23")


@pytest.fixture(scope="module")
def spoken(node: NodeProcess) -> Iterator[list[str]]:
    """Everything the API said while a member with personal data was enrolled, used, misused and erased."""
    said: list[str] = []

    def note(answer: object) -> None:
        said.append(getattr(answer, "text", ""))
        said.append(str(getattr(answer, "headers", "")))

    tag = uuid.uuid4().hex[:6]
    email = EMAIL.replace("@", f".{tag}@")
    person = {"name": NAME, "email": email, "address": ADDRESS, "birthday": "1984-07-23"}
    enrolled = node.post("/v1/members", {"personal": person})
    assert enrolled.status_code == 201
    member = enrolled.json()["member_id"]
    note(enrolled)
    note(node.post("/v1/members", {"personal": person}))
    note(node.post("/v1/members", {"personal": {"phone": PHONE + "x"}}))
    note(node.post("/v1/members", {"personal": {"birthday": "1984-07-233"}}))
    note(node.post("/v1/members", {"personal": {"name": [NAME]}}))
    note(node.post("/v1/members", json.dumps({"personal": {"name": NAME}}).encode() + b"}"))
    note(node.post("/v1/members/lookup", {"field": "email", "value": email, "reason": "a test"}))
    note(node.post("/v1/members/lookup", {"field": "email", "value": "quux", "reason": "a test"}))
    note(node.post("/v1/purchases", node.purchase(member, NAME)))
    note(node.post("/v1/purchases", {**node.purchase(member), "channel": EMAIL}))
    note(node.post("/v1/events/bulk", {"events": [{"type": NAME}, {"type": "purchase", **node.purchase(EMAIL)}]}))
    note(node.get(f"/v1/members/{member}/history"))
    note(node.get(f"/v1/members/{member}/personal?reason=a+test"))
    note(node.get("/metrics"))
    yield said


def test_no_answer_error_or_metric_repeats_personal_data(spoken: list[str]) -> None:
    for text in spoken:
        for secret in SECRETS:
            assert secret not in text


def test_no_log_line_holds_personal_data(node: NodeProcess, spoken: list[str]) -> None:
    assert spoken
    for secret in (*SECRETS, node.key):
        assert secret not in node.log


def test_no_table_holds_personal_data_or_an_api_key(node: NodeProcess, spoken: list[str]) -> None:
    assert spoken
    stored = dump(node)
    for secret in (*SECRETS, node.key, node.key.rpartition("_")[2]):
        assert secret not in stored
    if node.database_url.startswith("sqlite"):
        raw = b"".join(path.read_bytes() for path in node.directory.glob("node.sqlite*"))
        assert not [secret for secret in SECRETS if secret.encode() in raw]


def test_masked_reading_is_logged_and_plain_reading_needs_admin(node: NodeProcess) -> None:
    member = node.enrol(name=NAME)
    reader = node.create_key("members:read")
    masked = node.get(f"/v1/members/{member}/personal?reason=ticket+4711", key=reader)
    assert masked.json()["personal"] == {"name": "Z•••"}
    assert node.get(f"/v1/members/{member}/personal?reason=ticket&plain=true", key=reader).status_code == 403
    assert node.get(f"/v1/members/{member}/personal", key=reader).status_code == 400
    plain = node.get(f"/v1/members/{member}/personal?reason=ticket&plain=true")
    assert plain.json()["personal"] == {"name": NAME}
    assert "ticket 4711" in dump(node)


def test_erasure_destroys_the_person_and_keeps_the_pseudonym(node: NodeProcess) -> None:
    email = f"gone-{uuid.uuid4().hex}@example.org"
    member = node.enrol(email=email)
    lookup = {"field": "email", "value": email, "reason": "a test"}
    assert node.post("/v1/members/lookup", lookup).json() == {"member_id": member}
    assert node.http.delete(
        f"/v1/members/{member}/personal", headers={"authorization": f"Bearer {node.key}"}
    ).status_code == 204  # fmt: skip
    assert node.post("/v1/members/lookup", lookup).status_code == 404
    assert node.get(f"/v1/members/{member}/personal?reason=again").json()["code"] == "identity_erased"
    assert node.get(f"/v1/members/{member}/history").status_code == 200
    assert node.post("/v1/purchases", node.purchase(member)).json()["code"] == "member_closed"


def test_every_state_changing_call_is_in_the_audit_log(node: NodeProcess) -> None:
    member = node.enrol(name="Kim")
    node.post(f"/v1/members/{member}/page-links")
    node.post("/v1/events/bulk", {"events": [{"type": "purchase", **node.purchase(member)}]})
    stored = dump(node)
    for action in ("POST /v1/members", "POST /v1/members/{member_id}/page-links", "POST /v1/events/bulk"):
        assert action in stored
    assert node.key.split("_")[1] in stored


def test_nothing_of_an_erased_person_is_left_in_the_running_nodes_files(fresh_node: NodeProcess) -> None:
    """Neither the wrapped key nor what it opens, in the database or its write-ahead log."""
    node = fresh_node.start()
    member, other = node.enrol(name=NAME, phone=PHONE), node.enrol(name="Stays")
    traces = member_bytes(node, member)
    assert traces
    assert all(trace in files_of(node) for trace in traces)
    answer = node.http.delete(f"/v1/members/{member}/personal", headers={"authorization": f"Bearer {node.key}"})
    assert answer.status_code == 204
    files = files_of(node)
    assert not [trace for trace in traces if trace in files]
    assert all(trace in files for trace in member_bytes(node, other))


def test_an_erased_person_leaves_no_account_that_they_showed(fresh_node: NodeProcess) -> None:
    """Who holds a founder membership is public; that it was this member is not, and ends with them."""
    node = fresh_node.start()
    member = node.enrol(name=NAME)
    store = SqlFounderStore(open_engine(load_settings(node.directory, {}).resolved_database_url))
    with store.write() as connection:
        store.put_link(connection, LinkRow(7, member, HOLDER, 1, 1))
        store.add_challenge(connection, ChallengeRow(bytes(32), member, 7, 2**40), 1)
    assert HOLDER in files_of(node)
    answer = node.http.delete(f"/v1/members/{member}/personal", headers={"authorization": f"Bearer {node.key}"})
    assert answer.status_code == 204
    with store.read() as connection:
        assert store.links_of(connection, member) == []
    assert HOLDER not in files_of(node)


def test_nobody_finds_a_phone_number_by_hashing_all_of_them(fresh_node: NodeProcess) -> None:
    """The digest by which a repeated enrolment is known needs a key that is not in the database."""
    node = fresh_node.start()
    body = {"personal": {"phone": PHONE}}
    first = node.post("/v1/members", body, idempotency_key="enrol-1")
    again = node.post("/v1/members", body, idempotency_key="enrol-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["member_id"] == first.json()["member_id"]
    guess = NewMember.model_validate(body).model_dump_json().encode()
    stored = files_of(node)
    assert not [g for g in (guess, b"enrol\n" + guess) if hashlib.sha256(g).digest() in stored]


def files_of(node: NodeProcess) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(node.directory.glob("node.sqlite*")))


def member_bytes(node: NodeProcess, member: str) -> list[bytes]:
    """The sealed values and index entries of one member."""
    engine = open_engine(load_settings(node.directory, {}).resolved_database_url)
    with engine.connect() as connection:
        found = [
            bytes(value)
            for table, column in ((data_keys, "wrapped_key"), (fields, "sealed"), (blind_index, "digest"))
            for value in connection.scalars(sa.select(table.c[column]).where(table.c.member_id == member))
        ]
    engine.dispose()
    return found


def dump(node: NodeProcess) -> str:
    """Every value of every table, as text."""
    if node.database_url.startswith("sqlite"):
        with sqlite3.connect(Path(node.directory) / "node.sqlite") as raw:
            names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return repr([row for name in names for row in raw.execute(f'SELECT * FROM "{name}"')])
    engine = sa.create_engine(node.database_url)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        text = repr([tuple(r) for n in names for r in connection.exec_driver_sql(f'SELECT * FROM "{n}"')])
    engine.dispose()
    return text
