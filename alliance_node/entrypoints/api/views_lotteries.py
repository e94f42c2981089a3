"""A draw as the API's and the command line's JSON: times as RFC 3339, published documents as they are."""

import msgspec

from alliance_node.application.lottery_views import DrawView
from alliance_node.entrypoints.api.views import Json, instant


def draw(view: DrawView) -> Json:
    """`GET /v1/lotteries/{draw}`."""
    return {
        "draw": view.draw,
        "option": view.announcement.option,
        "status": view.status,
        "reveal_ends": instant(view.reveal_ends),
        "drawn_at": instant(view.drawn_at),
        "parties": [
            {"party": one.party, "seed": one.seed, "revealed_at": instant(one.revealed_at)} for one in view.reveals
        ],
        "beacon": msgspec.to_builtins(view.beacon),
        "announcement": msgspec.to_builtins(view.announcement),
        "closing": msgspec.to_builtins(view.closing),
    }
