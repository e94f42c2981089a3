"""What the alliance publishes to every brand: rates with their history."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from alliance_node.application.published_rates import rates_of_brand
from alliance_node.entrypoints.api import views
from alliance_node.entrypoints.api.dependencies import MembersReader, NodeOf, answer

router = APIRouter(tags=["conversions"])
BrandQuery = Annotated[int | None, Query(ge=1, le=2**32 - 1, description="a brand's number; this brand without it")]


@router.get("/v1/alliance/rates")
def rates(node: NodeOf, key: MembersReader, brand: BrandQuery = None) -> Response:
    """A brand's published rates, newest first, as of the last final block: announced, in force, superseded."""
    del key
    wanted, found = rates_of_brand(node.alliance_desk.directory, node.store, brand, node.clock.now())
    return answer({"brand": wanted, "rates": [views.rate(each) for each in found]})
