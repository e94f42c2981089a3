"""A manager checks, compares, announces and withdraws versions of a program; what is worse for members needs notice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import EVERYTHING
from tests.acceptance.node_process import NodeProcess, call_alliance

TEXT = EVERYTHING.read_text(encoding="utf-8")
SECOND = TEXT.replace("version: 1\nname", "version: 2\nname")
WORSE = SECOND.replace("5 元券}, points: 500", "5 元券}, points: 600")
BETTER = SECOND.replace('points: "3", per: "1.00"', 'points: "4", per: "1.00"')


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    process = NodeProcess(tmp_path_factory.mktemp("programs") / "club", "sqlite:///node.sqlite")
    try:
        process.init(program=TEXT, clock="manual").start()
        process.at("2026-06-01T00:00:00Z")
        yield process
    finally:
        process.close()


def announce(club: NodeProcess, text: str, effective_from: str) -> tuple[int, dict[str, object]]:
    answer = club.post("/v1/program/versions", {"text": text, "effective_from": effective_from})
    return answer.status_code, answer.json()


def test_every_problem_of_a_file_is_told_with_its_line(club: NodeProcess, tmp_path: Path) -> None:
    """R-VAL-1, R-RED-1: unknown field, impossible date, gap: all at once, and nothing is activated."""
    bad = SECOND.replace("late_days: 7", "late_days: 7\n  colour: red").replace("2026-07-01T00:00", "2026-02-30T00:00")
    found = club.post("/v1/program/validation", {"text": bad}).json()
    assert found["valid"] is False
    assert {problem["line"] for problem in found["problems"]} >= {bad[: bad.index("colour")].count("\n") + 1}
    assert len(found["problems"]) == 2
    file = tmp_path / "bad.yaml"
    file.write_text(bad)
    told = call_alliance("program", "validate", str(file), "--json")
    assert told.returncode == 1
    assert [p["line"] for p in json.loads(told.stdout)["problems"]] == [p["line"] for p in found["problems"]]
    status, problem = announce(club, bad, "2027-01-01T00:00:00Z")
    assert (status, problem["code"]) == (422, "invalid_program")
    assert len(club.get("/v1/program/versions").json()["versions"]) == 1


def test_a_worse_version_needs_its_notice(club: NodeProcess, tmp_path: Path) -> None:
    """R-VAL-3: thirty days; the better one may come at once."""
    checked = club.post("/v1/program/validation", {"text": WORSE}).json()
    assert checked["valid"] and checked["compared_with"] == 1
    assert any("five-off" in change["path"] for change in checked["worse"])
    assert checked["summary"] and checked["returns"]["tiers"]
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(TEXT)
    new.write_text(WORSE)
    compared = call_alliance("program", "compare", str(old), str(new))
    assert (compared.returncode, "five-off" in compared.stdout) == (1, True)
    assert call_alliance("program", "compare", str(old), str(old)).returncode == 0
    status, problem = announce(club, WORSE, "2026-06-15T00:00:00Z")
    assert (status, problem["code"]) == (422, "notice_too_short")
    refused = club.alliance("program", "announce", str(new), "--effective-from", "2026-06-15T00:00:00Z")
    assert (refused.returncode, "notice_too_short" in refused.stderr) == (1, True)
    assert club.get("/v1/program").json()["version"] == 1
    assert announce(club, WORSE, "2026-08-01T00:00:00Z")[0] == 201
    listed = club.get("/v1/program/versions", **{"accept-language": "zh"}).json()["versions"]
    assert [view["state"] for view in listed] == ["in_force", "announced"]
    assert "5 元券" in listed[1]["announcement"]
    assert club.get("/v1/program/comparison?old=1&new=2").json()["worse"] == listed[1]["worse"]


def test_an_announced_version_can_be_withdrawn(club: NodeProcess, tmp_path: Path) -> None:
    key = {"authorization": f"Bearer {club.key}"}
    club.at("2026-06-02T00:00:00Z")
    assert club.alliance("program", "withdraw", "2").returncode == 0
    assert club.http.delete("/v1/program/versions/2", headers=key).status_code == 404
    better = tmp_path / "better.yaml"
    better.write_text(BETTER)
    done = club.alliance("program", "announce", str(better), "--effective-from", "2026-06-03T00:00:00Z")
    assert done.returncode == 0, done.stderr
    club.at("2026-06-03T00:00:00Z")
    assert club.get("/v1/program").json()["version"] == 2
    assert "in_force" in club.alliance("program", "versions").stdout
    gone = club.http.delete("/v1/program/versions/2", headers=key)
    assert (gone.status_code, gone.json()["code"]) == (422, "invalid_program")


def test_a_program_is_reindexed_by_a_percentage(club: NodeProcess, tmp_path: Path) -> None:
    """R-VAL-3: a new file, to be announced with notice like any other."""
    found = club.post("/v1/program/reindexed", {"percent": "10"}).json()
    assert 'amount_at_least: "1100.00"' in found["text"]
    assert found["worse"], "a threshold that rises is worse for members"
    assert announce(club, found["text"], "2026-06-05T00:00:00Z")[1]["code"] == "notice_too_short"
    file = tmp_path / "program.yaml"
    file.write_text(TEXT)
    done = call_alliance("program", "reindex", str(file), "--percent", "10", "--version", "2")
    assert (done.returncode, 'amount_at_least: "1100.00"' in done.stdout) == (0, True)
    assert call_alliance("program", "reindex", str(file), "--percent", "much", "--version", "2").returncode == 2
    assert club.post("/v1/program/reindexed", {"percent": "-100"}).json()["code"] == "invalid_fields"


def test_the_return_of_the_coffee_preset_is_what_the_catalogue_says() -> None:
    """§10, golden: 3.0 %, at gold 4.5 %."""
    found = json.loads(call_alliance("program", "returns", "--preset", "coffee-stars", "--json").stdout)
    percents = [{tier[name]["percent"] for name in ("best", "typical", "worst")} for tier in found["tiers"]]
    assert "3.0" in percents[0]
    assert "4.5" in percents[-1]
    assert call_alliance("program", "returns", "--preset", "coffee-stars").returncode == 0


def test_returns_of_the_version_in_force_are_an_api_call(club: NodeProcess) -> None:
    """R-VAL-1."""
    found = club.get("/v1/program/returns").json()
    assert {tier["tier"] for tier in found["tiers"]} == {"member", "gold"}
    assert any("87" in warning or "one-yuan" in warning for warning in found["warnings"])


def test_an_inverted_pyramid_raises_an_alarm(club: NodeProcess) -> None:
    """R-TIER-1: exit code 1, so that a scheduler notices."""
    member = club.enrol(name="Only one")
    at = "2026-06-03T00:00:00Z"
    assert club.post("/v1/purchases", club.purchase(member, "1000.00", occurred_at=at)).json()["tier"] == "gold"
    report = club.get("/v1/tiers/monitor").json()
    assert {alarm["kind"] for alarm in report["alarms"]} == {"inverted", "share"}
    done = club.alliance("job", "tier-monitor")
    assert (done.returncode, "alarm" in done.stdout) == (1, True)


def test_a_recall_is_announced_and_then_takes_old_points(club: NodeProcess) -> None:
    """R-VAL-4: clearing events follow the notice rule."""
    member = club.enrol(name="Old points")
    club.post("/v1/purchases", club.purchase(member, "10.00", occurred_at="2026-06-03T00:00:00Z"))
    before = club.spendable(member)
    label = "{en: Spring cleaning, zh: 春季清零}"
    recall = f'recalls: [{{id: spring, label: {label}, earned_before: "2026-06-04T00:00", at: "2026-07-05T00:00"}}]'
    third = BETTER.replace("version: 2\nname", "version: 3\nname") + recall + "\n"
    hasty = third.replace("2026-07-05T00:00", "2026-06-20T00:00")
    assert announce(club, hasty, "2026-06-10T00:00:00Z")[1]["code"] == "notice_too_short"
    assert announce(club, third, "2026-06-10T00:00:00Z")[0] == 201
    club.at("2026-06-10T00:00:00Z")
    early = club.post("/v1/jobs/recalls/spring")
    assert (early.status_code, early.json()["code"]) == (409, "recall_not_yet")
    club.post("/v1/jobs/notices")
    told = club.get(f"/v1/members/{member}/notices").json()["notices"]
    assert (told[0]["kind"], told[0]["points"]) == ("recall_announced", before)
    club.at("2026-07-05T00:00:00Z")
    assert club.alliance("job", "recall", "spring").returncode == 0
    assert club.spendable(member) == 0
    assert club.post("/v1/jobs/recalls/spring").json()["changed"] == 0
