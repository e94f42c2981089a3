"""The lint against promises of return (R-NFT-4), as every party runs it: programs, founders' terms, and the auditor.

Owns nothing: the words are in `bridge.protocol.promises`, which is pure.
"""

from bridge.protocol.promises import ForbiddenPromise, forbidden_promises

__all__ = ["ForbiddenPromise", "forbidden_promises"]
