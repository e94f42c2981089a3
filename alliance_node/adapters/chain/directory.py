"""What the alliance publishes, for the application: rates and clock from final blocks, brands and keys from the chain.

Owns verification and issue of receiving codes. Brands' keys are read from the registry at a stated block and kept for a
minute, so a rotated key is noticed.
"""

import secrets
import time
import uuid
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from alliance_node.adapters.sql.alliance_store import RateRow, load_clock, rates_of
from alliance_node.application.alliance_ports import CodeView, RateView
from alliance_node.application.errors import (
    AllianceNotConnected,
    InvalidReceivingCode,
    LedgerUnreachable,
    NoRatePublished,
    UnknownBrand,
)
from alliance_node.domain.instants import Instant, format_instant
from bridge.chain.keys import Signer
from bridge.chain.rpc import ChainError, Rpc, RpcUnavailable
from bridge.deploy.address_book import AddressBook
from bridge.deploy.admin import STATUSES, BrandOnChain, read_brand
from bridge.deploy.admin import UnknownBrand as NotAdmitted
from bridge.protocol import claims, codes, references

_BRAND_SECONDS = 60.0
_MARGIN_SECONDS = 2 * 3_600


class ChainDirectory:
    """Implements `application.alliance_ports.AllianceDirectory`."""

    def __init__(self, rpc: Rpc, book: AddressBook, brand_id: int, signer: Signer, reference_key: bytes) -> None:
        self._rpc = rpc
        self._book = book
        self._brand_id = brand_id
        self._signer = signer
        self._reference_key = reference_key
        self._desk = book.address("ConversionDesk")
        self._domain = claims.claim_domain(book.chain_id, self._desk)
        self._brands: dict[int, tuple[float, BrandOnChain]] = {}

    @property
    def brand_id(self) -> int:
        return self._brand_id

    @property
    def claim_seconds(self) -> int:
        """The desk's claim window less a margin for the time until the batch is mined and for a node's clock that is
        fast: a deadline too far ahead is refused."""
        window = self._book.params.claim_window
        return max(window - _MARGIN_SECONDS, window // 2)

    def alliance_time(self, connection: Connection, now: Instant) -> Instant:
        clock = load_clock(connection)
        if clock is None:
            raise AllianceNotConnected("this node has not seen a final block of the alliance yet")
        return now - (clock.block_timestamp - clock.alliance_time)

    def rate_in_force(self, connection: Connection, brand_id: int, at: Instant) -> RateView:
        usable = [row for row in rates_of(connection, brand_id) if row.effective_at <= at]
        if not usable:
            since = format_instant(at)
            raise NoRatePublished(
                f"brand {brand_id} has no rate in force at {since}",
                chinese=(f"品牌 {brand_id} 在 {since} 没有生效的汇率", ""),
            )
        return _view(usable[-1])

    def rate_version(self, connection: Connection, version: int) -> RateView | None:
        return next((_view(row) for row in rates_of(connection, self._brand_id) if row.version == version), None)

    def rates(self, connection: Connection, brand_id: int) -> list[RateView]:
        return [_view(row) for row in rates_of(connection, brand_id)]

    def pending_rate(self, connection: Connection, brand_id: int, at: Instant) -> RateView | None:
        later = [row for row in rates_of(connection, brand_id) if row.effective_at > at]
        return _view(later[0]) if later else None

    def brand_code(self, brand_id: int) -> str:
        kept = self._brands.get(brand_id)  # a code never changes, so any age will do
        return kept[1].code if kept is not None else self._brand(brand_id).code

    def verify_code(self, text: str, at: Instant) -> CodeView:
        try:
            code = codes.parse(text)
            brand = self._brand(code.brand_id)
            codes.verify(code, brand.keys.hot, chain_id=self._book.chain_id, desk=self._desk, now=at)
        except codes.CodeError as error:
            raise InvalidReceivingCode(str(error)) from error
        if brand.status != STATUSES["active"]:
            raise UnknownBrand(
                f"brand {brand.code} does not receive points any more",
                "Choose another brand.",
                chinese=(f"品牌 {brand.code} 不再接收积分", "请选择其他品牌。"),
            )
        return CodeView(code.brand_id, code.commitment, code.expires_at)

    def issue_code(self, salt: bytes, rate_version: int, expires_at: Instant) -> tuple[bytes, str]:
        commitment = claims.commitment(self._brand_id, rate_version, salt)
        fields = self._brand_id, commitment, expires_at, self._book.chain_id, self._desk
        try:
            signature = self._signer.sign_message(codes.message(*fields))
        except ChainError as error:
            raise AllianceNotConnected(str(error), error.next_step) from error
        return commitment, codes.encode(codes.ReceivingCode(*fields, signature))

    def claim_address(self, source_brand: int, commitment: bytes, deadline: Instant) -> bytes:
        return claims.claim_address(self._domain, source_brand, commitment, deadline)

    def new_conversion_id(self, member_id: str) -> str:
        chance, now = secrets.randbits(34), time.time_ns() // 1_000_000
        return str(references.make_conversion_id(self._reference_key, uuid.UUID(member_id).bytes, now, chance))

    def members_of(self, conversion_ids: Sequence[str], member_ids: Iterable[str]) -> dict[str, str]:
        tags = {each: references.tag_of(uuid.UUID(each)) for each in conversion_ids}
        wanted = set(tags.values()) - {None}
        found: dict[int | None, str] = {}
        for member_id in member_ids if wanted else ():
            tag = references.member_tag(self._reference_key, uuid.UUID(member_id).bytes)
            if tag in wanted:
                found[tag] = member_id
        return {each: found[tag] for each, tag in tags.items() if tag in found}

    def _brand(self, brand_id: int) -> BrandOnChain:
        kept = self._brands.get(brand_id)
        if kept is not None and time.monotonic() - kept[0] < _BRAND_SECONDS:
            return kept[1]
        try:
            brand = read_brand(self._rpc, self._book, brand_id)
        except RpcUnavailable as error:
            if kept is not None:
                return kept[1]
            raise LedgerUnreachable(str(error)) from error
        except NotAdmitted as error:
            raise UnknownBrand(
                f"the alliance has no brand {brand_id}", chinese=(f"联盟中没有品牌 {brand_id}", "")
            ) from error
        except ChainError as error:
            raise LedgerUnreachable(str(error)) from error
        self._brands[brand_id] = time.monotonic(), brand
        return brand


def _view(row: RateRow) -> RateView:
    return RateView(
        row.version,
        row.in_numerator,
        row.in_denominator,
        row.out_numerator,
        row.out_denominator,
        row.effective_at,
        row.announced_at,
        row.guaranteed_until,
    )
