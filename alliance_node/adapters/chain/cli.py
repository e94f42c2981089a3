"""Passes the bridge's commands on to the command line: only `adapters.chain` may import `bridge`."""

from bridge.cli import audit, verify_report
from bridge.governance_cli import chain_app
from bridge.settlement_cli import settlement_app
from bridge.verify_cli import verify_inclusion, verify_receipt

__all__ = ["audit", "chain_app", "settlement_app", "verify_inclusion", "verify_receipt", "verify_report"]
