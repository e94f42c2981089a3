// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Rate} from "../interfaces/IRateBoard.sol";

/// @title Integer arithmetic on rates
/// @notice Every part of a rate and every amount has at most 64 bits, so no product here exceeds 256 bits and the
/// arithmetic is unchecked. Denominators are never zero: the board refuses them.
library RateMath {
    uint256 private constant MILLION = 1_000_000;

    /// @notice `floor(amount * numerator / denominator)`; at most 128 bits.
    function convertDown(uint256 amount, uint256 numerator, uint256 denominator) internal pure returns (uint256) {
        unchecked {
            return (amount * numerator) / denominator;
        }
    }

    /// @notice True if either side of `next` pays less than `previous`.
    function isWorse(Rate memory next, Rate memory previous) internal pure returns (bool) {
        unchecked {
            return
                uint256(next.inNumerator) * previous.inDenominator <
                    uint256(previous.inNumerator) * next.inDenominator ||
                uint256(next.outNumerator) * previous.outDenominator <
                    uint256(previous.outNumerator) * next.outDenominator;
        }
    }

    /// @notice True if either side of `next` pays more than `previous` by more than `stepPpm` millionths.
    function exceedsStep(Rate memory next, Rate memory previous, uint256 stepPpm) internal pure returns (bool) {
        unchecked {
            return
                uint256(next.inNumerator) * previous.inDenominator * MILLION >
                    uint256(previous.inNumerator) * next.inDenominator * (MILLION + stepPpm) ||
                uint256(next.outNumerator) * previous.outDenominator * MILLION >
                    uint256(previous.outNumerator) * next.outDenominator * (MILLION + stepPpm);
        }
    }

    /// @notice True if points in by `entry` and out by `exit` could become more: without rounding,
    /// `in * out > 1`. Rounding down only takes away, so `in * out <= 1` means `out(in(x)) <= x` for every x.
    function roundTripGains(Rate memory entry, Rate memory exit) internal pure returns (bool) {
        unchecked {
            return uint256(entry.inNumerator) * exit.outNumerator > uint256(entry.inDenominator) * exit.outDenominator;
        }
    }
}
