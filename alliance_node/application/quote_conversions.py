"""Use case: quote conversions of points to another brand's receiving code."""

from collections.abc import Sequence

from alliance_node.application.conversions import ConversionDesk, Quote, QuoteRequest, Refused
from alliance_node.domain.instants import Instant


def quote_conversions(desk: ConversionDesk, requests: Sequence[QuoteRequest], now: Instant) -> list[Quote | Refused]:
    """Offers at the rate in force, never past a pending worse rate; nothing is held yet."""
    raise NotImplementedError
