"""The visible list of the contracts that are audited, in the order of the report.

How to add one: docs/auditing.md, "Adding a contract".
"""

from bridge.audit.contract import ContractAudit
from bridge.audit.contracts import (
    access_manager,
    alliance_clock,
    alliance_point,
    brand_registry,
    clearing_house,
    guarantee_fund,
    rate_board,
    statement_registry,
)
from bridge.audit.contracts.conversion_desk import desk
from bridge.audit.contracts.founder_membership import audit as founder_membership
from bridge.audit.contracts.settlement import audit as settlement

AUDITED: tuple[ContractAudit, ...] = (
    access_manager.AUDIT,
    alliance_clock.AUDIT,
    brand_registry.AUDIT,
    rate_board.AUDIT,
    desk.AUDIT,
    alliance_point.AUDIT,
    clearing_house.AUDIT,
    guarantee_fund.AUDIT,
    settlement.AUDIT,
    statement_registry.AUDIT,
    founder_membership.AUDIT,
)
