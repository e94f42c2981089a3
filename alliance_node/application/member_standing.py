"""Where a member stands: the outlook of the tier (R-TIER-8) and the progress of tasks, under the rules of now.

Owns loading what the domain's answers need.
"""

from alliance_node.application.ports import Programs, ReadStore
from alliance_node.application.states import load_state
from alliance_node.domain.instants import Instant
from alliance_node.domain.outlook import Outlook, outlook
from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.progress import Progress, progress


def member_outlook(
    store: ReadStore, programs: Programs, member_id: str, now: Instant
) -> tuple[Outlook, CompiledProgram]:
    """Will I be downgraded, what do I still need; and the program in force, for its names. Raises UnknownMember."""
    with store.read() as connection:
        state = load_state(store, connection, member_id)
        book = programs.book(connection)
    return outlook(book, state, now), book.at(now)


def member_tasks(
    store: ReadStore, programs: Programs, member_id: str, now: Instant
) -> tuple[Progress, CompiledProgram]:
    """What is done and what is left of goals, chains and streaks. Raises UnknownMember."""
    with store.read() as connection:
        state = load_state(store, connection, member_id)
        program = programs.book(connection).at(now)
    return progress(program, state, now), program
