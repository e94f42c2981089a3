"""Use case: replay the event log and prove that the tables equal it (`--check`), or make them so.

Owns the comparison. Trusts only the events, whose digests and sealed log it checks first; it never writes an event.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from alliance_node.application.changes import Changes
from alliance_node.application.merkle import HASH_SIZE, TILE_WIDTH, Tree, leaf_hash
from alliance_node.application.ports import LogStore, RebuildStore
from alliance_node.application.records import MemberRows, StoredEvent, WriteSet
from alliance_node.application.seal import TileReader
from alliance_node.domain.codecs import decode_event, encode_event, event_digest
from alliance_node.domain.commands import Reference
from alliance_node.domain.event_facts import event_key, kind_of, reference_of
from alliance_node.domain.events import Event
from alliance_node.domain.evolve import evolve
from alliance_node.domain.lots_needed import first_end
from alliance_node.domain.state import MemberState, new_member


class RebuildFinding(msgspec.Struct, frozen=True):
    """One difference: which check, where, what the events say, what the table says."""

    check: str
    where: str
    expected: str
    actual: str


class RebuildReport(msgspec.Struct):
    """`findings` empty means: every table equals the events. `repaired` counts members rewritten."""

    members: int = 0
    events: int = 0
    sealed: int = 0
    repaired: int = 0
    findings: list[RebuildFinding] = []

    @property
    def clean(self) -> bool:
        """Nothing differs."""
        return not self.findings


class Replay:
    """One member's rows as the events alone give them."""

    def __init__(self, member_id: str) -> None:
        self.state = new_member(member_id)
        self.lots: dict[int, tuple[Any, ...]] = {}
        self.entries: list[tuple[int, int, str, int]] = []
        self.limits: Counter[str] = Counter()
        self.findings: list[RebuildFinding] = []
        self._versions: dict[Reference, int] = {}

    def add(self, stored: StoredEvent) -> None:
        """Check the row of one event and apply it."""
        where = f"member {stored.member_id} event {stored.version}"
        payload = stored.payload.encode()
        digest = event_digest(stored.member_id, stored.version, stored.received_at, payload)
        self._compare("event-digest", where, digest.hex(), bytes(stored.digest).hex())
        self._compare("event-version", where, self.state.version + 1, stored.version)
        try:
            event = decode_event(payload)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            self.findings.append(RebuildFinding("event-payload", where, "a readable event", str(error)))
            return
        evolve(self.state, event)
        key = event_key(event) or (Reference("alliance:enrolment", stored.member_id) if stored.version == 1 else None)
        reference = reference_of(event)
        expected = (
            encode_event(event).decode(),
            kind_of(event),
            event.occurred_at,
            *(key if key is not None else (None, None)),
            self._versions.get(reference) if reference is not None else None,
        )
        actual = (
            stored.payload,
            stored.kind,
            stored.occurred_at,
            stored.source,
            stored.source_event_id,
            stored.refers_to,
        )
        self._compare("event-columns", where, expected, actual)
        if key is not None:
            self._versions[key] = stored.version
        self._collect(event)

    def _collect(self, event: Event) -> None:
        for limit_id, units in getattr(event, "limits", ()):
            self.limits[limit_id] += units
        changes = Changes(0)
        changes.add_entries(self.state, event)
        self.entries.extend(
            (version, leg, account, amount) for _, version, leg, account, amount in changes.rows.entries
        )
        for number in self.state.touched_lots:
            lot = self.state.lots[number]
            self.lots[number] = msgspec.structs.astuple(lot)
        self.state.touched_lots.clear()

    def _compare(self, check: str, where: str, expected: object, actual: object) -> None:
        if expected != actual:
            self.findings.append(RebuildFinding(check, where, str(expected), str(actual)))

    def compare_rows(self, rows: MemberRows) -> None:
        """Lots, entries and the member's row against the replay."""
        where = f"member {self.state.member_id}"
        actual_lots = {row[0]: tuple(row) for row in rows.lots}
        for number in sorted(self.lots.keys() | actual_lots.keys()):
            self._compare("lots", f"{where} lot {number}", self.lots.get(number), actual_lots.get(number))
        expected_entries, actual_entries = _by_place(self.entries), _by_place(rows.entries)
        for place in sorted(expected_entries.keys() | actual_entries.keys()):
            found = expected_entries.get(place), actual_entries.get(place)
            self._compare("entries", f"{where} event {place[0]} leg {place[1]}", *found)
        *expected, _bound = _member_row(self.state)
        *actual, ends_from = rows.member or (None, 0)
        self._compare("members", where, expected, actual)
        first = first_end(self.state)
        if ends_from > first:
            self.findings.append(RebuildFinding("members", f"{where} lots_end_from", f"≤ {first}", str(ends_from)))


def _by_place(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[int, int], list[tuple[Any, ...]]]:
    """Entry rows by (version, leg number); a doubled row shows as a list of two."""
    places: dict[tuple[int, int], list[tuple[Any, ...]]] = {}
    for row in rows:
        places.setdefault((row[0], row[1]), []).append(tuple(row))
    return places


def _member_row(state: MemberState) -> tuple[Any, ...]:
    changes = Changes(0)
    changes.add_member(state)
    return changes.rows.new_members[0][1:]


def rebuild(
    store: RebuildStore, log: LogStore, *, check: bool, progress: Callable[[int], None] | None = None
) -> RebuildReport:
    """Replay everything. With `check` nothing is written; without, members whose events are sound but whose rows differ
    are rewritten. Findings name every difference (also those repaired)."""
    report = RebuildReport()
    used: Counter[str] = Counter()
    with store.read() if check else store.write() as connection:
        for replay, rows in _members(store.member_rows(connection)):
            broken_events = list(replay.findings)
            used.update(replay.limits)
            replay.compare_rows(rows)
            report.members += 1
            report.events += len(rows.events)
            report.findings.extend(replay.findings)
            if not check and replay.findings and not broken_events:
                store.rewrite(connection, replay.state.member_id, _rows_of(replay))
                report.repaired += 1
            if progress is not None:
                progress(report.members)
        wrong = _check_limits(store.all_limits_used(connection), used, report)
        if not check and wrong:
            store.rewrite_limits(connection, wrong)
        _check_log(log, connection, report)
    return report


def _members(rows: Iterator[MemberRows]) -> Iterator[tuple[Replay, MemberRows]]:
    for member in rows:
        replay = Replay(member.member_id)
        for stored in member.events:
            replay.add(stored)
        yield replay, member


def _rows_of(replay: Replay) -> WriteSet:
    member_id = replay.state.member_id
    collected = Changes(0)
    collected.add_member(replay.state)
    changes = collected.rows
    changes.new_lots = [(member_id, *replay.lots[number]) for number in sorted(replay.lots)]
    changes.entries = [(member_id, *entry) for entry in replay.entries]
    return changes


def _check_limits(actual: Mapping[str, int], used: Mapping[str, int], report: RebuildReport) -> dict[str, int]:
    """What the events took of each shared limit against its row, less what processes hold of it unused."""
    wrong = {}
    for limit_id in sorted(actual.keys() | used.keys()):
        expected, found = used.get(limit_id, 0), actual.get(limit_id, 0)
        if expected != found:
            report.findings.append(RebuildFinding("shared-limits", limit_id, str(expected), str(found)))
            wrong[limit_id] = expected
    return wrong


def _check_log(log: LogStore, connection: Connection, report: RebuildReport) -> None:
    """Every sealed event is the leaf that the log holds, and the tiles give the head's root."""
    head = log.head(connection)
    tiles = TileReader(log, connection)
    index = 0
    for digest in log.sealed_digests(connection, head):
        tile, offset = divmod(index, TILE_WIDTH)
        leaf = tiles(0, tile)[offset * HASH_SIZE : (offset + 1) * HASH_SIZE]
        if leaf != leaf_hash(digest):
            where = f"leaf {index}"
            report.findings.append(RebuildFinding("sealed-log", where, leaf.hex(), leaf_hash(digest).hex()))
        index += 1
    report.sealed = index
    if index != head.size:
        report.findings.append(RebuildFinding("sealed-log", "size", str(head.size), str(index)))
    root = Tree(tiles, head.size).root()
    if root != head.root:
        report.findings.append(RebuildFinding("sealed-log", "root", head.root.hex(), root.hex()))
