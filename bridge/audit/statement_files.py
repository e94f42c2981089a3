"""The statement files that brands publish, compared with the ledger: totals, roots, and that each log only grew.

Owns these checks. A file is the brand's word until the ledger's record and the proofs in it say the same.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bridge.audit.contracts.statement_registry import Publications, Records
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.deploy.address_book import AddressBook
from bridge.protocol.liabilities import InclusionRefused, opens_to, verify
from bridge.protocol.log_proofs import verify_consistency
from bridge.protocol.statement_files import InclusionFile, MalformedFile, StatementFile, read_inclusion, read_statement
from bridge.protocol.statements import Head, month_text
from bridge.protocol.words import format_address

FILES = Check("statement-files", "INV-28", "a published statement file is the statement on the ledger")
TOTALS = Check("statement-totals", "INV-28", "a statement's root opens to its total, both halves not negative")
GROWTH = Check("log-consistency", "INV-27", "each head of a brand's log continues the head before it")
INCLUSIONS = Check("inclusion-proofs", "INV-28", "an inclusion proof given leads to its statement on the ledger")
STATEMENT_FILE_CHECKS = (FILES, TOTALS, GROWTH, INCLUSIONS)


def load_statements(directory: Path) -> list[StatementFile | InclusionFile]:
    """Every statement and inclusion file under a directory. Raises MalformedFile, OSError."""
    found: list[StatementFile | InclusionFile] = []
    for path in sorted(directory.rglob("*.json")):
        data = path.read_bytes()
        try:
            found.append(read_inclusion(data) if b"points-alliance-inclusion/" in data[:4096] else read_statement(data))
        except MalformedFile as error:
            raise MalformedFile(f"{path}: {error}") from error
    return found


def files_are_the_ledgers(
    files: Sequence[StatementFile | InclusionFile], alliance: Alliance, book: AddressBook
) -> Iterator[tuple[Check, list[Finding]]]:
    """Each check made, with what it found."""
    statements = sorted(
        (file for file in files if isinstance(file, StatementFile)), key=lambda one: (one.brand_id, one.statement.month)
    )
    last: dict[int, Head] = {}
    for file in statements:
        records, where = _records(alliance, file.brand_id), _where(file)
        yield FILES, list(_is_recorded(file, records, book, where))
        yield TOTALS, list(_opens(file, where))
        for head, proof in (one.parsed() for one in file.heads):
            yield GROWTH, list(_continues(records, last.get(file.brand_id), head, proof, where))
            last[file.brand_id] = head
    for brand_id, records in alliance.of(Publications).of_brand.items():
        yield GROWTH, list(_all_shown(brand_id, records, statements))
    for mine in files:
        if isinstance(mine, InclusionFile):
            yield INCLUSIONS, list(_includes(mine, _records(alliance, mine.brand_id), book))


def _is_recorded(
    file: StatementFile | InclusionFile, records: Records, book: AddressBook, where: str, check: Check = FILES
) -> Iterator[Finding]:
    registry = format_address(book.address("StatementRegistry"))
    if (file.chain_id, file.registry) != (book.chain_id, registry):
        yield check.failed(f"chain {book.chain_id}, registry {registry}", f"{file.chain_id}, {file.registry}", where)
    told = file.statement.parsed()
    recorded = records.statement(told.month)
    if recorded != told:
        yield check.failed(recorded or "no statement of this month", told, where)


def _opens(file: StatementFile, where: str) -> Iterator[Finding]:
    told = file.statement.parsed()
    left, right = (node.parsed() for node in file.top)
    if not opens_to((left, right), told.liabilities_root, told.total_points):
        actual = f"halves of {left[1]} and {right[1]} millionths under another root or total"
        yield TOTALS.failed(f"{told.total_points} points", actual, where)


def _continues(records: Records, before: Head | None, head: Head, proof: list[bytes], where: str) -> Iterator[Finding]:
    if records.head(head.day) != head:
        yield GROWTH.failed(records.head(head.day) or "no head of this day", head, where)
    if before is None:
        if proof and head.day == min(records.heads, default=None):
            yield GROWTH.failed("no proof before a log's first head", f"{len(proof)} hashes", where)
        return
    if not verify_consistency(before.size, head.size, proof, before.root, head.root):
        expected = f"the log of {before.size} events (day {before.day}) continued"
        yield GROWTH.failed(expected, f"day {head.day}: a log of {head.size} events that does not begin with it", where)


def _all_shown(brand_id: int, records: Records, files: Sequence[StatementFile]) -> Iterator[Finding]:
    """Files of all months, so that no step of the log is left out; heads after the last statement wait for the next."""
    own = [file for file in files if file.brand_id == brand_id]
    shown, made = {file.statement.parsed().month for file in own}, set(records.statements)
    for month in sorted(made - shown):
        where = f"brand {brand_id}, {month_text(month)}"
        yield GROWTH.unchecked("the statement file of every month", "no file was given", where)
    newest = max(
        (day for file in own for day in (file.statement.head_day, *(one.day for one in file.heads))), default=-1
    )
    listed = {one.day for file in own for one in file.heads}
    left_out = sorted(day for day in records.heads if day <= newest and day not in listed)
    if left_out and not made - shown:
        missing = f"days {left_out[0]} to {left_out[-1]} are left out"
        yield GROWTH.failed("every anchored head with its proof", missing, f"brand {brand_id}")


def _includes(file: InclusionFile, records: Records, book: AddressBook) -> Iterator[Finding]:
    told, where = file.statement.parsed(), f"{_where(file)}, a member's proof"
    yield from _is_recorded(file, records, book, where, INCLUSIONS)
    try:
        verify(
            file.parsed(),
            brand_id=file.brand_id,
            month=told.month,
            root=told.liabilities_root,
            total_points=told.total_points,
            leaves=told.leaves,
        )
    except InclusionRefused as error:
        yield INCLUSIONS.failed("a path to the statement's root and total", str(error), where)


def _records(alliance: Alliance, brand_id: int) -> Records:
    return alliance.of(Publications).of_brand.get(brand_id, Records())


def _where(file: StatementFile | InclusionFile) -> str:
    return f"brand {file.brand_id}, {file.statement.month}"
