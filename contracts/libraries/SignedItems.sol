// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice The first 32 bytes of a signed item: kind, rate version, deadline, amount, minimum, and 6 bytes of the nonce.
type SignedHeader is uint256;

using SignedItems for SignedHeader global;

/// @title Decoding of signed items
/// @notice Layout (183 bytes, big-endian):
/// `kind u8 | rateVersion u32 | deadline u40 | amount u64 | minimum u64 | nonce u64 | account address | reference bytes32 |
/// payload bytes32 | r bytes32 | s bytes32 | v u8`
/// Numbers come as `uint256`, already cut to their width.
library SignedItems {
    uint256 internal constant SIZE = 183;
    uint256 private constant NONCE_OFFSET = 26;
    uint256 private constant ACCOUNT_OFFSET = 34;
    uint256 private constant PAYLOAD_OFFSET = 86;
    uint256 private constant SIGNATURE_OFFSET = 118;

    uint256 internal constant CONVERT_OUT = 9;
    uint256 internal constant TRANSFER = 10;

    /// @notice The header of an item. The caller guarantees `index < items.length / SIZE`; so everywhere here.
    function headerAt(bytes memory items, uint256 index) internal pure returns (SignedHeader) {
        return SignedHeader.wrap(uint256(_word(items, index, 0)));
    }

    function nonceAt(bytes memory items, uint256 index) internal pure returns (uint256) {
        return uint256(_word(items, index, NONCE_OFFSET)) >> 192;
    }

    function accountAt(bytes memory items, uint256 index) internal pure returns (address) {
        return address(bytes20(_word(items, index, ACCOUNT_OFFSET)));
    }

    function payloadAt(bytes memory items, uint256 index) internal pure returns (bytes32) {
        return _word(items, index, PAYLOAD_OFFSET);
    }

    function signatureAt(bytes memory items, uint256 index) internal pure returns (uint8 v, bytes32 r, bytes32 s) {
        r = _word(items, index, SIGNATURE_OFFSET);
        s = _word(items, index, SIGNATURE_OFFSET + 32);
        v = uint8(_word(items, index, SIGNATURE_OFFSET + 64)[0]);
    }

    function kind(SignedHeader header) internal pure returns (uint256) {
        return SignedHeader.unwrap(header) >> 248;
    }

    function rateVersion(SignedHeader header) internal pure returns (uint256) {
        return (SignedHeader.unwrap(header) >> 216) & type(uint32).max;
    }

    function deadline(SignedHeader header) internal pure returns (uint256) {
        return (SignedHeader.unwrap(header) >> 176) & type(uint40).max;
    }

    function amount(SignedHeader header) internal pure returns (uint256) {
        return (SignedHeader.unwrap(header) >> 112) & type(uint64).max;
    }

    function minimum(SignedHeader header) internal pure returns (uint256) {
        return (SignedHeader.unwrap(header) >> 48) & type(uint64).max;
    }

    function _word(bytes memory items, uint256 index, uint256 offset) private pure returns (bytes32 word) {
        // Assembly: a slice per field would cost more than the rest. The word of `v` reaches beyond the item; only its
        // first byte is used.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := mload(add(add(add(items, 0x20), mul(index, SIZE)), offset))
        }
    }
}
