"""Jobs over all members on a real node: told beforehand, moved, swept, watched; by the HTTP API and by command line.

One program (everything.yaml), one clock that only moves forward: the tests run in the order of their dates.
"""

from tests.acceptance.club import buy, command
from tests.acceptance.node_process import NodeProcess


def test_members_are_told_before_a_tier_is_lost_and_the_job_then_moves_them(club: NodeProcess) -> None:
    """R-TIER-3, R-TIER-5, R-TIER-8: 1,300 growth fall to 1,040 and to 832 at two new years; gold needs 1,000."""
    club.at("2026-06-29T10:00:00+08:00")
    member = club.enrol(name="Falls")
    buy(club, member, "1300.00", "2026-06-29T10:00:00+08:00")
    fall = club.get(f"/v1/members/{member}/outlook").json()["downgrade"]
    assert (fall["at"], fall["to"], fall["value_then"]) == ("2027-12-31T16:00:00Z", "member", 832)
    club.at("2027-12-20T10:00:00+08:00")
    written = club.post("/v1/jobs/notices")
    assert written.status_code == 200, written.text + club.log[-2000:]
    assert written.json()["written"] >= 1
    [told] = [n for n in club.get(f"/v1/members/{member}/notices").json()["notices"] if n["kind"] == "tier_at_risk"]
    assert "Gold" in told["text"] and "2028-01-01" in told["text"]
    assert club.post("/v1/jobs/notices").json()["written"] == 0
    club.at("2028-01-02T10:00:00+08:00")
    done = command(club, "job", "tiers")
    assert done["changed"] >= 1
    assert command(club, "job", "tiers")["changed"] == 0
    assert club.get(f"/v1/members/{member}/balance").json()["tier"] == "member"


def test_points_are_announced_before_they_end_and_swept_once(club: NodeProcess) -> None:
    """R-EXP-5: notices in both languages, per member and in the brand's inbox; then the sweep books them."""
    member = club.enrol(name="Expires")
    buy(club, member, "100.00", "2028-01-02T10:00:00+08:00")
    club.at("2028-12-27T10:00:00+08:00")
    assert command(club, "job", "notices")["changed"] >= 1
    told = club.get(f"/v1/members/{member}/notices", **{"accept-language": "zh"}).json()["notices"]
    assert (told[0]["kind"], told[0]["points"]) == ("expiring_soon", 400)
    assert "2029年1月2日" in told[0]["text"] or "2029-01-02" in told[0]["text"]
    assert command(club, "member", "notices", member)["notices"][0]["notice_no"] == told[0]["notice_no"]
    page = club.get("/v1/notices?limit=1").json()
    seen = list(page["notices"])
    while page["notices"]:
        page = club.get(f"/v1/notices?limit=3&cursor={page['next_cursor']}").json()
        seen += page["notices"]
    assert [n["notice_no"] for n in seen] == sorted({n["notice_no"] for n in seen})
    assert told[0]["notice_no"] in {n["notice_no"] for n in seen}
    club.at("2029-01-04T10:00:00+08:00")
    assert club.spendable(member) == 0
    swept = club.post("/v1/jobs/expiry-sweep", {}).json()
    assert swept["points"] >= 400
    assert command(club, "job", "sweep")["points"] == 0
    future = club.post("/v1/jobs/expiry-sweep", {"through": "2030-01-01T00:00:00Z"})
    assert (future.status_code, future.json()["code"]) == (422, "invalid_fields")
    assert club.alliance("job", "sweep", "--at", "2030-01-01T00:00:00Z").returncode == 2


def test_the_tier_monitor_shows_the_pyramid(club: NodeProcess) -> None:
    """R-TIER-1."""
    report = club.get("/v1/tiers/monitor").json()
    assert [row["tier"] for row in report["tiers"]] == ["member", "gold"]
    assert report["alarms"] == []
    assert command(club, "job", "tier-monitor") == report
    assert club.alliance("job", "tier-monitor").returncode == 0


def test_a_recall_that_nobody_announced_is_refused(club: NodeProcess) -> None:
    """R-VAL-4."""
    unknown = club.post("/v1/jobs/recalls/spring-cleaning")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_recall")
    assert club.alliance("job", "recall", "spring-cleaning").returncode == 1


def test_the_tables_equal_the_log_after_the_jobs(club: NodeProcess) -> None:
    assert club.alliance("node", "rebuild", "--check").returncode == 0
