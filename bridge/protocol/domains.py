"""What separates one desk on one chain from every other: claims, budgets and signatures of one are none of another."""

from dataclasses import dataclass

from bridge.protocol.budgets import budget_domain
from bridge.protocol.claims import claim_domain
from bridge.protocol.signed_items import wallet_domain


@dataclass(frozen=True, slots=True)
class DeskDomains:
    """`claim` and `budget` of addresses, `wallet` the EIP-712 separator of intents."""

    claim: bytes
    budget: bytes
    wallet: bytes

    @classmethod
    def of(cls, chain_id: int, desk: bytes) -> "DeskDomains":
        """Of the desk at this address (20 bytes)."""
        return cls(claim_domain(chain_id, desk), budget_domain(chain_id, desk), wallet_domain(chain_id, desk))
