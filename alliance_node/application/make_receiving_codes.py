"""Use case: make receiving codes, which members take to another brand.

Owns the code's salt and rate version; the salt stays here until the claim shows it.
"""

import secrets
from collections.abc import Sequence

from alliance_node.application.arrival_awards import check_award
from alliance_node.application.conversions import CodeMade, CodeRequest, ConversionDesk, Refused
from alliance_node.application.errors import unknown_member
from alliance_node.application.group import is_member_id
from alliance_node.application.records import ReceivingCodeRow
from alliance_node.domain.errors import DomainError
from alliance_node.domain.instants import Instant


def make_receiving_codes(desk: ConversionDesk, wanted: Sequence[CodeRequest], now: Instant) -> list[CodeMade | Refused]:
    """One signed code per request, pinned to this brand's out rate in force.

    Refused: UnknownMember, UnknownOption, OptionNotAvailable. Raises NoRatePublished, AllianceNotConnected.
    """
    made: list[CodeMade | Refused] = []
    rows: list[ReceivingCodeRow] = []
    expires_at = now + desk.code_seconds
    with desk.store.write() as connection:
        version = desk.directory.rate_in_force(connection, desk.directory.brand_id, now).version
        ids = sorted({one.member_id for one in wanted if is_member_id(one.member_id)})
        known = desk.ledger.store.members(connection, ids)
        for one in wanted:
            member = known.get(one.member_id)
            if member is None or member.closed_at is not None:
                made.append(Refused(unknown_member(one.member_id)))
                continue
            try:
                if one.award is not None:
                    check_award(desk.ledger.programs.book(connection).at(now), one.award)
            except DomainError as error:
                made.append(Refused(error))
                continue
            salt = secrets.token_bytes(32)
            commitment, code = desk.directory.issue_code(salt, version, expires_at)
            rows.append(ReceivingCodeRow(commitment, one.member_id, salt, version, code, now, expires_at, one.award))
            made.append(CodeMade(one.member_id, code, expires_at, one.award))
        desk.store.add_codes(connection, rows)
    return made
