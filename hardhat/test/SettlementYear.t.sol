// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {Epoch, PaymentKind, Phase} from "../contracts/interfaces/ISettlement.sol";
import {SettlementFixture} from "./support/SettlementFixture.sol";

/// @notice A year between 12 brands: an epoch each month, brand 5 does not pay in April, brand 9 not in September, brand 3
/// leaves in June. After every step all books balance (INV-2, 12, 13, 16), and nobody's payments moved but those of the
/// brand the step is about (INV-14).
contract SettlementYearTest is SettlementFixture {
    uint32 private constant BRANDS = 12;
    uint32 private constant FIRST_DEFAULTER = 5;
    uint32 private constant SECOND_DEFAULTER = 9;
    uint32 private constant LEAVER = 3;
    mapping(uint32 brandId => int128 paid) private _seen;
    uint256 private _steps;

    function setUp() public {
        _deployWithBrands(BRANDS);
        for (uint32 id = 1; id <= BRANDS; ++id) {
            _confirm(PaymentKind.FundIn, id, 1_000);
            _confirm(PaymentKind.CollateralIn, id, 500);
            _agree(id, 700);
            _step(0);
        }
    }

    function test_a_year_between_12_brands_with_two_defaults_and_one_exit() public {
        for (uint256 month = 1; month <= 12; ++month) {
            _trade(month);
            if (month == 6) _startExit();
            _settleMonth(month);
            if (month == 6) _finishExit();
            vm.warp(block.timestamp + 20 days);
        }
        vm.assertEq(clearing.epoch(), 12, "twelve epochs");
        vm.assertTrue(registry.statusOf(LEAVER) == BrandStatus.Closed, "left");
        vm.assertEq(clearing.positionOf(LEAVER), 0, "and free");
        vm.assertTrue(registry.inDefault(FIRST_DEFAULTER), "the first default");
        vm.assertTrue(registry.inDefault(SECOND_DEFAULTER), "the second default");
        vm.assertTrue(clearing.poolDeficit() > 0, "more than the waterfall held");
        vm.assertTrue(_steps > 800, "steps checked");
    }

    function _trade(uint256 month) private {
        for (uint256 i = 0; i < 40; ++i) {
            uint256 random = uint256(keccak256(abi.encode(month, i)));
            uint32 from = 1 + uint32(random % BRANDS);
            uint32 to = 1 + uint32((random >> 8) % BRANDS);
            bool large = from == FIRST_DEFAULTER || from == SECOND_DEFAULTER;
            if (registry.statusOf(from) == BrandStatus.Active) {
                _issue(from, ((random >> 16) % 1_500) * (large ? 8 : 1) + 1);
                _step(0);
            }
            uint256 supply = point.totalSupply();
            if (supply > 500 && registry.statusOf(to) == BrandStatus.Active && !(large && to == from)) {
                _redeem(to, ((random >> 64) % (supply / 4)) + 1);
                _step(0);
            }
        }
    }

    function _settleMonth(uint256 month) private {
        settlement.closeEpoch();
        _step(0);
        for (uint32 first = 1; first <= BRANDS; first += 5) {
            uint32 last = first + 4 < BRANDS ? first + 4 : BRANDS;
            settlement.submitStatement(first, _positions(first, last));
            _step(0);
        }
        uint32 silent =
            month == 4
                ? FIRST_DEFAULTER
                : month == 9
                    ? SECOND_DEFAULTER
                    : 0;
        for (uint32 id = 1; id <= BRANDS; ++id) {
            if (id == silent || settlement.lineOf(id).due == 0) continue;
            _payDue(id);
            _step(id);
        }
        _payAllOut();
        if (silent != 0 && settlement.lineOf(silent).due != 0) _default(silent);
        _payAllOut();
        vm.assertTrue(_current().phase == Phase.Paid, "the month is settled");
        vm.assertLe(_current().supply, clearing.poolCash(), "INV-15: points outstanding at the close are backed");
        for (uint32 id = 1; id <= BRANDS; ++id) {
            (, uint128 toFund) = settlement.owedOf(id);
            if (toFund == 0 || settlement.payoutOf(id) == 0) continue;
            settlement.applyCredit(id);
            _step(id);
        }
    }

    function _payAllOut() private {
        for (uint32 id = 1; id <= BRANDS; ++id) {
            (, uint128 toFund) = settlement.owedOf(id);
            if (toFund != 0) continue;
            _payOut(id);
            _step(id);
        }
    }

    function _default(uint32 silent) private {
        vm.warp(_current().dueAt);
        settlement.declareDefault(silent);
        _step(silent);
        (uint32 debtor, , , ) = settlement.running();
        while (debtor != 0) {
            settlement.assess(5);
            _checkBooks();
            (debtor, , , ) = settlement.running();
            for (uint32 id = 1; id <= BRANDS; ++id) {
                (uint128 cap, uint128 used) = settlement.capOf(id);
                vm.assertLe(uint256(used), cap, "INV-14: within the cap agreed in advance");
                vm.assertLe(int256(_seen[id] - _paid(id)), id == silent ? int256(0) : int256(700), "INV-14: capped");
            }
        }
        for (uint32 id = 1; id <= BRANDS; ++id) _seen[id] = _paid(id);
        vm.assertEq(clearing.positionOf(silent), 0, "INV-16: covered or written off");
    }

    function _startExit() private {
        registry.setStatus(LEAVER, BrandStatus.ExitOnly);
        _agree(LEAVER, 0);
        _step(0);
    }

    function _finishExit() private {
        if (clearing.positionOf(LEAVER) != 0) settlement.sweepDust(LEAVER);
        _step(LEAVER);
        registry.setStatus(LEAVER, BrandStatus.Closed);
        _confirm(PaymentKind.CollateralOut, LEAVER, 500);
        _step(0);
        uint128 worth = uint128(guarantee.contributionOf(LEAVER));
        if (worth >= 10) _confirm(PaymentKind.FundOut, LEAVER, worth - (worth % 10));
        _step(0);
    }

    function _step(uint32 payer) private {
        ++_steps;
        _checkBooks();
        for (uint32 id = 1; id <= BRANDS; ++id) {
            int128 paid = _paid(id);
            if (id != payer) vm.assertEq(int256(paid), int256(_seen[id]), "INV-14: nobody pays except as stated");
            _seen[id] = paid;
        }
    }
}
