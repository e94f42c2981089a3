"""Quotes, receiving codes, conversions and receipts in SQL.

Owns these tables' statements; every method works inside the caller's transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from alliance_node.adapters.sql.conversion_tables import conversion_receipts, conversions, quotes, receiving_codes
from alliance_node.adapters.sql.engine import SqlDatabase
from alliance_node.adapters.sql.tables import members
from alliance_node.application.records import ChainReceipt, ConversionRow, QuoteRow, ReceivingCodeRow
from alliance_node.domain.instants import Instant

_CHUNK = 500
_CONVERSION = [conversions.c[name] for name in ConversionRow.__struct_fields__]
_QUOTE = [quotes.c[name] for name in QuoteRow.__struct_fields__]
_CODE = [receiving_codes.c[name] for name in ReceivingCodeRow.__struct_fields__]
_RECEIPT = [conversion_receipts.c[name] for name in ChainReceipt.__struct_fields__]


class SqlConversionStore(SqlDatabase):
    """Implements `application.ports.ConversionStore`."""

    def add_quotes(self, connection: sa.Connection, rows: Sequence[QuoteRow]) -> None:
        _insert(connection, quotes, rows)

    def lock_quotes(self, connection: sa.Connection, quote_ids: Sequence[str]) -> dict[str, QuoteRow]:
        found = self._in(connection, _QUOTE, quotes.c.quote_id, quote_ids, lock=True)
        return {row.quote_id: QuoteRow(*row) for row in found}

    def mark_quotes_used(self, connection: sa.Connection, used: Mapping[str, str]) -> None:
        if used:
            connection.execute(
                sa.update(quotes)
                .where(quotes.c.quote_id == sa.bindparam("quote"))
                .values(conversion_id=sa.bindparam("conversion")),
                [{"quote": quote, "conversion": conversion} for quote, conversion in sorted(used.items())],
            )

    def add_codes(self, connection: sa.Connection, rows: Sequence[ReceivingCodeRow]) -> None:
        _insert(connection, receiving_codes, rows)

    def codes(self, connection: sa.Connection, commitments: Sequence[bytes]) -> dict[bytes, ReceivingCodeRow]:
        found = self._in(connection, _CODE, receiving_codes.c.commitment, commitments)
        return {bytes(row.commitment): ReceivingCodeRow(*row) for row in found}

    def add_conversions(self, connection: sa.Connection, rows: Sequence[ConversionRow]) -> None:
        _insert(connection, conversions, rows)

    def lock_conversions(self, connection: sa.Connection, conversion_ids: Sequence[str]) -> dict[str, ConversionRow]:
        found = self._in(connection, _CONVERSION, conversions.c.conversion_id, conversion_ids, lock=True)
        return {row.conversion_id: ConversionRow(*row) for row in found}

    def conversions_by_claim(self, connection: sa.Connection, addresses: Sequence[bytes]) -> list[ConversionRow]:
        found = self._in(connection, _CONVERSION, conversions.c.claim_address, addresses, lock=True)
        return [ConversionRow(*row) for row in found]

    def conversions_by_return(self, connection: sa.Connection, item_ids: Sequence[str]) -> dict[str, ConversionRow]:
        found = self._in(connection, _CONVERSION, conversions.c.return_item_id, item_ids, lock=True)
        return {row.return_item_id: ConversionRow(*row) for row in found}

    def overdue(self, connection: sa.Connection, alliance_time: Instant, limit: int) -> list[ConversionRow]:
        found = connection.execute(
            sa.select(*_CONVERSION)
            .where(conversions.c.status == "waiting", conversions.c.deadline <= alliance_time)
            .order_by(conversions.c.deadline, conversions.c.conversion_id)
            .limit(limit)
        )
        return [ConversionRow(*row) for row in found]

    def update_conversions(self, connection: sa.Connection, rows: Sequence[ConversionRow]) -> None:
        if rows:
            names = ("status", "points", "alliance_units", "updated_at", "return_item_id", "reason", "award_refusal")
            connection.execute(
                sa.update(conversions)
                .where(conversions.c.conversion_id == sa.bindparam("key"))
                .values({name: sa.bindparam(f"new_{name}") for name in names}),
                [{"key": row.conversion_id, **{f"new_{name}": getattr(row, name) for name in names}} for row in rows],
            )

    def every_member(self, connection: sa.Connection) -> Iterator[str]:
        rows = connection.execute(sa.select(members.c.member_id), execution_options={"yield_per": 10_000})
        return (row.member_id for row in rows)

    def save_receipts(self, connection: sa.Connection, receipts: Sequence[ChainReceipt]) -> None:
        _insert(connection, conversion_receipts, receipts)

    def conversion(self, connection: sa.Connection, conversion_id: str) -> ConversionRow | None:
        row = connection.execute(
            sa.select(*_CONVERSION).where(conversions.c.conversion_id == conversion_id)
        ).one_or_none()
        return None if row is None else ConversionRow(*row)

    def conversions_of(self, connection: sa.Connection, member_id: str, limit: int) -> list[ConversionRow]:
        found = connection.execute(
            sa.select(*_CONVERSION)
            .where(conversions.c.member_id == member_id)
            .order_by(conversions.c.created_at.desc(), conversions.c.conversion_id)
            .limit(limit)
        )
        return [ConversionRow(*row) for row in found]

    def receipts(self, connection: sa.Connection, conversion_ids: Sequence[str]) -> dict[str, list[ChainReceipt]]:
        by_conversion: dict[str, list[ChainReceipt]] = {}
        rows = self._in(connection, _RECEIPT, conversion_receipts.c.conversion_id, conversion_ids)
        for row in sorted(
            (ChainReceipt(*row) for row in rows), key=lambda receipt: (receipt.block_number, receipt.step)
        ):
            by_conversion.setdefault(row.conversion_id, []).append(row)
        return by_conversion

    def accepted_items(self, connection: sa.Connection) -> list[ChainReceipt]:
        rows = connection.execute(
            sa.select(*_RECEIPT)
            .where(conversion_receipts.c.step.in_(("issued", "credited", "returned")))
            .order_by(conversion_receipts.c.seq, conversion_receipts.c.item_index)
        )
        return [ChainReceipt(*row) for row in rows]

    def open_conversions(self, connection: sa.Connection) -> int:
        under_way = conversions.c.status.in_(("held", "waiting", "returning", "claiming"))
        return int(connection.scalar(sa.select(sa.func.count()).select_from(conversions).where(under_way)) or 0)

    def unclaimed_points(self, connection: sa.Connection) -> int:
        total = connection.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(conversions.c.points), 0)).where(
                conversions.c.direction == "in", conversions.c.status == "unclaimed"
            )
        )
        return int(total or 0)

    def _in(
        self,
        connection: sa.Connection,
        columns: Sequence[sa.Column[Any]],
        key: sa.Column[Any],
        values: Sequence[object],
        lock: bool = False,
    ) -> list[sa.Row[*tuple[Any, ...]]]:
        """Rows whose key is among the values, in key order; locked in that order on PostgreSQL."""
        rows: list[sa.Row[*tuple[Any, ...]]] = []
        ordered: list[Any] = sorted(set(values))
        for start in range(0, len(ordered), _CHUNK):
            query = sa.select(*columns).where(key.in_(ordered[start : start + _CHUNK])).order_by(key)
            if lock and self.is_postgresql:
                query = query.with_for_update()
            rows.extend(connection.execute(query))
        return rows


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[msgspec.Struct]) -> None:
    if rows:
        connection.execute(sa.insert(table), [msgspec.structs.asdict(row) for row in rows])
