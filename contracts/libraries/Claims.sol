// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Commitments and claim addresses
/// @notice What every party must compute alike: the desk, both brands' bridges and the auditor. The hashes of the hot
/// path are in assembly on scratch memory: `abi.encode` would allocate memory for each, about 300 gas an item.
library Claims {
    bytes32 private constant TYPE = keccak256("PointsAlliance.Claim.v1");

    /// @notice Separates desks and chains: a claim address of one is never one of another.
    function domain(uint256 chainId, address desk) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE, chainId, desk));
    }

    /// @notice `keccak256(abi.encode(brandId, rateVersion, salt))`: what a receiving code of brand `brandId` commits to;
    /// only who knows `salt` can claim.
    function commitment(uint256 brandId, uint256 rateVersion, bytes32 salt) internal pure returns (bytes32 hash) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, brandId)
            mstore(add(free, 0x20), rateVersion)
            mstore(add(free, 0x40), salt)
            hash := keccak256(free, 0x60)
        }
    }

    /// @notice The first 20 bytes of `keccak256(abi.encode(claimDomain, sourceBrand, commitment, deadline))`: an address
    /// without a key. The caller guarantees that `sourceBrand` has 32 bits and `deadline` 40.
    function addressOf(
        bytes32 claimDomain,
        uint256 sourceBrand,
        bytes32 commitment_,
        uint256 deadline
    ) internal pure returns (address claim) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, claimDomain)
            mstore(add(free, 0x20), sourceBrand)
            mstore(add(free, 0x40), commitment_)
            mstore(add(free, 0x60), deadline)
            claim := shr(96, keccak256(free, 0x80))
        }
    }
}
