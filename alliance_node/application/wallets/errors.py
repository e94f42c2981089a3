"""Why something about a member's own wallet is refused, each with what to do next. No message carries an address."""

from alliance_node.application.errors import ApplicationError


class WalletMessageMalformed(ApplicationError):
    """Not a sign-in message of EIP-4361 as this node makes them."""

    code = "wallet_message_malformed"
    next_step = "Sign the message as the node gave it, and send it back unchanged."


class WalletAddressMalformed(ApplicationError):
    """Not an account's address, or its checksum is wrong."""

    code = "wallet_address_malformed"
    next_step = "Copy the whole address again: 0x and 40 hexadecimal digits."


class WalletWrongDomain(ApplicationError):
    """The message was made for another site."""

    code = "wallet_wrong_domain"
    next_step = "Sign only on this brand's own page: whoever showed you this message may be after your points."


class WalletWrongChain(ApplicationError):
    """The message names another chain than the alliance's."""

    code = "wallet_wrong_chain"
    next_step = "Ask for a new message here and sign that."


class WalletSignInExpired(ApplicationError):
    """The message's time is over, or has not begun."""

    code = "wallet_sign_in_expired"
    next_step = "Ask for a new message and sign it within the time it names."


class WalletNonceUnknown(ApplicationError):
    """The message's nonce was not made here for this member."""

    code = "wallet_nonce_unknown"
    next_step = "Ask for a new message here and sign that."


class WalletNonceUsed(ApplicationError):
    """The message was answered before: each counts once."""

    code = "wallet_nonce_used"
    next_step = "Ask for a new message here and sign that."


class WalletWrongSigner(ApplicationError):
    """The signature is not by the account that the message or the intent names."""

    code = "wallet_wrong_signer"
    next_step = "Choose the account in your wallet that you want to link, and sign the message as it is."


class WalletInUse(ApplicationError):
    """Another member of this brand has linked this wallet."""

    code = "wallet_in_use"
    next_step = "Unlink it at the other membership first, or link another account."


class WalletMissing(ApplicationError):
    """The member has linked no wallet here, or another one since."""

    code = "wallet_missing"
    next_step = "Link a wallet first: ask for a message, sign it, send it back."


class IntentMalformed(ApplicationError):
    """A signed intent whose fields are not those of its kind, or that names another brand."""

    code = "wallet_intent_malformed"
    next_step = "Ask for a draft, sign it as it is, and send its message back unchanged."


class IntentExpired(ApplicationError):
    """The intent's deadline is too close, has passed, or is too far away."""

    code = "wallet_intent_expired"
    next_step = "Ask for a new draft and sign that."


class IntentNonceUsed(ApplicationError):
    """The wallet's nonce acted already, or another intent with it is under way here."""

    code = "wallet_intent_nonce_used"
    next_step = "Look at what is under way; then ask for a new draft and sign that."


class IntentNonceAhead(ApplicationError):
    """The intent would act only after others that nobody handed in."""

    code = "wallet_intent_nonce_ahead"
    next_step = "Hand in the earlier intents first, or ask for a new draft."


class WalletBalanceTooLow(ApplicationError):
    """The wallet holds less than what its intents under way and this one take."""

    code = "wallet_balance_too_low"
    next_step = "Choose a smaller amount, or wait until points under way have arrived in the wallet."


class IntentBelowMinimum(ApplicationError):
    """At the rate in force the intent gives fewer points than its holder signed for."""

    code = "wallet_intent_below_minimum"
    next_step = "Ask for a new draft: it shows what the points are worth now."


class TooManyIntents(ApplicationError):
    """As many intents of this wallet are under way as this node relays at once."""

    code = "wallet_too_many_intents"
    next_step = "Wait until the ledger has recorded some of them."
