// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Budget addresses
/// @notice What the desk, both brands' bridges and the auditor must compute alike.
library Budgets {
    bytes32 private constant TYPE = keccak256("PointsAlliance.Budget.v1");

    /// @notice Separates desks and chains, and budgets from claims: an address of one is never one of another.
    function domain(uint256 chainId, address desk) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE, chainId, desk));
    }

    /// @notice The first 20 bytes of `keccak256(abi.encode(budgetDomain, sponsor, beneficiary, terms, deadline))`: an
    /// address without a key.
    function addressOf(
        bytes32 budgetDomain,
        uint256 sponsor,
        uint256 beneficiary,
        bytes32 terms,
        uint256 deadline
    ) internal pure returns (address) {
        return address(bytes20(keccak256(abi.encode(budgetDomain, sponsor, beneficiary, terms, deadline))));
    }
}
