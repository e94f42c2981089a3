// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title A contract that obeys a set of desks
/// @notice A new {IConversionDesk} replaces the old one by being added here; the old one stays until its claims are gone.
interface IDeskControlled {
    /// @notice The administrator admitted or removed a desk.
    event DeskSet(address indexed desk, bool allowed);

    /// @dev A function for desks was called by someone else.
    error NotDesk(address caller);

    /// @notice Admits or removes a desk. Administrator only.
    function setDesk(address desk, bool allowed) external;

    /// @notice True if `desk` may call the functions for desks.
    function isDesk(address desk) external view returns (bool);
}
