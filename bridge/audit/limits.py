"""What this audit cannot prove, in plain words; printed on every report.

Owns the sentences. It may not be shortened by a clean result: a report that hides its limits is worth nothing.
"""

from bridge.audit.findings import Level
from bridge.deploy.address_book import Consensus

_CHAIN_REPLACED = {
    "what": "that the chain was not replaced as a whole",
    "level": Level.UNCHECKED.value,
    "why": (
        "no --checkpoint BLOCK:HASH of an earlier audit was given, and a development chain has no consensus to check; "
        "keep this report's block and hash and pass them the next time"
    ),
}
_CHECKPOINT_HELD = {
    "what": "that the chain before your checkpoint was not replaced before you first saw it",
    "level": Level.ATTESTED.value,
    "why": "your checkpoint is the only anchor; a development chain has no consensus to check",
}
_SEALED = {
    "what": "that the first block's validators are those whom the alliance chose, and that fewer than a third lie",
    "level": Level.ATTESTED.value,
    "why": "seals are checked from the first block on; its validators are trusted by the address book's block hash",
}
_VOTED = {
    "what": "that the validators agreed on these blocks",
    "level": Level.ATTESTED.value,
    "why": (
        "headers, transactions, receipts and storage are proven against the audited block's hash, but Snowman's votes "
        "are in no header; compare the hash with what validators of other operators show, and keep it as your next "
        "--checkpoint"
    ),
}
_STANDING = (
    {
        "what": "that the members agreed to the conversions made for them",
        "level": Level.ATTESTED.value,
        "why": "consent is kept in the brand's own sealed log: attested by the brand, never signed by the member",
    },
    {
        "what": "that a brand credited its member after a claim, or gave back the points after a return",
        "level": Level.ATTESTED.value,
        "why": "delivery happens in the brand's own ledger; only the member sees it",
    },
    {
        "what": "that amounts between brands were paid at the bank",
        "level": Level.ATTESTED.value,
        "why": (
            "each bank payment is attested by a treasurer and by the brand's settlement key; the money moved outside "
            "the ledger, and only the two bank statements show it"
        ),
    },
    {
        "what": "that a brand's statement lists every member with all their points",
        "level": Level.ATTESTED.value,
        "why": "who was left out is in no tree: only members' own checks (`alliance verify-inclusion`) find omissions",
    },
    {
        "what": "that a brand's log holds every purchase, and that its larger log continues the smaller one",
        "level": Level.ATTESTED.value,
        "why": (
            "the ledger holds the log's heads, not its events; the statement files prove that it only grew when they "
            "are given (--statements), and a member holds the proof of each event of theirs"
        ),
    },
    {
        "what": "that the operators, risk managers and guardians acted wisely",
        "level": Level.ATTESTED.value,
        "why": "their limits, brands and pauses are replayed and listed, but whether they were right is a judgement",
    },
)


_NOT_RECOMPILED = {
    "what": "that the code on chain is that of the published sources",
    "level": Level.UNCHECKED.value,
    "why": (
        "it was compared with the build beside this program; --sources CHECKOUT compiles the sources again and "
        "compares the code itself"
    ),
}


_NOT_COVERED = {
    "what": "that the guarantee fund covers the two largest credit lines",
    "level": Level.ATTESTED.value,
    "why": (
        "this alliance was deployed without that rule (cover_rule in the address book is false): its operators alone "
        "say how far brands may owe"
    ),
}


_SUSPENSE = {
    "what": "whose the items are that a node keeps in suspense",
    "level": Level.ATTESTED.value,
    "why": (
        "the node says that they are on its account and no member's; how many they are, and their units, is in "
        "totals.node_suspense"
    ),
}


def limits(
    checkpoint_given: bool,
    recompiled: bool = False,
    consensus: Consensus = "none",
    covered: bool = True,
    suspense: bool = False,
) -> list[dict[str, str]]:
    """The limits of this run, the one about the chain first."""
    without = _CHECKPOINT_HELD if checkpoint_given else _CHAIN_REPLACED
    chain = {"none": without, "qbft": _SEALED, "snowman": _VOTED}[consensus]
    return [
        chain,
        *([] if recompiled else [_NOT_RECOMPILED]),
        *([] if covered else [_NOT_COVERED]),
        *([_SUSPENSE] if suspense else []),
        *_STANDING,
    ]
