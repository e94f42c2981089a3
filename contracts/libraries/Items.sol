// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice The first 22 bytes of an item, left-aligned: kind, rate version, counterparty, deadline, amount.
type ItemHeader is uint256;

using Items for ItemHeader global;

/// @title Decoding of batch items
/// @notice Layout (86 bytes, big-endian):
/// `kind u8 | rateVersion u32 | counterparty u32 | deadline u40 | amount u64 | reference bytes32 | payload bytes32`
/// Fields come as `uint256`, already cut to their width.
library Items {
    uint256 internal constant SIZE = 86;
    uint256 internal constant MAX_COUNT = 150;
    uint256 private constant PAYLOAD_OFFSET = 54;

    uint256 internal constant CONVERT_IN = 1;
    uint256 internal constant CLAIM = 2;
    uint256 internal constant RETURN = 3;
    uint256 internal constant TO_WALLET = 4;
    uint256 internal constant FUND = 5;
    uint256 internal constant SPEND = 6;
    uint256 internal constant UNSPEND = 7;
    uint256 internal constant CLOSE = 8;

    /// @notice The header and payload of an item. The caller guarantees `index < items.length / SIZE`.
    function itemAt(bytes memory items, uint256 index) internal pure returns (ItemHeader header, bytes32 payload) {
        // Assembly: a slice per field would cost more than the rest of the item's own work.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let start := add(add(items, 0x20), mul(index, SIZE))
            header := mload(start)
            payload := mload(add(start, PAYLOAD_OFFSET))
        }
    }

    function kind(ItemHeader header) internal pure returns (uint256) {
        return ItemHeader.unwrap(header) >> 248;
    }

    function rateVersion(ItemHeader header) internal pure returns (uint256) {
        return (ItemHeader.unwrap(header) >> 216) & type(uint32).max;
    }

    function counterparty(ItemHeader header) internal pure returns (uint256) {
        return (ItemHeader.unwrap(header) >> 184) & type(uint32).max;
    }

    function deadline(ItemHeader header) internal pure returns (uint256) {
        return (ItemHeader.unwrap(header) >> 144) & type(uint40).max;
    }

    function amount(ItemHeader header) internal pure returns (uint256) {
        return (ItemHeader.unwrap(header) >> 80) & type(uint64).max;
    }
}
