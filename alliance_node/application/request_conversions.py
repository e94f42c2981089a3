"""Use case: turn accepted quotes into conversions: points held and items handed to the bridge in one commit."""

from collections.abc import Sequence

from alliance_node.application.conversions import ConversionDesk, ConversionRequest
from alliance_node.application.envelopes import Result
from alliance_node.domain.instants import Instant


def request_conversions(desk: ConversionDesk, requests: Sequence[ConversionRequest], now: Instant) -> list[Result]:
    """Hold and enqueue each; the body of an accepted result also has "conversion_id" and "deadline"."""
    raise NotImplementedError
