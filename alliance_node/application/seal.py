"""Use case: the sealer appends committed events to the tamper-evident log, in commit-safe order.

Owns the log's growth and its proofs. It may not change an event. One sealer per database (advisory lock).
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from alliance_node.application.errors import BrokenLog, UnknownEvent
from alliance_node.application.merkle import HASH_SIZE, TILE_WIDTH, Tree, leaf_hash, root_of, split
from alliance_node.application.ports import LogStore
from alliance_node.application.records import LogHead, LogTile
from alliance_node.domain.instants import Instant


class InclusionProof(msgspec.Struct, frozen=True):
    """Leaf `index` of the tree of `size` is `leaf_hash(digest)`."""

    member_id: str
    version: int
    digest: bytes
    index: int
    size: int
    root: bytes
    path: tuple[bytes, ...]


class Sealer:
    """Seals and proves."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def step(self, now: Instant, limit: int = 20_000) -> int:
        """Seal up to `limit` events; returns how many. Raises SealerBusy, BrokenLog."""
        with self._store.write() as connection:
            self._store.lock_log(connection)
            head = self._store.head(connection)
            fresh = self._store.unsealed(connection, head.last_xid, head.last_seq, limit)
            if not fresh:
                return 0
            places = [(xid, seq) for xid, seq, _ in fresh]
            leaves = [leaf_hash(digest) for _, _, digest in fresh]
            size = head.size + len(fresh)
            self._append(connection, 0, head.size, leaves, places)
            root = Tree(self._tiles(connection), size).root()
            self._store.save_head(connection, LogHead(size, root, now, *places[-1]))
        return len(fresh)

    def seal_all(self, now: Instant) -> int:
        """Seal until nothing is left; returns how many."""
        total = 0
        while sealed := self.step(now):
            total += sealed
        return total

    def head(self) -> LogHead:
        """The newest head (size 0 before the first seal)."""
        with self._store.read() as connection:
            return self._store.head(connection)

    def inclusion(self, member_id: str, version: int) -> InclusionProof:
        """Proof that an event is in the newest head. Raises UnknownEvent (not there, or not sealed yet)."""
        with self._store.read() as connection:
            head = self._store.head(connection)
            found = self._store.leaf_of(connection, member_id, version)
            if found is None or found[0] >= head.size:
                raise UnknownEvent(f"event {version} of member {member_id} is not in the sealed log yet")
            index, digest = found
            tree = Tree(self._tiles(connection), head.size)
            if tree.leaf(index) != leaf_hash(digest):
                raise BrokenLog(f"leaf {index} is not the digest of event {version} of member {member_id}")
            path = tuple(tree.inclusion_proof(index))
            return InclusionProof(member_id, version, digest, index, head.size, head.root, path)

    def consistency(self, earlier: int) -> tuple[LogHead, tuple[bytes, ...]]:
        """The newest head and the proof that the log of `earlier` events is its prefix."""
        with self._store.read() as connection:
            head = self._store.head(connection)
            if not 0 < earlier <= head.size:
                raise UnknownEvent(f"the sealed log has {head.size} events, not {earlier}")
            return head, tuple(Tree(self._tiles(connection), head.size).consistency_proof(earlier))

    def consistency_between(self, earlier: int, size: int) -> tuple[bytes, ...]:
        """The proof that the log of `earlier` events is how the log of `size` events begins."""
        with self._store.read() as connection:
            return tuple(Tree(self._tiles(connection), size).consistency_proof(earlier))

    def root_at(self, size: int) -> bytes:
        """The root that the log had when it held `size` events."""
        with self._store.read() as connection:
            return Tree(self._tiles(connection), size).root()

    def unsealed_seconds(self, now: Instant) -> int:
        """Age of the oldest committed event that is not sealed yet (a metric)."""
        with self._store.read() as connection:
            oldest = self._store.oldest_unsealed(connection)
        return 0 if oldest is None else max(0, now - oldest)

    def _tiles(self, connection: Connection) -> "TileReader":
        return TileReader(self._store, connection)

    def _append(
        self,
        connection: Connection,
        level: int,
        size: int,
        hashes: Sequence[bytes],
        places: Sequence[tuple[int, int]],
    ) -> None:
        """Add hashes to a level of `size` hashes; full tiles hand their root to the next level."""
        tile_no, width = divmod(size, TILE_WIDTH)
        current = self._store.tile(connection, level, tile_no) if width else None
        if width and (current is None or len(current.hashes) != width * HASH_SIZE):
            raise BrokenLog(f"tile {tile_no} of level {level} should hold {width} hashes")
        body = current.hashes if current is not None else b""
        first = (current.first_xid, current.first_seq) if current is not None else places[0]
        roots: list[bytes] = []
        tiles: list[LogTile] = []
        taken = 0
        while taken < len(hashes):
            room = TILE_WIDTH - len(body) // HASH_SIZE
            part = hashes[taken : taken + room]
            if not body:
                first = places[taken] if level == 0 else (0, 0)
            body += b"".join(part)
            taken += len(part)
            tiles.append(LogTile(level, tile_no, body, *first))
            if len(body) == TILE_WIDTH * HASH_SIZE:
                roots.append(root_of(split(body)))
                tile_no, body = tile_no + 1, b""
        self._store.save_tiles(connection, tiles)
        if roots:
            self._append(connection, level + 1, size // TILE_WIDTH, roots, places)


class TileReader:
    """Tiles of one transaction, read once each."""

    def __init__(self, store: LogStore, connection: Connection) -> None:
        self._store = store
        self._connection = connection
        self._known: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, tile_no: int) -> bytes:
        key = level, tile_no
        if key not in self._known:
            tile = self._store.tile(self._connection, level, tile_no)
            if tile is None:
                raise BrokenLog(f"tile {tile_no} of level {level} is missing")
            self._known[key] = tile.hashes
        return self._known[key]
