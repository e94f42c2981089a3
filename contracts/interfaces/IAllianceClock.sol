// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title The alliance's one clock
/// @notice Every date of the alliance (deadlines, notices, grace periods) is stated in alliance time:
/// `block.timestamp` less all seconds spent paused. While paused it stands still, so a pause lengthens every deadline
/// by exactly its own length (INV-10). Without a pause it equals `block.timestamp`.
interface IAllianceClock {
    /// @notice The guardian stopped the clock; no points enter until {unpause}.
    event Paused(address indexed guardian, uint40 allianceTime);
    /// @notice The clock runs again. `pausedSeconds` is the sum of all pauses so far.
    event Unpaused(address indexed guardian, uint40 pausedSeconds);

    /// @dev {pause} while paused.
    error ClockAlreadyPaused();
    /// @dev {unpause} while running.
    error ClockNotPaused();

    /// @notice Stops convert-ins and the clock. Claims and returns go on. Guardian only.
    function pause() external;

    /// @notice Starts the clock where it stopped. Guardian only.
    function unpause() external;

    /// @notice Alliance time in seconds and whether it stands still, in one call.
    function read() external view returns (uint40 time, bool isPaused);

    /// @notice Alliance time in seconds.
    function allianceTime() external view returns (uint40);

    /// @notice True between {pause} and {unpause}.
    function paused() external view returns (bool);
}
