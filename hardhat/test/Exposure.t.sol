// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus, IBrandRegistry} from "../contracts/interfaces/IBrandRegistry.sol";
import {ISettlement, PaymentKind, Phase} from "../contracts/interfaces/ISettlement.sol";
import {SettlementFixture} from "./support/SettlementFixture.sol";

/// @notice What a brand could take out of the alliance by the order of its steps.
contract ExposureTest is SettlementFixture {
    uint128 private constant LIMIT = 1_000;

    function setUp() public {
        _deployWithBrands(4);
        // 1 owes 5,000 to 2, which has no credit line but collateral.
        _issue(1, 5_000);
        _redeem(2, 5_000);
        registry.setCreditLine(2, 0);
        _confirm(PaymentKind.CollateralIn, 2, LIMIT);
    }

    function test_a_claim_that_was_issued_away_is_not_paid_out_too() public {
        _closeWithStatement();
        _payDue(1);
        _issue(2, 6_000);
        vm.assertEq(clearing.positionOf(2), -int256(uint256(LIMIT)), "all that it may");
        _payOut(2);
        vm.assertEq(clearing.headroomOf(2), 0, "INV-3: a payout takes no position below its limit");
        _checkBooks();
    }

    function test_a_payout_and_an_issue_end_alike_in_either_order() public {
        _closeWithStatement();
        _payDue(1);
        _issue(2, 600);
        vm.assertEq(_payOut(2), 5_000, "within its limit, a brand is paid what it was owed at the close");
        vm.assertEq(clearing.positionOf(2), -600, "and owes what it issued since");
        _issue(2, 395);
        vm.assertEq(clearing.headroomOf(2), 5, "as if it had issued afterwards");
        _checkBooks();
    }

    function test_a_leaving_brand_is_paid_no_more_than_its_position() public {
        _closeWithStatement();
        _payDue(1);
        _issue(2, 5_000);
        registry.setStatus(2, BrandStatus.ExitOnly);
        _confirm(PaymentKind.CollateralOut, 2, LIMIT);
        registry.setStatus(2, BrandStatus.Closed);
        _payOut(2);
        vm.assertEq(clearing.positionOf(2), 0, "a closed brand owes nothing");
        _checkBooks();
    }

    function test_a_recovery_does_not_end_a_default_that_is_being_assessed() public {
        _confirm(PaymentKind.FundIn, 3, 10);
        _agree(3, 2_000);
        _closeWithStatement();
        vm.warp(_current().dueAt);
        settlement.declareDefault(1);
        _tryConfirm(PaymentKind.Recovery, 1, 10);
        settlement.assess(4);
        (uint96 writtenOff, uint128 toFund) = settlement.owedOf(1);
        vm.assertTrue(writtenOff != 0 && toFund != 0, "it owes for its default");
        vm.assertTrue(registry.inDefault(1), "and is in default until it made that good");
    }

    function test_a_closed_brand_stays_closed_in_default() public {
        settlement.closeEpoch();
        _issue(4, 5_000);
        _redeem(1, 5_000);
        registry.setStatus(1, BrandStatus.ExitOnly);
        registry.setStatus(1, BrandStatus.Closed);
        settlement.submitStatement(1, _positions(1, brands));
        vm.warp(_current().dueAt);
        settlement.declareDefault(1);
        vm.assertTrue(registry.statusOf(1) == BrandStatus.Closed, "closed is never left");
        _checkBooks();
    }

    function test_collateral_stays_for_a_due_that_is_frozen_but_not_yet_stated() public {
        registry.setCreditLine(1, 0);
        _confirm(PaymentKind.CollateralIn, 1, 5_000);
        _confirm(PaymentKind.FundIn, 3, 5_000);
        settlement.closeEpoch();
        _issue(4, 5_000);
        _redeem(1, 5_000);
        _tryConfirm(PaymentKind.CollateralOut, 1, 5_000);
        settlement.submitStatement(1, _positions(1, brands));
        vm.warp(_current().dueAt);
        settlement.declareDefault(1);
        vm.assertEq(guarantee.cash(), 5_000, "INV-16: own collateral first");
        _checkBooks();
    }

    function test_a_contribution_is_worth_what_was_put_up_however_much_was_recovered_before() public {
        _confirm(PaymentKind.FundIn, 3, 10);
        _agree(3, 5_000);
        _closeWithStatement();
        vm.warp(_current().dueAt);
        settlement.declareDefault(1); // the fund is used up: 10; brand 3 is assessed 4,990
        settlement.assess(4);
        _confirm(PaymentKind.FundIn, 4, 10); // the fund starts anew
        _confirm(PaymentKind.Recovery, 1, 5_000);
        _confirm(PaymentKind.FundIn, 2, 400);
        vm.assertTrue(guarantee.contributionOf(2) >= 399, "a share of what it put up");
        _checkBooks();
    }

    function test_no_brands_cap_keeps_others_from_agreeing_to_theirs() public {
        vm.prank(_cold(1));
        (bool done, ) = address(settlement).call(abi.encodeCall(settlement.agreeCap, (1, type(uint128).max)));
        done;
        _agree(2, 500);
        (uint128 cap, ) = settlement.capOf(2);
        vm.assertEq(cap, 500, "agreed");
    }

    function test_a_new_settlement_takes_over_collateral() public {
        settlement = _newSettlement(address(0));
        _grantSettlement();
        vm.assertEq(settlement.collateralTotal(), LIMIT, "as the registry has it");
        _confirm(PaymentKind.CollateralOut, 2, LIMIT);
        vm.assertEq(settlement.collateralTotal(), 0, "given back");
    }
}
