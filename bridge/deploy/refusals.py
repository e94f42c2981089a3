"""What a contract's refusal means to who sent the transaction, and what to do: the errors that people meet.

Owns the words. The names are the contracts' own; an error that is not here keeps its name and the general next step.
"""

_NO_ROLE = (
    "this key does not hold the role that it needs",
    "`alliance audit` lists who holds which role; an admin gives one with `alliance chain grant-role`.",
)
_NOT_COLD = ("this key is not the brand's cold key", "Name the brand's cold key with --key, and check --brand.")
_SEE_RATES = "`alliance chain rates` shows what the brand has published; choose another rate or date."
_SEE_EPOCH = "`alliance settlement status` shows the epoch and each brand's side of it."
_OWN_ADDRESS = "Give the brand an address of its own; `alliance chain new-key` makes one."

REFUSALS: dict[str, tuple[str, str]] = {
    "AccessManagedUnauthorized": _NO_ROLE,
    "AccessManagerUnauthorizedAccount": _NO_ROLE,
    "AccessManagerUnauthorizedCall": _NO_ROLE,
    "AccessManagerNotScheduled": (
        "the call was not scheduled, or somebody cancelled it",
        "Run the command again: it schedules the call first.",
    ),
    "AccessManagerExpired": (
        "the scheduled call waited for more than a week and expired",
        "Run the command again: it schedules the call anew.",
    ),
    "AssessmentRunning": ("a default is still being assessed", "Repeat `alliance settlement default` to finish it."),
    "AssetSettles": ("this alliance settles in an asset", "Pay with `alliance settlement pay`."),
    "BankSettles": (
        "this alliance settles by bank",
        "Attest the bank payment with `alliance settlement sign` and book it with `confirm`.",
    ),
    "BrandInDefault": ("the brand is in default", _SEE_EPOCH),
    "BrandNotSettled": ("the brand still owes or is owed", "`alliance settlement exit` says what is missing."),
    "CodeTaken": (
        "another brand has this code, or this brand has other keys",
        "Choose another --code; keys of a brand change with `alliance chain replace-keys`.",
    ),
    "CoverExceeded": (
        "the guarantee fund does not cover the two largest credit lines",
        "Let brands pay into the fund first (--kind fund-in), or choose a smaller credit line.",
    ),
    "EffectiveTooLate": ("the rate would take effect too far ahead", "Choose an earlier --effective-at."),
    "FoundersExhausted": (
        "all founder memberships are issued",
        "No further one can be issued.",
    ),
    "HotKeyTaken": ("the hot key belongs to another brand", _OWN_ADDRESS),
    "InvalidCode": ("a brand's code has 1 to 32 bytes", "Choose another --code."),
    "InvalidPayment": ("the alliance has no such payment of this brand", _SEE_EPOCH),
    "InvalidSignature": (
        "a signature is not of this payment by who must sign it",
        "Let both sides sign again with the same kind, brand, units, reference and epoch.",
    ),
    "InvalidStatusChange": ("the brand can't change to this status", "`alliance chain status` shows its status."),
    "KeysMustDiffer": ("hot and cold key are the same", _OWN_ADDRESS),
    "LimiterTooSlow": (
        "the limiter would let less than one unit through per second",
        "Choose a --limiter-capacity of at least the --limiter-window in seconds.",
    ),
    "NotColdKey": _NOT_COLD,
    "NotOverdue": ("the brand has paid, or its date has not passed", _SEE_EPOCH),
    "NotSettlementKey": ("this key is not the brand's settlement key", "Name the brand's settlement key with --key."),
    "NotTreasurer": (
        "the account named as treasurer does not hold the role treasurer",
        "`alliance audit` lists who holds which role; check --treasurer.",
    ),
    "NothingToMove": ("there is nothing to move for this brand", _SEE_EPOCH),
    "NoticeTooShort": (
        "a worse rate needs the notice period",
        "Choose a later --effective-at; `alliance chain rates` shows the rate in force.",
    ),
    "NotWholeFen": ("a payment is of whole fen", "Choose --units that are a multiple of 10."),
    "RateAlreadyPending": ("an announced rate is not yet in force", _SEE_RATES),
    "ReferenceUsed": (
        "a payment with this bank reference is booked already",
        "Nothing to do if it is this payment; another payment needs its own --reference.",
    ),
    "RoundTripGains": (
        "with this rate members would gain points by converting there and back",
        "Lower the numerators of --in or --out: their product may not exceed that of the denominators.",
    ),
    "RoyaltyTooHigh": ("the royalty is above the most the contract allows", "Choose a smaller --royalty-bps."),
    "SameSigner": (
        "treasurer and brand signed with the same key",
        "The two sides of a payment need two keys: another treasurer signs for this brand.",
    ),
    "TooMuch": ("the payment is larger than what may be paid", _SEE_EPOCH),
    "UnknownBrand": ("the alliance has no brand of this number", "`alliance chain status` lists the brands."),
    "UnknownSponsor": ("the alliance has no brand of this number", "`alliance chain status` lists the brands."),
    "ValueGuaranteed": ("the brand promised: no worse rate before a later date", _SEE_RATES),
    "WrongEpoch": ("the payment is of another epoch", "Let both sides sign again for the current epoch."),
    "WrongPhase": ("the epoch is in another phase", _SEE_EPOCH),
    "ZeroKey": ("a key is the zero address", _OWN_ADDRESS),
    "ZeroRate": ("a rate has a zero", "Give numbers from 1 on in --in and --out."),
}
