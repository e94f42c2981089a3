"""The Merkle-sum tree of what a brand owes its members, and a member's proof of being counted in it.

Pure. A node is (hash, sum); its hash commits to both children's hashes and both sums, so no sum can be moved between
them. Amounts are millionths of a point below 2^96, leaves at most 2^32: no sum reaches 2^128.

No proof shows another member's balance. Each balance is cut at random into two parts that are no whole points; the
first parts fill the left half of a full tree and the second parts the right half, in random orders in which no two
members are neighbours twice; the rest is zero leaves. Beside a part there is one part of somebody, or a zero leaf, and
above it sums of 2, 4, 8 … parts. What that tells is written down in docs/statements.md.

Salt, cut and order come from a secret of the brand and month: the same secret and balances give the same tree.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence

import msgspec

from bridge.protocol.statements import MAX_LEAVES, MIN_LEAVES

PARTS_PER_POINT = 1_000_000
MAX_POINTS = (1 << 64) - 1
_SUM_BYTES = 16
_SUM_LIMIT = 1 << 8 * _SUM_BYTES
_LEAF_TAG = b"\x00PointsAlliance.Liability.v1"
_NODE_TAG = b"\x01PointsAlliance.Liability.v1"

Node = tuple[bytes, int]
"""(hash, sum in millionths of a point)."""


class Part(msgspec.Struct, frozen=True):
    """One half of a member's balance in the tree: its place, and the siblings on the way up."""

    index: int
    salt: bytes
    amount: int
    path: tuple[Node, ...]


class Inclusion(msgspec.Struct, frozen=True):
    """A member's proof: `points` are in the tree, as `first` (left half) and `second` (right half)."""

    member_id: bytes
    points: int
    first: Part
    second: Part


class InclusionRefused(Exception):
    """A proof that does not show what it says."""

    code = "inclusion_refused"
    next_step = "Ask the brand for a new file; if that one is refused too, tell the alliance's auditor."


class LiabilityTree:
    """The whole tree, for the brand that makes it."""

    def __init__(self, secret: bytes, brand_id: int, month: int, balances: Iterable[tuple[bytes, int]]) -> None:
        """`balances`: 16-byte member ids with positive points; `secret`: 32 bytes, of this brand and month alone.

        Raises ValueError (a member twice, a balance that is not positive or too large, too many members).
        """
        if len(secret) != 32:
            raise ValueError("the secret needs 32 bytes")
        self._secret, self._brand_id, self._month = secret, brand_id, month
        self._points = _checked(balances)
        slots = max(MIN_LEAVES, 2 * len(self._points)) - 1
        self.leaves = 1 << slots.bit_length()
        if self.leaves > MAX_LEAVES:
            raise ValueError(f"{len(self._points)} members do not fit a tree of {MAX_LEAVES} leaves")
        first, second = self._orders()
        self._places = {
            member: (left, self.leaves // 2 + right)
            for (member, left), right in zip(first.items(), _aligned(first, second), strict=True)
            if len(member) == 16
        }
        self._levels = _levels([*self._half(first, 0), *self._half(second, 1)])

    @property
    def root(self) -> bytes:
        """The hash of the root."""
        return self._levels[-1][0][0]

    @property
    def total_points(self) -> int:
        """The sum of all balances."""
        return self._levels[-1][0][1] // PARTS_PER_POINT

    @property
    def top(self) -> tuple[Node, Node]:
        """The root's two children: they open the root to its total and to nothing else."""
        left, right = self._levels[-2]
        return left, right

    def prove(self, member_id: bytes) -> Inclusion:
        """Raises KeyError for a member without points."""
        points = self._points[member_id]
        left, right = self._places[member_id]
        cut = self._cut(member_id, points)
        first = Part(left, self._salt(member_id, 0), cut, self._path(left))
        second = Part(right, self._salt(member_id, 1), points * PARTS_PER_POINT - cut, self._path(right))
        return Inclusion(member_id, points, first, second)

    def _path(self, index: int) -> tuple[Node, ...]:
        return tuple(level[(index >> height) ^ 1] for height, level in enumerate(self._levels[:-1]))

    def _orders(self) -> tuple[dict[bytes, int], dict[bytes, int]]:
        """Places in the left and in the right half. Right: the second of each pair moves on to the next pair of a
        random circle, so nobody has the same neighbour twice."""
        half = self.leaves // 2
        padding = (b"padding" + number.to_bytes(4, "big") for number in range(half - len(self._points)))
        row = sorted([*self._points, *padding], key=lambda member: self._mac(b"order", member))
        pairs = sorted(range(half // 2), key=lambda pair: self._mac(b"circle", pair.to_bytes(4, "big")))
        after = dict(zip(pairs, [*pairs[1:], pairs[0]], strict=True))
        moved = [(row[2 * pair], row[2 * after[pair] + 1]) for pair in range(half // 2)]
        moved.sort(key=lambda pair: self._mac(b"pairs", pair[0] + pair[1]))
        turned = [pair if self._mac(b"turn", pair[0])[0] & 1 else pair[::-1] for pair in moved]
        right = [member for pair in turned for member in pair]
        return {m: place for place, m in enumerate(row)}, {m: place for place, m in enumerate(right)}

    def _half(self, order: dict[bytes, int], half: int) -> list[Node]:
        """The leaves of one half; padding has no points."""
        nodes = []
        for member in order:
            points = self._points.get(member, 0)
            cut = self._cut(member, points) if points else 0
            amount = (points * PARTS_PER_POINT - cut) if half else cut
            nodes.append((leaf(self._brand_id, self._month, half, member, self._salt(member, half), amount), amount))
        return nodes

    def _cut(self, member: bytes, points: int) -> int:
        """The first part: anywhere between nothing and all, and never whole points."""
        draw = int.from_bytes(self._mac(b"cut", member), "big")
        whole, fraction = divmod(draw % (points * (PARTS_PER_POINT - 1)), PARTS_PER_POINT - 1)
        return whole * PARTS_PER_POINT + fraction + 1

    def _salt(self, member: bytes, half: int) -> bytes:
        return self._mac(b"salt", member + bytes([half]))

    def _mac(self, purpose: bytes, data: bytes) -> bytes:
        return hmac.digest(self._secret, purpose + b"\0" + data, "sha256")


def verify(inclusion: Inclusion, *, brand_id: int, month: int, root: bytes, total_points: int, leaves: int) -> None:
    """Raises InclusionRefused unless the member's points are in the tree with this root and total."""
    points = inclusion.points
    if not 0 < points <= MAX_POINTS:
        raise InclusionRefused(f"{points} is not an amount of points")
    if inclusion.first.amount + inclusion.second.amount != points * PARTS_PER_POINT:
        raise InclusionRefused("the two parts do not add up to the member's points")
    for half, part in enumerate((inclusion.first, inclusion.second)):
        if not half * leaves // 2 <= part.index < (half + 1) * leaves // 2 or 1 << len(part.path) != leaves:
            raise InclusionRefused(f"part {half + 1} is not a leaf of its half of a tree of {leaves} leaves")
        if not 0 <= part.amount <= points * PARTS_PER_POINT:
            raise InclusionRefused(f"part {half + 1} is negative or more than the whole")
        value = leaf(brand_id, month, half, inclusion.member_id, part.salt, part.amount)
        if _climb(part, (value, part.amount)) != (root, total_points * PARTS_PER_POINT):
            raise InclusionRefused(f"part {half + 1} does not lead to the statement's root and total")


def opens_to(top: tuple[Node, Node], root: bytes, total_points: int) -> bool:
    """Whether the root's two children give the root and the total."""
    sums = [child[1] for child in top]
    return all(0 <= one < _SUM_LIMIT for one in sums) and _join(*top) == (root, total_points * PARTS_PER_POINT)


def leaf(brand_id: int, month: int, half: int, member: bytes, salt: bytes, amount: int) -> bytes:
    """Names the member, so that two members can't be shown one leaf; the salt hides it from everybody else."""
    place = brand_id.to_bytes(4, "big") + month.to_bytes(4, "big") + bytes([half])
    body = place + member.rjust(16, b"\0") + salt + amount.to_bytes(_SUM_BYTES, "big")
    return hashlib.sha256(_LEAF_TAG + body).digest()


def _climb(part: Part, node: Node) -> Node:
    for height, sibling in enumerate(part.path):
        if not 0 <= sibling[1] < _SUM_LIMIT:
            raise InclusionRefused(f"the sum beside level {height} is negative or too large")
        node = _join(sibling, node) if part.index >> height & 1 else _join(node, sibling)
    return node


def _join(left: Node, right: Node) -> Node:
    total = left[1] + right[1]
    if total >= _SUM_LIMIT:
        raise InclusionRefused("a sum does not fit 128 bits")
    sums = left[1].to_bytes(_SUM_BYTES, "big"), right[1].to_bytes(_SUM_BYTES, "big")
    return hashlib.sha256(_NODE_TAG + sums[0] + left[0] + sums[1] + right[0]).digest(), total


def _levels(leaves: list[Node]) -> list[list[Node]]:
    levels = [leaves]
    while len(levels[-1]) > 1:
        row = levels[-1]
        levels.append([_join(row[place], row[place + 1]) for place in range(0, len(row), 2)])
    return levels


def _aligned(first: dict[bytes, int], second: dict[bytes, int]) -> Sequence[int]:
    return [second[member] for member in first]


def _checked(balances: Iterable[tuple[bytes, int]]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for member, points in balances:
        if len(member) != 16 or member in found:
            raise ValueError(f"member {member.hex()} is named twice or not by 16 bytes")
        if not 0 < points <= MAX_POINTS:
            raise ValueError(f"{points} points are not a balance to prove")
        found[member] = points
    return dict(sorted(found.items()))
