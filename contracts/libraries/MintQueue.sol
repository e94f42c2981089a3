// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice Mints waiting to be sent to the token in one call.
struct MintQueue {
    uint256[] words;
    uint256 length;
}

using MintQueues for MintQueue global;

/// @title A list of mints of known capacity
/// @notice One word per mint: `units << 160 | holder`, as `AlliancePoint.mintBatch` takes it.
library MintQueues {
    function create(uint256 capacity) internal pure returns (MintQueue memory queue) {
        queue.words = new uint256[](capacity);
    }

    /// @notice Appends a mint. The caller guarantees that no more than the capacity are pushed between two
    /// {take}s and that `units` has at most 96 bits.
    function push(MintQueue memory queue, address holder, uint256 units) internal pure {
        uint256[] memory words = queue.words;
        uint256 length = queue.length;
        uint256 word = (units << 160) | uint160(holder);
        // Assembly: after a {take} the array's length is shorter than its capacity, so a checked write would fail.
        assembly ("memory-safe") {
            mstore(add(add(words, 0x20), shl(5, length)), word)
        }
        unchecked {
            queue.length = length + 1;
        }
    }

    /// @notice The mints pushed so far, and an empty queue. Use the result before the next {push}.
    function take(MintQueue memory queue) internal pure returns (uint256[] memory words) {
        words = queue.words;
        uint256 length = queue.length;
        // Assembly: shortens the array to what was pushed; it never grows beyond its capacity.
        assembly ("memory-safe") {
            mstore(words, length)
        }
        queue.length = 0;
    }
}
