"""Use case: make receiving codes, which members take to another brand."""

from collections.abc import Sequence

from alliance_node.application.conversions import CodeMade, ConversionDesk, Refused
from alliance_node.domain.instants import Instant


def make_receiving_codes(desk: ConversionDesk, member_ids: Sequence[str], now: Instant) -> list[CodeMade | Refused]:
    """One signed code per member, pinned to this brand's out rate in force. Refused: UnknownMember, NoRatePublished."""
    raise NotImplementedError
