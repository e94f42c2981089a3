// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../contracts/interfaces/IRateBoard.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice Each reason of rejection, provoked. A rejected item changes nothing (INV-5).
contract RejectionsTest is DeskFixture {
    bytes32 private constant SALT = keccak256("salt");

    function setUp() public {
        _deployWithBrands();
    }

    function testFuzz_an_unknown_kind(uint8 kind) public {
        if (kind >= 1 && kind <= 8) kind += 8;
        _expectReason(A, ItemBuilder.item(kind, 1, B, _now() + 1, 1, SALT), RejectReason.UnknownKind);
    }

    function test_a_brand_that_is_not_active_brings_nothing_in() public {
        registry.setStatus(A, BrandStatus.ExitOnly);
        _expectReason(A, _in(1), RejectReason.BrandNotActive);
        registry.setStatus(A, BrandStatus.Suspended);
        _expectReason(A, _in(1), RejectReason.BrandNotActive);
        registry.setStatus(A, BrandStatus.ExitOnly);
        registry.setStatus(A, BrandStatus.Closed);
        _expectReason(A, _in(1), RejectReason.BrandNotActive);
    }

    function test_nothing_comes_in_while_paused() public {
        clock.pause();
        _expectReason(A, _in(1), RejectReason.Paused);
        clock.unpause();
        _expectAccepted(A, _in(1));
    }

    function test_an_unknown_version() public {
        _expectReason(A, _inBy(0, 1), RejectReason.RateUnknown);
        _expectReason(A, _inBy(2, 1), RejectReason.RateUnknown);
        _expectReason(A, _claimBy(0), RejectReason.RateUnknown);
        _expectReason(A, _claimBy(2), RejectReason.RateUnknown);
    }

    function test_a_pending_version() public {
        _announce(A, Rate(1, 1, 1, 3), _now() + NOTICE);
        _expectReason(A, _inBy(2, 1), RejectReason.RateNotEffective);
        _expectReason(A, _claimBy(2), RejectReason.RateNotEffective);
    }

    function test_an_in_rate_expires_a_quote_grace_after_it_was_superseded() public {
        uint40 superseded = _now() + NOTICE;
        _announce(A, Rate(1, 1, 1, 3), superseded);
        vm.warp(superseded + GRACE - 1);
        _expectAccepted(A, _inBy(1, 1)); // pitfall 25: the quote is kept
        vm.warp(superseded + GRACE);
        _expectReason(A, _inBy(1, 1), RejectReason.RateExpired);
    }

    function test_an_out_rate_expires_a_claim_window_later() public {
        uint40 superseded = _now() + NOTICE;
        _announce(B, Rate(1, 1, 1, 2), superseded);
        vm.warp(superseded + GRACE - 1);
        uint40 deadline = _now() + WINDOW;
        for (uint256 i = 0; i < 2; ++i) {
            bytes32 commitment = _commitment(B, 1, bytes32(i));
            _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 10, commitment));
        }
        vm.warp(deadline - 1);
        Outcome memory last = _expectAccepted(B, ItemBuilder.claim(1, A, deadline, bytes32(0)));
        vm.assertEq(last.localAmount, 20, "the pinned version, not the current one");
        vm.warp(superseded + GRACE + WINDOW);
        _expectReason(B, ItemBuilder.claim(1, A, _now() + 1, bytes32(uint256(1))), RejectReason.RateExpired);
    }

    function test_an_amount_of_nothing() public {
        _expectReason(A, _in(0), RejectReason.AmountZero);
        _expectReason(C, ItemBuilder.convertIn(1, A, _now() + 1, 9, SALT), RejectReason.AmountZero); // 0.9 units
        _expectAccepted(C, ItemBuilder.convertIn(1, A, _now() + 1, 10, SALT));
    }

    function test_a_claim_too_small_for_one_local_point_goes_back() public {
        bytes32 commitment = _commitment(A, 1, SALT);
        uint40 deadline = _now() + 1 days;
        _expectAccepted(B, ItemBuilder.convertIn(1, A, deadline, 2, commitment)); // 2 units; 3 are 1 point
        _expectReason(A, ItemBuilder.claim(1, B, deadline, SALT), RejectReason.AmountZero);
        vm.warp(deadline);
        _expectAccepted(B, ItemBuilder.giveBack(A, deadline, commitment));
    }

    function test_an_amount_above_the_largest_supply() public {
        registry.setCreditLine(A, type(uint128).max);
        registry.setLimiter(A, type(uint128).max, 1);
        _expectReason(A, _in(type(uint64).max), RejectReason.AmountOverflow);
        _expectReason(A, _in(1 << 63), RejectReason.AmountOverflow);
        _expectAccepted(A, _in((1 << 63) - 1));
        _expectReason(A, _in(1), RejectReason.AmountOverflow); // 1 unit is left
    }

    function test_a_claim_above_64_bits_of_local_points_goes_back() public {
        registry.setCreditLine(A, type(uint128).max);
        registry.setLimiter(A, type(uint128).max, 1);
        bytes32 commitment = _commitment(C, 1, SALT);
        uint40 deadline = _now() + 1 days;
        _expectAccepted(A, ItemBuilder.convertIn(1, C, deadline, 1 << 62, commitment));
        _expectReason(C, ItemBuilder.claim(1, A, deadline, SALT), RejectReason.AmountOverflow);
        vm.warp(deadline);
        _expectAccepted(A, ItemBuilder.giveBack(C, deadline, commitment));
    }

    function test_a_deadline_that_has_passed() public {
        _expectReason(A, ItemBuilder.convertIn(1, B, _now(), 1, SALT), RejectReason.DeadlinePassed);
        _expectReason(B, ItemBuilder.claim(1, A, _now(), SALT), RejectReason.DeadlinePassed);
    }

    function test_a_deadline_beyond_the_claim_window() public {
        _expectReason(A, ItemBuilder.convertIn(1, B, _now() + WINDOW + 1, 1, SALT), RejectReason.DeadlineTooFar);
        _expectAccepted(A, ItemBuilder.convertIn(1, B, _now() + WINDOW, 1, SALT));
    }

    function test_a_return_before_the_deadline() public {
        uint40 deadline = _now() + 1 days;
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 1, SALT));
        vm.warp(deadline - 1);
        _expectReason(A, ItemBuilder.giveBack(B, deadline, SALT), RejectReason.TooEarly);
    }

    function test_nothing_to_claim() public {
        uint40 deadline = _now() + 1 days;
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 1, _commitment(B, 1, SALT)));
        _expectReason(B, ItemBuilder.claim(1, A, deadline, keccak256("other")), RejectReason.NothingToClaim);
        _expectReason(B, ItemBuilder.claim(1, C, deadline, SALT), RejectReason.NothingToClaim);
        _expectReason(B, ItemBuilder.claim(1, A, deadline - 1, SALT), RejectReason.NothingToClaim);
        _expectReason(C, ItemBuilder.claim(1, A, deadline, SALT), RejectReason.NothingToClaim); // not C's code
        vm.warp(deadline);
        _expectReason(B, ItemBuilder.giveBack(B, deadline, _commitment(B, 1, SALT)), RejectReason.NothingToClaim);
    }

    function test_the_credit_limit() public {
        registry.setCreditLine(A, 10);
        registry.setCollateral(A, 2);
        _expectReason(A, _in(7), RejectReason.CreditLimit);
        _expectAccepted(A, _in(6));
        _expectReason(A, _in(1), RejectReason.CreditLimit);
    }

    function test_a_lowered_limit_rejects_items_but_never_the_batch() public {
        bytes32 commitment = _commitment(A, 1, SALT);
        uint40 deadline = _now() + 1 days;
        _expectAccepted(A, ItemBuilder.convertIn(1, A, deadline, 100, commitment));
        registry.setCreditLine(A, 50); // position -200
        bytes memory claim = ItemBuilder.claim(1, A, deadline, SALT);
        Outcome[] memory outcomes = _post(A, bytes.concat(_in(1), claim, _in(25), _in(1)));
        vm.assertTrue(outcomes[0].reason == RejectReason.CreditLimit, "overdrawn");
        vm.assertTrue(outcomes[2].reason == RejectReason.None, "the claim made room");
        vm.assertTrue(outcomes[3].reason == RejectReason.CreditLimit, "for 50 units");
    }

    function test_the_rate_limit() public {
        registry.setLimiter(A, 10, 1);
        _expectReason(A, _in(6), RejectReason.RateLimited); // pitfall 26
        _expectAccepted(A, _in(5));
        _expectReason(A, _in(1), RejectReason.RateLimited);
        vm.warp(block.timestamp + 1);
        _expectAccepted(A, _in(5));
    }

    function test_an_unknown_counterparty() public {
        _expectReason(A, ItemBuilder.convertIn(1, 0, _now() + 1, 1, SALT), RejectReason.UnknownCounterparty);
        _expectReason(A, ItemBuilder.convertIn(1, 4, _now() + 1, 1, SALT), RejectReason.UnknownCounterparty);
        uint32 far = type(uint32).max;
        _expectReason(A, ItemBuilder.convertIn(1, far, _now() + 1, 1, SALT), RejectReason.UnknownCounterparty);
    }

    function test_a_counterparty_that_is_not_active() public {
        registry.setStatus(B, BrandStatus.ExitOnly);
        _expectReason(A, _in(1), RejectReason.CounterpartyNotActive);
    }

    function _in(uint64 amount) private view returns (bytes memory) {
        return _inBy(1, amount);
    }

    function _inBy(uint32 version, uint64 amount) private view returns (bytes memory) {
        return ItemBuilder.convertIn(version, B, _now() + 1 days, amount, SALT);
    }

    function _claimBy(uint32 version) private view returns (bytes memory) {
        return ItemBuilder.claim(version, B, _now() + 1 days, SALT);
    }
}
