// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {CancelOrder, GrantOrder, SaleOrder, TransferOrder} from "../interfaces/IFounderMembership.sol";

/* solhint-disable gas-small-strings */

/// @title What members sign about a founder membership
/// @notice EIP-712 struct hashes. All fields are fixed size, so each struct is hashed as it lies in memory.
library FounderOrders {
    bytes32 private constant TRANSFER = keccak256("Transfer(uint256 tokenId,address to,uint64 nonce,uint40 deadline)");
    bytes32 private constant SALE = keccak256(
        "Sale(uint256 tokenId,uint64 price,uint64 minProceeds,address buyer,uint64 nonce,uint40 deadline)"
    );
    bytes32 private constant CANCEL = keccak256("Cancel(uint256 tokenId,uint64 nonce,uint40 deadline)");
    bytes32 private constant GRANT = keccak256(
        "Grant(uint256 tokenId,uint24 month,uint32 sponsorBrand,bytes32 commitment,uint40 claimDeadline,uint64 nonce,uint40 deadline)"
    );

    function hash(TransferOrder calldata order) internal pure returns (bytes32) {
        return keccak256(abi.encode(TRANSFER, order));
    }

    function hash(SaleOrder calldata order) internal pure returns (bytes32) {
        return keccak256(abi.encode(SALE, order));
    }

    function hash(CancelOrder calldata order) internal pure returns (bytes32) {
        return keccak256(abi.encode(CANCEL, order));
    }

    function hash(GrantOrder calldata order) internal pure returns (bytes32) {
        return keccak256(abi.encode(GRANT, order));
    }
}
