"""Use case: announce a program version that is in force from an instant on; look at what is announced; withdraw it.

Owns the order of versions (numbers and dates rise, the past is not rewritten). Validation and the rules of notice are
the domain's. A refused version changes nothing: the active one stays in force. Old events are never decided again.
"""

from collections.abc import Sequence

import msgspec

from alliance_node.application.errors import BudgetForItself, InvalidProgram, NoticeTooShort, UnknownProgramVersion
from alliance_node.application.ports import ProgramStore
from alliance_node.application.records import ProgramRow
from alliance_node.domain.instants import Instant, format_instant
from alliance_node.domain.program import ProgramBook, ProgramFile, ProgramInvalid, load_program
from alliance_node.domain.program.announce import announcement
from alliance_node.domain.program.compare import Change, worse_points
from alliance_node.domain.program.notice import Announced, guaranteed_until, objections


class VersionView(msgspec.Struct, frozen=True):
    """One announced version: `state` is past, in_force or announced; `worse` is what it takes from members compared
    with the version before it, `english` and `chinese` how members are told."""

    version: int
    announced_at: Instant
    effective_from: Instant
    state: str
    worse: tuple[Change, ...]
    english: str
    chinese: str


def activate_program(
    store: ProgramStore, text: str, effective_from: Instant, now: Instant, brand_id: int | None = None
) -> ProgramFile:
    """Add the version in `text`, in force from `effective_from`; the same version and text again changes nothing.

    The first version may take effect in the past (imports, replays), later ones not, and what is worse for members
    only after the notice period (R-VAL-3). `brand_id`: this brand's at the alliance. Raises InvalidProgram,
    NoticeTooShort, BudgetForItself.
    """
    program = _load(text)
    _check_sponsors(program, brand_id)
    with store.write() as connection:
        rows = store.program_rows(connection)
        for row in rows:
            if row.version == program.version and row.yaml == text:
                return program
        known = _announced(rows)
        _check_order(known, program, effective_from, now)
        against = objections(known, program, effective_from, now)
        if against:
            earliest = format_instant(max(objection.earliest for objection in against))
            raise NoticeTooShort(
                f"version {program.version} may not take effect at {format_instant(effective_from)}: "
                + "\n".join(map(str, against)),
                f"Let it take effect at {earliest} or later, or take the points back.",
            )
        store.add_program(connection, ProgramRow(program.version, effective_from, now, text))
    return program


def announced_versions(store: ProgramStore, now: Instant) -> list[VersionView]:
    """Every version, the oldest first, with what each one takes from members."""
    with store.read() as connection:
        rows = store.program_rows(connection)
    known = _announced(rows)
    in_force = max((row.version for row in rows if row.effective_from <= now), default=0)
    views = []
    for number, row in enumerate(rows):
        worse = worse_points(known[number - 1].program, known[number].program, row.effective_from) if number else []
        state = "in_force" if row.version == in_force else "past" if row.version < in_force else "announced"
        told = announcement(worse, known[number].program, row.effective_from)
        views.append(VersionView(row.version, row.announced_at, row.effective_from, state, tuple(worse), *told))
    return views


def withdraw_program(store: ProgramStore, version: int, now: Instant) -> None:
    """Take back the last announced version before it is in force. Raises UnknownProgramVersion, InvalidProgram;
    NoticeTooShort when members were promised the value of points by it alone."""
    with store.write() as connection:
        rows = store.program_rows(connection)
        row = next((row for row in rows if row.version == version), None)
        if row is None:
            raise UnknownProgramVersion(f"there is no version {version}")
        if row is not rows[-1] or row.effective_from <= now or row.announced_at >= now:
            raise InvalidProgram(
                f"version {version} cannot be withdrawn: it is not the last one, in force since "
                f"{format_instant(row.effective_from)}, or was announced this very second"
            )
        known = _announced(rows)
        promised = guaranteed_until(known)
        if promised > max(now, guaranteed_until(known[:-1])):
            raise NoticeTooShort(
                f"version {version} guarantees the value of points until {format_instant(promised)}",
                "Keep the promise: announce a further version instead.",
            )
        store.remove_program(connection, version)


def _announced(rows: Sequence[ProgramRow]) -> list[Announced]:
    return [Announced(load_program(row.yaml, f"version {row.version}"), row.effective_from) for row in rows]


def _check_order(known: list[Announced], program: ProgramFile, effective_from: Instant, now: Instant) -> None:
    if known and effective_from < now:
        raise InvalidProgram(
            f"version {program.version} may not take effect in the past ({format_instant(effective_from)})"
        )
    newest = max((version.program.version for version in known), default=0)
    if newest >= program.version:
        raise InvalidProgram(f"version {program.version} is not newer than version {newest}")
    versions = [(version.effective_from, version.program) for version in known]
    try:
        ProgramBook.from_versions([*versions, (effective_from, program)])
    except ValueError as error:
        raise InvalidProgram(str(error)) from error


def _check_sponsors(program: ProgramFile, brand_id: int | None) -> None:
    for name, rules in (
        ("spending_bonus", program.spending_bonus),
        ("circulation_award", program.circulation_award),
    ):
        if rules is not None and rules.sponsor_brand == brand_id:
            raise BudgetForItself(f"{name}.sponsor_brand {brand_id} is this brand itself")


def _load(text: str) -> ProgramFile:
    try:
        return load_program(text)
    except ProgramInvalid as error:
        raise InvalidProgram(str(error)) from error
