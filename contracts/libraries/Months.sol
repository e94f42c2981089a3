// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Calendar months
/// @notice The alliance's months begin at 00:00 of the first in UTC+8, which never changes its clocks. A month is one number,
/// `12 * year + (month - 1)`, so months compare as numbers do.
library Months {
    uint256 private constant UTC_PLUS_8 = 8 hours;
    /// @dev Days from 0000-03-01 to 1970-01-01, in the proleptic Gregorian calendar.
    uint256 private constant EPOCH_DAYS = 719_468;
    uint256 private constant DAYS_OF_400_YEARS = 146_097;

    /// @notice The month that `time` (seconds since 1970, UTC) is in.
    /// @dev Years that begin in March put the leap day last, so that no table is needed.
    function monthOf(uint40 time) internal pure returns (uint24) {
        uint256 day = (uint256(time) + UTC_PLUS_8) / 1 days + EPOCH_DAYS;
        uint256 era = day / DAYS_OF_400_YEARS;
        uint256 dayOfEra = day - era * DAYS_OF_400_YEARS;
        uint256 yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        uint256 dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        uint256 monthFromMarch = (5 * dayOfYear + 2) / 153;
        // March is month 2 when January is 0; January and February carry into the next year by themselves.
        return uint24(12 * (era * 400 + yearOfEra) + monthFromMarch + 2);
    }
}
