"""Music: orders of the CDNOW cohort, from a text file inside the package `lifetimes` (read as a file, never imported).

Of the file's 18 months (January 1997 to June 1998) the last 12 are replayed: the 365 days that end on Sunday 28 June
1998, so that weekdays agree with the groceries. The file has dates without a time: an order is placed at local noon
plus one minute for each earlier order of the same customer on that day.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, distribution

from alliance_node.entrypoints.demo.sources.calendar import DAYS, local_midnight, whole_weeks_shift
from alliance_node.entrypoints.demo.sources.purchase import DataChanged, DataMissing, SourcePurchase

PACKAGE = "lifetimes"
LAST_DAY = date(1998, 6, 28)
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)
_NOON = 12 * 3600


@dataclass(frozen=True, slots=True)
class Cdnow:
    """The replayed orders and the counts of the whole file that tests pin."""

    music: list[SourcePurchase]
    orders: int
    customers: int


def read_cdnow() -> Cdnow:
    """The last year of orders; raises DataMissing or DataChanged."""
    rows = [line.split() for line in _text().splitlines()[1:]]
    if any(len(row) != 4 for row in rows):
        raise DataChanged(PACKAGE, "a line of CDNOW_master.txt without four columns")
    return Cdnow(
        music=_purchases(rows),
        orders=len(rows),
        customers=len({row[0] for row in rows}),
    )


def _text() -> str:
    try:
        files = distribution(PACKAGE).files or []
    except PackageNotFoundError as error:
        raise DataMissing(PACKAGE) from error
    for file in files:
        if file.name == "CDNOW_master.txt":
            return file.read_text(encoding="ascii")
    raise DataChanged(PACKAGE, "no file CDNOW_master.txt")


def _purchases(rows: list[list[str]]) -> list[SourcePurchase]:
    shift = whole_weeks_shift(LAST_DAY)
    orders_of_day: Counter[tuple[str, str]] = Counter()
    purchases = []
    for line_number, (customer, yyyymmdd, _cds, dollars) in enumerate(rows, start=1):
        day = date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:]))
        if not FIRST_DAY <= day <= LAST_DAY:
            continue
        minute = orders_of_day[customer, yyyymmdd]
        orders_of_day[customer, yyyymmdd] += 1
        occurred_at = local_midnight(day + shift) + _NOON + 60 * minute
        purchases.append(SourcePurchase(int(customer), f"order-{line_number}", _cents(dollars), occurred_at))
    return sorted(purchases, key=lambda purchase: (purchase.occurred_at, purchase.event_id))


def _cents(dollars: str) -> int:
    cents = Decimal(dollars) * 100
    if cents != cents.to_integral_value():
        raise DataChanged(PACKAGE, f"{dollars} is no whole number of cents")
    return int(cents)
