"""What goes wrong around a node: ports, files, databases, kills. Each is a typed error; nothing is half-written."""

import base64
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.acceptance.node_process import NodeProcess, call_alliance, free_port, run_alliance
from tests.conftest import create_postgresql_database, drop_postgresql_database

ENVIRONMENT = 3


def assert_refused(node: NodeProcess, command: str, code: str, *arguments: str) -> None:
    """The command ends with exit code 3, the code, a next step and no traceback."""
    done = node.command(command, *arguments)
    assert done.returncode == ENVIRONMENT, (done.returncode, done.stdout, done.stderr)
    assert code in done.stderr
    assert "→" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told_and_sqlite_refuses_several_processes(fresh_node: NodeProcess) -> None:
    fresh_node.start()
    process = run_alliance("node", "serve", "--dir", str(fresh_node.directory))
    assert process.returncode == ENVIRONMENT
    assert "port_in_use" in process.stderr and "--port" in process.stderr
    assert_refused(fresh_node, "serve", "settings_error", "--workers", "2", "--port", str(free_port()))
    assert fresh_node.http.get("/healthz").status_code == 200


def test_stopping_is_clean_and_a_restart_finds_everything(fresh_node: NodeProcess) -> None:
    fresh_node.start()
    member = fresh_node.enrol(name="Ann")
    points = fresh_node.post("/v1/purchases", fresh_node.purchase(member, "80.00")).json()["points"]
    assert fresh_node.stop(signal.SIGTERM) == 0
    assert '"event": "stopped"' in fresh_node.log
    fresh_node.start()
    assert fresh_node.spendable(member) == points
    assert fresh_node.stop(signal.SIGINT) == 0
    assert "Traceback" not in fresh_node.log


def test_a_killed_node_keeps_every_purchase_that_was_answered(fresh_node: NodeProcess) -> None:
    """R-OPS-1, pitfall 35: an answer is given only after COMMIT; a lost answer is found again by its key."""
    fresh_node.start()
    member = fresh_node.enrol(name="Bo")
    bodies = [fresh_node.purchase(member, "10.00", source_event_id=f"sale-{n}") for n in range(400)]
    answered: dict[str, int] = {}
    enough = threading.Event()

    def send(number: int) -> None:
        try:
            answer = fresh_node.post("/v1/purchases", bodies[number], idempotency_key=f"sale-{number}")
        except Exception:  # the killed server: this answer is lost
            return
        if answer.status_code == 201:
            answered[f"sale-{number}"] = answer.json()["points"]
            if len(answered) == 50:
                enough.set()

    def kill_in_the_middle() -> None:
        assert enough.wait(30)
        fresh_node.kill()

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(400)))
    killer.join()
    assert 0 < len(answered) < 400
    fresh_node.start()
    again = [fresh_node.post("/v1/purchases", bodies[n], idempotency_key=f"sale-{n}") for n in range(400)]
    assert {answer.status_code for answer in again} == {200, 201}
    for number, answer in enumerate(again):
        if f"sale-{number}" in answered:
            assert answer.status_code == 200
            assert answer.json()["points"] == answered[f"sale-{number}"]
    assert fresh_node.spendable(member) == sum(answer.json()["points"] for answer in again)
    fresh_node.stop()
    checked = fresh_node.command("rebuild", "--check")
    assert checked.returncode == 0, checked.stdout


def test_a_locked_database_is_503_and_the_retry_is_booked_once(fresh_node: NodeProcess) -> None:
    fresh_node.environment["ALLIANCE_BUSY_SECONDS"] = "1"
    fresh_node.start()
    member = fresh_node.enrol(name="Cy")
    body = fresh_node.purchase(member, "40.00")
    lock = sqlite3.connect(fresh_node.directory / "node.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    try:
        refused = fresh_node.post("/v1/purchases", body, idempotency_key="locked")
        assert (refused.status_code, refused.json()["code"]) == (503, "database_busy")
        assert refused.headers["retry-after"]
        enrolment = fresh_node.post("/v1/members", {"personal": {"name": "Never"}})
        assert enrolment.json()["code"] == "database_busy"
        assert fresh_node.http.get("/healthz").status_code == 200
        assert fresh_node.spendable(member) == 0
    finally:
        lock.execute("ROLLBACK")
        lock.close()
    booked = fresh_node.post("/v1/purchases", body, idempotency_key="locked")
    assert booked.status_code == 201
    assert fresh_node.spendable(member) == booked.json()["points"]


@pytest.fixture
def postgresql_node(postgresql_server: str, tmp_path: Path) -> Iterator[tuple[NodeProcess, sa.Engine]]:
    url = create_postgresql_database(postgresql_server)
    process = NodeProcess(tmp_path / "shop", url).init()
    process.environment["ALLIANCE_BUSY_SECONDS"] = "2"
    admin = sa.create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    yield process, admin
    process.close()
    admin.dispose()
    drop_postgresql_database(postgresql_server, url)


@pytest.mark.postgresql
def test_a_database_that_goes_away_is_503_and_comes_back(postgresql_node: tuple[NodeProcess, sa.Engine]) -> None:
    node, admin = postgresql_node
    node.start()
    member = node.enrol(name="Di")
    body = node.purchase(member, "40.00")
    name = sa.make_url(node.database_url).database
    with admin.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    refused = node.post("/v1/purchases", body, idempotency_key="gone")
    assert (refused.status_code, refused.json()["code"]) == (503, "database_unavailable"), refused.text
    assert str(name) not in refused.text
    ready = node.http.get("/readyz")
    assert (ready.status_code, ready.json()["code"]) == (503, "database_unavailable")
    assert node.http.get("/healthz").status_code == 200
    with admin.connect() as connection:
        connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    node.wait_for("/readyz")
    booked = node.post("/v1/purchases", body, idempotency_key="gone")
    assert booked.status_code == 201, booked.text
    assert node.spendable(member) == booked.json()["points"]


@pytest.mark.postgresql
def test_two_api_processes_share_one_database_and_book_each_sale_once(
    postgresql_node: tuple[NodeProcess, sa.Engine],
) -> None:
    node, _ = postgresql_node
    node.start("--workers", "2")
    member = node.enrol(name="Ed")
    bodies = [node.purchase(member, "10.00", source_event_id=f"sale-{n % 30}", occurred_at="") for n in range(90)]
    moment = node.purchase(member)["occurred_at"]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda body: node.post("/v1/purchases", {**body, "occurred_at": moment}), bodies))
    assert [answer.status_code for answer in answers].count(201) == 30, {a.text for a in answers if a.status_code > 201}
    assert {answer.status_code for answer in answers} == {200, 201}
    assert node.spendable(member) == 30 * answers[0].json()["points"]
    assert node.stop() == 0


def test_damaged_files_are_named_before_anything_starts(fresh_node: NodeProcess) -> None:
    keys = fresh_node.directory / "keys"
    vault = keys / "vault.json"
    good = vault.read_bytes()
    vault.write_bytes(good[: len(good) // 2])
    assert_refused(fresh_node, "serve", "key_file_malformed")
    vault.write_bytes(good)
    vault.chmod(0o644)
    assert_refused(fresh_node, "serve", "key_file_exposed")
    vault.unlink()
    assert_refused(fresh_node, "serve", "key_file_missing")
    vault.write_bytes(good)
    vault.chmod(0o600)
    (keys / "session.key").write_bytes(base64.b64encode(b"short"))
    assert_refused(fresh_node, "serve", "settings_error")


def test_a_damaged_database_or_settings_file_is_named(fresh_node: NodeProcess) -> None:
    database = fresh_node.directory / "node.sqlite"
    for leftover in fresh_node.directory.glob("node.sqlite-*"):
        leftover.unlink()
    database.write_bytes(b"this is not a database, and never was one" * 100)
    assert_refused(fresh_node, "serve", "database_unavailable")
    (fresh_node.directory / "node.toml").write_text("brand = [")
    assert_refused(fresh_node, "serve", "settings_error")
    (fresh_node.directory / "node.toml").unlink()
    assert_refused(fresh_node, "serve", "settings_error")


def test_a_full_queue_says_429_and_the_node_recovers(fresh_node: NodeProcess) -> None:
    fresh_node.environment.update({"ALLIANCE_MAX_QUEUE": "4", "ALLIANCE_BUSY_SECONDS": "5"})
    fresh_node.start()
    member = fresh_node.enrol(name="Flo")
    lock = sqlite3.connect(fresh_node.directory / "node.sqlite", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    bodies = [fresh_node.purchase(member, "10.00") for _ in range(24)]
    with ThreadPoolExecutor(24) as pool:
        sent = [pool.submit(fresh_node.post, "/v1/purchases", body) for body in bodies]
        time.sleep(1.5)
        lock.execute("ROLLBACK")
        lock.close()
        answers = [future.result() for future in sent]
    full = [answer for answer in answers if answer.status_code == 429]
    assert full and full[0].json()["code"] == "queue_full"
    booked = sum(answer.json()["points"] for answer in answers if answer.status_code == 201)
    assert {answer.status_code for answer in answers} <= {201, 429}
    assert fresh_node.spendable(member) == booked > 0


def test_a_command_without_a_node_says_what_to_do(tmp_path: Path) -> None:
    done = call_alliance("node", "config", "check", "--dir", str(tmp_path / "nowhere"))
    assert done.returncode == ENVIRONMENT
    assert "alliance node init" in done.stderr
    again = call_alliance(
        "node", "init", "--dir", str(tmp_path / "shop"), "--brand", "lower case", "--preset", "nothing"
    )
    assert again.returncode == ENVIRONMENT
    assert not (tmp_path / "shop").exists()
