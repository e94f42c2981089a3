// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {BrandStatus, IBrandRegistry} from "../contracts/interfaces/IBrandRegistry.sol";
import {IGuaranteeFund} from "../contracts/interfaces/IGuaranteeFund.sol";
import {ISettlement, Payment, PaymentKind, Phase} from "../contracts/interfaces/ISettlement.sol";
import {SettlementFixture} from "./support/SettlementFixture.sol";

/// @notice Epochs, payments by bank and defaults, one after the other, and each refusal.
contract SettlementTest is SettlementFixture {
    function setUp() public {
        _deployWithBrands(4);
        // 1 owes 1,234 units, 2 is owed 834; 400 are with members.
        _issue(1, 1_234);
        _redeem(2, 834);
    }

    function test_an_epoch_is_paid_and_points_are_backed_by_cash() public {
        _closeWithStatement();
        vm.assertEq(settlement.payoutOf(2), 0, "nobody is paid before cash is there");
        _payDue(1);
        vm.assertEq(clearing.positionOf(1), 6, "a due is paid to the next whole fen; the odd units are the brand's");
        vm.assertTrue(_current().phase == Phase.Paid, "every due is paid");
        vm.assertEq(_payOut(2), 830, "whole fen; the rest is carried over");
        vm.assertEq(clearing.positionOf(2), 4, "carried over");
        vm.assertLe(point.totalSupply(), clearing.poolCash(), "INV-15: points are backed");
        _checkBooks();
    }

    function test_conversions_after_the_close_do_not_change_the_statement() public {
        settlement.closeEpoch();
        _issue(1, 500);
        _issue(3, 100);
        _redeem(2, 50);
        settlement.submitStatement(1, _positions(1, 2));
        settlement.submitStatement(3, _positions(3, 4));
        vm.assertEq(settlement.lineOf(1).due, 1_234, "INV-13");
        vm.assertEq(settlement.lineOf(2).claim, 834, "INV-13");
        vm.assertEq(settlement.lineOf(3).due, 0, "INV-13");
        _checkBooks();
    }

    function test_creditors_are_paid_pro_rata_to_what_came_in() public {
        _issue(3, 1_000);
        _redeem(4, 400);
        _closeWithStatement(); // dues 1,234 + 1,000; claims 834 + 400; supply 1,000
        _confirm(PaymentKind.Due, 1, 1_240);
        vm.assertEq(settlement.payoutOf(2), 160, "240 above the points outstanding: 834 of 1,234 of it, whole fen");
        vm.assertEq(settlement.payoutOf(4), 70, "400 of 1,234 of it");
        _payOut(2);
        _payDue(3);
        vm.assertEq(_payOut(2), 670, "the rest, when all is paid");
        vm.assertEq(_payOut(4), 400, "all of it");
        _checkBooks();
    }

    function test_a_brand_that_leaves_pays_once_and_closes_at_zero_while_others_go_on() public {
        registry.setStatus(1, BrandStatus.ExitOnly);
        _closeWithStatement();
        _issue(3, 70);
        _payDue(1);
        settlement.sweepDust(1);
        registry.setStatus(1, BrandStatus.Closed);
        vm.assertEq(clearing.positionOf(1), 0, "free");
        _payOut(2);
        _redeem(2, 100);
        _closeWithStatement();
        vm.assertEq(settlement.lineOf(1).due, 0, "nothing more is asked of it");
        vm.assertEq(settlement.lineOf(3).due, 70, "the others' next epoch");
        _checkBooks();
    }

    function test_an_overdue_brand_goes_through_the_waterfall_in_its_order() public {
        _confirm(PaymentKind.CollateralIn, 1, 200);
        _confirm(PaymentKind.FundIn, 1, 100);
        _confirm(PaymentKind.FundIn, 2, 300);
        _agree(2, 100);
        _agree(3, 300);
        _closeWithStatement();
        vm.warp(block.timestamp + PAYMENT_PERIOD);
        vm.expectEmit(true, true, true, true, address(settlement));
        emit ISettlement.Defaulted(1, 1, 200, 100, 300, 400, 234);
        settlement.declareDefault(1);
        vm.assertTrue(registry.statusOf(1) == BrandStatus.ExitOnly, "exit only");
        vm.assertEq(registry.issueLimitOf(1), 0, "no credit");
        settlement.assess(2);
        settlement.assess(9);
        vm.assertEq(clearing.positionOf(2), 734, "assessed to its cap");
        vm.assertEq(clearing.positionOf(3), -300, "assessed to its cap, due with the next epoch");
        vm.assertEq(clearing.poolDeficit(), 234, "INV-16: the rest");
        vm.assertEq(clearing.positionOf(1), 0, "written off");
        vm.assertEq(guarantee.cash(), 0, "used up");
        vm.assertTrue(_current().phase == Phase.Paid, "the next epoch can be closed");
        vm.assertEq(_payOut(2), 200, "600 came in, 400 points are out");
        vm.assertEq(point.balanceOf(MEMBERS), 400, "INV-16: members keep every point");
        _checkBooks();
    }

    function test_a_defaulter_makes_good_the_deficit_first_and_then_the_fund() public {
        _confirm(PaymentKind.FundIn, 2, 300);
        _default(1);
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.BrandInDefault.selector, 1));
        registry.setStatus(1, BrandStatus.Active);
        _confirm(PaymentKind.Recovery, 1, 1_000);
        vm.assertEq(clearing.poolDeficit(), 0, "first the deficit of 934");
        vm.assertEq(guarantee.contributionOf(2), 66, "then the fund");
        _confirm(PaymentKind.Recovery, 1, 240);
        vm.assertEq(guarantee.contributionOf(2), 306, "to the next whole fen");
        registry.setStatus(1, BrandStatus.Active);
        _checkBooks();
    }

    function test_a_credit_of_a_defaulter_goes_to_those_who_paid_for_it() public {
        _confirm(PaymentKind.FundIn, 2, 1_000);
        _default(1); // the fund paid 1,000; 234 were written off
        _redeem(1, 300); // its members' points come back
        _closeWithStatement();
        vm.assertEq(clearing.poolDeficit(), 0, "its own write-off first");
        uint128 open = settlement.payoutOf(1);
        vm.assertEq(open, 60, "the rest of its claim, whole fen");
        vm.assertFalse(_tryConfirm(PaymentKind.Payout, 1, 10), "not to the brand");
        settlement.applyCredit(1);
        vm.assertEq(guarantee.cash(), open, "to the fund");
        _checkBooks();
    }

    function test_nothing_of_it_looks_at_a_pause() public {
        clock.pause();
        point.pause();
        _closeWithStatement();
        _payDue(1);
        _payOut(2);
        registry.setStatus(1, BrandStatus.ExitOnly);
        settlement.sweepDust(1);
        registry.setStatus(1, BrandStatus.Closed);
        _checkBooks();
    }

    function test_an_epoch_without_debts_is_paid_at_once() public {
        _closeWithStatement();
        _payDue(1);
        _closeWithStatement();
        vm.assertTrue(_current().phase == Phase.Paid, "nobody owes");
        _closeWithStatement();
        vm.assertEq(clearing.epoch(), 3, "the next one");
    }

    function test_only_a_treasurer_closes_and_submits() public {
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, _hot(1));
        vm.expectRevert(refusal);
        vm.prank(_hot(1));
        settlement.closeEpoch();
        vm.expectRevert(refusal);
        vm.prank(_hot(1));
        settlement.submitStatement(1, new int256[](1));
    }

    function test_only_the_settlement_books() public {
        bytes[4] memory calls = [
            abi.encodeCall(clearing.pay, (1, 10)),
            abi.encodeCall(clearing.payFor, (1, 2, 10)),
            abi.encodeCall(clearing.writeOff, (1, 10)),
            abi.encodeCall(clearing.closeEpoch, ())
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(_cold(1));
            (bool done, ) = address(clearing).call(calls[i]);
            vm.assertFalse(done, "refused");
        }
    }

    function test_an_epoch_is_not_closed_before_the_last_is_paid() public {
        settlement.closeEpoch();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Closing));
        settlement.closeEpoch();
        settlement.submitStatement(1, _positions(1, 4));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Paying));
        settlement.closeEpoch();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Paying));
        settlement.submitStatement(1, new int256[](1));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Paying));
        _agreeNow(2, 5);
    }

    function test_a_statement_with_a_gap_or_a_wrong_position_is_refused() public {
        settlement.closeEpoch();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongLines.selector, 0, 4, 2, 1));
        settlement.submitStatement(2, new int256[](1));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongLines.selector, 0, 4, 1, 5));
        settlement.submitStatement(1, new int256[](5));
        int256[] memory wrong = _positions(1, 4);
        wrong[1] += 1;
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongPosition.selector, 2, int256(834), int256(835)));
        settlement.submitStatement(1, wrong);
    }

    function test_a_payment_names_the_epoch_whole_fen_and_no_more_than_is_open() public {
        _closeWithStatement();
        Payment memory payment = _payment(PaymentKind.Due, 1, 1_240);
        payment.epoch = 2;
        _refuse(payment, abi.encodeWithSelector(ISettlement.WrongEpoch.selector, 2, 1));
        _refuseKind(PaymentKind.Due, 1, 1_235, abi.encodeWithSelector(ISettlement.NotWholeFen.selector, 1_235));
        _refuseKind(PaymentKind.Due, 1, 0, abi.encodeWithSelector(ISettlement.NotWholeFen.selector, 0));
        _refuseKind(PaymentKind.Due, 1, 1_250, _tooMuch(1, 1_234, 1_250));
        _refuseKind(PaymentKind.Due, 2, 10, _tooMuch(2, 0, 10));
        _refuseKind(PaymentKind.Payout, 2, 10, _tooMuch(2, 0, 10));
        _refuseKind(PaymentKind.Recovery, 2, 10, _tooMuch(2, 0, 10));
        _refuseKind(PaymentKind.CollateralOut, 2, 10, _tooMuch(2, 0, 10));
        _refuseKind(PaymentKind.None, 1, 10, _invalid(PaymentKind.None, 1));
        _refuse(_payment(PaymentKind.FundIn, 9, 10), _invalid(PaymentKind.FundIn, 9));
    }

    function test_a_due_is_paid_between_statement_and_last_due_and_no_later() public {
        _issue(1, 1_000);
        _redeem(2, 400);
        settlement.closeEpoch();
        bytes memory closing = abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Closing);
        _refuseKind(PaymentKind.Due, 1, 10, closing);
        settlement.submitStatement(1, _positions(1, brands));
        _payDue(1);
        bytes memory late = abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Paid);
        _refuseKind(PaymentKind.Due, 1, 10, late);
        vm.expectRevert(late);
        settlement.declareDefault(1);
        _checkBooks();
    }

    function test_a_payment_needs_two_parties_and_a_new_reference() public {
        Payment memory payment = _payment(PaymentKind.FundIn, 1, 10);
        bytes32 digest = settlement.paymentDigest(payment);
        address treasurer = vm.addr(TREASURER_KEY);
        bytes memory good = _sign(TREASURER_KEY, digest);
        bytes memory brand = _sign(_brandKey(1), digest);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.InvalidSignature.selector, treasurer));
        settlement.confirm(payment, treasurer, brand, brand);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.InvalidSignature.selector, vm.addr(_brandKey(1))));
        settlement.confirm(payment, treasurer, good, good);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotTreasurer.selector, _hot(1)));
        settlement.confirm(payment, _hot(1), good, brand);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.SameSigner.selector, vm.addr(_brandKey(1))));
        settlement.confirm(payment, vm.addr(_brandKey(1)), brand, brand);
        settlement.confirm(payment, treasurer, good, brand);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ReferenceUsed.selector, payment.bankReference));
        settlement.confirm(payment, treasurer, good, brand);
    }

    function test_a_default_is_declared_from_its_date_on_and_once() public {
        _closeWithStatement();
        uint40 dueAt = _current().dueAt;
        vm.warp(dueAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotOverdue.selector, 1, uint128(1_234), dueAt));
        settlement.declareDefault(1);
        vm.warp(dueAt);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotOverdue.selector, 2, uint128(0), dueAt));
        settlement.declareDefault(2);
        settlement.declareDefault(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongPhase.selector, 1, Phase.Paid));
        settlement.declareDefault(1);
        vm.expectRevert(ISettlement.NothingToAssess.selector);
        settlement.assess(1);
    }

    function test_assessments_of_one_default_come_before_the_next() public {
        _issue(3, 50);
        _agree(2, 100);
        _closeWithStatement();
        vm.warp(block.timestamp + PAYMENT_PERIOD);
        settlement.declareDefault(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AssessmentRunning.selector, 1));
        settlement.declareDefault(3);
        _refuseKind(PaymentKind.Due, 1, 10, abi.encodeWithSelector(ISettlement.AssessmentRunning.selector, 1));
        settlement.assess(9);
        settlement.declareDefault(3);
        vm.assertEq(clearing.poolDeficit(), 1_184, "INV-16: the cap is used once in an epoch");
    }

    function test_caps_are_the_cold_keys_and_not_a_defaulters() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotColdKey.selector, 1, _hot(1)));
        vm.prank(_hot(1));
        settlement.agreeCap(1, 5);
        _default(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ContributionLocked.selector, 1));
        _agreeNow(1, 5);
    }

    function test_a_contribution_goes_back_to_a_brand_that_left() public {
        _confirm(PaymentKind.FundIn, 4, 100);
        _refuseKind(PaymentKind.FundOut, 4, 50, abi.encodeWithSelector(ISettlement.ContributionLocked.selector, 4));
        registry.setStatus(4, BrandStatus.ExitOnly);
        _confirm(PaymentKind.FundOut, 4, 50);
        registry.setStatus(4, BrandStatus.Closed);
        bytes memory tooSmall = abi.encodeWithSelector(
            IGuaranteeFund.ContributionTooSmall.selector,
            4,
            uint256(50),
            uint256(60)
        );
        _refuseKind(PaymentKind.FundOut, 4, 60, tooSmall);
        _confirm(PaymentKind.FundOut, 4, 50);
        _checkBooks();
    }

    function test_collateral_that_covers_a_position_stays() public {
        registry.setCreditLine(1, 1_000);
        _confirm(PaymentKind.CollateralIn, 1, 500);
        _refuseKind(PaymentKind.CollateralOut, 1, 270, _tooMuch(1, 266, 270));
        _confirm(PaymentKind.CollateralOut, 1, 260);
        vm.assertEq(registry.issueLimitOf(1), 1_240, "just above what it owes");
    }

    function test_there_is_nothing_to_sweep_or_apply_for_an_active_brand() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingToMove.selector, 2));
        settlement.sweepDust(2);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingToMove.selector, 2));
        settlement.applyCredit(2);
    }

    function test_a_credit_line_above_what_the_fund_covers_is_refused() public {
        for (uint32 id = 1; id <= 4; ++id) registry.setCreditLine(id, 0);
        registry.setGuaranteeFund(guarantee);
        _confirm(PaymentKind.FundIn, 1, 1_000);
        registry.setCreditLine(1, 600);
        registry.setCreditLine(2, 400);
        registry.setCreditLine(3, 400);
        bytes memory refusal = abi.encodeWithSelector(
            IBrandRegistry.CoverExceeded.selector,
            3,
            uint256(1_001),
            uint256(1_000)
        );
        vm.expectRevert(refusal); // INV-17: 600 + 401
        registry.setCreditLine(3, 401);
        registry.setCreditLine(1, 500);
        registry.setCreditLine(3, 500);
        vm.expectRevert(
            abi.encodeWithSelector(IBrandRegistry.CoverExceeded.selector, 5, uint256(1_100), uint256(1_000))
        );
        registry.register("e", _hot(5), _cold(5), _pay(5), 600, CAPACITY, LIMITER_WINDOW);
    }

    function testFuzz_the_fund_never_pays_out_more_than_it_holds(uint64 one, uint64 two, uint64 due) public {
        guarantee.contribute(1, 1 + uint128(one));
        guarantee.contribute(2, uint128(two));
        uint256 before = guarantee.cash();
        (uint128 own, uint128 mutual) = guarantee.cover(1, due);
        vm.assertEq(guarantee.cash(), before - own - mutual, "INV-16: what is taken is gone");
        vm.assertEq(uint256(own) + mutual, due < before ? due : before, "INV-16: as much as there is");
        vm.assertLe(
            guarantee.contributionOf(1) + guarantee.contributionOf(2),
            guarantee.cash(),
            "shares are of what is there"
        );
        if (mutual != 0) vm.assertEq(guarantee.contributionOf(1), 0, "INV-16: the defaulter's share first");
        if (guarantee.cash() == 0) {
            guarantee.contribute(3, 77);
            vm.assertEq(guarantee.contributionOf(3), 77, "a fund that was used up starts anew");
            vm.assertEq(guarantee.contributionOf(2), 0, "old shares are worth nothing");
        }
    }

    function _default(uint32 brandId) private {
        _closeWithStatement();
        vm.warp(_current().dueAt);
        settlement.declareDefault(brandId);
    }

    function _agreeNow(uint32 brandId, uint128 cap) private {
        vm.prank(_cold(brandId));
        settlement.agreeCap(brandId, cap);
    }

    function _refuseKind(PaymentKind kind, uint32 brandId, uint128 units, bytes memory refusal) private {
        _refuse(_payment(kind, brandId, units), refusal);
    }

    function _refuse(Payment memory payment, bytes memory refusal) private {
        bytes32 digest = settlement.paymentDigest(payment);
        bytes memory treasurer = _sign(TREASURER_KEY, digest);
        bytes memory brand = _sign(_brandKey(payment.brandId), digest);
        address account = vm.addr(TREASURER_KEY);
        vm.expectRevert(refusal);
        settlement.confirm(payment, account, treasurer, brand);
    }

    function _tooMuch(uint32 brandId, uint256 allowed, uint128 units) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.TooMuch.selector, brandId, allowed, units);
    }

    function _invalid(PaymentKind kind, uint32 brandId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.InvalidPayment.selector, kind, brandId);
    }
}
