"""The Merkle-sum tree of liabilities (R-AUD-1, pitfall 27): every listed member can prove it, nobody else, and no proof
shows what another member has."""

import hashlib
import hmac

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.protocol.liabilities import (
    PARTS_PER_POINT,
    Inclusion,
    InclusionRefused,
    LiabilityTree,
    Part,
    _keyed,
    opens_to,
    verify,
)

SECRET = bytes(range(32))
BRAND, MONTH = 3, 672

member_ids = st.binary(min_size=16, max_size=16)
balances = st.dictionaries(member_ids, st.integers(1, (1 << 64) - 1), min_size=1, max_size=40)
small_balances = st.dictionaries(member_ids, st.integers(1, 3), min_size=2, max_size=40)


def tree_of(members: dict[bytes, int]) -> LiabilityTree:
    return LiabilityTree(SECRET, BRAND, MONTH, members.items())


def check(tree: LiabilityTree, inclusion: Inclusion, **changes: object) -> None:
    facts = {
        "brand_id": BRAND,
        "month": MONTH,
        "root": tree.root,
        "total_points": tree.total_points,
        "leaves": tree.leaves,
    }
    verify(inclusion, **{**facts, **changes})  # type: ignore[arg-type]


@given(balances)
def test_everyone_listed_proves_it_and_the_total_is_the_sum(members: dict[bytes, int]) -> None:
    tree = tree_of(members)
    assert tree.total_points == sum(members.values())
    assert opens_to(tree.top, tree.root, tree.total_points)
    for member, points in members.items():
        inclusion = tree.prove(member)
        assert inclusion.points == points
        check(tree, inclusion)


def test_a_tree_is_to_the_byte_what_was_published_before() -> None:
    """A statement must be made again years later, whatever the code has become."""
    members = {hashlib.sha256(bytes([number])).digest()[:16]: number * number * 1_000 + 1 for number in range(50)}
    tree = tree_of(members)
    assert (tree.leaves, tree.total_points) == (128, 40_425_050)
    assert tree.root.hex() == "c2ff24a874e694d76d816dcd3302ee1f0b1588a245ae3a95a0740e7d74589a65"


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_the_keyed_hash_is_the_standard_one(secret: bytes, data: bytes) -> None:
    assert _keyed(secret)(data) == hmac.digest(secret, data, "sha256")


@given(balances)
def test_the_same_secret_and_balances_give_the_same_tree_in_any_order(members: dict[bytes, int]) -> None:
    again = LiabilityTree(SECRET, BRAND, MONTH, reversed(members.items()))
    assert again.root == tree_of(members).root
    other = LiabilityTree(hashlib.sha256(SECRET).digest(), BRAND, MONTH, members.items())
    assert other.root != again.root
    assert other.total_points == again.total_points


@given(balances, st.integers(1, 10**6))
def test_a_forged_total_is_refused(members: dict[bytes, int], less: int) -> None:
    tree = tree_of(members)
    assume(less < tree.total_points)
    forged = tree.total_points - less
    assert not opens_to(tree.top, tree.root, forged)
    with pytest.raises(InclusionRefused):
        check(tree, tree.prove(next(iter(members))), total_points=forged)


@given(balances)
def test_an_omitted_member_finds_no_proof(members: dict[bytes, int]) -> None:
    assume(len(members) > 1)
    honest = tree_of(members)
    omitted, *listed = members
    cheating = tree_of({member: members[member] for member in listed})
    with pytest.raises(KeyError):
        cheating.prove(omitted)
    with pytest.raises(InclusionRefused):
        check(cheating, honest.prove(omitted), leaves=honest.leaves)


@given(balances)
def test_two_members_cannot_be_shown_one_leaf(members: dict[bytes, int]) -> None:
    assume(len(members) > 1)
    first, second = list(members)[:2]
    tree = tree_of(members)
    with pytest.raises(InclusionRefused):
        check(tree, msgspec.structs.replace(tree.prove(first), member_id=second))


def test_a_member_twice_or_without_points_is_no_tree() -> None:
    with pytest.raises(ValueError, match="twice"):
        LiabilityTree(SECRET, BRAND, MONTH, [(bytes(16), 1), (bytes(16), 1)])
    for points in (0, -1, 1 << 64):
        with pytest.raises(ValueError, match="not a balance"):
            LiabilityTree(SECRET, BRAND, MONTH, [(bytes(16), points)])


@given(balances, st.data())
def test_a_proof_with_anything_changed_is_refused(members: dict[bytes, int], data: st.DataObject) -> None:
    tree = tree_of(members)
    inclusion = tree.prove(data.draw(st.sampled_from(list(members))))
    which = data.draw(st.sampled_from(["first", "second"]))
    part: Part = getattr(inclusion, which)
    height = data.draw(st.integers(0, len(part.path) - 1))
    sibling_hash, sibling_sum = part.path[height]
    flipped = bytes([sibling_hash[0] ^ 1]) + sibling_hash[1:]

    def beside(node: tuple[bytes, int]) -> Part:
        return msgspec.structs.replace(part, path=(*part.path[:height], node, *part.path[height + 1 :]))

    changed = data.draw(
        st.sampled_from(
            [
                beside((flipped, sibling_sum)),
                beside((sibling_hash, sibling_sum + 1)),
                beside((sibling_hash, -sibling_sum - 1)),
                beside((sibling_hash, 1 << 128)),
                msgspec.structs.replace(part, index=part.index ^ 1),
                msgspec.structs.replace(part, index=part.index + tree.leaves),
                msgspec.structs.replace(part, salt=flipped),
                msgspec.structs.replace(part, amount=part.amount + 1),
                msgspec.structs.replace(part, path=part.path[:-1]),
                msgspec.structs.replace(part, path=(*part.path, (flipped, 0))),
            ]
        )
    )
    with pytest.raises(InclusionRefused):
        check(tree, msgspec.structs.replace(inclusion, **{which: changed}))
    for wrong in ({"brand_id": BRAND + 1}, {"month": MONTH + 1}, {"root": flipped}):
        with pytest.raises(InclusionRefused):
            check(tree, inclusion, **wrong)


@given(balances)
def test_the_same_half_cannot_be_counted_twice(members: dict[bytes, int]) -> None:
    tree = tree_of(members)
    inclusion = tree.prove(next(iter(members)))
    doubled = msgspec.structs.replace(
        inclusion, second=inclusion.first, points=inclusion.first.amount * 2 // PARTS_PER_POINT or 1
    )
    with pytest.raises(InclusionRefused):
        check(tree, doubled)


@given(small_balances)
def test_no_proof_shows_another_members_balance(members: dict[bytes, int]) -> None:
    """What lies beside a member's two leaves are single parts: never whole points, and never of the same member,
    so that they never add up to a balance either."""
    tree = tree_of(members)
    part_of = {}
    for member in members:
        inclusion = tree.prove(member)
        part_of[inclusion.first.index] = part_of[inclusion.second.index] = member
    for member in members:
        inclusion = tree.prove(member)
        beside = [inclusion.first.path[0][1], inclusion.second.path[0][1]]
        neighbours = [part_of.get(part.index ^ 1) for part in (inclusion.first, inclusion.second)]
        for amount, neighbour in zip(beside, neighbours, strict=True):
            assert (amount == 0) == (neighbour is None)
            assert amount == 0 or amount % PARTS_PER_POINT
        assert neighbours[0] is None or neighbours[0] != neighbours[1]
        for part in (inclusion.first, inclusion.second):  # each half holds one part of a member: no subtree has both
            covered = [
                {i for i in range(tree.leaves) if i >> height == part.index >> height ^ 1}
                for height in range(len(part.path) - 1)
            ]
            for leaves in covered:
                inside = [part_of[i] for i in leaves if i in part_of]
                assert len(inside) == len(set(inside))


@given(balances)
def test_the_number_of_leaves_says_no_more_than_the_next_power_of_two(members: dict[bytes, int]) -> None:
    tree = tree_of(members)
    assert tree.leaves >= 8
    assert tree.leaves & (tree.leaves - 1) == 0
    assert 2 * len(members) <= tree.leaves <= max(8, 4 * len(members))


def test_the_order_changes_from_month_to_month() -> None:
    members = {number.to_bytes(16, "big"): 5 for number in range(64)}
    places = []
    for month in (672, 673):
        secret = hashlib.sha256(SECRET + bytes([month & 0xFF])).digest()
        tree = LiabilityTree(secret, BRAND, month, members.items())
        places.append([tree.prove(member).first.index for member in members])
    assert sum(a == b for a, b in zip(*places, strict=True)) < 8


def test_golden_root() -> None:
    """Pins the encoding: proofs that members kept must verify for ever."""
    members = {number.to_bytes(16, "big"): number * 100 for number in range(1, 6)}
    tree = tree_of(members)
    assert tree.leaves == 16
    assert tree.total_points == 1_500
    assert tree.root.hex() == "d0fa7a65ba6d5a3009427e0cc584cc5f06e5634869bcfab4127629f347ff653d"
