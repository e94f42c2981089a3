"""Passes the bridge's commands on to the command line: only `adapters.chain` may import `bridge`."""

from bridge.cli import audit, chain_app, verify_report

__all__ = ["audit", "chain_app", "verify_report"]
