// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {SettlementHandler} from "./support/SettlementHandler.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-2 and INV-12 to INV-17 through random lives of a settling alliance. INV-14, 15 and 17 are asserted by the
/// handler at each step; the rest hold between any two steps.
/// @dev To run it alone use `--grep`, as for {AllianceInvariantsTest}.
contract SettlementInvariantsTest is Checks {
    SettlementHandler private _handler;

    function setUp() public {
        _handler = new SettlementHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_12_the_books_balance() public view {
        _handler.checkBooks();
    }

    function test_the_handler_reaches_every_kind_of_step() public {
        for (uint256 i = 0; i < 5_000; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            _live(random, random >> 200);
            _handler.checkBooks();
        }
        vm.assertTrue(_handler.closes() > 5, "closes");
        vm.assertTrue(_handler.payouts() > 5, "payouts");
        vm.assertTrue(_handler.defaults() > 2, "defaults");
        vm.assertTrue(_handler.recoveries() > 1, "recoveries");
    }

    function test_the_handler_reaches_assessments_once_the_fund_is_empty() public {
        for (uint256 i = 0; i < 3; ++i) _nobodyPays(i);
        vm.assertTrue(_handler.assessments() > 1, "assessments");
    }

    /// @dev An epoch in which everybody who owes is declared in default.
    function _nobodyPays(uint256 brand) private {
        _handler.leaveOrComeBack(brand, false);
        _handler.setCreditLine(brand, 1_900);
        _handler.issue(brand, 1_899);
        _handler.close();
        for (uint256 i = 0; i < 5; ++i) _handler.submit(uint8(i));
        _handler.pass(7 days);
        _handler.pass(7 days);
        for (uint256 i = 0; i < 5; ++i) {
            _handler.declareDefault(i);
            for (uint256 j = 0; j < 5; ++j) _handler.assess(1);
        }
        _handler.checkBooks();
    }

    function _live(uint256 random, uint256 chance) private {
        uint256 step = chance % 20;
        uint256 other = random >> 16;
        if (step < 3) _handler.issue(random, uint16(other));
        else if (step < 5) _handler.redeem(random, uint16(other));
        else if (step == 5) _handler.close();
        else if (step == 6) _handler.submit(uint8(other));
        else if (step < 9) _handler.payDue(random, other & 7 != 0, uint16(other));
        else if (step < 11) _handler.payOut(random, uint16(other));
        else if (step < 13) _handler.declareDefault(random);
        else if (step == 13) _handler.assess(uint8(other));
        else if (step == 14) _handler.pass(uint24(other));
        else if (step == 15) _handler.recover(random, uint16(other));
        else if (step == 16) _handler.leaveOrComeBack(random, false);
        else if (step == 17) _handler.applyCredit(random);
        else if (step == 18) _handler.setCreditLine(random, uint16(other));
        else if (other & 7 == 0) _handler.putUp(random, other & 8 == 0, uint8(other >> 8));
    }
}
