"""Imports as they run: interrupted and resumed, beside other processes and members, over files that cannot be used."""

import re
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from alliance_node.application.importing.errors import FileUnusable, ImportRunning, ImportTaken, RejectsMissing
from tests.integration.node.imports import (
    Desk,
    csv_file,
    lots,
    reasons,
    references,
    rejected_path,
)
from tests.integration.node.world import T0, World, purchase


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


class Stopped(Exception):
    """The import is interrupted."""


def stop_at(rows: int) -> Any:
    def progress(done: int) -> None:
        if done >= rows:
            raise Stopped

    return progress


def test_an_interrupted_import_continues_where_it_stopped(desk: Desk, tmp_path: Path) -> None:
    people = [{"external_ref": f"C-{n % 1100}", "phone": "12" if n % 10 == 0 else None} for n in range(1200)]
    file = csv_file(tmp_path / "m.csv", people)
    with pytest.raises(Stopped):
        desk.bring("members", file, progress=stop_at(500))
    kept = rejected_path(file).read_bytes()
    rejected_path(file).write_bytes(kept + b"9999,half a li")  # written before a commit that never came
    tally = desk.bring("members", file).tally
    assert (tally.new, tally.already, tally.rejected) == (990, 90, 120)
    assert reasons(file) == [(n + 2, "malformed_personal_field") for n in range(0, 1200, 10)]
    assert desk.counts()["identity_data_keys"] == desk.counts()["members"] == 990
    again = desk.bring("members", file)
    assert again.again
    assert again.tally == tally
    assert desk.counts()["members"] == 990


def test_rejected_lines_of_an_interrupted_import_may_not_be_lost(desk: Desk, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "m.csv", [{"external_ref": f"C-{n}", "phone": "1"} for n in range(600)])
    with pytest.raises(Stopped):
        desk.bring("members", file, progress=stop_at(500))
    rejected_path(file).unlink()
    with pytest.raises(RejectsMissing, match=r"0 of the \d+ bytes"):
        desk.bring("members", file)


def test_an_import_id_belongs_to_one_file(desk: Desk, tmp_path: Path) -> None:
    first = csv_file(tmp_path / "a.csv", references(2))
    desk.bring("members", first, import_id="move")
    other = csv_file(tmp_path / "b.csv", references(3))
    with pytest.raises(ImportTaken):
        desk.bring("members", other, import_id="move")
    assert desk.bring("members", other, import_id="move-2").tally.new == 1


def test_two_processes_do_not_share_an_import(desk: Desk, tmp_path: Path) -> None:
    """On one machine the second is turned away at once; on two, whoever is behind stops and nothing is doubled."""
    people = [{"external_ref": f"C-{n}", "phone": None if n % 400 else "1"} for n in range(1200)]
    file = csv_file(tmp_path / "m.csv", people)
    copy = tmp_path / "elsewhere.csv"
    copy.write_bytes(file.read_bytes())

    def others(done: int) -> None:
        if done == 500:
            with pytest.raises(ImportRunning):
                desk.bring("members", file)
            rejected_path(copy).write_bytes(rejected_path(file).read_bytes())
            assert desk.bring("members", copy, import_id="m.csv").tally.lines == 1200

    with pytest.raises(ImportRunning):
        desk.bring("members", file, progress=others)
    assert desk.counts()["members"] == 1197
    assert reasons(copy) == [(n, "malformed_personal_field") for n in (2, 402, 802)]


def test_members_are_served_while_their_openings_come_in(desk: Desk, tmp_path: Path) -> None:
    """Purchases and imports of the same members take turns; nothing is lost on either side."""
    desk.bring("members", csv_file(tmp_path / "m.csv", references(600)))
    ids = [desk.member(f"C-{number}") for number in range(1, 601, 10)]
    bought = []

    def serve() -> None:
        for number, member in enumerate(ids):
            bought.append(desk.world.one(purchase(member, f"live-{number}", 10_000)).accepted)

    till = Thread(target=serve)
    till.start()
    tally = desk.bring("openings", csv_file(tmp_path / "o.csv", lots(600))).tally
    till.join()
    assert tally.new == 1200
    assert bought == [True] * 60
    assert desk.world.spendable(ids[3]) >= 131 + 7 + 100
    desk.world.assert_clean()


def test_personal_data_and_references_are_only_encrypted_in_the_database(desk: Desk, tmp_path: Path) -> None:
    """R-PRV-1, pitfall 27: no table holds a name, a phone, or the old customer number."""
    person = {
        "external_ref": "CUST-0815-4711",
        "name": "Zacharias Quux",
        "phone": "+4915112345678",
        "email": "z.quux@example.org",
        "birthday": "1984-07-23",
        "address": "17 Marmalade Row",
    }
    desk.bring("members", csv_file(tmp_path / "m.csv", [person]))
    lot = {"external_ref": person["external_ref"], "amount": 5, "earned_at": "2026-05-01"}
    desk.bring("openings", csv_file(tmp_path / "o.csv", [lot]))
    stored = desk.everything()
    for value in person.values():
        assert value not in stored
        assert value.encode().hex() not in stored
    assert not re.search("quux|marmalade|0815", stored, re.IGNORECASE)
    with desk.world.store.write() as connection:
        member = desk.member("CUST-0815-4711")
        told = desk.vault.read(connection, member, list(person), reader="test", reason="a test", now=T0)
    assert told == person


def test_chinese_files_and_other_headers(desk: Desk, tmp_path: Path) -> None:
    people = [{"会员号": "甲1", "姓名": "王芳", "备注": "老客户"}]
    mapping = {"会员号": "external_ref", "姓名": "name", "备注": "-"}
    gb = csv_file(tmp_path / "gb.csv", people, "gb18030")
    assert desk.bring("members", gb, encoding="gb18030", mapping=mapping).tally.new == 1
    bom = csv_file(tmp_path / "bom.csv", people, "utf-8-sig")
    assert desk.bring("members", bom, mapping=mapping).tally.already == 1
    assert desk.member("甲1")


@pytest.mark.parametrize(
    ("content", "mapping", "says"),
    [
        (b"external_ref,expire_at\nC-1,2026\n", {}, "unknown columns: 'expire_at'"),
        (b"name\nAnn\n", {}, "required columns are missing: external_ref"),
        (b"external_ref\nC-1\n", {"ref": "external_ref"}, "columns that the file does not have: ref"),
        (b"external_ref,a\nC-1,1\n", {"a": "nonsense"}, "unknown fields: nonsense"),
        (b"external_ref,a\nC-1,1\n", {"a": "external_ref"}, "same field: external_ref"),
        (b"", {}, "no readable header"),
        (b"PAR1 and nothing else", {}, "not a Parquet file"),
        (b"external_ref\n" + b"x" * (1 << 20) + b"x\n", {}, "a line is longer"),
    ],
)
def test_an_unusable_file_is_refused_before_anything_is_written(
    content: bytes, mapping: dict[str, str], says: str, sqlite_world: World, tmp_path: Path
) -> None:
    desk = Desk(sqlite_world)
    file = tmp_path / "file.csv"
    file.write_bytes(content)
    with pytest.raises(FileUnusable, match=re.escape(says)):
        desk.bring("members", file, mapping=mapping)
    assert desk.counts()["members"] == 0


def test_lines_that_cannot_be_told_apart_stop_an_openings_file(sqlite_world: World, tmp_path: Path) -> None:
    desk = Desk(sqlite_world)
    file = csv_file(tmp_path / "o.csv", [{"external_ref": "C-1", "amount": 1, "earned_at": "2026-01-01"}] * 1001)
    with pytest.raises(FileUnusable, match="more than 1000 lines from line 2 on"):
        desk.bring("openings", file)
