"""Why something about a founder membership is refused, each with what to do next."""

from alliance_node.application.errors import ApplicationError


class UnknownFounder(ApplicationError):
    """No membership of this number on the blocks that this node has seen."""

    code = "unknown_founder"
    next_step = "Correct the number, or wait until this node has read the newest blocks."


class FounderChallengeInvalid(ApplicationError):
    """The challenge was not made here for this member and token, was used, or its time is over."""

    code = "founder_challenge_invalid"
    next_step = "Ask for a new challenge and sign that."


class InvalidFounderSignature(ApplicationError):
    """Not signed by the membership's holder for exactly this."""

    code = "invalid_founder_signature"
    next_step = "Sign the typed data as it is, with the account that holds the membership."


class InvalidFounderOrder(ApplicationError):
    """An order whose fields are not those of its kind."""

    code = "invalid_founder_order"
    next_step = "Ask for a draft, sign it as it is, and send its message back unchanged."


class UnknownFounderOrder(ApplicationError):
    """No such order or offer was handed in here."""

    code = "unknown_founder_order"
    next_step = "Correct the digest; orders are known to the node that relays them."


class FounderLinkMissing(ApplicationError):
    """The member has not shown this membership here."""

    code = "founder_link_missing"
    next_step = "Show the membership first: challenge, signature, link."


class OfferGone(ApplicationError):
    """The offer's time is over, or the membership moved or was withdrawn since."""

    code = "founder_offer_gone"
    next_step = "Choose another offer."


class PromisingText(ApplicationError):
    """A text about memberships that promises that they pay off (R-NFT-4)."""

    code = "promising_text"
    next_step = "Say what a member gets, not what it may be worth; `alliance founder lint` shows each place."
