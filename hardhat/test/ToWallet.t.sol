// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../contracts/interfaces/IRateBoard.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice TO_WALLET: a convert-in whose units go to a member's own wallet, or to a vault, instead of a claim address.
contract ToWalletTest is DeskFixture {
    address private constant WALLET = address(0xA11CE);

    function setUp() public {
        _deployWithBrands();
    }

    function test_points_come_into_a_wallet_at_the_named_rate() public {
        Outcome memory outcome = _expectAccepted(A, _in(100));
        vm.assertEq(outcome.kind, 4, "to wallet");
        vm.assertEq(outcome.rateVersion, 1, "version");
        vm.assertEq(outcome.localAmount, 100, "local");
        vm.assertEq(outcome.units, 200, "INV-6: 100 points at 2 for 1");
        vm.assertEq(point.balanceOf(WALLET), 200, "in the wallet");
        vm.assertEq(clearing.positionOf(A), -200, "A issued");
    }

    function test_deadline_and_counterparty_are_not_read() public {
        _expectAccepted(A, ItemBuilder.item(4, 1, 77, 1, 5, bytes32(uint256(uint160(WALLET)))));
        vm.assertEq(point.balanceOf(WALLET), 10, "minted");
    }

    function test_an_address_that_is_none() public {
        _expectReason(A, ItemBuilder.toWallet(1, 1, address(0)), RejectReason.InvalidWallet);
        bytes32 tooLong = bytes32(uint256(1) << 160);
        _expectReason(A, ItemBuilder.item(4, 1, 0, 0, 1, tooLong), RejectReason.InvalidWallet);
        _expectReason(A, ItemBuilder.item(4, 1, 0, 0, 1, keccak256("a commitment")), RejectReason.InvalidWallet);
    }

    function test_everything_that_stops_an_issue_stops_it() public {
        _expectReason(A, _in(0), RejectReason.AmountZero);
        _expectReason(A, _by(2), RejectReason.RateUnknown);
        uint40 superseded = _now() + NOTICE;
        _announce(A, Rate(1, 1, 1, 3), superseded);
        _expectReason(A, _by(2), RejectReason.RateNotEffective);
        vm.warp(superseded + GRACE);
        _expectReason(A, _by(1), RejectReason.RateExpired);
        clock.pause();
        _expectReason(A, _by(2), RejectReason.Paused); // INV-10
        clock.unpause();
        registry.setStatus(A, BrandStatus.ExitOnly);
        _expectReason(A, _by(2), RejectReason.BrandNotActive);
    }

    function test_the_limits_hold() public {
        registry.setCreditLine(A, 10);
        _expectReason(A, _in(6), RejectReason.CreditLimit); // INV-3
        _expectAccepted(A, _in(5));
        registry.setCreditLine(A, CREDIT);
        registry.setLimiter(A, 20, 20);
        _expectReason(A, _in(6), RejectReason.RateLimited); // INV-11: 10 of 20 are used
        registry.setCreditLine(A, type(uint128).max);
        registry.setLimiter(A, type(uint128).max, 1);
        vm.warp(block.timestamp + 1);
        _expectReason(A, _in(1 << 63), RejectReason.AmountOverflow);
    }

    function testFuzz_a_wallet_gets_what_a_claim_address_would(uint64 amount, uint8 brand) public {
        uint32 source = 1 + (brand % 3);
        amount = uint64(_between(amount, 10, 1e11));
        Outcome memory wallet = _expectAccepted(source, ItemBuilder.toWallet(1, amount, WALLET));
        bytes memory item = ItemBuilder.convertIn(1, B, _now() + 1, amount, keccak256("salt"));
        vm.assertEq(wallet.units, _expectAccepted(source, item).units, "INV-6");
    }

    function _in(uint64 amount) private pure returns (bytes memory) {
        return ItemBuilder.toWallet(1, amount, WALLET);
    }

    function _by(uint32 version) private pure returns (bytes memory) {
        return ItemBuilder.toWallet(version, 5, WALLET);
    }
}
