"""The visible list of everything that is checked, in the order of the report."""

from bridge.audit.admin_checks import ADMIN_CHECKS
from bridge.audit.anchors import ANCHOR_CHECKS
from bridge.audit.batch_checks import BATCH_CHECKS
from bridge.audit.creation import CREATION_CHECKS
from bridge.audit.evidence import BLOCK_CHECKS
from bridge.audit.expectations import STORAGE_CHECKS
from bridge.audit.final_checks import PROOFS, TOTAL_CHECKS
from bridge.audit.findings import Check
from bridge.audit.node_export import EXPORT_CHECKS

ALL_CHECKS: tuple[Check, ...] = (
    *ANCHOR_CHECKS,
    *(check for check, _ in BLOCK_CHECKS),
    *CREATION_CHECKS,
    *ADMIN_CHECKS,
    *(check for check, _ in BATCH_CHECKS),
    *(check for check, _ in TOTAL_CHECKS),
    PROOFS,
    *STORAGE_CHECKS,
    *EXPORT_CHECKS,
)
