"""Looking for our own batches in blocks that the indexer has not applied: for repairs, not for the daily work.

Owns nothing durable. What it returns is proven like everything the indexer believes.
"""

from bridge.chain.evidence import bloom_mask, fetch_contents, fetch_headers, may_hold_logs_of
from bridge.chain.rpc import Rpc
from bridge.deploy.address_book import AddressBook
from bridge.indexer.scan import Contracts, PostedBatch, ScannedBlock, scan_block

_RANGE = 256


def own_batches(
    rpc: Rpc, book: AddressBook, brand_id: int, first: int, last: int
) -> list[tuple[ScannedBlock, PostedBatch]]:
    """The brand's batches in blocks first … last, in order. Raises UntrustedBlock, BlockMissing, RpcUnavailable."""
    contracts = Contracts.of(book)
    masks = [bloom_mask(contracts.desk)]
    found: list[tuple[ScannedBlock, PostedBatch]] = []
    for start in range(first, last + 1, _RANGE):
        headers = fetch_headers(rpc, start, min(last, start + _RANGE - 1))
        relevant = [header for header in headers if may_hold_logs_of(header, masks)]
        for evidence in fetch_contents(rpc, relevant):
            block = scan_block(evidence, contracts)
            found += [(block, posted) for posted in block.batches if posted.brand_id == brand_id]
    return found
