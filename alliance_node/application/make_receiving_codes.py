"""Use case: make receiving codes, which members take to another brand.

Owns the code's salt and rate version; the salt stays here until the claim shows it.
"""

import secrets
from collections.abc import Sequence

from alliance_node.application.conversions import CodeMade, ConversionDesk, Refused
from alliance_node.application.errors import unknown_member
from alliance_node.application.group import is_member_id
from alliance_node.application.records import ReceivingCodeRow
from alliance_node.domain.instants import Instant


def make_receiving_codes(desk: ConversionDesk, member_ids: Sequence[str], now: Instant) -> list[CodeMade | Refused]:
    """One signed code per member, pinned to this brand's out rate in force.

    Refused: UnknownMember. Raises NoRatePublished, AllianceNotConnected.
    """
    made: list[CodeMade | Refused] = []
    rows: list[ReceivingCodeRow] = []
    expires_at = now + desk.code_seconds
    with desk.store.write() as connection:
        version = desk.directory.rate_in_force(connection, desk.directory.brand_id, now).version
        known = desk.ledger.store.members(connection, sorted({name for name in member_ids if is_member_id(name)}))
        for member_id in member_ids:
            member = known.get(member_id)
            if member is None or member.closed_at is not None:
                made.append(Refused(unknown_member(member_id)))
                continue
            salt = secrets.token_bytes(32)
            commitment, code = desk.directory.issue_code(salt, version, expires_at)
            rows.append(ReceivingCodeRow(commitment, member_id, salt, version, code, now, expires_at))
            made.append(CodeMade(member_id, code, expires_at))
        desk.store.add_codes(connection, rows)
    return made
