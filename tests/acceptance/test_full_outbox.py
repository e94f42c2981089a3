"""A dead chain: conversions are refused once as many wait as may, in plain words; everything else goes on (R-OPS).

Two brands' real nodes, SQLite and PostgreSQL, many members at once; when the chain is back, what waits lands once.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from alliance_node.adapters.chain.local_alliance import LocalBrand
from alliance_node.entrypoints.settings import AllianceSettings
from tests.acceptance.node_process import NodeProcess, rfc3339
from tests.acceptance.test_bad_input import assert_problem
from tests.acceptance.test_conversions import DAY, Pair
from tests.conftest import create_postgresql_database, drop_postgresql_database
from tests.integration.bridge.processes import eventually

pytestmark = [pytest.mark.chain, pytest.mark.postgresql]
LIMIT = 6
MEMBERS = 10


class Narrow(Pair):
    """Both brands' outboxes take six rows; the hotel's node is on PostgreSQL."""

    def __init__(self, directory: Path, hotel_url: str) -> None:
        self.urls = {"SHOP": "sqlite:///node.sqlite", "HOTEL": hotel_url}
        super().__init__(directory)

    def _node(self, brand: LocalBrand) -> NodeProcess:
        node = NodeProcess(self.directory / brand.code.lower(), self.urls[brand.code])
        node.environment = {"TEST_HOT_KEY": brand.hot_key}
        node.init(alliance=self.settings(brand), clock="manual").start()
        node.post("/v1/simulation/clock", {"now": rfc3339(self.now)})
        return node

    def settings(self, brand: LocalBrand) -> AllianceSettings:
        plain = super().settings(brand)
        return AllianceSettings(
            rpc_url=plain.rpc_url,
            address_book=plain.address_book,
            brand_id=plain.brand_id,
            hot_key=plain.hot_key,
            outbox_limit=LIMIT,
        )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgresql_server: str) -> Iterator[Narrow]:
    url = create_postgresql_database(postgresql_server)
    made = Narrow(tmp_path_factory.mktemp("narrow"), url)
    yield made
    made.close()
    drop_postgresql_database(postgresql_server, url)


def quotes(sender: NodeProcess, members: list[str], codes: list[str]) -> list[tuple[str, str]]:
    """(path, quote) of 100 points for each member."""
    made = []
    for member, code in zip(members, codes, strict=True):
        answer = sender.post(f"/v1/members/{member}/quotes", {"receiving_code": code, "points": 100})
        assert answer.status_code == 201, answer.text
        made.append((f"/v1/members/{member}/conversions", answer.json()["quote_id"]))
    return made


def all_at_once(node: NodeProcess, wanted: list[tuple[str, str]]) -> list[httpx.Response]:
    with ThreadPoolExecutor(MEMBERS) as pool:
        return list(pool.map(lambda one: node.post(one[0], {"quote_id": one[1]}, idempotency_key=one[1]), wanted))


def test_a_dead_chain_fills_the_outbox_and_then_conversions_wait_outside(pair: Narrow) -> None:
    nodes = (pair.shop, pair.hotel)
    members = {node: [pair.member(node, purchases=2) for _ in range(MEMBERS)] for node in nodes}
    pair.mine(40 * DAY)
    others = {pair.shop: pair.hotel, pair.hotel: pair.shop}
    codes = {
        node: [
            others[node].post(f"/v1/members/{one}/receiving-codes").json()["receiving_code"]
            for one in members[others[node]]
        ]
        for node in nodes
    }
    wanted = {node: quotes(node, members[node], codes[node]) for node in nodes}
    before = {node: [node.spendable(member) for member in members[node]] for node in nodes}
    pair.chain.stop()
    for node in nodes:
        refused = node.get("/v1/settlement")
        assert_problem(refused, 503, "ledger_unreachable")
        assert "127.0.0.1" not in refused.text, "where the ledger runs is nobody's business"

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(nodes, pool.map(lambda node: all_at_once(node, wanted[node]), nodes), strict=True))
    for node in nodes:
        accepted = [answer.status_code == 201 for answer in answers[node]]
        assert sum(accepted) == LIMIT
        for took, answer, member, had in zip(accepted, answers[node], members[node], before[node], strict=True):
            assert node.spendable(member) == had - (100 if took else 0)
            if not took:
                assert_problem(answer, 503, "outbox_full")
                assert answer.headers["retry-after"] == "300"
                assert "5 minutes" in answer.json()["next_step"]
        in_chinese = node.post(
            f"/v1/members/{members[node][0]}/quotes",
            {"receiving_code": codes[node][0], "points": 100},
            **{"accept-language": "zh"},
        )
        assert (in_chinese.status_code, in_chinese.json()["code"]) == (503, "outbox_full")
        assert "5 分钟" in in_chinese.json()["next_step"] and "未冻结" in in_chinese.json()["detail"]
        sale = node.post("/v1/purchases", node.purchase(members[node][0], "30.00", occurred_at=rfc3339(pair.now)))
        assert (sale.status_code, sale.json()["points"] > 0) == (201, True)
        assert "nothing is lost" in told(node)

    pair.chain.start_again()
    for node in nodes:
        for answer in answers[node]:
            if answer.status_code == 201:
                completes(pair, node, answer)
        late = [one for one, answer in zip(wanted[node], answers[node], strict=True) if answer.status_code == 503]
        for path, quote in late:  # the same keys again: a refusal is not kept, and the quotes are still good
            completes(pair, node, node.post(path, {"quote_id": quote}, idempotency_key=quote))
    for node in nodes:
        eventually(lambda node=node: node.command("reconcile").returncode == 0, 60, lambda: pair.mine(1))


def completes(pair: Narrow, node: NodeProcess, answer: httpx.Response) -> None:
    assert answer.status_code == 201, answer.text
    path = f"/v1/conversions/{answer.json()['conversion_id']}"
    eventually(lambda: node.get(path).json()["status"] == "completed", 60, lambda: pair.mine(1))


def told(node: NodeProcess) -> str:
    """What the operator reads about the bridge."""
    part = "bridge"
    eventually(lambda: node.http.get("/readyz").json()["workers"].get(part, {}).get("code") == "rpc_unavailable", 60)
    return str(node.http.get("/readyz").json()["workers"][part]["next_step"])
