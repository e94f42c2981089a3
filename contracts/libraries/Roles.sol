// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Role ids in the AccessManager
/// @notice Role 0 is OpenZeppelin's administrator: it admits desks and hands out the other roles.
library Roles {
    /// @dev Registers brands, sets their status, replaces stolen keys.
    uint64 internal constant OPERATOR = 1;
    /// @dev Sets credit lines, collateral and limiters.
    uint64 internal constant RISK = 2;
    /// @dev Pauses; granted without a delay.
    uint64 internal constant GUARDIAN = 3;
    /// @dev Issues founder memberships, given or sold.
    uint64 internal constant ISSUER = 7;
}
