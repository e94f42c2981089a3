// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Head, IStatementRegistry, Statement} from "../contracts/interfaces/IStatementRegistry.sol";
import {StatementHandler} from "./support/StatementHandler.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-27…29 under random heads and statements of two brands, honest and not.
/// @dev To run it alone use `--grep`: a handler is fuzzed only if its own file is among those given to the runner.
contract StatementInvariantsTest is Checks {
    StatementHandler private _handler;

    function setUp() public {
        _handler = new StatementHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_27_the_log_only_grows_and_every_head_stays() public view {
        IStatementRegistry registry = _handler.registryUnderTest();
        (uint256 count, ) = _handler.counts();
        Head[3] memory last;
        for (uint256 i = 0; i < count; ++i) {
            (uint32 brandId, Head memory head, bytes32 digest) = _handler.acceptedHead(i);
            vm.assertEq(registry.headDigest(brandId, head.day), digest, "INV-27: it is still there, unchanged");
            Head memory before = last[brandId];
            vm.assertTrue(head.day > before.day, "INV-27: one a day, in order");
            vm.assertLe(before.size, head.size, "INV-27: the log never shrinks");
            if (before.size == head.size) vm.assertEq(before.root, head.root, "INV-27: nor is it replaced");
            last[brandId] = head;
        }
        for (uint32 brandId = 1; brandId <= 2; ++brandId) {
            (uint32 day, uint64 size, , ) = registry.latest(brandId);
            vm.assertEq(day, last[brandId].day, "INV-27: the newest day");
            vm.assertEq(size, last[brandId].size, "INV-27: the newest size");
        }
    }

    function invariant_28_one_statement_a_month_on_an_anchored_head_for_ever() public view {
        IStatementRegistry registry = _handler.registryUnderTest();
        (, uint256 count) = _handler.counts();
        Statement[3] memory last;
        for (uint256 i = 0; i < count; ++i) {
            (uint32 brandId, Statement memory s, bytes32 digest) = _handler.acceptedStatement(i);
            vm.assertEq(registry.statementDigest(brandId, s.month), digest, "INV-28: still there, unchanged");
            vm.assertTrue(s.month > last[brandId].month, "INV-28: one a month, in order");
            vm.assertTrue(s.cutOff > last[brandId].cutOff, "INV-28: cut-offs rise");
            vm.assertLe(s.cutOff, block.timestamp, "INV-28: of what was");
            vm.assertTrue(registry.headDigest(brandId, s.headDay) != bytes32(0), "INV-28: the head is anchored");
            last[brandId] = s;
        }
    }

    function invariant_29_nothing_is_recorded_without_the_brands_signature() public view {
        vm.assertEq(_handler.stolen(), 0, "INV-29");
    }

    function test_the_handler_publishes_and_is_refused() public {
        for (uint256 i = 0; i < 300; ++i) {
            uint256 r = uint256(keccak256(abi.encode(i)));
            _handler.anchor(uint8(r), uint8(r >> 8), uint8(r >> 16), uint8(r >> 24), r & (7 << 32) == 0);
            _handler.publish(uint8(r >> 40), uint8(r >> 48), uint16(r >> 56), uint8(r >> 72), r & (3 << 80) != 0);
            _handler.steal(uint8(r >> 88), uint64(r >> 96));
            _handler.pass(uint24(r >> 160));
        }
        (uint256 heads, uint256 published) = _handler.counts();
        vm.assertTrue(heads > 50, "heads are taken");
        vm.assertTrue(published > 10, "statements are taken");
        vm.assertTrue(_handler.refused() > 400, "some are refused, each theft among them");
        invariant_27_the_log_only_grows_and_every_head_stays();
        invariant_28_one_statement_a_month_on_an_anchored_head_for_ever();
        invariant_29_nothing_is_recorded_without_the_brands_signature();
    }
}
