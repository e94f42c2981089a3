"""The alliance as the events say it is: the address book's rules, and one state object per contract.

Pure. It may not judge a fact (the checks do) and may not read a chain. Each contract's state class is in its own
module; whoever needs another contract's state names its class, so the imports show who depends on whom.
Addresses are integers, amounts alliance units, times Unix seconds.
"""

from typing import Any, TypeVar

import msgspec

from bridge.audit.contracts.rates import RateRules
from bridge.deploy.address_book import AddressBook
from bridge.protocol.domains import DeskDomains

State = TypeVar("State")


class Alliance:
    """`of(Kind)` is the one state object of that class, made when it is first asked for: empty, or as it was saved."""

    def __init__(self, book: AddressBook) -> None:
        rules = book.params
        self.book = book
        self.rules = RateRules(rules.notice_period, rules.quote_grace, rules.claim_window, rules.max_step_ppm)
        self.domains = DeskDomains.of(book.chain_id, book.address("ConversionDesk"))
        self._states: dict[type[Any], Any] = {}
        self._saved: dict[str, msgspec.Raw] = {}

    def of(self, kind: type[State]) -> State:
        state = self._states.get(kind)
        if state is None:
            raw = self._saved.pop(_name(kind), None)
            state = self._states[kind] = kind() if raw is None else msgspec.json.decode(raw, type=kind)
        found: State = state
        return found

    def save(self) -> dict[str, msgspec.Raw]:
        """Every state as JSON, by the name of its class."""
        made = {_name(kind): msgspec.Raw(msgspec.json.encode(state)) for kind, state in self._states.items()}
        return dict(sorted((self._saved | made).items()))

    def restore(self, saved: dict[str, msgspec.Raw]) -> None:
        """Begin with what `save` gave."""
        self._states.clear()
        self._saved = dict(saved)


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
