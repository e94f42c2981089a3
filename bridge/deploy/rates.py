"""A brand's published rates with their history, as the RateBoard shows them (R-ALL-2).

Owns the reading and the word for each version's state at an instant of alliance time. Publishing is `admin`.
"""

from typing import Any, Literal

import msgspec

from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import view
from bridge.protocol.rates import Rate

State = Literal["announced", "in force", "usable", "past"]
"""announced: not yet in force · usable: superseded, but earlier quotes still convert · past: none converts by it."""


class PublishedRate(msgspec.Struct, frozen=True):
    """One version; times in seconds of alliance time, `superseded_at` 0 while no later version is announced."""

    version: int
    rate: Rate
    announced_at: int
    effective_at: int
    superseded_at: int
    state: State


class RateHistory(msgspec.Struct, frozen=True):
    """Versions, newest first, and until when the brand promised not to get worse (0: no promise)."""

    versions: tuple[PublishedRate, ...]
    guaranteed_until: int


def read_rates(rpc: Rpc, book: AddressBook, brand_id: int) -> RateHistory:
    """Every version of the brand at the head."""
    block = rpc.call("eth_blockNumber")
    now, _ = view(rpc, book.address("AllianceClock"), "AllianceClock", "read", block=block)
    (grace,) = _ask(rpc, book, block, "quoteGrace")
    (latest,) = _ask(rpc, book, block, "latestVersion", brand_id)
    (until,) = _ask(rpc, book, block, "guaranteedUntil", brand_id)
    versions = []
    for version in range(latest, 0, -1):
        rate, announced, effective, superseded = _ask(rpc, book, block, "rateOf", brand_id, version)
        state = state_at(now, effective, superseded, grace)
        versions.append(PublishedRate(version, Rate(*rate), announced, effective, superseded, state))
    return RateHistory(tuple(versions), until)


def state_at(now: int, effective_at: int, superseded_at: int, grace: int) -> State:
    """What a version is good for at `now`."""
    if now < effective_at:
        return "announced"
    if superseded_at == 0 or now < superseded_at:
        return "in force"
    return "usable" if now < superseded_at + grace else "past"


def _ask(rpc: Rpc, book: AddressBook, block: str, function: str, *arguments: object) -> tuple[Any, ...]:
    return view(rpc, book.address("RateBoard"), "RateBoard", function, *arguments, block=block)
