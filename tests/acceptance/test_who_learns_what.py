"""What each observer of a conversion does not learn, from captured chain data, databases, answers and logs
(R-ALL-4, R-ALL-5; the last column of the table in docs/privacy.md)."""

import json
import re
import time
import uuid
from typing import NamedTuple

import pytest

from tests.acceptance.node_process import NodeProcess, rfc3339
from tests.acceptance.test_conversions import DAY, Pair, pair
from tests.acceptance.test_privacy import dump

__all__ = ["pair"]
pytestmark = pytest.mark.chain

SENT = 137
"""Points of each conversion: public on the ledger."""


class Person(NamedTuple):
    """One member at one brand; what they bought for is odd enough to be found wherever it leaks."""

    node: NodeProcess
    member_id: str
    name: str
    phone: str
    balance: int


class Journey(NamedTuple):
    """One person at two brands, and what became of two conversions of theirs."""

    at_shop: Person
    at_hotel: Person
    conversions: list[str]


def enrol(pair: Pair, node: NodeProcess, name: str, phone: str, amount: str) -> Person:
    member = node.enrol(name=name, phone=phone)
    bought = node.post("/v1/purchases", node.purchase(member, amount, occurred_at=rfc3339(pair.now)))
    assert bought.status_code == 201, bought.text
    pair.mine(40 * DAY)
    return Person(node, member, name, phone, node.spendable(member))


@pytest.fixture(scope="module")
def journey(pair: Pair) -> Journey:
    """The same person, known under two names, sends points twice."""
    at_shop = enrol(pair, pair.shop, "Wilhelmina Quillfeather", "+4915155501234", "7654.00")
    at_hotel = enrol(pair, pair.hotel, "Minna Q. Featherstonehaugh", "+4915155509876", "8765.00")
    conversions = []
    for _ in range(2):
        wanted = [{"member_id": at_shop.member_id, "receiving_code": pair.code(at_hotel.member_id), "points": SENT}]
        [made] = pair.shop.post("/v1/conversions/bulk", {"conversions": wanted}).json()["results"]
        pair.wait(pair.shop, made["conversion_id"], "completed")
        conversions.append(made["conversion_id"])
    deadline = time.monotonic() + 60
    while pair.hotel.spendable(at_hotel.member_id) != at_hotel.balance + 2 * SENT:
        assert time.monotonic() < deadline, pair.hotel.log[-2000:]
        pair.mine(2)
        time.sleep(0.2)
    return Journey(at_shop, at_hotel, conversions)


@pytest.fixture(scope="module")
def ledger(pair: Pair, journey: Journey) -> str:
    """Everything that a reader of the chain sees: every transaction with its input and every log, lower-case."""
    assert journey.conversions
    rpc = pair.chain._rpc
    blocks = [rpc.call("eth_getBlockByNumber", hex(number), True) for number in range(pair.chain.head() + 1)]
    receipts = [rpc.call("eth_getTransactionReceipt", one["hash"]) for block in blocks for one in block["transactions"]]
    assert sum(len(receipt["logs"]) for receipt in receipts) > 10
    return json.dumps([blocks, receipts]).lower()


def traces(text: str) -> list[str]:
    """The ways in which an id or a text could have been written down."""
    found = [text.lower(), text.encode().hex()]
    try:
        found.append(uuid.UUID(text).hex)
    except ValueError:
        found.append(text.removeprefix("+").lower())
    return found


def of_node(node: NodeProcess) -> str:
    """Its database, its log, and what its API says of conversions, lower-case."""
    return (dump(node) + node.log + node.get("/metrics").text).lower()


def assert_nothing_of(person: Person, where: str) -> None:
    words = [word for word in person.name.split() if len(word) > 3]
    for secret in (person.member_id, person.name, *words, person.phone):
        for trace in traces(secret):
            assert trace not in where, secret


def assert_not_a_number_in(number: int, where: str) -> None:
    """As a number of its own: the same digits inside of a hash mean nothing."""
    assert re.search(rf"(?<![0-9a-f.]){number}(?![0-9a-f])", where) is None, number


def test_the_ledger_names_nobody(journey: Journey, ledger: str) -> None:
    """Other brands and auditors learn A → B, amounts and times: not who, and no id by which two conversions connect."""
    for person in (journey.at_shop, journey.at_hotel):
        assert_nothing_of(person, ledger)
    for conversion in journey.conversions:
        for trace in traces(conversion):
            assert trace not in ledger
    claim_addresses = [
        journey.at_shop.node.get(f"/v1/conversions/{each}").json()["claim_address"] for each in journey.conversions
    ]
    assert len(set(claim_addresses)) == 2, "one address for one conversion"
    for address in claim_addresses:
        assert address.removeprefix("0x") in ledger, "the capture does see what is public"


def test_the_receiving_brand_learns_nothing_of_the_member_at_the_sender(journey: Journey) -> None:
    person, there = journey.at_shop, of_node(journey.at_hotel.node)
    assert_nothing_of(person, there)
    for conversion in journey.conversions:
        assert conversion not in there
    for number in (765_400, person.balance, person.balance - 2 * SENT):
        assert_not_a_number_in(number, there)
    shown = journey.at_hotel.node.get(f"/v1/members/{journey.at_hotel.member_id}/conversions").json()["conversions"]
    assert [(one["points"], one["counterparty_brand"]) for one in shown] == [(SENT, 1), (SENT, 1)], "what it does learn"


def test_the_sending_brand_learns_nothing_of_the_member_at_the_receiver(journey: Journey) -> None:
    person, there = journey.at_hotel, of_node(journey.at_shop.node)
    assert_nothing_of(person, there)
    for number in (876_500, person.balance, person.balance + 2 * SENT):
        assert_not_a_number_in(number, there)
    shown = journey.at_shop.node.get(f"/v1/members/{journey.at_shop.member_id}/conversions").json()["conversions"]
    assert {one["counterparty_brand"] for one in shown} == {2}, "what it does learn"


def test_no_log_or_open_page_of_a_node_names_its_own_member(journey: Journey) -> None:
    for person in (journey.at_shop, journey.at_hotel):
        assert person.member_id in of_node(person.node), "the capture does see the node's own members' ids"
        for secret in (person.name, person.phone):
            assert secret.lower() not in of_node(person.node)
