"""What imports need from outside, as Protocols; adapters implement them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from alliance_node.application.importing.report import ImportProgress
from alliance_node.application.importing.rows import Person, Rejection, Row
from alliance_node.application.ports import Database
from alliance_node.domain.instants import Instant

Progress = Callable[[int], None]
"""Called after every batch with the number of rows read so far."""


class RowSource(Protocol):
    """A file's records in order; memory is bounded by a chunk."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the file's content and of how it is read (encoding, mapping)."""
        ...

    def rows(self, skip: int) -> Iterator[Row]:
        """Every record after the first `skip`. Raises FileUnusable."""
        ...


class Rejects(Protocol):
    """Where rejected lines are written."""

    def start(self, size: int) -> None:
        """Make ready to go on after the first `size` bytes. Raises RejectsMissing."""
        ...

    def write(self, size: int, rejections: Iterable[Rejection]) -> int:
        """Durably add after the first `size` bytes, whatever stood there; the new size."""
        ...


class ImportStore(Database, Protocol):
    """The durable progress of imports."""

    def find_import(self, connection: Connection, import_id: str) -> ImportProgress | None: ...

    def add_import(self, connection: Connection, progress: ImportProgress) -> None: ...

    def move_import(self, connection: Connection, progress: ImportProgress, from_row: int) -> bool:
        """Save the progress if it still stands at `from_row`; False when another process moved it."""
        ...


class People(Protocol):
    """The identity vault, as imports see it."""

    def normal(self, field: str, value: str) -> str:
        """The form in which a value is stored and searched. Raises RowRefused, which never repeats the value."""
        ...

    def known(self, connection: Connection, field: str, values: Sequence[str]) -> Mapping[str, str]:
        """Member ids by normal form."""
        ...

    def store(self, connection: Connection, people: Sequence[Person], now: Instant) -> None:
        """Encrypt and keep. Raises RowsRejected when a reference was taken meanwhile."""
        ...
