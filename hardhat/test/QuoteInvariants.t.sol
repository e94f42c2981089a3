// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {QuoteHandler} from "./support/QuoteHandler.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-6 and INV-8 on the desk itself: what members were promised is kept and no trip gains, while a brand announces
/// at random and time passes. The handler compares each answer of the desk; a difference fails the run.
/// @dev To run it alone use `--grep`: a handler is fuzzed only if its own file is among those given to the runner.
contract QuoteInvariantsTest is Checks {
    QuoteHandler private _handler;

    function setUp() public {
        _handler = new QuoteHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_6_every_promise_that_was_taken_up_was_kept() public view {
        vm.assertLe(_handler.claimed(), _handler.kept(), "only what was converted is claimed");
    }

    function test_the_handler_keeps_promises_across_changes() public {
        for (uint256 i = 0; i < 300; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            _handler.quote(uint32(random));
            if (i % 9 == 0) _handler.announce(uint64(random >> 32), uint64(random >> 96), random & 1 == 0);
            else _handler.nudge(uint8(random), uint8(random >> 8), random & 1 == 0);
            if (i % 60 == 30 || i % 60 == 31) _handler.pauseOrGoOn();
            for (uint256 tries = 0; tries < 4; ++tries) {
                _handler.passALittle(uint16(random >> (16 * tries)));
                _handler.convert(i - (i % (1 + tries)));
                _handler.claim(i < 3 ? i : i - ((random >> tries) % 3));
            }
            if (i % 10 == 0) _handler.tryEveryPair(uint32(random >> 64));
            if (i % 3 != 0) _handler.pass(uint24(random >> 200));
        }
        vm.assertTrue(_handler.changes() > 10, "rates change");
        vm.assertTrue(_handler.kept() > 50, "quotes are taken up");
        vm.assertTrue(_handler.claimed() > 20, "codes are claimed");
        vm.assertTrue(_handler.trips() > 100, "trips are tried");
    }
}
