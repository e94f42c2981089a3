"""Use case: activate a program version from an instant on.

Owns the order of versions (numbers and dates rise, the past is not rewritten). Validation itself is the domain's.
"""

from alliance_node.application.errors import InvalidProgram
from alliance_node.application.ports import ProgramStore
from alliance_node.application.records import ProgramRow
from alliance_node.domain.instants import Instant
from alliance_node.domain.program import ProgramBook, ProgramFile, ProgramInvalid, load_program


def activate_program(store: ProgramStore, text: str, effective_from: Instant, now: Instant) -> ProgramFile:
    """Add the version in `text`, in force from `effective_from`; the same version and text again changes nothing.

    The first version may take effect in the past (imports, replays), later ones not. Raises InvalidProgram.
    """
    program = _load(text)
    with store.write() as connection:
        rows = store.program_rows(connection)
        for row in rows:
            if row.version == program.version and row.yaml == text:
                return program
        if rows and effective_from < now:
            raise InvalidProgram(f"version {program.version} may not take effect in the past ({effective_from})")
        versions = [(row.effective_from, load_program(row.yaml)) for row in rows]
        try:
            ProgramBook.from_versions([*versions, (effective_from, program)])
        except ValueError as error:
            raise InvalidProgram(str(error)) from error
        if any(row.version >= program.version for row in rows):
            raise InvalidProgram(f"version {program.version} is not newer than version {rows[-1].version}")
        store.add_program(connection, ProgramRow(program.version, effective_from, now, text))
    return program


def _load(text: str) -> ProgramFile:
    try:
        return load_program(text)
    except ProgramInvalid as error:
        raise InvalidProgram(str(error)) from error
