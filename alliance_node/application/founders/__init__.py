"""Founder memberships at a brand's node: shown by signature, faster earning, signed orders for the ledger."""
