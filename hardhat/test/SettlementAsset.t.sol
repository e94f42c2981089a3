// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {ISettlement, Payment, PaymentKind} from "../contracts/interfaces/ISettlement.sol";
import {SettlementFixture} from "./support/SettlementFixture.sol";
import {TestMoney} from "./support/TestMoney.sol";

/// @notice Settlement in an ERC-20 asset: no attestation, the token itself moves.
contract SettlementAssetTest is SettlementFixture {
    uint256 private constant PER_FEN = 10_000;
    TestMoney private _money;

    function setUp() public {
        _deployWithBrands(2);
        _money = new TestMoney();
        settlement = _newSettlement(address(_money));
        _grantSettlement();
        _issue(1, 1_234);
        _redeem(2, 834);
        _money.mint(address(this), 1_000 * PER_FEN);
        _money.approve(address(settlement), type(uint256).max);
    }

    function test_dues_and_payouts_move_in_the_asset() public {
        _closeWithStatement();
        _move(PaymentKind.Due, 1, 1_240);
        vm.assertEq(_money.balanceOf(address(settlement)), 124 * PER_FEN, "124 fen came in");
        _move(PaymentKind.Payout, 2, 830);
        vm.assertEq(_money.balanceOf(vm.addr(_brandKey(2))), 83 * PER_FEN, "83 fen went to the settlement key");
        _checkBooks();
        vm.assertEq(_money.balanceOf(address(settlement)), (cashIn - cashOut) * (PER_FEN / 10), "INV-12: in custody");
    }

    function test_only_the_settlement_key_takes_collateral_and_contribution_back() public {
        _move(PaymentKind.CollateralIn, 2, 100);
        _move(PaymentKind.FundIn, 2, 50);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotSettlementKey.selector, 2, address(this)));
        settlement.move(PaymentKind.CollateralOut, 2, 100);
        vm.prank(vm.addr(_brandKey(2)));
        settlement.move(PaymentKind.CollateralOut, 2, 100);
        registry.setStatus(2, BrandStatus.ExitOnly);
        vm.prank(vm.addr(_brandKey(2)));
        settlement.move(PaymentKind.FundOut, 2, 50);
        vm.assertEq(_money.balanceOf(address(settlement)), 0, "all of it");
    }

    function test_a_token_that_keeps_a_part_is_refused() public {
        _money.setFee(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AssetShort.selector, 10 * PER_FEN, 99_000));
        settlement.move(PaymentKind.FundIn, 1, 100);
    }

    function test_a_bank_payment_is_refused_where_an_asset_settles_and_the_other_way_round() public {
        Payment memory payment = _payment(PaymentKind.FundIn, 1, 10);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AssetSettles.selector, address(_money)));
        settlement.confirm(payment, address(this), "", "");
        settlement = _newSettlement(address(0));
        vm.expectRevert(ISettlement.BankSettles.selector);
        settlement.move(PaymentKind.FundIn, 1, 10);
    }

    function test_an_unknown_brand_has_no_money() public {
        vm.expectRevert(abi.encodeWithSelector(ISettlement.InvalidPayment.selector, PaymentKind.FundIn, 9));
        settlement.move(PaymentKind.FundIn, 9, 10);
    }

    function _move(PaymentKind kind, uint32 brandId, uint128 units) private {
        settlement.move(kind, brandId, units);
        if (kind == PaymentKind.Payout) cashOut += units;
        else cashIn += units;
    }
}
