// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title The one word of a `Converted` event
/// @notice `brandId u32 | seq u40 | item u16 | kind u8 | rateVersion u32 | localAmount u64 | units u64`. One unindexed
/// word costs 750 gas; the same fields as topics would cost 1,500 more.
library ConvertedCodec {
    /// @notice The part that is the same for all items of a batch.
    function prefix(uint32 brandId, uint40 seq) internal pure returns (uint256) {
        return (uint256(brandId) << 224) | (uint256(seq) << 184);
    }

    /// @notice The caller guarantees that every field fits its width.
    function pack(
        uint256 prefix_,
        uint256 item,
        uint256 kind,
        uint256 rateVersion,
        uint256 localAmount,
        uint256 units
    ) internal pure returns (uint256) {
        return prefix_ | (item << 168) | (kind << 160) | (rateVersion << 128) | (localAmount << 64) | units;
    }
}
