"""The alliance as the application sees it: published rates, codes, and the directory that knows them.

Owns the Protocol and its values; adapters implement it. It may not import an adapter.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from alliance_node.domain.instants import Instant


class RateView(msgspec.Struct, frozen=True):
    """A published rate: alliance units = floor(points × in), points = floor(alliance units × out)."""

    version: int
    in_numerator: int
    in_denominator: int
    out_numerator: int
    out_denominator: int
    effective_at: Instant
    announced_at: Instant = 0
    guaranteed_until: Instant = 0


class CodeView(msgspec.Struct, frozen=True):
    """A verified receiving code: who will receive, under which commitment, until when."""

    brand_id: int
    commitment: bytes
    expires_at: Instant


class AllianceDirectory(Protocol):
    """What the alliance publishes, as this node last saw it on final blocks, and the brand's own code signing."""

    @property
    def brand_id(self) -> int: ...

    @property
    def claim_seconds(self) -> int:
        """How long a receiving brand has for its claim (at most the desk's claim window)."""
        ...

    def alliance_time(self, connection: Connection, now: Instant) -> Instant:
        """The alliance clock: `now` less the seconds the desk was paused."""
        ...

    def rate_in_force(self, connection: Connection, brand_id: int, at: Instant) -> RateView:
        """The version to use at `at`. Raises NoRatePublished."""
        ...

    def rate_version(self, connection: Connection, version: int) -> RateView | None:
        """This brand's rate of that version, in force or not."""
        ...

    def rates(self, connection: Connection, brand_id: int) -> list[RateView]:
        """Every published version, oldest first."""
        ...

    def pending_rate(self, connection: Connection, brand_id: int, at: Instant) -> RateView | None:
        """The announced version that is not yet in force, if any."""
        ...

    def brand_code(self, brand_id: int) -> str:
        """The brand's short code. Raises UnknownBrand."""
        ...

    def verify_code(self, text: str, at: Instant) -> CodeView:
        """Parse and verify a receiving code of any brand. Raises InvalidReceivingCode, UnknownBrand."""
        ...

    def issue_code(self, salt: bytes, rate_version: int, expires_at: Instant) -> tuple[bytes, str]:
        """(commitment, code text) signed with this brand's hot key."""
        ...

    def claim_address(self, source_brand: int, commitment: bytes, deadline: Instant) -> bytes: ...

    def new_conversion_id(self, member_id: str) -> str:
        """A fresh id from which this brand alone can tell the member again (`members_of`)."""
        ...

    def members_of(self, conversion_ids: Sequence[str], member_ids: Iterable[str]) -> dict[str, str]:
        """conversion id → member id, for those whose member is among `member_ids`."""
        ...
