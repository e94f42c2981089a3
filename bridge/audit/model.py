"""The alliance as the events say it is: the address book's rules, and one state object per contract.

Pure. It may not judge a fact (the checks do) and may not read a chain. Each contract's state class is in its own
module; whoever needs another contract's state names its class, so the imports show who depends on whom.
Addresses are integers, amounts alliance units, times Unix seconds.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from bridge.audit.contracts.rates import RateRules

State = TypeVar("State")


class Alliance:
    """Begins with the empty state of each of the `kinds`; `of(Kind)` is the one object of that class."""

    def __init__(self, rules: RateRules, claim_domain: bytes, kinds: Iterable[type[Any]]) -> None:
        self.rules = rules
        self.claim_domain = claim_domain
        self.states: dict[type[Any], Any] = {kind: kind() for kind in kinds}

    def of(self, kind: type[State]) -> State:
        state: State = self.states[kind]
        return state
