"""Passes the bridge's console on to the command line: only `adapters.chain` may import `bridge`."""

from bridge.terminal import PlainConsole

__all__ = ["PlainConsole"]
