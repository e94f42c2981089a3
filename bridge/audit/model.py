"""The alliance as the events say it is: the address book's rules, and one state object per contract.

Pure. It may not judge a fact (the checks do) and may not read a chain. Each contract's state class is in its own
module; whoever needs another contract's state names its class, so the imports show who depends on whom.
Addresses are integers, amounts alliance units, times Unix seconds.
"""

from typing import Any, TypeVar

from bridge.audit.contracts.rates import RateRules
from bridge.protocol.domains import DeskDomains

State = TypeVar("State")


class Alliance:
    """`of(Kind)` is the one state object of that class, made empty when it is first asked for."""

    def __init__(self, rules: RateRules, domains: DeskDomains) -> None:
        self.rules = rules
        self.domains = domains
        self.states: dict[type[Any], Any] = {}

    def of(self, kind: type[State]) -> State:
        state = self.states.get(kind)
        if state is None:
            state = self.states[kind] = kind()
        found: State = state
        return found
