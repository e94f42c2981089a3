// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAllianceClock} from "../contracts/interfaces/IAllianceClock.sol";
import {IPoint} from "./support/IPoint.sol";
import {IClearingHouse} from "../contracts/interfaces/IClearingHouse.sol";
import {IConversionDesk} from "../contracts/interfaces/IConversionDesk.sol";
import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {AllianceHandler} from "./support/AllianceHandler.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-1 to INV-7, INV-10 and INV-11 through random lives of an alliance. INV-3, 5, 6, 7 and 11 are asserted by the
/// handler at each step (a failing step fails the run); the rest hold between any two steps.
/// @dev To run it alone use `--grep`: a handler is fuzzed only if its own file is among those given to the runner.
contract AllianceInvariantsTest is Checks {
    AllianceHandler private _handler;
    IPoint private _point;
    IClearingHouse private _clearing;
    IConversionDesk private _desk;
    IAllianceClock private _clock;

    function setUp() public {
        _handler = new AllianceHandler();
        (address point, address clearing, address desk, address clock) = _handler.alliance();
        _point = IPoint(point);
        _clearing = IClearingHouse(clearing);
        _desk = IConversionDesk(desk);
        _clock = IAllianceClock(clock);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_1_supply_is_issued_less_redeemed_and_the_sum_of_balances() public view {
        int256 net = 0;
        for (uint32 brandId = 1; brandId <= 3; ++brandId) {
            (uint128 issued, uint128 redeemed, ) = _clearing.position(brandId);
            vm.assertEq(issued, _handler.issued(brandId), "INV-1: issued as carried out");
            vm.assertEq(redeemed, _handler.redeemed(brandId), "INV-1: redeemed as carried out");
            net += int256(uint256(issued)) - int256(uint256(redeemed));
        }
        uint256 sum = 0;
        for (uint256 i = 0; i < _handler.conversionCount(); ++i) {
            (, , , , , address claim, uint256 waiting) = _handler.conversions(i);
            vm.assertEq(_point.balanceOf(claim), waiting, "INV-7: what waits is at the claim address");
            sum += waiting;
        }
        for (uint256 i = 0; i < _handler.budgetCount(); ++i) {
            (, , , , address budget, uint256 left) = _handler.budgets(i);
            vm.assertEq(_point.balanceOf(budget), left, "INV-18: a budget holds what was funded and not yet spent");
            sum += left;
        }
        address[2] memory wallets = [_handler.ANN(), _handler.BOB()];
        for (uint256 i = 0; i < 2; ++i) {
            uint256 units = _handler.inWallets(wallets[i]);
            vm.assertEq(_point.balanceOf(wallets[i]), units, "INV-20: moved as signed");
            vm.assertEq(_desk.nonces(wallets[i]), _handler.signed(wallets[i]), "INV-20: one nonce for each intent");
            sum += units;
        }
        vm.assertEq(int256(_point.totalSupply()), net, "INV-1: issued less redeemed");
        vm.assertEq(_point.totalSupply(), sum, "INV-1: sum of balances");
    }

    function invariant_2_positions_sum_to_pool_cash_less_supply() public view {
        int256 sum = 0;
        for (uint32 brandId = 1; brandId <= 3; ++brandId) sum += _clearing.positionOf(brandId);
        vm.assertEq(
            sum,
            int256(_clearing.poolCash()) - int256(_point.totalSupply()),
            "INV-2, pitfall 16: every point has an issuer"
        );
    }

    function invariant_4_batch_numbers_have_no_gap() public view {
        for (uint32 brandId = 1; brandId <= 3; ++brandId) {
            vm.assertEq(_desk.nextSeq(brandId), uint256(_handler.batches(brandId)) + 1, "INV-4");
        }
    }

    function invariant_10_alliance_time_is_chain_time_less_pauses() public view {
        vm.assertEq(_clock.allianceTime(), _handler.expectedTime(), "INV-10");
    }

    function test_the_handler_reaches_every_kind_of_outcome() public {
        for (uint256 i = 0; i < 400; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            if (i % 50 == 49) _handler.pauseOrGoOn();
            if (i % 40 == 39) _handler.setStatus(random, (random >> 8) & 3 != 0);
            if (i % 20 == 19) _handler.setLimits(random, uint96(random), 0, uint96(random >> 96), uint24(random >> 8));
            if (i % 100 == 50) _handler.improveRate(random);
            _handler.convertIn(random, uint8(random >> 32));
            _handler.claim(random >> 40);
            _handler.giveBack(random >> 80);
            _handler.toWallet(random >> 4);
            _handler.fundBudget(random >> 12);
            _handler.spend(random >> 20);
            _handler.unspend(random >> 28);
            _handler.closeBudget(random >> 36);
            _handler.convertOut(random >> 44);
            _handler.pay(random >> 52);
            _handler.replay(random >> 60);
            _handler.pass(uint24(random % 20_000));
        }
        vm.assertTrue(_handler.claims() > 20, "claims");
        vm.assertTrue(_handler.returns_() > 20, "returns");
        for (uint8 kind = 4; kind <= 10; ++kind) vm.assertTrue(_handler.carriedOut(kind) > 20, "budgets and wallets");
        RejectReason[10] memory reached = [
            RejectReason.Paused,
            RejectReason.BrandNotActive,
            RejectReason.DeadlinePassed,
            RejectReason.DeadlineTooFar,
            RejectReason.TooEarly,
            RejectReason.NothingToClaim,
            RejectReason.BudgetEmpty,
            RejectReason.BelowMinimum,
            RejectReason.InvalidNonce,
            RejectReason.InvalidSignature
        ];
        for (uint256 i = 0; i < reached.length; ++i) {
            vm.assertTrue(_handler.rejections(reached[i]) > 0, "a reason the handler should reach");
        }
        invariant_1_supply_is_issued_less_redeemed_and_the_sum_of_balances();
        invariant_2_positions_sum_to_pool_cash_less_supply();
    }
}
