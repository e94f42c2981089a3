// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Months} from "../contracts/libraries/Months.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-23 counts calendar months in UTC+8.
contract MonthsTest is Checks {
    uint256 private constant EIGHT_HOURS = 8 hours;

    function test_a_month_begins_at_midnight_in_utc_plus_8() public pure {
        uint40 november = 1_793_462_400; // 2026-11-01 00:00 +08:00
        vm.assertEq(Months.monthOf(november), 12 * 2026 + 10, "November");
        vm.assertEq(Months.monthOf(november - 1), 12 * 2026 + 9, "still October");
        vm.assertEq(Months.monthOf(1_798_732_799), 12 * 2026 + 11, "the year's last second");
        vm.assertEq(Months.monthOf(1_798_732_800), 12 * 2027, "the next year's first");
        vm.assertEq(Months.monthOf(0), 12 * 1970, "1970");
    }

    /// @dev Against a calendar that counts year by year and month by month.
    function testFuzz_is_the_gregorian_calendar(uint40 time) public pure {
        time = uint40(_between(time, 0, 16_725_225_600)); // the year 2500
        vm.assertEq(Months.monthOf(time), _counted(time), "the same month");
    }

    function testFuzz_never_goes_back_and_never_skips(uint32 time, uint32 later) public pure {
        uint24 month = Months.monthOf(time);
        uint24 next = Months.monthOf(uint40(time) + 31 days);
        vm.assertTrue(next == month + 1 || next == month + 2, "31 days end the month, and at most February too");
        vm.assertLe(month, Months.monthOf(uint40(time) + later), "rises");
    }

    function _counted(uint256 time) private pure returns (uint24) {
        uint256 day = (time + EIGHT_HOURS) / 1 days;
        uint256 year = 1970;
        while (day >= (_isLeap(year) ? 366 : 365)) day -= _isLeap(year++) ? 366 : 365;
        uint8[12] memory lengths = [31, _isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        uint256 month = 0;
        while (day >= lengths[month]) day -= lengths[month++];
        return uint24(12 * year + month);
    }

    function _isLeap(uint256 year) private pure returns (bool) {
        return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    }
}
