// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IRateBoard, Rate} from "../contracts/interfaces/IRateBoard.sol";
import {AllianceFixture} from "./support/AllianceFixture.sol";

/// @notice R-ALL-2, R-VAL-3, INV-8, INV-9, pitfall 25.
contract RateBoardTest is AllianceFixture {
    function setUp() public {
        _deploy();
        _register(1);
    }

    function test_the_first_rate_takes_effect_at_once() public {
        vm.expectEmit(true, true, true, true, address(board));
        emit IRateBoard.RateAnnounced(1, 1, 1, 2, 2, 1, START, START, START + 9);
        vm.prank(_cold(1));
        board.announce(1, Rate(1, 2, 2, 1), 0, START + 9);
        (Rate memory rate, uint40 announcedAt, uint40 effectiveAt, uint40 supersededAt) = board.rateOf(1, 1);
        vm.assertEq(rate.inNumerator, 1, "in numerator");
        vm.assertEq(rate.inDenominator, 2, "in denominator");
        vm.assertEq(rate.outNumerator, 2, "out numerator");
        vm.assertEq(rate.outDenominator, 1, "out denominator");
        vm.assertEq(announcedAt, START, "announced");
        vm.assertEq(effectiveAt, START, "effective");
        vm.assertEq(supersededAt, 0, "not superseded");
        vm.assertEq(board.currentVersion(1), 1, "current");
        vm.assertEq(board.guaranteedUntil(1), START + 9, "guarantee");
    }

    function test_the_first_rate_may_wait() public {
        _announce(1, Rate(1, 2, 2, 1), START + 10);
        vm.assertEq(board.currentVersion(1), 0, "none yet");
        vm.warp(START + 10);
        vm.assertEq(board.currentVersion(1), 1, "in effect");
    }

    function test_an_unknown_version_is_all_zero() public view {
        (Rate memory rate, uint40 announcedAt, uint40 effectiveAt, ) = board.rateOf(1, 1);
        vm.assertEq(uint256(rate.inDenominator) + announcedAt + effectiveAt, 0, "zero");
        vm.assertEq(board.currentVersion(1), 0, "none");
    }

    function test_only_the_cold_key_publishes() public {
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.NotColdKey.selector, 1, _hot(1)));
        vm.prank(_hot(1));
        board.announce(1, Rate(1, 1, 1, 1), 0, 0);
    }

    function test_no_part_of_a_rate_is_zero() public {
        for (uint256 i = 0; i < 4; ++i) {
            Rate memory rate = Rate(i == 0 ? 0 : 1, i == 1 ? 0 : 1, i == 2 ? 0 : 1, i == 3 ? 0 : 1);
            vm.expectRevert(IRateBoard.ZeroRate.selector);
            _announce(1, rate);
        }
    }

    function test_at_most_one_version_is_pending() public {
        _announce(1, Rate(1, 1, 1, 1));
        _announce(1, Rate(1, 2, 1, 1), START + NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.RateAlreadyPending.selector, 1, 2, START + NOTICE));
        _announce(1, Rate(1, 3, 1, 1), START + 2 * NOTICE);
        vm.warp(START + NOTICE);
        _announce(1, Rate(1, 3, 1, 1), START + 2 * NOTICE);
        vm.assertEq(board.latestVersion(1), 3, "versions count without a gap");
        vm.assertEq(board.currentVersion(1), 2, "the pending one is not current");
    }

    function test_a_rate_is_announced_at_most_a_year_ahead() public {
        uint40 latest = START + board.HORIZON();
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.EffectiveTooLate.selector, 1, latest + 1, latest));
        _announce(1, Rate(1, 1, 1, 1), latest + 1);
        _announce(1, Rate(1, 1, 1, 1), latest);
    }

    function test_a_worse_in_or_out_waits_for_the_notice_period() public {
        _announce(1, Rate(1, 1, 1, 2));
        bytes memory refused = abi.encodeWithSelector(
            IRateBoard.NoticeTooShort.selector,
            1,
            START + NOTICE - 1,
            START + NOTICE
        );
        vm.expectRevert(refused);
        _announce(1, Rate(9, 10, 1, 2), START + NOTICE - 1);
        vm.expectRevert(refused); // a better in does not make up for a worse out
        _announce(1, Rate(11, 10, 1, 3), START + NOTICE - 1);
        _announce(1, Rate(9, 10, 1, 2), START + NOTICE);
    }

    function test_a_better_rate_within_the_step_is_immediate() public {
        _announce(1, Rate(1, 2, 1, 1));
        _announce(1, Rate(6, 10, 12, 10));
        vm.assertEq(board.currentVersion(1), 2, "+20 % on both sides at once");
    }

    function test_a_larger_step_waits_for_the_notice_period() public {
        _announce(1, Rate(1, 2, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.NoticeTooShort.selector, 1, START, START + NOTICE));
        _announce(1, Rate(60001, 100000, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.NoticeTooShort.selector, 1, START, START + NOTICE));
        _announce(1, Rate(1, 2, 120001, 100000));
        _announce(1, Rate(60001, 100000, 1, 1), START + NOTICE);
    }

    function test_many_small_steps_within_a_day_do_not_add_up_to_a_large_one() public {
        _announce(1, Rate(1, 4, 1, 1));
        _announce(1, Rate(11, 40, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.NoticeTooShort.selector, 1, START, START + NOTICE));
        _announce(1, Rate(121, 400, 1, 1)); // +10 % again: +21 % since the morning
        vm.warp(START + GRACE);
        _announce(1, Rate(121, 400, 1, 1));
        vm.assertEq(board.currentVersion(1), 3, "a day later it may");
    }

    /// @notice R-VAL-3: "value guaranteed until DATE" refuses a devaluation before it.
    function test_a_guarantee_refuses_a_worse_rate_before_its_date() public {
        uint40 until = START + NOTICE + 5 days;
        vm.prank(_cold(1));
        board.announce(1, Rate(1, 1, 1, 1), 0, until);
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.ValueGuaranteed.selector, 1, until - 1, until));
        _announce(1, Rate(1, 2, 1, 1), until - 1);
        _announce(1, Rate(1, 2, 1, 1), until);
    }

    function test_a_guarantee_is_carried_on_by_later_versions() public {
        uint40 until = START + NOTICE + 5 days;
        vm.prank(_cold(1));
        board.announce(1, Rate(1, 2, 1, 1), 0, until);
        _announce(1, Rate(11, 20, 1, 1)); // better, without a guarantee of its own
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.ValueGuaranteed.selector, 1, until - 1, until));
        _announce(1, Rate(1, 2, 1, 1), until - 1);
    }

    function test_a_rate_that_gains_by_itself_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.RoundTripGains.selector, 1, 1, 1));
        _announce(1, Rate(1, 1, 1000001, 1000000));
    }

    function test_a_rate_that_gains_with_a_usable_older_one_is_refused() public {
        _announce(1, Rate(1, 1, 1, 1));
        uint40 at = START + NOTICE;
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.RoundTripGains.selector, 1, 1, 2));
        _announce(1, Rate(1, 2, 2, 1), at); // a re-anchor: old points in, new points out
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.RoundTripGains.selector, 1, 2, 1));
        _announce(1, Rate(2, 1, 1, 2), at);
        _announce(1, Rate(1, 2, 1, 1), at); // first the in-side …
        vm.warp(at);
        _announce(1, Rate(1, 2, 2, 1), at + NOTICE); // … then the out-side, when no old points are left
    }

    function test_points_of_an_old_rate_count_until_their_last_claim() public {
        board = _newBoard(1 hours, GRACE, WINDOW);
        _announce(1, Rate(1, 1, 1, 1));
        uint40 at = START + 1 hours;
        _announce(1, Rate(1, 2, 1, 1), at);
        vm.warp(at);
        vm.expectRevert(abi.encodeWithSelector(IRateBoard.RoundTripGains.selector, 1, 1, 3));
        _announce(1, Rate(1, 2, 2, 1), at + GRACE + WINDOW - 1);
        _announce(1, Rate(1, 2, 2, 1), at + GRACE + WINDOW);
    }

    function test_a_pause_does_not_shorten_the_notice() public {
        _announce(1, Rate(1, 1, 1, 1));
        _announce(1, Rate(1, 2, 1, 1), START + NOTICE);
        clock.pause();
        vm.warp(START + NOTICE + 1 days);
        vm.assertEq(board.currentVersion(1), 1, "the clock stood still");
        clock.unpause();
        vm.warp(block.timestamp + NOTICE);
        vm.assertEq(board.currentVersion(1), 2, "after the whole notice");
    }
}
