"""A brand's place in the current settlement, read from the ledger at one block."""

from alliance_node.application.errors import LedgerUnreachable
from alliance_node.application.settlement_view import SettlementState
from bridge.chain.rpc import ChainError, Rpc
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import view
from bridge.deploy.settlement import NoEpoch, read_brand_state, read_epoch


def read_settlement(rpc: Rpc, book: AddressBook, brand_id: int) -> SettlementState:
    """Raises LedgerUnreachable when the chain does not answer."""
    try:
        block = rpc.call("eth_blockNumber")
        brand = read_brand_state(rpc, book, brand_id, block)
        (now,) = view(rpc, book.address("AllianceClock"), "AllianceClock", "allianceTime", block=block)
        try:
            epoch = read_epoch(rpc, book, block)
            number, phase, closed_at, due_at = epoch.number, epoch.phase, epoch.closed_at, epoch.due_at
        except NoEpoch:
            number, phase, closed_at, due_at = 0, "none", 0, 0
    except ChainError as error:
        raise LedgerUnreachable(str(error)) from error
    return SettlementState(
        block=int(block, 16),
        epoch=number,
        phase=phase,
        closed_at=closed_at,
        due_at=due_at,
        now=int(now),
        position=brand.position,
        due=brand.due,
        claim=brand.claim,
        paid_out=brand.paid_out,
        payout_now=brand.payout_now,
        owed_after_default=brand.written_off + brand.owed_to_fund,
        collateral=brand.collateral,
        fund_contribution=brand.contribution,
        assessment_cap=brand.cap,
    )
