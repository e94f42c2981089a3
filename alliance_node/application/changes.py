"""The rows that a group's events turn into.

Owns the mapping from events, entries and states to the write set. It may not decide anything.
"""

from collections.abc import Mapping

from alliance_node.application.records import LoadedMember, StoredAnswer, WriteSet
from alliance_node.domain.codecs import encode_event, encode_snapshot, event_digest, member_columns
from alliance_node.domain.commands import Reference
from alliance_node.domain.event_facts import kind_of
from alliance_node.domain.events import Event
from alliance_node.domain.instants import Instant
from alliance_node.domain.posting import posting_rules
from alliance_node.domain.state import MemberState


class Changes:
    """Collects a group's rows while it is decided."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._set = WriteSet()

    @property
    def rows(self) -> WriteSet:
        """What has been collected so far."""
        return self._set

    def add(self, state: MemberState, event: Event, key: Reference | None, refers_to: int | None) -> None:
        """The event that brought `state` to its version, with its journal entry."""
        member_id, version = state.member_id, state.version
        payload = encode_event(event)
        source, source_event_id = key if key is not None else (None, None)
        self._set.events.append(
            (
                member_id,
                version,
                kind_of(event),
                event.occurred_at,
                self._now,
                source,
                source_event_id,
                refers_to,
                payload.decode(),
                event_digest(member_id, version, self._now, payload),
            )
        )
        self.add_entries(state, event)

    def add_entries(self, state: MemberState, event: Event) -> None:
        """The journal entry of the event that brought `state` to its version."""
        member_id, version, entries = state.member_id, state.version, self._set.entries
        entries += [
            (member_id, version, leg_no, account, amount)
            for leg_no, (account, amount) in enumerate(posting_rules(event))
        ]

    def keep(self, answer: StoredAnswer) -> None:
        """An answer to store under its idempotency key."""
        self._set.answers.append(answer_row(answer, self._now))

    def collect(self, rows: Mapping[str, LoadedMember], states: Mapping[str, MemberState]) -> WriteSet:
        """The whole write set, in key order."""
        changes = self._set
        for member_id in sorted(states):
            state, row = states[member_id], rows.get(member_id)
            if row is None:
                self.add_member(state)
                self._lots(state, 0)
            elif row.version != state.version:
                self._change_member(state, row.version)
        changes.events.sort()  # by their keys: the first columns are never the same twice
        changes.entries.sort()
        changes.answers.sort()
        return changes

    def add_member(self, state: MemberState) -> None:
        """A member's row."""
        self._set.new_members.append((state.member_id, encode_snapshot(state), *member_columns(state)))

    def _change_member(self, state: MemberState, before: int) -> None:
        _enrolled_at, *changing = member_columns(state)
        self._set.changed_members.append((state.member_id, before, encode_snapshot(state), *changing))
        self._lots(state, before)

    def _lots(self, state: MemberState, before: int) -> None:
        for number in sorted(state.touched_lots):
            lot = state.lots[number]
            if lot.source_version > before:
                self._set.new_lots.append(
                    (
                        state.member_id,
                        number,
                        lot.amount,
                        lot.remaining,
                        lot.earned_at,
                        lot.matures_at,
                        lot.expires_at,
                        lot.kind,
                        lot.convertible,
                        lot.source_version,
                    )
                )
            else:
                self._set.changed_lots.append(
                    (state.member_id, number, lot.amount, lot.remaining, lot.matures_at, lot.expires_at)
                )


def answer_row(
    answer: StoredAnswer, created_at: Instant
) -> tuple[str, str, bytes, str, str, str | None, int | None, int, Instant]:
    """An answer in the order of its columns."""
    return (
        answer.client_id,
        answer.key,
        answer.body_hash,
        answer.code,
        answer.body,
        answer.member_id,
        answer.version,
        answer.events,
        created_at,
    )
