"""One OpenAPI document for the whole API: the hot routes are in it with the schema that decodes them."""

from typing import Any

import pytest

from alliance_node.entrypoints.api.event_models import PurchaseEvent
from tests.acceptance.node_process import NodeProcess, rfc3339


@pytest.fixture(scope="module")
def document(node: NodeProcess) -> dict[str, Any]:
    found: dict[str, Any] = node.http.get("/openapi.json").json()
    return found


PREVIEWS = ("purchase", "refund", "behaviour", "redemption", "gift", "timezone")
READINGS = ("balance", "lots", "history", "options", "benefits", "outlook", "tasks", "notices", "conversions")
MEMBER = "/v1/members/{member_id}"
DRAW = "/v1/lotteries/{draw_id}"
OFFER = "/v1/founder-offers/{digest}"
ROUTES = {
    "post": [
        "/v1/members", "/v1/members/bulk", "/v1/purchases", "/v1/refunds", "/v1/behaviours", "/v1/events/bulk",
        *(f"{MEMBER}/previews/{kind}" for kind in PREVIEWS),
        f"{MEMBER}/previews/redemptions/{{redemption_id}}/cancellation", f"{MEMBER}/previews/benefits/{{benefit}}/use",
        f"{MEMBER}/redemptions", f"{MEMBER}/redemptions/{{redemption_id}}/cancellation",
        f"{MEMBER}/benefits/{{benefit}}/uses", f"{MEMBER}/gifts", f"{MEMBER}/timezone",
        f"{MEMBER}/receiving-codes", "/v1/receiving-codes/bulk", f"{MEMBER}/quotes", f"{MEMBER}/conversions",
        "/v1/conversions/bulk", f"{MEMBER}/page-links", "/v1/simulation/clock",
        "/v1/jobs/expiry-sweep", "/v1/jobs/tier-evaluation", "/v1/jobs/recalls/{recall}", "/v1/jobs/notices",
        "/v1/program/validation", "/v1/program/versions", "/v1/program/reindexed",
        "/v1/lotteries", f"{DRAW}/closing", f"{DRAW}/reveals", f"{DRAW}/drawing",
        f"{MEMBER}/founder-challenges", f"{MEMBER}/founder-links", f"{MEMBER}/founder-grants",
        "/v1/founder-orders/drafts", "/v1/founder-orders",
        "/v1/founder-offers", f"{OFFER}/payment", f"{OFFER}/purchase",
    ],
    "get": [
        *(f"{MEMBER}/{part}" for part in READINGS),
        f"{MEMBER}/events/{{version}}/explanation", "/v1/conversions/{conversion_id}", "/v1/totals", "/v1/limits",
        "/v1/settlement", "/v1/alliance/rates",
        "/v1/founders/{token_id}", f"{MEMBER}/founder", "/v1/founder-orders/{digest}", "/v1/founder-offers",
        "/v1/program", "/v1/program/returns", "/v1/program/versions", "/v1/program/comparison", "/v1/tiers/monitor",
        "/v1/notices", "/v1/lotteries", DRAW, f"{DRAW}/announcement", f"{DRAW}/closing", f"{DRAW}/record",
        f"{DRAW}/members/{{member_id}}", "/healthz", "/readyz", "/metrics",
    ],
    "delete": [
        "/v1/program/versions/{version}", f"{MEMBER}/personal", f"{MEMBER}/founder-links/{{token_id}}",
    ],
}  # fmt: skip


def test_every_route_is_documented(document: dict[str, Any]) -> None:
    for method, paths in ROUTES.items():
        for path in paths:
            assert method in document["paths"].get(path, {}), path


def test_the_documented_purchase_is_the_one_that_is_decoded(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/purchases"]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    assert set(schema["properties"]) - {"type"} == set(PurchaseEvent.__struct_fields__)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["amount"]["type"] == "string"
    assert {"201", "200", "400", "401", "403", "404", "409", "413", "422", "429", "503"} <= set(operation["responses"])


def test_every_reference_of_the_document_resolves(document: dict[str, Any]) -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                target: Any = document
                for part in value["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(document)


def test_a_documented_example_purchase_is_accepted(node: NodeProcess) -> None:
    member = node.enrol(name="Lee")
    answer = node.post("/v1/purchases", node.purchase(member, "300.01"))
    assert answer.status_code == 201
    assert answer.json()["points"] == 450  # R-EARN-1: above 300 → 1.5×
    assert answer.json()["balance"] == {"spendable": 450, "held": 0, "pending": 0}
    assert answer.json()["explanation"]
    chinese = node.post("/v1/purchases", node.purchase(member), **{"accept-language": "zh-CN,en;q=0.5"})
    assert "分" in " ".join(chinese.json()["explanation"])


def test_every_body_has_an_example_and_the_hot_ones_are_accepted(node: NodeProcess, document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        [reference] = [one["$ref"] for one in content["schema"].get("anyOf", [content["schema"]]) if "$ref" in one]
        name = reference.rpartition("/")[2]
        assert "example" in content or document["components"]["schemas"][name].get("examples"), path
    member = node.enrol(name="Ex")
    for path in ("/v1/purchases", "/v1/refunds", "/v1/behaviours"):
        body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
        own = {field: f"{body[field]}-{member}" for field in ("source", "purchase_source") if field in body}
        answer = node.post(path, {**body, **own, "member_id": member, "occurred_at": rfc3339()})
        assert answer.status_code == 201, answer.text
