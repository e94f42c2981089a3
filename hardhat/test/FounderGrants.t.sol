// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {GrantOrder, IFounderMembership} from "../contracts/interfaces/IFounderMembership.sol";
import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {DeskFixture} from "./support/DeskFixture.sol";
import {FounderFixture} from "./support/FounderFixture.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";

/// @notice Monthly grants (R-NFT-2; INV-23, INV-24; pitfalls 29 and 34).
contract FounderGrantsTest is FounderFixture {
    uint256 private constant GRANT = 100_000;

    function setUp() public {
        _deployFounders();
        _issueTo(ANN);
        _fill(address(founders), 10 * GRANT);
    }

    function test_a_grant_waits_as_a_claim_and_becomes_local_points() public {
        vm.assertEq(founders.GRANT(), 1_000 * 10 ** 2, "R-NFT-2: 1,000 points of two decimals");
        GrantOrder memory order = _grantOrder(1);
        address claim = desk.claimAddress(A, order.commitment, order.claimDeadline);
        uint256 supply = point.totalSupply();
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.GrantPaid(
            1,
            vm.addr(ANN),
            order.month,
            A,
            order.commitment,
            order.claimDeadline,
            uint64(GRANT)
        );
        vm.expectEmit(true, true, true, true, address(founders));
        emit IERC4906.MetadataUpdate(1);
        bytes memory signature = _sign(ANN, _digest(order));
        vm.prank(RELAY);
        founders.claimGrant(order, signature);
        vm.assertEq(point.balanceOf(claim), GRANT, "waits");
        vm.assertEq(point.totalSupply(), supply, "INV-24: nothing is minted for a grant");
        vm.assertEq(founders.vault(), 9 * GRANT, "INV-24: the vault pays");
        int256 position = clearing.positionOf(B);
        bytes memory item = ItemBuilder.claim(1, A, order.claimDeadline, bytes32(uint256(1)));
        vm.assertEq(_expectAccepted(B, item).localAmount, GRANT, "at B's rate of 1:1");
        vm.assertEq(clearing.positionOf(B), position + int256(GRANT), "B redeemed what the sponsor issued");
    }

    function test_an_unclaimed_grant_returns_to_the_sponsor_and_uses_the_month() public {
        GrantOrder memory order = _grantOrder(1);
        _grantTo(ANN, order);
        bytes memory item = ItemBuilder.giveBack(B, order.claimDeadline, order.commitment);
        _expectReason(A, item, RejectReason.TooEarly);
        vm.warp(order.claimDeadline);
        int256 position = clearing.positionOf(A);
        _expectAccepted(A, item);
        vm.assertEq(clearing.positionOf(A), position + int256(GRANT), "the sponsor's position is restored");
        GrantOrder memory again = _grantOrder(1);
        bytes memory signature = _sign(ANN, _digest(again));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.AlreadyGranted.selector, 1, again.month));
        founders.claimGrant(again, signature);
    }

    function test_one_grant_a_month_and_one_the_next() public {
        GrantOrder memory order = _grantOrder(1);
        _grantTo(ANN, order);
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.AlreadyGranted.selector, 1, order.month));
        founders.claimGrant(order, signature);
        vm.warp(START + 31 days);
        vm.assertTrue(founders.currentMonth() > order.month, "the next month");
        _grantTo(ANN, _grantOrder(1));
        vm.assertEq(founders.lastGrantMonth(1), founders.currentMonth(), "INV-23");
        vm.assertEq(founders.vault(), 8 * GRANT, "two grants");
    }

    function test_a_transfer_in_the_middle_of_a_month_gives_no_second_grant() public {
        _grantTo(ANN, _grantOrder(1));
        _transferBy(ANN, 1, vm.addr(BEN));
        GrantOrder memory order = _grantOrder(1);
        bytes memory signature = _sign(BEN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.AlreadyGranted.selector, 1, order.month));
        founders.claimGrant(order, signature);
    }

    function test_who_holds_the_token_claims_the_month_that_nobody_claimed() public {
        GrantOrder memory old = _grantOrder(1);
        bytes memory signedBefore = _sign(ANN, _digest(old));
        _transferBy(ANN, 1, vm.addr(BEN));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, old.nonce + 1, old.nonce));
        founders.claimGrant(old, signedBefore);
        GrantOrder memory order = _grantOrder(1);
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongSigner.selector, 1, vm.addr(BEN), vm.addr(ANN)));
        founders.claimGrant(order, signature);
        _grantTo(BEN, order);
        vm.assertEq(founders.lastGrantMonth(1), order.month, "the holder of the moment");
    }

    function test_a_grant_voids_no_listing() public {
        uint64 nonce = founders.nonceOf(1);
        _grantTo(ANN, _grantOrder(1));
        vm.assertEq(founders.nonceOf(1), nonce, "signatures stay good");
    }

    function testFuzz_an_empty_vault_pays_nothing_and_uses_no_month(uint64 short) public {
        point.burn(address(founders), 10 * GRANT);
        uint256 left = short % GRANT;
        _fill(address(founders), left);
        GrantOrder memory order = _grantOrder(1);
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.VaultEmpty.selector, left, GRANT));
        founders.claimGrant(order, signature);
        vm.assertEq(founders.lastGrantMonth(1), 0, "INV-24: the month is not used up");
        _fill(address(founders), GRANT - left);
        founders.claimGrant(order, signature);
        vm.assertEq(founders.vault(), 0, "INV-24: paid once it is filled, by the same signature");
    }

    function test_a_month_can_be_claimed_neither_early_nor_late() public {
        GrantOrder memory order = _grantOrder(1);
        uint24 month = order.month;
        for (uint24 wrong = month - 1; wrong <= month + 1; wrong += 2) {
            order.month = wrong;
            bytes memory signature = _sign(ANN, _digest(order));
            vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongMonth.selector, month, wrong));
            founders.claimGrant(order, signature);
        }
    }

    function test_the_sponsor_is_the_one_of_the_terms() public {
        GrantOrder memory order = _grantOrder(1);
        order.sponsorBrand = B;
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongSponsor.selector, A, B));
        founders.claimGrant(order, signature);
        founders.setTerms(B, TREASURY, 0);
        founders.claimGrant(order, signature);
        vm.assertEq(founders.vault(), 9 * GRANT, "with new terms it is");
    }

    function testFuzz_a_claims_deadline_is_within_the_desks_window(uint40 deadline) public {
        GrantOrder memory order = _grantOrder(1);
        order.claimDeadline = deadline;
        bytes memory signature = _sign(ANN, _digest(order));
        if (deadline <= START || deadline > START + WINDOW) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IFounderMembership.InvalidClaimDeadline.selector,
                    deadline,
                    START + 1,
                    START + WINDOW
                )
            );
        }
        founders.claimGrant(order, signature);
    }

    function test_the_edges_of_the_claims_deadline() public {
        GrantOrder memory order = _grantOrder(1);
        order.claimDeadline = START;
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectPartialRevert(IFounderMembership.InvalidClaimDeadline.selector);
        founders.claimGrant(order, signature);
        order.claimDeadline = START + WINDOW + 1;
        signature = _sign(ANN, _digest(order));
        vm.expectPartialRevert(IFounderMembership.InvalidClaimDeadline.selector);
        founders.claimGrant(order, signature);
        order.claimDeadline = START + WINDOW;
        _grantTo(ANN, order);
    }

    function test_a_pause_of_the_point_stops_grants_and_uses_no_month() public {
        GrantOrder memory order = _grantOrder(1);
        bytes memory signature = _sign(ANN, _digest(order));
        point.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        founders.claimGrant(order, signature);
        point.unpause();
        founders.claimGrant(order, signature);
        vm.assertEq(founders.lastGrantMonth(1), order.month, "paid after the pause");
    }

    function test_a_pause_of_the_clock_keeps_the_month() public {
        uint24 month = founders.currentMonth();
        clock.pause();
        vm.warp(START + 90 days);
        vm.assertEq(founders.currentMonth(), month, "alliance time stands still");
    }
}
