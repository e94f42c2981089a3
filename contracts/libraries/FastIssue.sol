// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IConversionDesk} from "../interfaces/IConversionDesk.sol";
import {Items} from "./Items.sol";

/// @notice What the convert-ins of a batch share and add up to. The first four words are the preimage of a claim address;
/// the order of the fields is known to the assembly below.
struct Issue {
    bytes32 claimDomain;
    uint256 brandId;
    bytes32 commitment;
    uint256 deadline;
    /// The first second that may be a deadline, and how many there are.
    uint256 firstDeadline;
    uint256 claimWindow;
    uint256 inNumerator;
    uint256 inDenominator;
    /// Bit b is set once brand b (below 256) was seen to be active.
    uint256 activeBrands;
    /// `issued` must stay below this: one more than the least of supply, credit and limiter.
    uint256 ceiling;
    /// The version that numerator and denominator are of.
    uint256 rateVersion;
    /// Brand and batch number in a `Converted` word.
    uint256 prefix;
    uint256 issued;
    /// Mints waiting for the token: 32 bytes each, `units << 160 | holder`, as `AlliancePoint.mintBatch` takes them. A byte
    /// string, because the compiler copies one at once into a call, but an array word by word.
    bytes mints;
    uint256 mintCount;
}

/// @title The hot path: runs of plain convert-ins
/// @notice A year of conversions is mostly convert-ins of one rate version to known brands, within all limits. This loop
/// carries out just those, in assembly, for 500 gas an item where Solidity takes 1,200. It never rejects: it stops at the
/// first item that is anything else, which the desk then judges by its own checks. So reasons are decided in one
/// place, and whatever is accepted here would be accepted there.
library FastIssue {
    /// @dev Kind and rate version, the first 40 bits of an item.
    uint256 private constant CONVERT_IN_PREFIX = Items.CONVERT_IN << 32;

    /// @notice Room for `capacity` waiting mints.
    function reserve(Issue memory issue, uint256 capacity) internal pure {
        issue.mints = new bytes(capacity << 5);
    }

    /// @notice Adds a mint. The caller guarantees that at most the capacity wait, and that `units` has at most 96 bits.
    function push(Issue memory issue, address holder, uint256 units) internal pure {
        bytes memory mints = issue.mints;
        uint256 count = issue.mintCount;
        uint256 word = (units << 160) | uint160(holder);
        // Assembly: after a {take} the string is shorter than its capacity, so a checked write would fail.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(add(add(mints, 0x20), shl(5, count)), word)
        }
        unchecked {
            issue.mintCount = count + 1;
        }
    }

    /// @notice The waiting mints; none wait afterwards. Use the result before the next {push} or {run}.
    function take(Issue memory issue) internal pure returns (bytes memory mints) {
        mints = issue.mints;
        uint256 count = issue.mintCount;
        // Assembly: shortens the string to what waits; it never grows beyond its capacity.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(mints, shl(5, count))
        }
        issue.mintCount = 0;
    }

    /// @notice Carries out plain convert-ins from item `index` on; a mint waits and a `Converted` is emitted for each.
    /// @return the index of the first item not carried out
    ///
    /// An item is plain if kind and rate version are the expected ones, `firstDeadline <= deadline < firstDeadline +
    /// claimWindow`, the counterparty's bit is set, `units = floor(amount * in) > 0` and `issued + units < ceiling`.
    /// Nothing overflows: amounts and both parts of a rate have 64 bits.
    function run(Issue memory issue, bytes memory items, uint256 index) internal returns (uint256) {
        uint256 expected = CONVERT_IN_PREFIX | issue.rateVersion;
        uint256 prefix = issue.prefix | (Items.CONVERT_IN << 160) | (issue.rateVersion << 128) | (index << 168);
        bytes32 topic = IConversionDesk.Converted.selector;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let issued := mload(add(issue, 0x180))
            let mint := add(add(mload(add(issue, 0x1a0)), 0x20), shl(5, mload(add(issue, 0x1c0))))
            let cursor := add(add(items, 0x20), mul(index, 86))
            let end := add(add(items, 0x20), mload(items))
            for {} lt(cursor, end) {} {
                // checks
                let word := mload(cursor)
                if xor(shr(216, word), expected) {
                    break
                }
                mstore(add(issue, 0x60), and(shr(144, word), 0xffffffffff)) // deadline
                let plain := and(
                    lt(sub(mload(add(issue, 0x60)), mload(add(issue, 0x80))), mload(add(issue, 0xa0))),
                    shr(and(shr(184, word), 0xffffffff), mload(add(issue, 0x100)))
                )
                word := and(shr(80, word), 0xffffffffffffffff) // amount
                let units := div(mul(word, mload(add(issue, 0xc0))), mload(add(issue, 0xe0)))
                let total := add(issued, units)
                if iszero(and(plain, gt(lt(total, mload(add(issue, 0x120))), iszero(units)))) {
                    break
                }

                // effects
                issued := total
                mstore(add(issue, 0x40), mload(add(cursor, 54))) // commitment
                mstore(mint, or(shl(160, units), shr(96, keccak256(issue, 0x80))))
                mint := add(mint, 0x20)
                mstore(0x00, or(prefix, or(shl(64, word), units)))
                log1(0x00, 0x20, topic)
                prefix := add(prefix, shl(168, 1))
                cursor := add(cursor, 86)
            }
            mstore(add(issue, 0x180), issued)
            mstore(add(issue, 0x1c0), shr(5, sub(mint, add(mload(add(issue, 0x1a0)), 0x20))))
            index := div(sub(sub(cursor, items), 0x20), 86)
        }
        return index;
    }
}
