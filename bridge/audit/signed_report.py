"""The JSON report signed by its auditor, and the check of such a file by anybody who has it.

Owns the signature's form. It may not judge what the report says: a signature shows who said it, and that it is whole.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from bridge.audit.report import canonical
from bridge.chain.keys import Signer
from bridge.protocol.keccak import keccak
from bridge.protocol.words import format_address, parse_address, recover_signer

_TAG = keccak(b"PointsAlliance.AuditReport.v1")


class ReportRefused(Exception):
    """The file is not a report that its named auditor signed as it stands."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """A report whose signature fits: who signed, and the document."""

    auditor: str
    document: dict[str, Any]


def signed(document: dict[str, Any], key: Signer) -> bytes:
    """The report's bytes with the auditor's address and signature; deterministic (RFC 6979)."""
    named = document | {"auditor": format_address(key.address)}
    return canonical(named | {"signature": f"0x{key.sign_digest(_digest(named)).hex()}"})


def read_signed(path: Path) -> SignedReport:
    """The report in a file. Raises ReportRefused, OSError."""
    content = path.read_bytes()
    try:
        document = orjson.loads(content)
        signature = document.pop("signature")
        auditor = parse_address(document["auditor"])
        signer = recover_signer(_digest(document), bytes.fromhex(signature.removeprefix("0x")))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportRefused(f"{path} is not a signed audit report ({error})") from error
    if signer != auditor:
        raise ReportRefused(f"{path} was altered after it was signed, or {document['auditor']} did not sign it")
    if canonical(document | {"signature": signature}) != content:
        raise ReportRefused(f"{path} holds more than what was signed")
    return SignedReport(document["auditor"], document)


def _digest(document: dict[str, Any]) -> bytes:
    return keccak(_TAG + keccak(canonical(document)))
