"""Every bad input of the API is one clear typed problem with a next step, and leaves nothing half-written."""

import json
import uuid
from typing import Any

import pytest

from tests.acceptance.node_process import NodeProcess, rfc3339

BAD_AMOUNTS = [
    "-1.00", "+1.00", "1e3", "1E3", "NaN", "Infinity", "1,000.00", " 1.00", "1.00 ", "1.", ".5", "01.00", "0x10",
    "1.999", "0.001", "99999999999999.00", "9" * 40, "", "ten", "１２", "1_000", "1\n",
]  # fmt: skip
BAD_AMOUNT_TOKENS = ["12.34", "1", "-5", "1e3", "true", "false", "null", "[]", "{}", "1e400"]
NOT_JSON_TOKENS = ["NaN", "Infinity", "-Infinity", "01", "'1'"]


def assert_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """RFC 9457, with our two promises: a stable code and what to do next."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code", "next_step", "instance"} <= set(problem)
    assert problem["status"] == status
    assert problem["code"] == code
    assert problem["next_step"]
    assert problem["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    assert "Traceback" not in answer.text
    return problem


@pytest.fixture(scope="session")
def member(node: NodeProcess) -> str:
    return node.enrol(name="Ann")


@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_an_amount_that_is_no_exact_decimal_is_refused(node: NodeProcess, member: str, amount: str) -> None:
    problem = assert_problem(node.post("/v1/purchases", node.purchase(member, amount)), 422, "invalid_fields")
    assert [error["field"] for error in problem["errors"]] == ["amount"]
    assert amount.strip() == "" or amount not in json.dumps(problem["errors"])


@pytest.mark.parametrize("token", BAD_AMOUNT_TOKENS)
def test_an_amount_that_is_no_string_is_refused(node: NodeProcess, member: str, token: str) -> None:
    body = json.dumps(node.purchase(member, "AMOUNT")).replace('"AMOUNT"', token)
    problem = assert_problem(node.post("/v1/purchases", body.encode()), 422, "invalid_fields")
    assert problem["errors"][0]["field"] == "amount"


@pytest.mark.parametrize("token", NOT_JSON_TOKENS)
def test_an_amount_that_is_no_json_is_refused(node: NodeProcess, member: str, token: str) -> None:
    body = json.dumps(node.purchase(member, "AMOUNT")).replace('"AMOUNT"', token)
    assert_problem(node.post("/v1/purchases", body.encode()), 400, "malformed_json")


def test_none_of_the_refused_amounts_left_a_trace(node: NodeProcess, member: str) -> None:
    """Runs after the cases above on the same node and member."""
    history = node.get(f"/v1/members/{member}/history").json()["items"]
    assert [item["kind"] for item in history] == ["member_enrolled"]
    assert node.spendable(member) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"{} x", b'{"events":'])
@pytest.mark.parametrize("path", ["/v1/purchases", "/v1/events/bulk", "/v1/members"])
def test_a_body_that_is_no_object_is_refused(node: NodeProcess, path: str, body: bytes) -> None:
    answer = node.post(path, body)
    assert answer.status_code in (400, 422), answer.text
    assert_problem(answer, answer.status_code, "malformed_json" if answer.status_code == 400 else "invalid_fields")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("member_id", "not-a-uuid"),
        ("member_id", "00000000-0000-0000-0000-00000000000G"),
        ("member_id", 7),
        ("source", ""),
        ("source", "alliance:conversion"),
        ("source", "x" * 65),
        ("source_event_id", ""),
        ("source_event_id", "a b"),
        ("source_event_id", "x" * 121),
        ("occurred_at", "2026-03-01"),
        ("occurred_at", "2026-03-01T10:00:00"),
        ("occurred_at", "2026-02-30T10:00:00Z"),
        ("occurred_at", "2026-03-01T25:00:00Z"),
        ("occurred_at", 1_772_000_000),
        ("tags", "vip"),
        ("tags", ["ok", 5]),
        ("tags", ["t"] * 21),
        ("channel", None),
        ("surprise", 1),
    ],
)
def test_a_field_that_is_not_usable_is_named(node: NodeProcess, member: str, field: str, value: Any) -> None:
    answer = node.post("/v1/purchases", {**node.purchase(member), field: value})
    problem = assert_problem(answer, 422, "invalid_fields")
    assert problem["errors"][0]["field"].startswith(field)


@pytest.mark.parametrize("field", ["member_id", "source", "source_event_id", "amount", "occurred_at"])
def test_a_missing_field_is_named(node: NodeProcess, member: str, field: str) -> None:
    body = node.purchase(member)
    del body[field]
    problem = assert_problem(node.post("/v1/purchases", body), 422, "invalid_fields")
    assert problem["errors"] == [{"field": field, "reason": "is missing"}]


def test_an_unknown_member_is_404_everywhere(node: NodeProcess) -> None:
    ghost = str(uuid.uuid4())
    assert_problem(node.post("/v1/purchases", node.purchase(ghost)), 404, "unknown_member")
    for path in ("balance", "lots", "history", "conversions"):
        assert_problem(node.get(f"/v1/members/{ghost}/{path}"), 404, "unknown_member")
    assert_problem(node.post(f"/v1/members/{ghost}/page-links"), 404, "unknown_member")
    assert_problem(node.post(f"/v1/members/{ghost}/redemptions", {"option": "coupon"}), 404, "unknown_member")


def test_an_unknown_event_version_and_conversion_are_404(node: NodeProcess, member: str) -> None:
    assert_problem(node.get(f"/v1/members/{member}/events/99/explanation"), 404, "unknown_event")
    assert_problem(node.get(f"/v1/conversions/{uuid.uuid4()}"), 404, "unknown_conversion")


def test_an_unknown_program_version_is_404_and_a_known_one_is_shown(node: NodeProcess) -> None:
    assert_problem(node.get("/v1/program?version=99"), 404, "unknown_program_version")
    assert_problem(node.get("/v1/program?version=NaN"), 400, "malformed_request")
    in_force = node.get("/v1/program").json()
    assert node.get(f"/v1/program?version={in_force['version']}").json() == in_force


def test_an_event_too_old_or_from_the_future_is_refused(node: NodeProcess, member: str) -> None:
    late = node.purchase(member, occurred_at="2020-01-01T00:00:00Z")
    answer = node.post("/v1/purchases", late)
    assert answer.status_code == 422, answer.text
    future = node.purchase(member, occurred_at="2199-01-01T00:00:00Z")
    assert_problem(node.post("/v1/purchases", future), 422, "future_event")


def test_same_key_with_another_body_is_409_and_the_first_answer_stays(node: NodeProcess) -> None:
    member = node.enrol(name="Bo")
    body = node.purchase(member, "50.00")
    first = node.post("/v1/purchases", body, idempotency_key="k-1")
    assert first.status_code == 201
    conflict = node.post("/v1/purchases", {**body, "amount": "60.00"}, idempotency_key="k-1")
    assert_problem(conflict, 409, "idempotency_conflict")
    again = node.post("/v1/purchases", body, idempotency_key="k-1")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (200, "true")
    assert again.json()["points"] == first.json()["points"]
    assert node.spendable(member) == first.json()["points"]


def test_the_same_sale_under_a_new_key_is_booked_once(node: NodeProcess) -> None:
    """Pitfall 3: business keys are unique for ever."""
    member = node.enrol(name="Cy")
    body = node.purchase(member, "50.00")
    first = node.post("/v1/purchases", body)
    second = node.post("/v1/purchases", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["event"] == first.json()["event"]
    assert node.spendable(member) == first.json()["points"]


def test_the_same_sale_with_another_amount_is_a_conflict(node: NodeProcess) -> None:
    member = node.enrol(name="Di")
    body = node.purchase(member, "50.00")
    node.post("/v1/purchases", body)
    assert_problem(node.post("/v1/purchases", {**body, "amount": "51.00"}), 409, "business_key_conflict")


def test_a_refused_decision_is_replayed_too(node: NodeProcess) -> None:
    member = node.enrol(name="Ed")
    body = {"option": "no-such-option"}
    path = f"/v1/members/{member}/redemptions"
    first = node.post(path, body, idempotency_key="refused-1")
    again = node.post(path, body, idempotency_key="refused-1")
    assert first.status_code == again.status_code
    assert first.json()["code"] == again.json()["code"]
    assert again.headers["idempotency-replayed"] == "true"


def test_without_idempotency_key_nothing_happens(node: NodeProcess, member: str) -> None:
    headers = {"authorization": f"Bearer {node.key}", "content-type": "application/json"}
    answer = node.http.post("/v1/purchases", content=json.dumps(node.purchase(member)), headers=headers)
    problem = assert_problem(answer, 400, "malformed_request")
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    for bad in ("", "x" * 129, "with space"):
        answer = node.post("/v1/purchases", node.purchase(member), **{"idempotency-key": bad})
        assert_problem(answer, 400, "malformed_request")


@pytest.mark.parametrize("key", ["x", "nonsense", "pa_" + "0" * 32 + "_" + "A" * 43, "pa_é"])
def test_a_wrong_api_key_is_401(node: NodeProcess, member: str, key: str) -> None:
    headers = {"authorization": f"Bearer {key}".encode(), "idempotency-key": "x"}
    body = json.dumps(node.purchase(member))
    answer = node.http.post("/v1/purchases", content=body, headers=headers)
    assert_problem(answer, 401, "unauthorized")
    assert "www-authenticate" in answer.headers
    assert_problem(node.http.get(f"/v1/members/{member}/balance", headers=headers), 401, "unauthorized")


def test_a_key_does_only_what_its_scopes_say(node: NodeProcess, member: str) -> None:
    reader = node.create_key("members:read")
    assert node.get(f"/v1/members/{member}/balance", key=reader).status_code == 200
    assert_problem(node.post("/v1/purchases", node.purchase(member), key=reader), 403, "scope_missing")
    assert_problem(node.post("/v1/members", {}, key=reader), 403, "scope_missing")
    assert_problem(node.get("/v1/totals", key=reader), 403, "scope_missing")


def test_a_key_that_asks_too_often_is_429_with_retry_after(node: NodeProcess, member: str) -> None:
    slow = node.create_key("members:read", rate=3)
    answers = [node.get(f"/v1/members/{member}/balance", key=slow) for _ in range(8)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited
    assert_problem(limited[0], 429, "rate_limited")
    assert limited[0].headers["retry-after"] == "1"


def test_a_body_that_is_too_large_is_413(node: NodeProcess) -> None:
    assert_problem(node.post("/v1/purchases", b" " * (4 * 1024 * 1024 + 1)), 413, "body_too_large")
    assert_problem(node.post("/v1/members", b" " * (4 * 1024 * 1024 + 1)), 413, "body_too_large")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonish"])
def test_a_body_that_is_not_marked_as_json_is_415(node: NodeProcess, media_type: str) -> None:
    """What `curl -d` sends without a header: the answer says which header to send."""
    problem = assert_problem(
        node.post("/v1/members", b'{"name": "Ann"}', **{"content-type": media_type}),
        415,
        "unsupported_media_type",
    )
    assert "Content-Type: application/json" in problem["next_step"]


def test_wrong_paths_and_methods_are_problems_too(node: NodeProcess) -> None:
    assert_problem(node.get("/v1/nothing"), 404, "not_found")
    assert_problem(node.get("/v1/purchases"), 405, "method_not_allowed")
    assert_problem(node.http.delete("/v1/program"), 405, "method_not_allowed")
    assert_problem(node.get("/v1/members/not-a-uuid/balance"), 400, "malformed_request")
    assert_problem(node.get(f"/v1/members/{uuid.uuid4()}/lots?limit=0"), 400, "malformed_request")


def test_a_malformed_cursor_is_refused(node: NodeProcess, member: str) -> None:
    for path in ("lots", "history"):
        assert_problem(node.get(f"/v1/members/{member}/{path}?cursor=zzz"), 400, "invalid_cursor")


def test_one_bad_item_of_a_bulk_fails_alone(node: NodeProcess) -> None:
    """Pitfall 36: its neighbours are booked, and each bad one says what is wrong with it."""
    member = node.enrol(name="Flo")
    good = [{"type": "purchase", **node.purchase(member, "10.00")} for _ in range(3)]
    bad = [
        {"type": "purchase", **node.purchase(member, "1e3")},
        {"type": "purchase", **node.purchase(member), "amount": 5},
        {"type": "purchase", **node.purchase(str(uuid.uuid4()))},
        {"type": "gift", **node.purchase(member)},
        "nonsense",
        {"type": "refund", "member_id": member, "source": "till-1", "source_event_id": "r-1", "amount": "1.00",
         "purchase_source": "till-1", "purchase_source_event_id": "never-sold", "occurred_at": rfc3339()},
    ]  # fmt: skip
    mixed = [good[0], bad[0], bad[1], good[1], bad[2], bad[3], bad[4], bad[5], good[2]]
    answer = node.post("/v1/events/bulk", {"events": mixed})
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [result["status"] for result in results] == [201, 422, 422, 201, 404, 422, 422, 404, 201]
    assert [result["problem"]["code"] for result in results if "problem" in result][:3] == [
        "invalid_fields",
        "invalid_fields",
        "unknown_member",
    ]
    assert node.spendable(member) == sum(result["points"] for result in results if result["status"] == 201)


def test_a_bulk_sent_twice_is_booked_once(node: NodeProcess) -> None:
    member = node.enrol(name="Gil")
    events = [{"type": "purchase", **node.purchase(member, "10.00")} for _ in range(5)]
    first = node.post("/v1/events/bulk", {"events": events}).json()["results"]
    again = node.post("/v1/events/bulk", {"events": events}).json()["results"]
    assert [result["status"] for result in first] == [201] * 5
    assert [result["status"] for result in again] == [200] * 5
    assert [result["event"] for result in again] == [result["event"] for result in first]


@pytest.mark.parametrize("count", [0, 5_001])
def test_a_bulk_of_a_wrong_size_is_refused(node: NodeProcess, member: str, count: int) -> None:
    event = {"type": "purchase", **node.purchase(member)}
    problem = assert_problem(node.post("/v1/events/bulk", {"events": [event] * count}), 422, "invalid_fields")
    assert problem["errors"][0]["field"] == "events"


def test_conversions_without_an_alliance_are_503_and_say_what_to_do(node: NodeProcess, member: str) -> None:
    answers = [
        node.post(f"/v1/members/{member}/receiving-codes"),
        node.post(f"/v1/members/{member}/quotes", {"receiving_code": "PA1.x", "points": 5}),
        node.post(f"/v1/members/{member}/conversions", {"quote_id": str(uuid.uuid4())}),
    ]
    for answer in answers:
        assert_problem(answer, 503, "alliance_not_connected")


def test_the_clock_of_a_real_node_can_not_be_set(node: NodeProcess) -> None:
    assert_problem(node.post("/v1/simulation/clock", {"now": rfc3339()}), 409, "not_a_simulation")


def test_a_member_can_not_be_enrolled_twice(node: NodeProcess) -> None:
    phone = f"+1555{uuid.uuid4().int % 10**7:07d}"
    first = node.post("/v1/members", {"personal": {"phone": phone}}, idempotency_key="enrol-1")
    again = node.post("/v1/members", {"personal": {"phone": phone}}, idempotency_key="enrol-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["member_id"] == first.json()["member_id"]
    assert_problem(node.post("/v1/members", {"personal": {"phone": phone}}), 409, "identity_in_use")
    same_id = {"member_id": first.json()["member_id"]}
    answer = node.post("/v1/members", same_id)
    assert answer.status_code in (200, 409), answer.text


@pytest.mark.parametrize(
    "body",
    [
        {"timezone": "Mars/Olympus"},
        {"member_id": "x"},
        {"personal": {"phone": "12"}},
        {"personal": {"passport": "E1"}},
        {"personal": []},
        {"occurred_at": "yesterday"},
        {"consents": [{"purpose": "marketing"}]},
    ],
)
def test_a_malformed_enrolment_is_refused(node: NodeProcess, body: dict[str, Any]) -> None:
    answer = node.post("/v1/members", body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for value in ("Mars/Olympus", "E1"):
        assert value not in json.dumps(answer.json().get("errors", ""))
