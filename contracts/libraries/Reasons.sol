// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {RejectReason} from "../interfaces/IConversionDesk.sol";

/// @title {RejectReason} as words
/// @notice For the hot path: reading an enum back from memory is range-checked each time. Zero means "not rejected".
library Reasons {
    uint256 internal constant UNKNOWN_KIND = uint256(RejectReason.UnknownKind);
    uint256 internal constant BRAND_NOT_ACTIVE = uint256(RejectReason.BrandNotActive);
    uint256 internal constant PAUSED = uint256(RejectReason.Paused);
    uint256 internal constant RATE_UNKNOWN = uint256(RejectReason.RateUnknown);
    uint256 internal constant RATE_NOT_EFFECTIVE = uint256(RejectReason.RateNotEffective);
    uint256 internal constant RATE_EXPIRED = uint256(RejectReason.RateExpired);
    uint256 internal constant AMOUNT_ZERO = uint256(RejectReason.AmountZero);
    uint256 internal constant AMOUNT_OVERFLOW = uint256(RejectReason.AmountOverflow);
    uint256 internal constant DEADLINE_PASSED = uint256(RejectReason.DeadlinePassed);
    uint256 internal constant DEADLINE_TOO_FAR = uint256(RejectReason.DeadlineTooFar);
    uint256 internal constant TOO_EARLY = uint256(RejectReason.TooEarly);
    uint256 internal constant NOTHING_TO_CLAIM = uint256(RejectReason.NothingToClaim);
    uint256 internal constant CREDIT_LIMIT = uint256(RejectReason.CreditLimit);
    uint256 internal constant RATE_LIMITED = uint256(RejectReason.RateLimited);
    uint256 internal constant UNKNOWN_COUNTERPARTY = uint256(RejectReason.UnknownCounterparty);
    uint256 internal constant COUNTERPARTY_NOT_ACTIVE = uint256(RejectReason.CounterpartyNotActive);
    uint256 internal constant INVALID_WALLET = uint256(RejectReason.InvalidWallet);
    uint256 internal constant BUDGET_EMPTY = uint256(RejectReason.BudgetEmpty);
    uint256 internal constant BELOW_MINIMUM = uint256(RejectReason.BelowMinimum);
    uint256 internal constant INVALID_NONCE = uint256(RejectReason.InvalidNonce);
    uint256 internal constant BALANCE_TOO_LOW = uint256(RejectReason.BalanceTooLow);
    uint256 internal constant INVALID_SIGNATURE = uint256(RejectReason.InvalidSignature);
}
