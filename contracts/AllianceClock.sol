// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAllianceClock} from "./interfaces/IAllianceClock.sol";

/// @title The alliance clock
/// @notice See {IAllianceClock} for what it promises.
contract AllianceClock is IAllianceClock, AccessManaged {
    /// @dev `block.timestamp` of the pause in force; zero while running.
    uint40 private _pausedAt;
    /// @dev Sum of all pauses that ended.
    uint40 private _pausedSeconds;

    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc IAllianceClock
    function pause() external override restricted {
        require(_pausedAt == 0, ClockAlreadyPaused());
        _pausedAt = uint40(block.timestamp);
        emit Paused(msg.sender, allianceTime());
    }

    /// @inheritdoc IAllianceClock
    function unpause() external override restricted {
        require(_pausedAt != 0, ClockNotPaused());
        _pausedSeconds += uint40(block.timestamp) - _pausedAt;
        _pausedAt = 0;
        emit Unpaused(msg.sender, _pausedSeconds);
    }

    /// @inheritdoc IAllianceClock
    function read() external view override returns (uint40 time, bool isPaused) {
        return (allianceTime(), paused());
    }

    /// @inheritdoc IAllianceClock
    function allianceTime() public view override returns (uint40) {
        uint40 running = _pausedAt == 0 ? uint40(block.timestamp) : _pausedAt;
        return running - _pausedSeconds; // INV-10
    }

    /// @inheritdoc IAllianceClock
    function paused() public view override returns (bool) {
        return _pausedAt != 0;
    }
}
