"""What the auditor knows of FounderMembership: events, storage, figures."""

from collections.abc import Iterator
from typing import Any

from bridge.audit.contract import ContractAudit, Expected, entry, packed, partners, text_words
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.founder_membership import replay
from bridge.audit.contracts.founder_membership.state import Founders
from bridge.audit.findings import Check
from bridge.audit.model import Alliance
from bridge.deploy.address_book import AddressBook

STORED = Check("storage-founders", "INV-22", "owners, nonces, months and terms are what the events add up to")
_NAME, _SYMBOL, _APPROVALS, _OPERATORS, _ROYALTY, _AUTHORITY = 0, 1, 4, 5, 6, 10
_ISSUED, _DESCRIPTION, _DESK, _TREASURY, _MEMBERSHIPS, _HELD = range(11, 17)
_TEXTS = ((_NAME, b"Points Alliance Founder", "name"), (_SYMBOL, b"PAF", "symbol"))
_PARTNERS = ("AccessManager", "AllianceClock", "BrandRegistry", "RateBoard", "ConversionDesk", "AlliancePoint")


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    state = alliance.of(Founders)
    yield Expected(ACCESS, "FounderMembership", _AUTHORITY, authority(book), "authority")
    for slot, text, what in (*_TEXTS, (_DESCRIPTION, state.description, "description")):
        for place, word in text_words(slot, text):
            yield Expected(STORED, "FounderMembership", place, word, what)
    yield Expected(STORED, "FounderMembership", _ISSUED, state.issued, "memberships issued")
    desk = state.desk or int.from_bytes(book.address("ConversionDesk"), "big")
    sponsor = packed((desk, 0), (state.sponsor_brand, 20))
    yield Expected(STORED, "FounderMembership", _DESK, sponsor, "desk and sponsor")
    yield Expected(STORED, "FounderMembership", _TREASURY, state.treasury, "treasury")
    royalty = packed((state.treasury, 0), (state.royalty_bps, 20))
    yield Expected(STORED, "FounderMembership", _ROYALTY, royalty, "royalty")
    for token_id, token in state.tokens.items():
        held = packed((token.owner, 0), (token.last_month, 20), (token.nonce, 23))
        yield Expected(STORED, "FounderMembership", entry(_MEMBERSHIPS, token_id), held, f"membership {token_id}")
        slot, what = entry(_APPROVALS, token_id), f"who else may move membership {token_id}"
        yield Expected(STORED, "FounderMembership", slot, token.approved, what)
    for holder, operators in state.operators.items():
        for operator, allowed in operators.items():
            slot, what = entry(_OPERATORS, holder, operator), f"operator 0x{operator:040x} of 0x{holder:040x}"
            yield Expected(STORED, "FounderMembership", slot, int(allowed), what)
    for holder, count in state.held.items():
        yield Expected(STORED, "FounderMembership", entry(_HELD, holder), count, f"held by 0x{holder:040x}")


def _figures(alliance: Alliance) -> dict[str, Any]:
    state = alliance.of(Founders)
    return {"founders": state.issued, "founder_grants": state.grants_paid, "founder_sales": state.sales}


AUDIT = ContractAudit(
    name="FounderMembership",
    events={
        "Transfer(*address,*address,*uint256)": replay.transfer,
        "Approval(*address,*address,*uint256)": replay.approval,
        "ApprovalForAll(*address,*address,bool)": replay.approval_for_all,
        "SignatureUsed(*uint256,*bytes32,uint64)": replay.signature_used,
        "SignaturesCancelled(*uint256,uint64)": replay.signatures_cancelled,
        "GrantPaid(*uint256,*address,uint24,uint32,bytes32,uint40,uint64)": replay.grant_paid,
        "Sold(*uint256,*address,*address,uint64,uint64,address)": replay.sold,
        "TermsSet(uint32,address,uint96)": replay.terms_set,
        "DeskSet(address)": replay.desk_set,
        "MembershipIssued(*uint256,*address,uint64)": None,
        "MetadataUpdate(uint256)": None,
        "BatchMetadataUpdate(uint256,uint256)": None,
        "DescriptionSet(string)": replay.description_set,
        "EIP712DomainChanged()": None,
        "AuthorityUpdated(address)": None,
    },
    checks=(
        replay.CAPPED,
        replay.MOVED,
        replay.SIGNED,
        replay.GRANTED,
        replay.VAULT,
        replay.SOLD,
        replay.TEXT,
        STORED,
        ACCESS,
    ),
    constructor=partners(*_PARTNERS),
    storage=_storage,
    after_transaction=replay.close_transaction,
    figures=_figures,
    layout={
        "_name": (_NAME, 0),
        "_symbol": (_SYMBOL, 0),
        "_tokenApprovals": (_APPROVALS, 0),
        "_operatorApprovals": (_OPERATORS, 0),
        "_defaultRoyaltyInfo": (_ROYALTY, 0),
        "_authority": (_AUTHORITY, 0),
        "description": (_DESCRIPTION, 0),
        "issued": (_ISSUED, 0),
        "_desk": (_DESK, 0),
        "_sponsorBrand": (_DESK, 20),
        "_treasury": (_TREASURY, 0),
        "_memberships": (_MEMBERSHIPS, 0),
        "_held": (_HELD, 0),
    },
    members={"FounderMembership.Membership": {"owner": (0, 0), "lastGrantMonth": (0, 20), "nonce": (0, 23)}},
)
