"""`alliance import` as a process: killed and started again, measured, and asked for help."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
from click.testing import Result
from typer.testing import CliRunner

from alliance_node.adapters.files.parquet_rows import ParquetRows
from alliance_node.adapters.sql.engine import open_engine
from alliance_node.adapters.sql.import_store import SqlImportStore
from alliance_node.application.importing import history, members, openings
from alliance_node.application.importing.errors import FileUnusable
from alliance_node.entrypoints.cli.errors import CommandRefused
from alliance_node.entrypoints.cli.importing import app
from alliance_node.entrypoints.node_directory import create_node
from tests.conftest import TEST_PROFILE
from tests.integration.node.imports import csv_file, reasons, rejected_path
from tests.integration.node.world import World, program_text

ROOT = Path(__file__).resolve().parents[3]
ALLIANCE = (sys.executable, "-c", "from alliance_node.entrypoints.cli import main; main()")
MEMBERS = 1_500
KILLED_AT = (500,) if TEST_PROFILE == "fast" else (1, 501, 1_000)
EXTRA_MEGABYTES = 64
"""How much more memory an import of 50,000 lines may take than one of 500."""


class Shop:
    """A brand's node directory and its command line."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self.directory = directory
        self.url = database_url
        create_node(
            directory,
            "SHOP",
            program_text(),
            database_url,
            options={},
            alliance=None,
            effective_from=0,
            now=int(time.time()),
        )

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        command = [*ALLIANCE, "import", *map(str, arguments), "--dir", str(self.directory)]
        return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=120)
        return process.returncode, said

    def kill_at(self, row: int, import_id: str, *arguments: str | Path) -> int:
        """SIGKILL as soon as so many rows are committed; how many were in the end."""
        engine = open_engine(self.url)
        store = SqlImportStore(engine)
        process = self.start(*arguments, "--import-id", import_id)
        done = 0
        while done < row:
            assert process.poll() is None, process.communicate()
            time.sleep(0.002)
            with store.read() as connection:
                place = store.find_import(connection, import_id)
            done = place.next_row if place is not None else 0
        process.kill()
        process.communicate()
        with store.read() as connection:
            place = store.find_import(connection, import_id)
        engine.dispose()
        assert place is not None
        assert place.finished_at is None
        return place.next_row


@pytest.fixture
def shop(tmp_path: Path, database_url: str) -> Shop:
    return Shop(tmp_path / "shop", database_url)


@pytest.fixture
def small_shop(tmp_path: Path, sqlite_url: str) -> Shop:
    return Shop(tmp_path / "shop", sqlite_url)


def people(count: int) -> list[dict[str, object]]:
    """Every 25th has a phone that is none."""
    return [{"external_ref": f"C-{n}", "phone": "12" if n % 25 == 0 else f"+1415{n:07d}"} for n in range(count)]


def test_a_killed_import_goes_on_without_doubles_and_without_loss(shop: Shop, tmp_path: Path) -> None:
    """SIGKILL in the middle; the last start finishes, and the report is that of an undisturbed import."""
    file = csv_file(tmp_path / "members.csv", people(MEMBERS))
    stops = [shop.kill_at(row, "move", "members", file) for row in KILLED_AT]
    assert stops == sorted(stops)
    assert 0 < stops[-1] < MEMBERS
    code, said = shop.run("members", file, "--import-id", "move", "--json")
    assert code == 1
    report = json.loads(said)
    rejected = MEMBERS // 25
    assert report["tally"]["new"] == MEMBERS - rejected
    assert (report["tally"]["already"], report["tally"]["rejected"]) == (0, rejected)
    assert reasons(file) == [(n + 2, "malformed_personal_field") for n in range(0, MEMBERS, 25)]
    world = World(shop.url, migrate=False)
    assert world.count("members") == world.count("identity_data_keys") == MEMBERS - rejected
    assert world.count("identity_blind_index") == 2 * (MEMBERS - rejected)
    world.assert_clean()
    world.close()


def test_fifty_thousand_lines_need_no_more_memory_than_a_few(small_shop: Shop, tmp_path: Path) -> None:
    """The file is streamed: peak memory of the process is bounded whatever the length."""
    crowd = [{"external_ref": f"C-{n}"} for n in range(100)]
    assert small_shop.run("members", csv_file(tmp_path / "m.csv", crowd))[0] == 0

    def peak_megabytes(lines: int) -> int:
        file = tmp_path / f"{lines}.csv"
        with file.open("w") as opened:
            opened.write("external_ref,source,source_event_id,occurred_at,amount\n")
            opened.writelines(f"C-{n % 100},till-{lines},{n},2025-05-01T10:00:00Z,{n}.50\n" for n in range(lines))
        process = small_shop.start("history", file, "--json")
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        assert json.loads(said)["tally"]["new"] == lines
        return usage.ru_maxrss // 1024

    assert peak_megabytes(50_000) < peak_megabytes(500) + EXTRA_MEGABYTES


def test_a_large_row_group_of_a_parquet_file_is_read_in_parts(tmp_path: Path) -> None:

    rows = 400_000
    table = pyarrow.table({"external_ref": pyarrow.array([f"member number {n}" for n in range(rows)])})
    whole = table.nbytes
    pyarrow.parquet.write_table(table, tmp_path / "m.parquet", row_group_size=rows)
    del table
    source = ParquetRows(tmp_path / "m.parquet", members.COLUMNS, {})
    before = pyarrow.total_allocated_bytes()
    most = max(pyarrow.total_allocated_bytes() - before for row in source.rows(0) if row.line % 100 == 0)
    assert most < whole // 2
    assert source.size == rows


def test_the_commands_say_their_columns_and_what_to_do_next(small_shop: Shop, tmp_path: Path) -> None:
    def alliance_import(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [*map(str, arguments), "--dir", str(small_shop.directory)])

    for name, columns in (("members", members.COLUMNS), ("openings", openings.COLUMNS), ("history", history.COLUMNS)):
        told = alliance_import(name, "--help").output
        assert all(column.name in told for column in columns)
    missing = alliance_import("members", tmp_path / "missing.csv").exception
    assert isinstance(missing, FileUnusable)
    assert "No such file" in missing.message
    file = csv_file(tmp_path / "m.csv", [{"ref": "C-1", "note": "x"}, {"ref": "", "note": "x"}])
    unmapped = alliance_import("members", file).exception
    assert isinstance(unmapped, FileUnusable)
    assert "--map COLUMN=-" in unmapped.next_step
    mapped = ("members", file, "--map", "ref=external_ref", "--map", "note=-")
    tried = alliance_import(*mapped, "--dry-run")
    assert tried.exit_code == 1
    assert "nothing was written" in tried.output
    assert "1 of 2 lines were rejected" in tried.output
    assert not rejected_path(file).exists()
    done = alliance_import(*mapped, "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["tally"]["reasons"] == {"missing_value": 1}
    assert reasons(file) == [(3, "missing_value")]
    again = alliance_import(*mapped)
    assert again.exit_code == 1
    assert "finished before" in again.output
    assert isinstance(alliance_import(*mapped, "--import-id", "x" * 65).exception, CommandRefused)
    assert isinstance(alliance_import("members", file, "--map", "ref").exception, CommandRefused)
