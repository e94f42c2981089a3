// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Role ids in the AccessManager
/// @notice Role 0 is OpenZeppelin's administrator: it admits desks and hands out the other roles.
library Roles {
    /// @dev Registers brands, sets their status, replaces stolen keys.
    uint64 internal constant OPERATOR = 1;
    /// @dev Sets credit lines and limiters.
    uint64 internal constant RISK = 2;
    /// @dev Pauses; granted without a delay.
    uint64 internal constant GUARDIAN = 3;
    /// @dev Closes epochs, submits netting statements, attests bank payments together with the brand concerned.
    uint64 internal constant TREASURER = 4;
    /// @dev Held by the Settlement contract alone: books cash, write-offs, collateral and defaults.
    uint64 internal constant SETTLEMENT = 5;
    /// @dev Issues founder memberships, given or sold.
    uint64 internal constant ISSUER = 7;
}
