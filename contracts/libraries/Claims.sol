// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Commitments and claim addresses
/// @notice What every party must compute alike: the desk, both brands' bridges and the auditor.
library Claims {
    bytes32 private constant TYPE = keccak256("PointsAlliance.Claim.v1");

    /// @notice Separates desks and chains: a claim address of one is never one of another.
    function domain(uint256 chainId, address desk) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE, chainId, desk));
    }

    /// @notice What a receiving code of brand `brandId` commits to; only who knows `salt` can claim.
    function commitment(uint32 brandId, uint32 rateVersion, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode(brandId, rateVersion, salt));
    }

    /// @notice The first 20 bytes of a hash: an address without a key.
    function addressOf(
        bytes32 claimDomain,
        uint32 sourceBrand,
        bytes32 commitment_,
        uint40 deadline
    ) internal pure returns (address) {
        return address(bytes20(keccak256(abi.encode(claimDomain, sourceBrand, commitment_, deadline))));
    }
}
