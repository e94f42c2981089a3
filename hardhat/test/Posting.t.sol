// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IConversionDesk, RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {IDeskControlled} from "../contracts/interfaces/IDeskControlled.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice INV-4 and INV-5: who posts, in which order, and what a batch says. Pitfalls 18, 20, 23.
contract PostingTest is DeskFixture {
    bytes32 private constant SALT = keccak256("salt");

    function setUp() public {
        _deployWithBrands();
    }

    function test_only_the_hot_key_posts() public {
        bytes memory items = _good();
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.NotHotKey.selector, A, _cold(A)));
        vm.prank(_cold(A));
        desk.postBatch(A, 1, items);
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.NotHotKey.selector, A, _hot(B)));
        vm.prank(_hot(B));
        desk.postBatch(A, 1, items);
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.NotHotKey.selector, 9, _hot(A)));
        vm.prank(_hot(A));
        desk.postBatch(9, 1, items);
    }

    function testFuzz_a_batch_out_of_sequence_is_refused_and_its_number_stays_unused(uint40 seq) public {
        _postOne(A, _good());
        vm.assume(seq != 2);
        bytes memory items = _good();
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.BatchOutOfSequence.selector, A, 2, seq));
        vm.prank(_hot(A));
        desk.postBatch(A, seq, items);
        vm.assertEq(desk.nextSeq(A), 2, "INV-4: unused");
    }

    function test_each_brand_has_its_own_numbers() public {
        _postOne(A, _good());
        _postOne(A, _good());
        vm.assertEq(desk.nextSeq(A), 3, "A");
        vm.assertEq(desk.nextSeq(B), 1, "B");
    }

    function test_the_number_is_in_the_brands_own_slot() public {
        _postOne(A, _good());
        bytes32 slot = keccak256(abi.encode(uint256(A), uint256(0)));
        vm.assertEq(uint256(vm.load(address(desk), slot)), 1, "the number of the last batch");
    }

    function testFuzz_items_have_a_fixed_width(uint16 length) public {
        uint256 size = uint256(length) % (200 * 86);
        if (size % 86 == 0 && size / 86 >= 1 && size / 86 <= 150) ++size;
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.InvalidItemsLength.selector, size));
        vm.prank(_hot(A));
        desk.postBatch(A, 1, new bytes(size));
    }

    function test_150_items_are_taken_and_151_refused() public {
        bytes memory items = new bytes(150 * 86);
        Outcome[] memory outcomes = _post(A, items);
        for (uint256 i = 0; i < 150; ++i) {
            vm.assertTrue(outcomes[i].reason == RejectReason.UnknownKind, "kind 0");
        }
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.InvalidItemsLength.selector, 151 * 86));
        vm.prank(_hot(A));
        desk.postBatch(A, 2, new bytes(151 * 86));
    }

    function test_a_batch_is_announced_with_the_hash_of_its_items() public {
        bytes memory items = bytes.concat(_good(), _good());
        vm.expectEmit(true, true, true, true, address(desk));
        emit IConversionDesk.BatchPosted(A, 1, keccak256(items), 2);
        vm.prank(_hot(A));
        desk.postBatch(A, 1, items);
    }

    function test_one_bad_item_does_not_hurt_its_neighbours() public {
        bytes memory bad = ItemBuilder.convertIn(99, B, _now() + 1 days, 1, SALT);
        Outcome[] memory outcomes = _post(A, bytes.concat(_good(), bad, _good(), bad, _good()));
        for (uint256 i = 0; i < outcomes.length; ++i) {
            RejectReason expected = i % 2 == 0 ? RejectReason.None : RejectReason.RateUnknown;
            vm.assertTrue(outcomes[i].reason == expected, "pitfall 23");
        }
        vm.assertEq(clearing.positionOf(A), -600, "three items of 100 points, 2 units each");
    }

    function test_an_item_says_what_came_in_and_what_was_minted() public {
        Outcome memory outcome = _expectAccepted(A, _good());
        vm.assertEq(outcome.kind, 1, "convert-in");
        vm.assertEq(outcome.rateVersion, 1, "version");
        vm.assertEq(outcome.localAmount, 100, "local");
        vm.assertEq(outcome.units, 200, "INV-6: 100 points at 2 for 1");
    }

    function test_items_of_a_batch_act_in_their_order() public {
        bytes32 commitment = _commitment(A, 1, SALT);
        uint40 deadline = _now() + 1 days;
        bytes memory mint = ItemBuilder.convertIn(1, A, deadline, 300, commitment);
        bytes memory claim = ItemBuilder.claim(1, A, deadline, SALT);
        Outcome[] memory outcomes = _post(A, bytes.concat(claim, mint, mint, claim, claim, mint));
        vm.assertTrue(outcomes[0].reason == RejectReason.NothingToClaim, "before it was minted");
        vm.assertEq(outcomes[3].units, 1200, "both mints at once");
        vm.assertEq(outcomes[3].localAmount, 400, "3 units are 1 point");
        vm.assertTrue(outcomes[4].reason == RejectReason.NothingToClaim, "INV-7: emptied once");
        vm.assertEq(point.totalSupply(), 600, "the last mint remains");
        vm.assertEq(clearing.positionOf(A), -600, "INV-2");
    }

    function test_a_removed_desk_can_do_nothing() public {
        point.setDesk(address(desk), false);
        bytes memory items = _good();
        vm.expectRevert(abi.encodeWithSelector(IDeskControlled.NotDesk.selector, address(desk)));
        vm.prank(_hot(A));
        desk.postBatch(A, 1, items);
    }

    function _good() private view returns (bytes memory) {
        return ItemBuilder.convertIn(1, B, _now() + 1 days, 100, SALT);
    }
}
