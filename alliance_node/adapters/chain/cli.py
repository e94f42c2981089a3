"""Passes the bridge's commands on to the command line: only `adapters.chain` may import `bridge`."""

from bridge.cli import audit, chain_app, verify_report
from bridge.verify_cli import verify_inclusion

__all__ = ["audit", "chain_app", "verify_inclusion", "verify_report"]
