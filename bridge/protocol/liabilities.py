"""The Merkle-sum tree of what a brand owes its members, and a member's proof of being counted in it.

Pure. A node is (hash, sum); its hash commits to both children's hashes and both sums, so no sum can be moved between
them. Amounts are millionths of a point below 2^96, leaves at most 2^32: no sum reaches 2^128.

No proof shows another member's balance. Each balance is cut at random into two parts that are no whole points; the
first parts fill the left half of a full tree and the second parts the right half, in random orders in which no two
members are neighbours twice; the rest is zero leaves. Beside a part there is one part of somebody, or a zero leaf, and
above it sums of 2, 4, 8 … parts. What that tells is written down in docs/statements.md.

Salt, cut and order come from a secret of the brand and month: the same secret and balances give the same tree.
"""

import bisect
import hashlib
import itertools
from array import array
from collections.abc import Callable, Iterable, Sequence

import msgspec

from bridge.protocol.statements import MAX_LEAVES, MIN_LEAVES

PARTS_PER_POINT = 1_000_000
MAX_POINTS = (1 << 64) - 1
_SUM_BYTES = 16
_WIDTH = _SUM_BYTES + 32
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
    """The whole tree, for the brand that makes it.

    A million members fit in some hundred MiB: members are numbered in the order of their ids, padding after them, and
    everything about them is packed (`_WIDTH` bytes a node). No object is kept for a member or a node.
    """

    def __init__(self, secret: bytes, brand_id: int, month: int, balances: Iterable[tuple[bytes, int]]) -> None:
        """`balances`: 16-byte member ids with positive points; `secret`: 32 bytes, of this brand and month alone.

        Raises ValueError (a member twice, a balance that is not positive or too large, too many members).
        """
        if len(secret) != 32:
            raise ValueError("the secret needs 32 bytes")
        self._brand_id, self._month = brand_id, month
        self._mac = _keyed(secret)
        self._ids, self._points = _checked(balances)
        slots = max(MIN_LEAVES, 2 * len(self._points)) - 1
        self.leaves = 1 << slots.bit_length()
        if self.leaves > MAX_LEAVES:
            raise ValueError(f"{len(self._points)} members do not fit a tree of {MAX_LEAVES} leaves")
        row = self._first_order()
        left = self._leaves(row, 0, ())
        self._left = self._places(row)
        row = self._second_order(row)
        left += self._leaves(row, 1, [_sum_at(left, place) for place in self._left])
        self._right = self._places(row)
        self._levels = _levels(left)

    @property
    def root(self) -> bytes:
        """The hash of the root."""
        return _node_at(self._levels[-1], 0)[0]

    @property
    def total_points(self) -> int:
        """The sum of all balances."""
        return _sum_at(self._levels[-1], 0) // PARTS_PER_POINT

    @property
    def top(self) -> tuple[Node, Node]:
        """The root's two children: they open the root to its total and to nothing else."""
        return _node_at(self._levels[-2], 0), _node_at(self._levels[-2], 1)

    def prove(self, member_id: bytes) -> Inclusion:
        """Raises KeyError for a member without points."""
        number = bisect.bisect_left(range(len(self._points)), member_id, key=self._name)
        if number == len(self._points) or self._name(number) != member_id:
            raise KeyError(member_id)
        first = self._part(self._left[number], member_id, 0)
        second = self._part(self.leaves // 2 + self._right[number], member_id, 1)
        return Inclusion(member_id, self._points[number], first, second)

    def _part(self, index: int, member: bytes, half: int) -> Part:
        levels = enumerate(self._levels[:-1])
        path = tuple(_node_at(level, (index >> height) ^ 1) for height, level in levels)
        return Part(index, self._salt(member, half), _sum_at(self._levels[0], index), path)

    def _name(self, number: int) -> bytes:
        """A member's id, or that of a padding leaf."""
        members = len(self._points)
        if number < members:
            return self._ids[16 * number : 16 * number + 16]
        return b"padding" + (number - members).to_bytes(4, "big")

    def _first_order(self) -> "array[int]":
        """Who is at each place of the left half."""
        entries = range(self.leaves // 2)
        return array("I", sorted(entries, key=lambda number: self._mac(b"order\0" + self._name(number))))

    def _second_order(self, row: "array[int]") -> "array[int]":
        """Who is at each place of the right half: the second of each pair moves on to the next pair of a random circle,
        so nobody has the same neighbour twice."""
        mac, name = self._mac, self._name
        circle = sorted(range(len(row) // 2), key=lambda pair: mac(b"circle\0" + pair.to_bytes(4, "big")))
        beside = array("I", bytes(4 * len(circle)))
        for place, pair in enumerate(circle):
            beside[pair] = row[2 * circle[(place + 1) % len(circle)] + 1]
        pairs = sorted(range(len(circle)), key=lambda pair: mac(b"pairs\0" + name(row[2 * pair]) + name(beside[pair])))
        order = array("I")
        for pair in pairs:
            one, other = row[2 * pair], beside[pair]
            order.extend((one, other) if mac(b"turn\0" + name(one))[0] & 1 else (other, one))
        return order

    def _places(self, row: "array[int]") -> "array[int]":
        """The other way round: where in its half each member is."""
        members = len(self._points)
        places = array("I", bytes(4 * members))
        for place, number in enumerate(row):
            if number < members:
                places[number] = place
        return places

    def _leaves(self, row: "array[int]", half: int, cuts: Sequence[int]) -> bytearray:
        """The leaves of one half, packed; padding has no points. `cuts`: the first parts, for the second half."""
        packed, members = bytearray(), len(self._points)
        for number in row:
            member, amount = self._name(number), 0
            if number < members:
                points = self._points[number]
                amount = points * PARTS_PER_POINT - cuts[number] if half else self._cut(member, points)
            packed += amount.to_bytes(_SUM_BYTES, "big")
            packed += leaf(self._brand_id, self._month, half, member, self._salt(member, half), amount)
        return packed

    def _cut(self, member: bytes, points: int) -> int:
        """The first part: anywhere between nothing and all, and never whole points."""
        draw = int.from_bytes(self._mac(b"cut\0" + member), "big")
        whole, fraction = divmod(draw % (points * (PARTS_PER_POINT - 1)), PARTS_PER_POINT - 1)
        return whole * PARTS_PER_POINT + fraction + 1

    def _salt(self, member: bytes, half: int) -> bytes:
        return self._mac(b"salt\0" + member + bytes([half]))


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


def _levels(leaves: bytearray) -> list[bytes]:
    """All rows of the tree, packed: a node is its sum and its hash, so two of them are what their parent hashes. No sum
    can be too large: see the bounds above."""
    levels = [bytes(leaves)]
    while len(levels[-1]) > _WIDTH:
        row, above = levels[-1], bytearray()
        for start in range(0, len(row), 2 * _WIDTH):
            both = row[start : start + 2 * _WIDTH]
            total = int.from_bytes(both[:_SUM_BYTES], "big") + int.from_bytes(both[_WIDTH : _WIDTH + _SUM_BYTES], "big")
            above += total.to_bytes(_SUM_BYTES, "big")
            above += hashlib.sha256(_NODE_TAG + both).digest()
        levels.append(bytes(above))
    return levels


def _node_at(level: bytes, place: int) -> Node:
    start = place * _WIDTH
    return level[start + _SUM_BYTES : start + _WIDTH], int.from_bytes(level[start : start + _SUM_BYTES], "big")


def _sum_at(level: bytes | bytearray, place: int) -> int:
    start = place * _WIDTH
    return int.from_bytes(level[start : start + _SUM_BYTES], "big")


def _keyed(secret: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA-256 (RFC 2104) under a key of 32 bytes, with both halves of the key hashed once: seven million are asked
    for a million members. Tested against the standard library's."""
    block = secret.ljust(hashlib.sha256().block_size, b"\0")
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in block)) for pad in (0x36, 0x5C))

    def mac(data: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(data)
        second.update(first.digest())
        return second.digest()

    return mac


def _checked(balances: Iterable[tuple[bytes, int]]) -> tuple[bytes, "array[int]"]:
    """Ids, one after another in order, and their points."""
    rows = []
    for member, points in balances:
        if len(member) != 16:
            raise ValueError(f"member {member.hex()} is not named by 16 bytes")
        if not 0 < points <= MAX_POINTS:
            raise ValueError(f"{points} points are not a balance to prove")
        rows.append(member + points.to_bytes(8, "big"))
    rows.sort()
    twice = next((one for one, other in itertools.pairwise(rows) if one[:16] == other[:16]), None)
    if twice is not None:
        raise ValueError(f"member {twice[:16].hex()} is named twice")
    return b"".join(row[:16] for row in rows), array("Q", (int.from_bytes(row[16:], "big") for row in rows))
