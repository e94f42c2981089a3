// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAllianceClock} from "../contracts/interfaces/IAllianceClock.sol";
import {AllianceFixture} from "./support/AllianceFixture.sol";

/// @notice INV-10: a pause lengthens every deadline by its own length.
contract AllianceClockTest is AllianceFixture {
    function setUp() public {
        _deploy();
    }

    function test_runs_with_the_chain_until_the_first_pause() public {
        vm.warp(START + 5);
        vm.assertEq(clock.allianceTime(), START + 5, "alliance time is chain time");
        vm.assertFalse(clock.paused(), "running");
    }

    function testFuzz_stands_still_while_paused(uint24 before, uint24 first, uint24 between, uint24 second) public {
        uint256 at = uint256(START) + before;
        vm.warp(at);
        clock.pause();
        vm.warp(at += first);
        vm.assertEq(clock.allianceTime(), START + before, "frozen");
        clock.unpause();
        vm.assertEq(clock.allianceTime(), START + before, "goes on where it stopped");
        vm.warp(at += between);
        clock.pause();
        vm.warp(at += second);
        (uint40 time, bool isPaused) = clock.read();
        vm.assertEq(time, uint256(START) + before + between, "INV-10: chain time less all pauses");
        vm.assertTrue(isPaused, "paused");
    }

    function test_a_pause_is_announced_with_its_time() public {
        vm.warp(START + 1);
        vm.expectEmit(true, true, true, true, address(clock));
        emit IAllianceClock.Paused(address(this), START + 1);
        clock.pause();
        vm.warp(START + 11);
        vm.expectEmit(true, true, true, true, address(clock));
        emit IAllianceClock.Unpaused(address(this), 10);
        clock.unpause();
    }

    function test_only_the_guardian_pauses() public {
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, _hot(1));
        vm.expectRevert(refused);
        vm.prank(_hot(1));
        clock.pause();
        clock.pause();
        vm.expectRevert(refused);
        vm.prank(_hot(1));
        clock.unpause();
    }

    function test_pausing_twice_is_refused() public {
        clock.pause();
        vm.expectRevert(IAllianceClock.ClockAlreadyPaused.selector);
        clock.pause();
    }

    function test_unpausing_a_running_clock_is_refused() public {
        vm.expectRevert(IAllianceClock.ClockNotPaused.selector);
        clock.unpause();
    }
}
