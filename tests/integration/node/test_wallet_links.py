"""A member links their own wallet to a brand by Sign-In with Ethereum: once, in time, for one member, site and chain
(R-PRV-1; pitfall 24)."""

from typing import Any

import pytest

from alliance_node.application.close_member import close_member
from alliance_node.application.errors import ApplicationError, MemberClosed, UnknownMember
from alliance_node.application.wallets.errors import (
    WalletAddressMalformed,
    WalletInUse,
    WalletMessageMalformed,
    WalletMissing,
    WalletNonceUnknown,
    WalletNonceUsed,
    WalletSignInExpired,
    WalletWrongChain,
    WalletWrongDomain,
    WalletWrongSigner,
)
from alliance_node.application.wallets.linking import (
    SIGN_IN_SECONDS,
    STATEMENT_CHINESE,
    link_wallet,
    linked_wallet,
    start_link,
    unlink_wallet,
)
from tests.integration.node.databases import database_url, on
from tests.integration.node.wallets import ANN, BEN, PAGE, WalletNode, node, signed

__all__ = ["database_url", "node"]
pytestmark = pytest.mark.chain


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test's databases."""
    on(metafunc, {"test_a_wallet_belongs_to_one_member_of_a_brand"})


def test_a_member_links_a_wallet_by_signature_and_unlinks_it(node: WalletNode) -> None:
    member = node.person()
    asked = start_link(node.links, member, ANN.address.lower(), "zh", node.now)
    assert asked.message.startswith(f"points.example wants you to sign in with your Ethereum account:\n{ANN.address}\n")
    assert asked.explanation == STATEMENT_CHINESE
    assert asked.expires_at == node.now + SIGN_IN_SECONDS
    link_wallet(node.links, member, asked.message, signed(ANN, asked.message), node.now)
    assert linked_wallet(node.links, member, reader="t", reason="test", now=node.now).address == ANN.address
    unlink_wallet(node.links, member)
    with pytest.raises(WalletMissing):
        linked_wallet(node.links, member, reader="t", reason="test", now=node.now)
    with pytest.raises(WalletMissing):
        unlink_wallet(node.links, member)


def test_each_reason_against_an_answer_has_its_own_word_in_both_languages(node: WalletNode) -> None:
    """Pitfall 24: a signature counts once, in time, for its member, site and chain."""
    member, other = node.person(), node.person()
    asked = start_link(node.links, member, ANN.address, "en", node.now)
    text = asked.message

    def answer(message: str, signature: str | None = None, who: str = member, at: int | None = None) -> None:
        link_wallet(node.links, who, message, signature or signed(ANN, message), node.now if at is None else at)

    elsewhere = start_link(node.links, member, BEN.address, "en", node.now).message
    cases: list[tuple[type[ApplicationError], Any]] = [
        (WalletWrongDomain, lambda: answer(text.replace("points.example wants", "points.evil wants"))),
        (WalletWrongDomain, lambda: answer(text.replace(f"URI: {PAGE}", f"URI: {PAGE}/other"))),
        (WalletWrongChain, lambda: answer(text.replace("Chain ID: 31337", "Chain ID: 1"))),
        (WalletMessageMalformed, lambda: answer(text.replace("Signing moves no points", "Signing moves all points"))),
        (WalletMessageMalformed, lambda: answer(text + "\nResources:")),
        (WalletMessageMalformed, lambda: answer(later_end(text))),
        (WalletNonceUnknown, lambda: answer(text, who=other)),
        (WalletNonceUnknown, lambda: answer(another_nonce(text))),
        (WalletWrongSigner, lambda: answer(text, signed(BEN, text))),
        (WalletWrongSigner, lambda: answer(text, signed(ANN, elsewhere))),
        (WalletWrongSigner, lambda: answer(text, "0x1234")),
        (WalletSignInExpired, lambda: answer(text, at=asked.expires_at)),
        (UnknownMember, lambda: answer(text, who="nobody")),
        (WalletAddressMalformed, lambda: start_link(node.links, member, "0x1234", "en", node.now)),
    ]
    for kind, act in cases:
        with pytest.raises(kind) as caught:
            act()
        assert caught.value.chinese
        assert caught.value.next_step_chinese
        assert ANN.address[2:].lower() not in str(caught.value).lower()
    answer(text)
    node.link(member, BEN)
    with pytest.raises(WalletNonceUsed):
        answer(text)


def test_an_answer_that_was_lost_is_given_again_while_its_link_stands(node: WalletNode) -> None:
    """Pitfall 35: the caller that never heard of the link sends the same signature again."""
    member = node.person()
    text = start_link(node.links, member, ANN.address, "en", node.now).message
    first = link_wallet(node.links, member, text, signed(ANN, text), node.now)
    node.alliance.mine(node.now + SIGN_IN_SECONDS + 1)
    assert link_wallet(node.links, member, text, signed(ANN, text), node.now) == first
    unlink_wallet(node.links, member)
    with pytest.raises(WalletNonceUsed):
        link_wallet(node.links, member, text, signed(ANN, text), node.now)
    node.link(member, ANN)  # another message's link: the first one's answer says nothing of it
    with pytest.raises(WalletNonceUsed):
        link_wallet(node.links, member, text, signed(ANN, text), node.now)


def later_end(text: str) -> str:
    head, _, end = text.partition("Expiration Time: ")
    return f"{head}Expiration Time: {int(end[:4]) + 1}{end[4:]}"


def another_nonce(text: str) -> str:
    head, _, rest = text.partition("Nonce: ")
    return f"{head}Nonce: {'0' * 32}\n{rest.partition(chr(10))[2]}"


def test_a_wallet_belongs_to_one_member_of_a_brand(node: WalletNode) -> None:
    first, second = node.member_with(ANN), node.person()
    with pytest.raises(WalletInUse):
        node.link(second, ANN)
    node.link(first, BEN)  # linking another one ends the first
    node.link(second, ANN)
    unlink_wallet(node.links, second)
    node.link(first, ANN)
    assert linked_wallet(node.links, first, reader="t", reason="test", now=node.now).address == ANN.address


def test_which_wallet_is_whose_is_sealed_read_with_a_trace_and_gone_with_the_person(node: WalletNode) -> None:
    """R-PRV-1: identity data, in the vault and nowhere else."""
    member = node.member_with(ANN)
    address = ANN.address[2:].lower()
    assert address not in node.texts()
    linked_wallet(node.links, member, reader="key-1", reason="wallet shown", now=node.now)
    with node.world.store.write() as connection:
        reads = connection.exec_driver_sql("SELECT reader, reason, fields FROM identity_reads").all()
        assert ("key-1", "wallet shown", "wallet") in [tuple(row) for row in reads]
        node.vault.erase(connection, member, node.now)
        close_member(node.world.store, connection, member, node.now)
    with pytest.raises(MemberClosed):
        linked_wallet(node.links, member, reader="t", reason="test", now=node.now)
    node.link(node.person(), ANN)
