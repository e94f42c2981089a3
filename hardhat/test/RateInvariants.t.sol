// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IRateBoard, Rate} from "../contracts/interfaces/IRateBoard.sol";
import {RateHandler} from "./support/RateHandler.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-8 and INV-9 under random announcements and time. Rates are compared here by multiplying out whole amounts,
/// not by the library's formulas.
/// @dev To run it alone use `--grep`: a handler is fuzzed only if its own file is among those given to the runner.
contract RateInvariantsTest is Checks {
    /// One published version, as read back.
    struct Published {
        Rate rate;
        uint40 announcedAt;
        uint40 effectiveAt;
        uint40 supersededAt;
    }

    uint256 private constant AMOUNT = 1_000_000_007;
    RateHandler private _handler;

    function setUp() public {
        _handler = new RateHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_8_no_round_trip_gains_by_any_pair_usable_now() public view {
        (IRateBoard board, uint40 now_) = _handler.contracts();
        uint32 count = board.latestVersion(1);
        for (uint32 i = 1; i <= count; ++i) {
            Published memory entry = _read(board, i);
            if (!_pointsLive(entry, now_)) continue;
            for (uint32 o = 1; o <= count; ++o) {
                Published memory exit = _read(board, o);
                if (!_pointsLive(exit, now_)) continue;
                for (uint256 x = 1; x < AMOUNT; x = x * 7 + 3) {
                    uint256 units = (x * entry.rate.inNumerator) / entry.rate.inDenominator;
                    uint256 back = (units * exit.rate.outNumerator) / exit.rate.outDenominator;
                    vm.assertLe(back, x, "INV-8");
                }
            }
        }
    }

    function invariant_9_worse_waits_for_notice_and_guarantee_and_large_steps_for_notice() public view {
        (IRateBoard board, ) = _handler.contracts();
        uint32 count = board.latestVersion(1);
        vm.assertEq(count, _handler.accepted(), "versions count without a gap");
        for (uint32 v = 2; v <= count; ++v) {
            Published memory before = _read(board, v - 1);
            Published memory next = _read(board, v);
            vm.assertEq(before.supersededAt, next.effectiveAt, "a version ends when the next takes effect");
            vm.assertTrue(before.effectiveAt <= next.announcedAt, "at most one pending");
            bool noticed = next.effectiveAt >= next.announcedAt + _handler.SHORT_NOTICE();
            if (
                _value(next.rate, true) < _value(before.rate, true) ||
                _value(next.rate, false) < _value(before.rate, false)
            ) {
                vm.assertTrue(noticed, "INV-9: worse waits for the notice");
                vm.assertTrue(next.effectiveAt >= _handler.promisedBefore(v), "INV-9: and for the guarantee");
            }
            if (noticed) continue;
            for (uint32 old = v - 1; old != 0; --old) {
                Published memory o = _read(board, old);
                if (old != v - 1 && o.supersededAt + _handler.SHORT_GRACE() <= next.announcedAt) break;
                vm.assertLe(_value(next.rate, true) * 100, _value(o.rate, true) * 120, "INV-9: in step");
                vm.assertLe(_value(next.rate, false) * 100, _value(o.rate, false) * 120, "INV-9: out step");
            }
        }
    }

    function test_the_handler_publishes_and_is_refused() public {
        for (uint256 i = 0; i < 300; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            if (i % 7 == 0) _handler.announce(uint64(random), uint64(random >> 64), uint24(random >> 128), uint24(i));
            else _handler.nudge(uint8(random), uint8(random >> 8), random & 3 == 0);
            _handler.pass(uint24(random >> 160));
            invariant_8_no_round_trip_gains_by_any_pair_usable_now();
        }
        vm.assertTrue(_handler.accepted() > 20, "some are taken");
        vm.assertTrue(_handler.refused() > 20, "some are refused");
        invariant_9_worse_waits_for_notice_and_guarantee_and_large_steps_for_notice();
    }

    /// @dev Points that came in by the version can still be claimed, or be claimed by it.
    function _pointsLive(Published memory v, uint40 now_) private view returns (bool) {
        if (v.effectiveAt > now_) return false;
        return v.supersededAt == 0 || now_ < v.supersededAt + _handler.SHORT_GRACE() + _handler.SHORT_WINDOW();
    }

    /// @dev Denominators are 100 throughout, so numerators compare.
    function _value(Rate memory rate, bool inSide) private pure returns (uint256) {
        return inSide ? rate.inNumerator : rate.outNumerator;
    }

    function _read(IRateBoard board, uint32 version) private view returns (Published memory v) {
        (v.rate, v.announcedAt, v.effectiveAt, v.supersededAt) = board.rateOf(1, version);
    }
}
