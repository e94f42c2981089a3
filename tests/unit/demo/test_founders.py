"""Who holds the demo's founder memberships; their wallets are the same for the same seed and sign as any wallet."""

from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from alliance_node.adapters.chain.local_founders import SimulatedWallet
from alliance_node.entrypoints.demo.cast import Member
from alliance_node.entrypoints.demo.founders import MEMBERSHIPS, holders_among
from bridge.protocol import founders


def member(name: str, joins_at: int) -> Member:
    return Member(name, 1, joins_at)


def test_members_enrolled_by_now_hold_the_memberships_in_turn() -> None:
    held = holders_among([member("ann", 1), member("ben", 2), member("cid", 9)], now=9)
    assert len(held) == MEMBERSHIPS
    assert held[:4] == ["ann", "ben", "ann", "ben"]


def test_without_members_nobody_holds_one_yet() -> None:
    assert holders_among([member("ann", 5)], now=5) == []


def test_of_many_members_each_holds_one() -> None:
    held = holders_among([member(str(number), number) for number in range(200)], now=10_000)
    assert held == [str(number) for number in range(MEMBERSHIPS)]


def test_wallets_follow_from_the_seed_and_sign_what_a_library_recovers() -> None:
    first, again, other = SimulatedWallet(7, 0), SimulatedWallet(7, 0), SimulatedWallet(8, 0)
    assert first.address == again.address
    assert len({first.address, other.address, SimulatedWallet(7, 1).address}) == 3
    typed = founders.typed_data("Cancel", {"tokenId": 1, "nonce": 1, "deadline": 5}, 31_337, bytes(20))
    signer = Account.recover_message(encode_typed_data(full_message=typed), signature=first.sign(typed))
    assert signer.lower() == first.address.lower()
    told = Account.recover_message(encode_defunct(text="hello"), signature=first.sign_text("hello"))
    assert told.lower() == first.address.lower()
