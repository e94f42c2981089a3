"""Roles with a delay: every guarded call is carried out by who holds its role so, when it is repeated (R-ALL-2)."""

from collections.abc import Callable, Iterator

import pytest

from bridge.chain.keys import Signer
from bridge.deploy.admin import grant_role
from bridge.deploy.deploy import view
from bridge.deploy.founders import issue_founders, read_terms, sell_new, set_description, set_terms
from bridge.deploy.governed import Scheduled
from bridge.deploy.plan import ADMIN, ISSUER, TREASURER
from bridge.deploy.settlement import close_epoch, read_epoch, submit_statement
from bridge.protocol.words import parse_address
from tests.chain_fixtures import Alliance, key, running_alliance

pytestmark = pytest.mark.chain
DAY = 86_400
HOLDERS = [key(number).address for number in (811, 812, 813)]
OFFICER = key(814)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alliance]:
    """An alliance whose officer holds every role with a day's delay."""
    with running_alliance(tmp_path_factory.mktemp("chain")) as made:
        for role in (ADMIN, ISSUER, TREASURER):
            grant_role(made.rpc, made.book, made.admin, role, OFFICER.address, DAY, mine=made.mine)
        yield made


def twice(alliance: Alliance, command: Callable[[Signer], object]) -> object:
    """The first run schedules and changes nothing, the second one a day later carries everything out."""
    with pytest.raises(Scheduled) as first:
        command(OFFICER)
    assert first.value.is_new
    with pytest.raises(Scheduled) as early:
        command(OFFICER)
    assert not early.value.is_new and early.value.ready_at == first.value.ready_at
    alliance.mine(first.value.ready_at)
    return command(OFFICER)


def test_an_issuer_with_a_delay_issues_memberships(shared: Alliance) -> None:
    """All of one command are scheduled together: none of them twice, none for ever."""
    rpc, book = shared.rpc, shared.book
    before = read_terms(rpc, book).issued
    numbers = twice(shared, lambda issuer: issue_founders(rpc, book, issuer, HOLDERS, mine=shared.mine))
    assert numbers == [before + 1, before + 2, before + 3]
    for number, holder in zip(numbers, HOLDERS, strict=True):
        name = "FounderMembership"
        (owner,) = view(rpc, book.address(name), name, "ownerOf", number, block=rpc.call("eth_blockNumber"))
        assert parse_address(owner) == holder
    assert read_terms(rpc, book).issued == before + 3


def test_a_first_sale_of_an_issuer_with_a_delay_is_scheduled(shared: Alliance) -> None:
    with pytest.raises(Scheduled, match="sellNew is scheduled now"):
        arguments = (1, bytes(32), HOLDERS[0], shared.now() + 2 * DAY, bytes(64) + b"\x1b")
        sell_new(shared.rpc, shared.book, OFFICER, *arguments, mine=shared.mine)


def test_an_administrator_with_a_delay_sets_terms_and_text(shared: Alliance) -> None:
    rpc, book, mine = shared.rpc, shared.book, shared.mine
    twice(shared, lambda admin: set_terms(rpc, book, admin, 1, HOLDERS[1], 321, mine=mine))
    twice(shared, lambda admin: set_description(rpc, book, admin, "first members " * 90, mine=mine))
    terms = read_terms(rpc, book)
    assert (terms.sponsor_brand, terms.treasury, terms.royalty_bps) == (1, HOLDERS[1], 321)
    assert terms.description == "first members " * 90


def test_a_treasurer_with_a_delay_closes_and_submits(shared: Alliance) -> None:
    rpc, book, mine = shared.rpc, shared.book, shared.mine
    assert twice(shared, lambda treasurer: close_epoch(rpc, book, treasurer, mine=mine)) == 1
    twice(shared, lambda treasurer: submit_statement(rpc, book, treasurer, mine=mine))
    epoch = read_epoch(rpc, book)
    assert (epoch.submitted, epoch.phase) == (epoch.brands, "paid")
