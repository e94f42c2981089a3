// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {IConversionDesk} from "../contracts/interfaces/IConversionDesk.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice INV-7: a claim is emptied once, by claim before the deadline or by return from it on. INV-10: never stopped.
contract ClaimsTest is DeskFixture {
    bytes32 private constant SALT = keccak256("salt");

    function setUp() public {
        _deployWithBrands();
    }

    function test_points_cross_from_A_to_B() public {
        uint40 deadline = _convertIn(100, 1 days);
        address claim = desk.claimAddress(A, _commitment(B, 1, SALT), deadline);
        vm.assertEq(point.balanceOf(claim), 200, "minted to an address without a key");
        vm.assertEq(clearing.positionOf(A), -200, "A issued");
        Outcome memory outcome = _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
        vm.assertEq(outcome.kind, 2, "claim");
        vm.assertEq(outcome.units, 200, "the whole balance");
        vm.assertEq(outcome.localAmount, 200, "INV-6: what B owes its member");
        vm.assertEq(point.totalSupply(), 0, "burnt");
        vm.assertEq(clearing.positionOf(B), 200, "B redeemed");
    }

    function test_an_unclaimed_conversion_goes_back_to_A() public {
        uint40 deadline = _convertIn(100, 1 days);
        vm.warp(deadline);
        Outcome memory outcome = _expectAccepted(A, ItemBuilder.giveBack(B, deadline, _commitment(B, 1, SALT)));
        vm.assertEq(outcome.kind, 3, "return");
        vm.assertEq(outcome.units, 200, "the whole balance");
        vm.assertEq(outcome.localAmount, 0, "A re-credits what it took");
        vm.assertEq(clearing.positionOf(A), 0, "A's position is restored");
    }

    function test_the_claim_address_is_the_first_20_bytes_of_the_hash() public view {
        bytes32 domain = keccak256(abi.encode(keccak256("PointsAlliance.Claim.v1"), block.chainid, address(desk)));
        vm.assertEq(desk.CLAIM_DOMAIN(), domain, "domain");
        bytes32 hash = keccak256(abi.encode(domain, A, SALT, START));
        vm.assertEq(desk.claimAddress(A, SALT, START), address(bytes20(hash)), "first 20 bytes");
    }

    function test_claim_addresses_of_two_desks_differ() public {
        IConversionDesk other = _newDesk();
        vm.assertTrue(other.claimAddress(A, SALT, START) != desk.claimAddress(A, SALT, START), "pitfall 24");
    }

    function testFuzz_exactly_one_of_claim_and_return_succeeds(uint24 life, uint32 at, bool returnFirst) public {
        uint40 deadline = _convertIn(100, uint40(_between(life, 1, WINDOW)));
        vm.warp(_between(at, START, uint256(START) + 2 * WINDOW));
        bytes memory claim = ItemBuilder.claim(1, A, deadline, SALT);
        bytes memory giveBack = ItemBuilder.giveBack(B, deadline, _commitment(B, 1, SALT));
        bool early = block.timestamp < deadline;
        RejectReason claimed;
        RejectReason returned;
        if (returnFirst) {
            returned = _postOne(A, giveBack).reason;
            claimed = _postOne(B, claim).reason;
        } else {
            claimed = _postOne(B, claim).reason;
            returned = _postOne(A, giveBack).reason;
        }
        vm.assertTrue(claimed == (early ? RejectReason.None : RejectReason.DeadlinePassed), "claim before");
        vm.assertTrue(returned == (early ? RejectReason.TooEarly : RejectReason.None), "return from then on");
    }

    function test_at_the_deadline_second_the_return_wins() public {
        uint40 deadline = _convertIn(100, 1 days);
        vm.warp(deadline);
        _expectReason(B, ItemBuilder.claim(1, A, deadline, SALT), RejectReason.DeadlinePassed);
        _expectAccepted(A, ItemBuilder.giveBack(B, deadline, _commitment(B, 1, SALT)));
    }

    function test_one_second_before_the_deadline_the_claim_wins() public {
        uint40 deadline = _convertIn(100, 1 days);
        vm.warp(deadline - 1);
        _expectReason(A, ItemBuilder.giveBack(B, deadline, _commitment(B, 1, SALT)), RejectReason.TooEarly);
        _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
    }

    function testFuzz_a_pause_extends_the_deadline_by_its_length(uint24 pause, bool stillPaused) public {
        uint40 deadline = _convertIn(100, 1 days);
        vm.warp(START + 12 hours);
        clock.pause();
        vm.warp(block.timestamp + pause);
        if (!stillPaused) {
            clock.unpause();
            vm.warp(block.timestamp + 12 hours - 1); // the last second before the extended deadline
        }
        _expectReason(A, ItemBuilder.giveBack(B, deadline, _commitment(B, 1, SALT)), RejectReason.TooEarly);
        _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
    }

    function test_neither_pause_nor_status_stops_claim_and_return() public {
        uint40 claimed = _convertIn(100, 2 days);
        uint40 returned = _convertIn(100, 1 days);
        vm.warp(returned);
        clock.pause();
        point.pause();
        BrandStatus[2] memory statuses = [BrandStatus.ExitOnly, BrandStatus.Suspended];
        registry.setStatus(B, statuses[0]);
        registry.setStatus(A, statuses[1]);
        _expectAccepted(B, ItemBuilder.claim(1, A, claimed, SALT));
        _expectAccepted(A, ItemBuilder.giveBack(B, returned, _commitment(B, 1, SALT)));
    }

    function test_the_same_code_used_twice_adds_up_and_is_claimed_at_once() public {
        uint40 deadline = _convertIn(100, 1 days);
        _convertIn(50, 1 days);
        Outcome memory outcome = _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
        vm.assertEq(outcome.units, 300, "the whole balance");
    }

    function _convertIn(uint64 amount, uint40 life) private returns (uint40 deadline) {
        deadline = _now() + life;
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, amount, _commitment(B, 1, SALT)));
    }
}
