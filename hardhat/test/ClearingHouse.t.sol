// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IClearingHouse} from "../contracts/interfaces/IClearingHouse.sol";
import {IDeskControlled} from "../contracts/interfaces/IDeskControlled.sol";
import {AllianceFixture} from "./support/AllianceFixture.sol";

/// @notice INV-3: an issue never takes a position below the limit.
contract ClearingHouseTest is AllianceFixture {
    function setUp() public {
        _deploy();
        _register(1);
        clearing.setDesk(address(this), true);
        registry.setCreditLine(1, 100);
        registry.setCollateral(1, 50);
    }

    function test_only_desks_record() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskControlled.NotDesk.selector, _hot(1)));
        vm.prank(_hot(1));
        clearing.record(1, 1, 0);
    }

    function test_the_position_is_redeemed_less_issued() public {
        vm.expectEmit(true, true, true, true, address(clearing));
        emit IClearingHouse.PositionChanged(1, 90, 30);
        clearing.record(1, 90, 30);
        (uint128 issued, uint128 redeemed, int128 paid) = clearing.position(1);
        vm.assertEq(issued, 90, "issued");
        vm.assertEq(redeemed, 30, "redeemed");
        vm.assertEq(paid, 0, "nothing was paid yet");
        vm.assertEq(clearing.positionOf(1), -60, "position");
        vm.assertEq(clearing.headroomOf(1), 90, "headroom");
        vm.assertEq(clearing.poolCash(), 0, "pool cash");
    }

    function test_an_issue_to_the_last_unit_of_the_limit_is_taken_and_one_more_refused() public {
        clearing.record(1, 150, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IClearingHouse.CreditLimitExceeded.selector, 1, int256(-151), uint256(150))
        );
        clearing.record(1, 1, 0);
    }

    function test_a_redemption_is_taken_even_below_a_lowered_limit() public {
        clearing.record(1, 150, 0);
        registry.setCreditLine(1, 0);
        vm.assertEq(clearing.headroomOf(1), -100, "overdrawn");
        clearing.record(1, 0, 1);
        vm.assertEq(clearing.positionOf(1), -149, "better, though still below the limit");
    }

    function testFuzz_an_issue_never_ends_below_the_limit(uint128 issued, uint128 redeemed, uint96 credit) public {
        registry.setCreditLine(1, credit);
        (bool done, ) = address(clearing).call(abi.encodeCall(clearing.record, (1, issued, redeemed)));
        int256 wanted = int256(uint256(redeemed)) - int256(uint256(issued));
        bool lawful = issued == 0 || wanted >= -int256(uint256(credit) + 50);
        vm.assertTrue(done == lawful, "INV-3");
    }
}
