"""What members were told beforehand: one member's notices, and the brand's inbox of all of them, in plain words.

Owns reading and rendering; the job `send_notices` writes. Numbers are those of the notice's day, the balance is
that of now.
"""

import msgspec

from alliance_node.application.ports import NoticeStore, Programs, ReadStore
from alliance_node.application.queries import cursor_of, read_cursor
from alliance_node.application.records import NoticeRow
from alliance_node.application.states import load_state, load_states
from alliance_node.domain.instants import Instant
from alliance_node.domain.notices import Notice, render
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.quantities import spendable


class NoticeView(msgspec.Struct, frozen=True):
    """One notice; `notice_no` rises with time."""

    notice_no: int
    member_id: str
    kind: str
    text: str
    points: int
    until: Instant
    created_at: Instant


class NoticePage(msgspec.Struct, frozen=True):
    """Some notices; `next_cursor` is None on the last page of a member, and never None in an inbox that has had any."""

    notices: tuple[NoticeView, ...]
    next_cursor: str | None


def member_notices(
    store: ReadStore,
    notices: NoticeStore,
    programs: Programs,
    member_id: str,
    now: Instant,
    language: str = "en",
    cursor: str | None = None,
    limit: int = 50,
) -> NoticePage:
    """The newest first. Raises UnknownMember, InvalidCursor."""
    before = read_cursor(cursor, 1)
    with store.read() as connection:
        balance = spendable(load_state(store, connection, member_id), now)
        program = programs.book(connection).at(now)
        rows = notices.of_member(connection, member_id, before[0] if before else None, limit + 1)
    views = tuple(_view(row, balance, program, language) for row in rows[:limit])
    return NoticePage(views, cursor_of(views[-1].notice_no) if len(rows) > limit else None)


def inbox(
    store: ReadStore,
    notices: NoticeStore,
    programs: Programs,
    now: Instant,
    language: str = "en",
    cursor: str | None = None,
    limit: int = 100,
) -> NoticePage:
    """The oldest first, after the cursor: a brand's sender asks again with the last one. Raises InvalidCursor."""
    after = read_cursor(cursor, 1)
    with store.read() as connection:
        rows = notices.inbox(connection, after[0] if after else 0, limit)
        states = load_states(store, connection, [row.member_id for row in rows])
        program = programs.book(connection).at(now)
    balances = {member_id: spendable(state, now) for member_id, state in states.items()}
    views = tuple(_view(row, balances.get(row.member_id, 0), program, language) for row in rows)
    return NoticePage(views, cursor_of(views[-1].notice_no) if views else cursor)


def _view(row: NoticeRow, balance: int, program: CompiledProgram, language: str) -> NoticeView:
    notice = Notice(row.kind, balance, row.points, name=row.name, other=row.other, until=row.until)
    text = render(notice, language, program)
    return NoticeView(row.notice_no, row.member_id, row.kind, text, row.points, row.until, row.created_at)
