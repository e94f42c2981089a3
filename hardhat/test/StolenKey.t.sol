// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus, IBrandRegistry} from "../contracts/interfaces/IBrandRegistry.sol";
import {IConversionDesk, RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice Pitfall 26: whoever has a brand's hot key issues at most what the limiter gives in the time that the guardian
/// needs, by whatever kind of item; afterwards nothing.
contract StolenKeyTest is DeskFixture {
    uint208 private constant LIMIT = 1_000_000;
    uint48 private constant REFILL = 1 days;
    address private constant THIEF = address(0xBAD);

    function setUp() public {
        _deployWithBrands();
        registry.setLimiter(B, LIMIT, REFILL);
    }

    function testFuzz_a_thief_issues_no_more_than_the_limiter_gives_until_the_pause(
        uint16 reaction,
        uint8 step
    ) public {
        uint256 seconds_ = _between(reaction, 1, 6 hours);
        uint256 each = _between(step, 1, 240) * 60;
        uint256 until = block.timestamp + seconds_;
        uint256 stolen = 0;
        uint256 nonce = 0;
        while (block.timestamp < until) {
            stolen += _plunder(++nonce);
            vm.warp(block.timestamp + each < until ? block.timestamp + each : until);
        }
        stolen += _plunder(++nonce);
        uint256 most = LIMIT + (LIMIT * seconds_) / REFILL;
        vm.assertLe(stolen, most, "INV-11: capacity, and what refilled meanwhile");
        vm.assertTrue(stolen > most - most / 50 - 20, "the thief did take nearly all of it");
        vm.assertEq(clearing.positionOf(B), -int256(stolen), "and it is B's debt, nobody else's");

        clock.pause();
        vm.warp(block.timestamp + 30 days);
        vm.assertEq(_plunder(++nonce), 0, "nothing after the pause, however long it is");
    }

    function test_suspension_stops_the_thief_and_lets_the_others_go_on() public {
        registry.setStatus(B, BrandStatus.Suspended);
        vm.assertEq(_plunder(1), 0, "nothing");
        _expectAccepted(A, ItemBuilder.convertIn(1, C, _now() + 1 days, 100, keccak256("salt")));
    }

    function test_a_new_key_goes_on_where_the_old_one_stopped() public {
        vm.assertEq(_plunder(1), LIMIT, "all that the limiter has");
        uint40 next = desk.nextSeq(B);
        address old = registry.hotKeyOf(B);
        vm.prank(_cold(B));
        registry.rotateHotKey(B, _hot(12)); // by the cold key alone, without waiting for the operator
        bytes memory items = ItemBuilder.convertIn(1, A, _now() + 1 days, 1, keccak256("salt"));
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.NotHotKey.selector, B, old));
        vm.prank(old);
        desk.postBatch(B, next, items);
        vm.prank(_hot(12));
        desk.postBatch(B, next, items); // INV-4: without a gap
        vm.assertEq(desk.nextSeq(B), next + 1, "the sequence is the brand's, not the key's");
        vm.assertEq(registry.limiterAvailable(B), 0, "INV-11: a new key does not refill");
    }

    function test_a_retired_key_never_posts_for_another_brand() public {
        vm.prank(_cold(B));
        registry.rotateHotKey(B, _hot(12));
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.HotKeyTaken.selector, _hot(B), B));
        registry.setKeys(A, _hot(B), _cold(A), _pay(A));
    }

    /// @dev Every way to issue, at once, for as much as is left.
    function _plunder(uint256 nonce) private returns (uint256 taken) {
        uint64 left = uint64(registry.limiterAvailable(B));
        uint64 part = left / 4;
        bytes32 salt = bytes32(nonce);
        uint40 deadline = _now() + 1 days;
        bytes memory items = bytes.concat(
            ItemBuilder.convertIn(1, A, deadline, part, salt),
            ItemBuilder.toWallet(1, part, THIEF),
            ItemBuilder.fund(A, deadline, part, salt),
            ItemBuilder.unspend(A, deadline, part, salt)
        );
        for (uint64 i = 0; i < 3; ++i) items = bytes.concat(items, ItemBuilder.toWallet(1, left, THIEF));
        items = bytes.concat(items, ItemBuilder.toWallet(1, left - 4 * part, THIEF));
        Outcome[] memory outcomes = _post(B, items);
        for (uint256 i = 0; i < outcomes.length; ++i) {
            if (outcomes[i].reason == RejectReason.None) taken += outcomes[i].units;
        }
    }
}
