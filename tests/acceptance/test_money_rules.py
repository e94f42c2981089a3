"""Every kind of rule of a program file does its work through a real node: the HTTP API, and the same by command line.

One program (everything.yaml), one clock that only moves forward: the tests run in the order of their dates.
"""

import json
import uuid
from pathlib import Path

import pytest

from tests.acceptance.club import buy, command, do, option, redeem, tasks
from tests.acceptance.node_process import NodeProcess, call_alliance


@pytest.fixture(scope="module")
def newcomer(club: NodeProcess) -> str:
    """Enrolled on 1 June, 10:00 in Shanghai (a Monday)."""
    return club.enrol(name="Newcomer")


def test_behaviours_are_graded_and_their_budget_is_shared_by_all(club: NodeProcess) -> None:
    """R-TIER-2, R-EARN-2, R-EARN-10: 100 to 300 by grade; 1,000 points a month for all members together."""
    ann, bo = club.enrol(name="Ann"), club.enrol(name="Bo")
    at = "2026-06-01T10:00:00+08:00"
    assert do(club, ann, "review", at, grade=50)["points"] == 200
    assert command(club, "event", "behaviour", ann, "review", "--grade", "100")["points"] == 300
    assert [do(club, bo, "review", at, grade=100)["points"] for _ in range(2)] == [300, 200]
    limits = {each["limit"]: each for each in club.get("/v1/limits").json()["limits"]}
    budget = next(each for name, each in limits.items() if name.startswith("budget:reviews/"))
    assert (budget["capacity"], budget["used"], budget["left"]) == (1000, 1000, 0)
    shown = command(club, "node", "limits")["limits"]
    assert shown == club.get("/v1/limits").json()["limits"]


def test_a_newcomer_is_led_through_the_first_week(club: NodeProcess, newcomer: str) -> None:
    """R-EARN-7, R-TIER-8: what is done, what is open, what comes later."""
    chain = tasks(club, newcomer)["chains"][0]
    assert [step["state"] for step in chain["steps"]] == ["open", "later", "later", "later"]
    assert chain["ends_at"] == "2026-06-07T16:00:00Z"
    answer = buy(club, newcomer, "10.00", "2026-06-01T10:00:00+08:00")
    assert (answer["points"], answer["balance"]["spendable"]) == (30, 130)
    assert [step["state"] for step in tasks(club, newcomer)["chains"][0]["steps"]] == [
        "done",
        "later",
        "later",
        "later",
    ]


def test_a_preview_says_what_the_purchase_then_does(club: NodeProcess) -> None:
    """R-EARN-11: same points, same rewards, same words, and nothing is written."""
    member = club.enrol(name="Pre")
    path = f"/v1/members/{member}/previews/purchase"
    before = club.get(f"/v1/members/{member}/history").json()
    shown = club.post(path, {"amount": "1000.00", "source": "till-1"}).json()
    assert club.get(f"/v1/members/{member}/history").json() == before
    assert shown["allowed"] and shown["refusal"] is None
    assert {reward["task"] for reward in shown["rewards"]} == {"newcomer", "big-month"}
    by_command = command(club, "event", "purchase", member, "--amount", "1000.00", "--source", "till-1", "--preview")
    assert by_command == shown
    booked = buy(club, member, "1000.00", "2026-06-01T10:00:00+08:00")
    assert booked["points"] == shown["points"]
    assert booked["tier"] == shown["tier"] == "gold"
    assert booked["balance"]["spendable"] == shown["balance"]["spendable"]
    assert booked["explanation"] == shown["explanation"]
    chinese = club.post(path, {"amount": "1.00"}, **{"accept-language": "zh"}).json()
    assert "分" in "".join(chinese["explanation"])


def test_a_threshold_gift_comes_with_a_big_purchase_while_stock_lasts(club: NodeProcess) -> None:
    """R-EARN-4: one of three tote bags went with the purchase of 1,000 above."""
    member = club.enrol(name="Gifted")
    left = option(club, member, "tote-bag")["left"]
    answer = buy(club, member, "1200.00", "2026-06-01T10:00:00+08:00")
    assert option(club, member, "tote-bag")["left"] == left - 1 == 1
    assert any("Tote bag" in line or "tote" in line.lower() for line in answer["explanation"])


def test_goals_show_what_is_left_and_pay_once(club: NodeProcess, newcomer: str) -> None:
    """R-EARN-6: three purchases in a week → 100."""
    buy(club, newcomer, "10.00", "2026-06-01T10:00:00+08:00")
    goal = tasks(club, newcomer)["goals"][0]
    assert (goal["done"], goal["target"], goal["left"], goal["reached"]) == (2, 3, 1, False)
    before = club.spendable(newcomer)
    third = command(club, "event", "purchase", newcomer, "--amount", "10.00")
    assert third["balance"]["spendable"] == before + 30 + 100
    goal = tasks(club, newcomer)["goals"][0]
    assert (goal["left"], goal["reached"]) == (0, True)
    money = tasks(club, newcomer)["goals"][1]
    assert (money["done"], money["target"], money["left"]) == ("30.00", "1000.00", "970.00")


def test_every_option_says_its_price_and_why_not(club: NodeProcess) -> None:
    """R-RED-1: eight kinds in one list; what is missing, what is left."""
    member = club.enrol(name="Looks")
    listed = club.get(f"/v1/members/{member}/options").json()["options"]
    assert {each["kind"] for each in listed} == {
        "offset", "coupon", "gift", "experience", "benefit", "donation", "lottery", "flash",
    }  # fmt: skip
    mug = option(club, member, "mug")
    assert (mug["points"], mug["cash"], mug["missing_points"], mug["available"]) == (800, "9.90", 800, False)
    assert mug["refusal"]["code"] == "insufficient_points"
    assert option(club, member, "class")["refusal"]["code"] == "redemption_option_not_available"
    names = {each["name"] for each in command(club, "redeem", "options", member, "--lang", "zh")["options"]}
    assert "贵宾室" in names
    assert club.alliance("redeem", "options", member).returncode == 0


@pytest.fixture(scope="module")
def rich(club: NodeProcess) -> str:
    """A gold member with points to spend."""
    member = club.enrol(name="Rich")
    buy(club, member, "999.00", "2026-06-01T10:00:00+08:00")
    buy(club, member, "999.00", "2026-06-01T10:00:00+08:00")
    return member


def test_all_offsets_of_one_order_share_its_cap(club: NodeProcess, rich: str) -> None:
    """R-RED-2, R-VAL-2: 100 points = 1; at most half of the order of 10.00 in all."""
    order = {"order_id": "A-1", "order_amount": "10.00"}
    first = redeem(club, rich, "checkout", points=300, **order)
    assert (first["value"], first["cash"]) == ("3.00", "0.00")
    refused = club.post(f"/v1/members/{rich}/redemptions", {"option": "checkout", "points": 300, **order})
    assert (refused.status_code, refused.json()["code"]) == (422, "offset_not_allowed")
    rest = command(
        club, "redeem", "make", rich, "checkout", "--points", "200", "--order-id", "A-1", "--order-amount", "10.00"
    )
    assert rest["value"] == "2.00"


def test_awards_cost_points_and_cash_and_a_better_tier_pays_less(club: NodeProcess, rich: str) -> None:
    """R-RED-1: mug for 600 at gold and 9.90; cancelled, the points are back."""
    before = club.spendable(rich)
    made = redeem(club, rich, "mug", quantity=2)
    assert (made["points"], made["cash"], made["balance"]["spendable"]) == (-1200, "19.80", before - 1200)
    back = club.post(f"/v1/members/{rich}/redemptions/{made['redemption_id']}/cancellation")
    assert (back.status_code, back.json()["balance"]["spendable"]) == (201, before)
    command(club, "redeem", "cancel", rich, made["redemption_id"])
    assert club.spendable(rich) == before, "a second cancellation gives the first answer"
    assert redeem(club, rich, "class")["points"] == -1000


def test_a_flash_sale_ends_with_its_stock(club: NodeProcess, rich: str) -> None:
    """R-RED-4."""
    assert redeem(club, rich, "one-yuan")["cash"] == "1.00"
    redeem(club, rich, "one-yuan")
    gone = club.post(f"/v1/members/{rich}/redemptions", {"option": "one-yuan"})
    assert (gone.status_code, gone.json()["code"]) == (422, "out_of_stock")
    assert option(club, rich, "one-yuan")["left"] == 0


def test_a_donation_is_final(club: NodeProcess, rich: str) -> None:
    """R-RED-1, R-RED-5's redemption: 100 points steps."""
    given = redeem(club, rich, "trees", points=200)
    assert given["value"] == "2.00"
    back = club.post(f"/v1/members/{rich}/redemptions/{given['redemption_id']}/cancellation")
    assert (back.status_code, back.json()["code"]) == (422, "donation_final")


@pytest.fixture(scope="module")
def notary() -> dict[str, str]:
    """The second party of the draw: name, commitment, seed."""
    made = call_alliance("lottery", "commit", "summer-2026", "notary").stdout
    found: dict[str, str] = json.loads(made)
    return found


def test_a_draw_is_announced_and_tickets_are_sold(
    club: NodeProcess, rich: str, newcomer: str, notary: dict[str, str]
) -> None:
    """R-RED-3: commitments before the entries close; a ticket costs 50."""
    body = {"draw_id": "summer-2026", "option": "summer-draw"}
    parties = [{"party": "notary", "commitment": notary["commitment"]}]
    opened = club.post("/v1/lotteries", {**body, "parties": parties})
    assert opened.status_code == 201, opened.text
    assert club.get("/v1/lotteries/summer-2026/announcement").content == opened.content
    other = club.post("/v1/lotteries", {**body, "parties": [{"party": "notary", "commitment": "0" * 64}]})
    assert (other.status_code, other.json()["code"]) == (409, "draw_conflict")
    made = redeem(club, rich, "summer-draw", quantity=4)
    assert made["points"] == -200
    back = redeem(club, newcomer, "summer-draw", quantity=2)
    cancelled = club.post(f"/v1/members/{newcomer}/redemptions/{back['redemption_id']}/cancellation")
    assert cancelled.status_code == 201
    command(club, "redeem", "make", newcomer, "summer-draw", "--quantity", "1")
    assert option(club, rich, "summer-draw")["left"] == 95
    early = club.post("/v1/lotteries/summer-2026/closing")
    assert (early.status_code, early.json()["code"]) == (409, "draw_not_ready")


def test_benefits_are_counted_and_more_can_be_bought(club: NodeProcess, rich: str, newcomer: str) -> None:
    """R-BEN-1, R-BEN-2: two lounge visits a year at gold, then with points."""
    listed = {each["benefit"]: each for each in club.get(f"/v1/members/{rich}/benefits").json()["benefits"]}
    assert (listed["lounge"]["allowance"], listed["lounge"]["bought"]) == (2, 0)
    assert (listed["support"]["allowance"], listed["support"]["usable"]) == (None, True)
    assert listed["lounge"]["bought_through"] == ["lounge-visit"]
    path = f"/v1/members/{rich}/benefits/lounge/uses"
    assert club.post(path).status_code == 201
    command(club, "redeem", "use-benefit", rich, "lounge")
    assert club.post(path).json()["code"] == "benefit_exhausted"
    redeem(club, rich, "lounge-visit")
    assert club.post(path).status_code == 201
    assert command(club, "redeem", "benefits", rich)["benefits"][0]["allowance"] == 0
    assert club.post(f"/v1/members/{newcomer}/benefits/lounge/uses").json()["code"] == "benefit_exhausted"
    assert club.post(f"/v1/members/{rich}/benefits/sauna/uses").status_code == 404


def test_members_give_points_to_each_other_within_limits(club: NodeProcess, rich: str) -> None:
    """R-ALL-10."""
    friend = club.enrol(name="Friend")
    before = club.spendable(rich)
    path = f"/v1/members/{rich}/gifts"
    shown = club.post(f"/v1/members/{rich}/previews/gift", {"to_member_id": friend, "points": 300}).json()
    assert shown["allowed"]
    given = club.post(path, {"to_member_id": friend, "points": 300}, idempotency_key="gift-1")
    assert given.status_code == 201, given.text
    replay = club.post(path, {"to_member_id": friend, "points": 300}, idempotency_key="gift-1")
    assert (replay.status_code, replay.json()["gift_id"]) == (200, given.json()["gift_id"])
    command(club, "redeem", "gift", rich, friend, "--points", "100")
    assert (club.spendable(rich), club.spendable(friend)) == (before - 400, 400)
    too_much = club.post(path, {"to_member_id": friend, "points": 900})
    assert (too_much.status_code, too_much.json()["code"]) == (422, "gift_limit_reached")
    back = club.post(f"/v1/members/{friend}/gifts", {"to_member_id": rich, "points": 100})
    assert back.json()["code"] == "not_giveable"
    ghost = club.post(path, {"to_member_id": str(uuid.uuid4()), "points": 10})
    assert ghost.status_code == 404
    assert (club.spendable(rich), club.spendable(friend)) == (before - 400, 400)


def test_the_outlook_says_what_keeps_and_what_lifts_a_tier(club: NodeProcess, rich: str, newcomer: str) -> None:
    """R-TIER-3, R-TIER-5, R-TIER-8."""
    gold = club.get(f"/v1/members/{rich}/outlook", **{"accept-language": "zh"}).json()
    assert (gold["tier"], gold["tier_name"], gold["value"]) == ("gold", "金卡", 1998)
    assert gold["next_tier"] is None
    assert gold["retention"]["needed"] == 2
    assert gold["protected_until"]
    low = command(club, "member", "outlook", newcomer)
    assert (low["tier"], low["next_tier"]["tier"], low["next_tier"]["missing"]) == ("member", "gold", 970)
    assert low["downgrade"] is None
    assert club.alliance("member", "outlook", newcomer).returncode == 0


def test_a_time_zone_changes_from_the_next_local_day_once_in_thirty_days(club: NodeProcess) -> None:
    member = club.enrol(name="Mover")
    path = f"/v1/members/{member}/timezone"
    moved = club.post(path, {"timezone": "Europe/Lisbon"})
    assert moved.status_code == 201, moved.text
    again = club.post(path, {"timezone": "Asia/Tokyo"})
    assert again.status_code == 422
    assert club.alliance("member", "timezone", member, "Asia/Tokyo").returncode == 1
    unknown = club.post(path, {"timezone": "Mars/Olympus"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_time_zone")


def test_streaks_run_over_days_and_show_the_next_bonus(club: NodeProcess, newcomer: str) -> None:
    """R-EARN-3, R-EARN-7: 10 a day and +50 on day 7; the newcomer's second and third step on the way."""
    for day in range(2, 8):
        club.at(f"2026-06-0{day}T10:00:00+08:00")
        assert do(club, newcomer, "check-in", f"2026-06-0{day}T10:00:00+08:00")["points"] == 10
    streak = tasks(club, newcomer)["streaks"][0]
    assert (streak["length"], streak["today"], streak["next_points"], streak["bonus_day"]) == (6, True, 60, 7)
    assert command(club, "member", "tasks", newcomer)["streaks"] == [streak]
    assert club.alliance("member", "tasks", newcomer).returncode == 0
    do(club, newcomer, "profile", "2026-06-07T10:00:00+08:00")
    buy(club, newcomer, "10.00", "2026-06-07T10:00:00+08:00")
    steps = tasks(club, newcomer)["chains"][0]["steps"]
    assert [step["state"] for step in steps] == ["done"] * 4
    club.at("2026-06-08T10:00:00+08:00")
    assert do(club, newcomer, "check-in", "2026-06-08T10:00:00+08:00")["points"] == 60


def test_a_late_event_needs_an_approval_and_the_scope_for_it(club: NodeProcess) -> None:
    """DESIGN §3: older than the window only with approval, which the audit log keeps."""
    member = club.enrol(name="Late")
    late = club.purchase(member, "10.00", occurred_at="2026-05-20T10:00:00+08:00")
    refused = club.post("/v1/purchases", late)
    assert (refused.status_code, refused.json()["code"]) == (422, "late_event")
    approved = {**late, "late_approval": "shop manager: the till was offline"}
    till = club.create_key("events:write")
    assert club.post("/v1/purchases", approved, key=till).json()["code"] == "scope_missing"
    bulk = club.post("/v1/events/bulk", {"events": [{"type": "purchase", **approved}]}, key=till)
    assert bulk.json()["results"][0]["problem"]["code"] == "scope_missing"
    assert club.spendable(member) == 0
    booked = club.post("/v1/purchases", approved)
    assert (booked.status_code, booked.json()["points"]) == (201, 30)
    other = {**approved, "type": "purchase", "source_event_id": uuid.uuid4().hex}
    assert club.post("/v1/events/bulk", {"events": [other]}).json()["results"][0]["status"] == 201
    log = club.alliance("node", "audit-log").stdout
    assert len([line for line in log.splitlines() if "approve late event" in line and member in line]) == 2


def test_a_redemption_day_halves_every_price(club: NodeProcess, rich: str) -> None:
    """R-RED-6."""
    club.at("2026-06-15T10:00:00+08:00")
    coupon = option(club, rich, "five-off")
    assert (coupon["points"], coupon["list_points"]) == (250, 500)
    assert redeem(club, rich, "five-off")["points"] == -250


def test_anyone_verifies_the_draw(
    club: NodeProcess, rich: str, newcomer: str, notary: dict[str, str], tmp_path: Path
) -> None:
    """R-RED-3: list frozen, seeds mixed, prizes booked, and checked from the record alone."""
    club.at("2026-06-20T01:00:00+08:00")
    late = club.post(f"/v1/members/{rich}/redemptions", {"option": "summer-draw"})
    assert late.status_code == 422
    closing = club.post("/v1/lotteries/summer-2026/closing")
    assert (closing.status_code, closing.json()["tickets"]) == (201, 5)
    wrong = club.post("/v1/lotteries/summer-2026/reveals", {"party": "notary", "seed": "1" * 64})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "seed_rejected")
    assert club.alliance("lottery", "reveal", "summer-2026", "notary", notary["seed"]).returncode == 0
    before = club.spendable(rich) + club.spendable(newcomer)
    drawn = club.post("/v1/lotteries/summer-2026/drawing")
    assert drawn.status_code == 201, drawn.text
    assert (drawn.json()["winners"], drawn.json()["awarded"]) == (3, 3)
    assert club.spendable(rich) + club.spendable(newcomer) == before + 1000
    assert club.alliance("lottery", "draw", "summer-2026").returncode == 0
    assert club.spendable(rich) + club.spendable(newcomer) == before + 1000
    record, kept = tmp_path / "record.json", tmp_path / "closing.json"
    assert club.alliance("lottery", "record", "summer-2026", "--output", str(record)).returncode == 0
    assert record.read_bytes() == club.get("/v1/lotteries/summer-2026/record").content
    kept.write_bytes(closing.content)
    checked = call_alliance("lottery", "verify", str(record), "--closing", str(kept))
    assert (checked.returncode, "3 winner(s)" in checked.stdout) == (0, True), checked.stdout
    forged = json.loads(record.read_text())
    forged["winners"][0]["ticket_no"] = (forged["winners"][0]["ticket_no"] + 1) % 5
    record.write_text(json.dumps(forged))
    assert call_alliance("lottery", "verify", str(record)).returncode == 1
    place = club.get(f"/v1/lotteries/summer-2026/members/{newcomer}").json()
    assert place["tickets"] == 1
    assert club.get("/v1/lotteries/summer-2026").json()["status"] == "drawn"
    assert "summer-2026" in club.alliance("lottery", "list").stdout


def test_a_member_day_doubles_points_every_month(club: NodeProcess, rich: str) -> None:
    """R-EARN-5."""
    club.at("2026-06-28T10:00:00+08:00")
    assert buy(club, rich, "10.00", "2026-06-28T10:00:00+08:00")["points"] == 60


def test_a_refund_takes_progress_and_rewards_back(club: NodeProcess) -> None:
    """DESIGN §3: goal progress and its reward follow the purchase."""
    member = club.enrol(name="Returns")
    at = "2026-06-28T10:00:00+08:00"
    body = club.purchase(member, "1000.00", occurred_at=at)
    club.post("/v1/purchases", body)
    refund = {
        "member_id": member, "source": "till-1", "source_event_id": uuid.uuid4().hex, "amount": "1000.00",
        "purchase_source": "till-1", "purchase_source_event_id": body["source_event_id"], "occurred_at": at,
    }  # fmt: skip
    preview = club.post(
        f"/v1/members/{member}/previews/refund",
        {"purchase_source": "till-1", "purchase_source_event_id": body["source_event_id"], "amount": "1000.00"},
    ).json()
    answer = club.post("/v1/refunds", refund)
    assert answer.status_code == 201, answer.text
    assert answer.json()["balance"]["spendable"] == preview["balance"]["spendable"] == 0
    assert tasks(club, member)["goals"][1]["done"] == "0.00"
    origin = {"purchase_source": "till-1", "purchase_source_event_id": body["source_event_id"]}
    taken = club.post(f"/v1/members/{member}/previews/refund", {**origin, "amount": "1.00"})
    assert (taken.json()["allowed"], taken.json()["refusal"]["code"]) == (False, "refund_exceeds_purchase")


def test_the_tables_equal_the_log_after_all_this(club: NodeProcess) -> None:
    checked = club.alliance("node", "rebuild", "--check")
    assert checked.returncode == 0, checked.stdout
