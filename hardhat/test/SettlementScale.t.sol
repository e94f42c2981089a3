// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {PaymentKind, Phase} from "../contracts/interfaces/ISettlement.sol";
import {SettlementFixture} from "./support/SettlementFixture.sol";

/// @notice 200 brands: nothing of settlement grows beyond a quarter of a block of 30 million gas.
contract SettlementScaleTest is SettlementFixture {
    uint32 private constant MANY = 200;
    uint32 private constant AT_ONCE = 40;
    uint256 private constant QUARTER = 7_500_000;

    function setUp() public {
        _deployWithBrands(MANY);
        for (uint32 id = 1; id <= MANY; ++id) {
            _issue(id, 1_000 + id);
            _agree(id, 100);
        }
        _redeem(7, 150_000);
    }

    function test_closing_costs_the_same_whatever_the_number_of_brands() public {
        uint256 before = gasleft();
        settlement.closeEpoch();
        vm.assertLe(before - gasleft(), 300_000, "one transaction");
    }

    function test_a_statement_and_assessments_fit_in_parts() public {
        settlement.closeEpoch();
        for (uint32 first = 1; first <= MANY; first += AT_ONCE) {
            int256[] memory positions = _positions(first, first + AT_ONCE - 1);
            uint256 before = gasleft();
            settlement.submitStatement(first, positions);
            vm.assertLe(before - gasleft(), QUARTER, "a part of the statement");
        }
        vm.assertTrue(_current().phase == Phase.Paying, "complete");
        vm.warp(_current().dueAt);
        settlement.declareDefault(150);
        (uint32 debtor, , , ) = settlement.running();
        while (debtor != 0) {
            uint256 before = gasleft();
            settlement.assess(AT_ONCE);
            vm.assertLe(before - gasleft(), QUARTER, "a part of the assessments");
            (debtor, , , ) = settlement.running();
        }
        vm.assertLe(uint256(clearing.poolDeficit()), MANY, "only what rounding down leaves");
        _checkBooks();
    }

    function test_a_credit_line_among_many_is_checked_in_one_transaction() public {
        for (uint32 id = 1; id <= MANY; ++id) registry.setCreditLine(id, 0);
        registry.setGuaranteeFund(guarantee);
        _confirm(PaymentKind.FundIn, 1, 1_000);
        registry.setCreditLine(1, 500);
        uint256 before = gasleft();
        registry.setCreditLine(MANY, 500);
        vm.assertLe(before - gasleft(), 900_000, "INV-17: below the gas that the command line sends");
    }
}
