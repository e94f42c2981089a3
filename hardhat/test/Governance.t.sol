// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {IConversionDesk} from "../contracts/interfaces/IConversionDesk.sol";
import {Roles} from "../contracts/libraries/Roles.sol";
import {DeskFixture} from "./support/DeskFixture.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";

/// @notice Execution delays on administrative paths, and a desk that replaces another.
contract GovernanceTest is DeskFixture {
    address private constant OFFICER = address(0x0FF1CE);
    bytes32 private constant SALT = keccak256("salt");

    function setUp() public {
        _deployWithBrands();
    }

    function test_an_officer_with_a_delay_announces_a_change_first() public {
        authority.grantRole(Roles.RISK, OFFICER, 2 days);
        bytes memory change = abi.encodeCall(registry.setCreditLine, (A, 5));
        bytes32 operation = authority.hashOperation(OFFICER, address(registry), change);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation));
        vm.prank(OFFICER);
        registry.setCreditLine(A, 5);

        vm.prank(OFFICER);
        authority.schedule(address(registry), change, 0);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, operation));
        vm.prank(OFFICER);
        registry.setCreditLine(A, 5);
        vm.warp(block.timestamp + 2 days);
        vm.prank(OFFICER);
        registry.setCreditLine(A, 5);
        vm.assertEq(registry.issueLimitOf(A), 5, "after the delay");
    }

    function test_a_guardian_pauses_without_delay() public {
        authority.grantRole(Roles.GUARDIAN, OFFICER, 0);
        vm.prank(OFFICER);
        clock.pause();
        vm.assertTrue(desk.paused(), "at once");
    }

    function test_a_new_desk_replaces_the_old_one_whose_claims_go_on() public {
        uint40 deadline = _now() + 1 days;
        bytes memory mint = ItemBuilder.convertIn(1, B, deadline, 100, _commitment(B, 1, SALT));
        _expectAccepted(A, mint);
        IConversionDesk old = desk;
        desk = _newDesk();
        point.setDesk(address(desk), true);
        registry.setDesk(address(desk), true);
        clearing.setDesk(address(desk), true);
        vm.assertEq(desk.nextSeq(A), 1, "a desk has its own numbers");
        _expectAccepted(A, mint);
        _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
        vm.assertEq(point.totalSupply(), 200, "the old desk's claim is not the new one's");
        desk = old;
        _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
        vm.assertEq(point.totalSupply(), 0, "INV-7: each once");
    }

    function test_a_rotated_hot_key_posts_and_the_old_one_does_not() public {
        vm.prank(_cold(A));
        registry.rotateHotKey(A, address(0xA11CE));
        bytes memory item = ItemBuilder.convertIn(1, B, _now() + 1 days, 1, SALT);
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.NotHotKey.selector, A, _hot(A)));
        vm.prank(_hot(A));
        desk.postBatch(A, 1, item);
        _expectAccepted(A, item);
    }

    function test_a_brand_whose_members_points_are_back_closes() public {
        uint40 deadline = _now() + 1 days;
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 100, SALT));
        registry.setStatus(A, BrandStatus.ExitOnly);
        vm.warp(deadline);
        _expectAccepted(A, ItemBuilder.giveBack(B, deadline, SALT));
        registry.setStatus(A, BrandStatus.Closed);
        vm.assertTrue(registry.statusOf(A) == BrandStatus.Closed, "an orderly exit");
    }
}
