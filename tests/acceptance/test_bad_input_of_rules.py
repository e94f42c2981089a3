"""Every route of the money rules refuses what is not usable with one typed problem, and nothing is changed by it."""

import uuid
from typing import Any

import pytest

from tests.acceptance.node_process import NodeProcess, rfc3339
from tests.acceptance.test_bad_input import assert_problem

HUGE = 10**30
GHOST = str(uuid.uuid4())
M = "/v1/members/{member}"
BODIES: dict[str, dict[str, Any]] = {
    f"{M}/redemptions": {"option": "checkout", "points": 100, "order_id": "A", "order_amount": "10.00"},
    f"{M}/benefits/lounge/uses": {},
    f"{M}/gifts": {"to_member_id": GHOST, "points": 5},
    f"{M}/timezone": {"timezone": "Asia/Tokyo"},
    f"{M}/previews/purchase": {"amount": "1.00"},
    f"{M}/previews/refund": {"purchase_source": "s", "purchase_source_event_id": "e", "amount": "1.00"},
    f"{M}/previews/behaviour": {"behaviour": "check-in"},
    f"{M}/previews/redemption": {"option": "five-off"},
    f"{M}/previews/benefits/lounge/use": {},
    f"{M}/previews/gift": {"to_member_id": GHOST, "points": 5},
    f"{M}/previews/timezone": {"timezone": "Asia/Tokyo"},
    "/v1/program/validation": {"text": "program: x"},
    "/v1/program/versions": {"text": "program: x", "effective_from": "2026-07-01T00:00:00Z"},
    "/v1/program/reindexed": {"percent": "2.5"},
    "/v1/lotteries": {"draw_id": "d", "option": "draw", "parties": [{"party": "p", "commitment": "0" * 64}]},
    "/v1/lotteries/d/reveals": {"party": "p", "seed": "0" * 64},
    "/v1/lotteries/d/drawing": {"beacon": {"block_number": 1, "block_hash": "0" * 64, "timestamp": 1}},
    "/v1/jobs/expiry-sweep": {"through": "2026-01-01T00:00:00Z"},
    "/v1/jobs/tier-evaluation": {"through": "2026-01-01T00:00:00Z"},
}
WRONG = [None, True, -1, HUGE, 1.5, "", "x" * 2_000_000, [], {}, ["a"], "\u0000"]
GETS = ("options", "benefits", "outlook", "tasks", "notices")
WRITES_NOTHING = ("/previews/", "/program/validation", "/program/reindexed")


@pytest.fixture(scope="module")
def member(node: NodeProcess) -> str:
    return node.enrol(name="Untouched")


def path_of(template: str, member: str) -> str:
    return template.format(member=member)


@pytest.mark.parametrize("template", BODIES)
def test_an_unknown_field_is_refused(node: NodeProcess, member: str, template: str) -> None:
    answer = node.post(path_of(template, member), {**BODIES[template], "surprise": 1})
    problem = assert_problem(answer, 422, "invalid_fields")
    assert problem["errors"] == [{"field": "surprise", "reason": "is not a known field"}]


@pytest.mark.parametrize("template", BODIES)
def test_every_field_of_a_wrong_type_or_size_is_named(node: NodeProcess, member: str, template: str) -> None:
    for field in BODIES[template]:
        for wrong in WRONG:
            if wrong is None or (field in ("text", "timezone", "behaviour") and isinstance(wrong, str)):
                continue  # may be left out; any text of that length is a text
            answer = node.post(path_of(template, member), {**BODIES[template], field: wrong})
            assert answer.status_code in (404, 422), (field, str(wrong)[:20], answer.text)
            problem = assert_problem(answer, answer.status_code, answer.json()["code"])
            if answer.status_code == 422 and problem["code"] == "invalid_fields":
                assert problem["errors"][0]["field"].startswith(field), (field, str(wrong)[:20])
            assert "x" * 100 not in answer.text, "what was sent is not repeated"


@pytest.mark.parametrize("template", BODIES)
def test_a_body_that_is_no_object_is_refused(node: NodeProcess, member: str, template: str) -> None:
    for body in (b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"points": NaN}'):
        answer = node.post(path_of(template, member), body)
        code = "malformed_json" if answer.status_code == 400 else "invalid_fields"
        assert_problem(answer, answer.status_code, code)


@pytest.mark.parametrize("template", BODIES)
def test_a_key_without_the_scope_is_403_and_without_a_key_401(node: NodeProcess, member: str, template: str) -> None:
    poor = node.create_key("simulate")
    assert_problem(node.post(path_of(template, member), BODIES[template], key=poor), 403, "scope_missing")
    headers = {"idempotency-key": "x", "content-type": "application/json"}
    assert_problem(node.http.post(path_of(template, member), content=b"{}", headers=headers), 401, "unauthorized")


@pytest.mark.parametrize("template", [t for t in BODIES if not any(part in t for part in WRITES_NOTHING)])
def test_whatever_writes_needs_an_idempotency_key(node: NodeProcess, member: str, template: str) -> None:
    headers = {"authorization": f"Bearer {node.key}", "content-type": "application/json"}
    answer = node.http.post(path_of(template, member), json=BODIES[template], headers=headers)
    problem = assert_problem(answer, 400, "malformed_request")
    assert problem["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("part", GETS)
def test_reading_about_nobody_is_404_and_needs_the_scope(node: NodeProcess, member: str, part: str) -> None:
    assert_problem(node.get(f"/v1/members/{GHOST}/{part}"), 404, "unknown_member")
    assert_problem(node.get(f"/v1/members/not-a-uuid/{part}"), 400, "malformed_request")
    assert_problem(node.get(f"/v1/members/{member}/{part}", key=node.create_key("redeem")), 403, "scope_missing")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/notices?cursor=zzz", 400, "invalid_cursor"),
        ("/v1/notices?limit=0", 400, "malformed_request"),
        (f"{M}/notices?limit=501", 400, "malformed_request"),
        ("/v1/program/comparison?old=1&new=99", 404, "unknown_program_version"),
        ("/v1/program/comparison?old=1", 400, "malformed_request"),
        ("/v1/program/returns?version=0", 400, "malformed_request"),
        ("/v1/lotteries/none", 404, "unknown_draw"),
        ("/v1/lotteries/none/record", 404, "unknown_draw"),
        ("/v1/lotteries/NO!/closing", 400, "malformed_request"),
        (f"/v1/lotteries/none/members/{M[12:]}", 404, "unknown_draw"),
    ],
)
def test_reading_what_is_not_there_says_so(node: NodeProcess, member: str, path: str, status: int, code: str) -> None:
    assert_problem(node.get(path_of(path, member)), status, code)


def test_everything_about_nobody_is_404(node: NodeProcess) -> None:
    for template, body in BODIES.items():
        if template.startswith(M):
            assert_problem(node.post(path_of(template, GHOST), body), 404, "unknown_member")


def test_the_rules_refuse_with_their_own_codes(node: NodeProcess, member: str) -> None:
    """Understood, and refused: each with a code of its own and a next step."""
    refusals = [
        (f"{M}/redemptions", {"option": "checkout", "points": 100}, 422, "offset_not_allowed"),
        (f"{M}/redemptions", {"option": "five-off"}, 422, "insufficient_points"),
        (f"{M}/redemptions", {"option": "cooking-class"}, 422, "redemption_option_not_available"),
        (f"{M}/redemptions", {"option": "nothing"}, 404, "unknown_redemption_option"),
        (f"{M}/redemptions/{GHOST}/cancellation", {}, 404, "unknown_redemption"),
        (f"{M}/benefits/sauna/uses", {}, 404, "unknown_benefit"),
        (f"{M}/gifts", {"to_member_id": GHOST, "points": 5}, 422, "gifts_not_offered"),
        (f"{M}/timezone", {"timezone": "Mars/Olympus"}, 422, "unknown_time_zone"),
        ("/v1/program/versions", {"text": "program: x", "effective_from": rfc3339()}, 422, "invalid_program"),
        ("/v1/jobs/recalls/none", {}, 404, "unknown_recall"),
        ("/v1/lotteries", BODIES["/v1/lotteries"], 404, "unknown_lottery"),
    ]  # fmt: skip
    for template, body, status, code in refusals:
        assert_problem(node.post(path_of(template, member), body), status, code)


@pytest.mark.parametrize(
    ("field", "value"),
    [("grade", -1), ("grade", 101), ("grade", "50"), ("grade", 1.5), ("late_approval", "x" * 201),
     ("late_approval", "line\nbreak"), ("late_approval", 5), ("late_approval", None)],
)  # fmt: skip
def test_grades_and_approvals_out_of_range_are_named(node: NodeProcess, member: str, field: str, value: Any) -> None:
    event = {"member_id": member, "source": "app", "source_event_id": uuid.uuid4().hex, "behaviour": "check-in"}
    answer = node.post("/v1/behaviours", {**event, "occurred_at": rfc3339(), field: value})
    assert assert_problem(answer, 422, "invalid_fields")["errors"][0]["field"] == field


def test_none_of_this_left_a_trace(node: NodeProcess, member: str) -> None:
    """Runs after the cases above on the same node and member."""
    assert [item["kind"] for item in node.get(f"/v1/members/{member}/history").json()["items"]] == ["member_enrolled"]
    assert node.get("/v1/lotteries").json() == {"draws": []}
    assert len(node.get("/v1/program/versions").json()["versions"]) == 1
