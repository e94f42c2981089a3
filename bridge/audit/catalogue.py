"""The visible list of everything that is checked, in the order of the report."""

from bridge.audit.anchors import ANCHOR_CHECKS
from bridge.audit.audited import AUDITED
from bridge.audit.code_checks import RECOMPILED
from bridge.audit.creation import CREATION_CHECKS
from bridge.audit.evidence import BLOCK_CHECKS, SEALS
from bridge.audit.final_checks import COMPLETE, PROOFS
from bridge.audit.findings import Check
from bridge.audit.node_export import EXPORT_CHECKS
from bridge.audit.replay import KNOWN
from bridge.audit.statement_files import STATEMENT_FILE_CHECKS

# A check that two contracts share stands where it is first named.
ALL_CHECKS: tuple[Check, ...] = tuple(
    dict.fromkeys(
        (
            *ANCHOR_CHECKS,
            *(check for check, _ in BLOCK_CHECKS),
            SEALS,
            KNOWN,
            *CREATION_CHECKS,
            RECOMPILED,
            *(check for audited in AUDITED for check in audited.checks),
            PROOFS,
            COMPLETE,
            *EXPORT_CHECKS,
            *STATEMENT_FILE_CHECKS,
        )
    )
)
