// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {Rate} from "../contracts/interfaces/IRateBoard.sol";
import {Head, IStatementRegistry, Statement} from "../contracts/interfaces/IStatementRegistry.sol";
import {StatementFixture} from "./support/StatementFixture.sol";

/// @notice What the registry records, and each way in which it refuses (R-AUD-1, INV-27…29).
contract StatementRegistryTest is StatementFixture {
    function setUp() public {
        _deployStatements();
        _registerSigner(1);
        _registerSigner(2);
    }

    function test_a_head_is_recorded_with_an_event_by_whoever_sends_it() public {
        Head memory head = _head(TODAY, 10);
        vm.expectEmit(true, true, true, true, address(statements));
        emit IStatementRegistry.HeadAnchored(1, TODAY, 10, head.root);
        vm.prank(address(0xDEAD));
        _anchor(1, head);
        vm.assertEq(statements.headDigest(1, TODAY), _headHash(head), "one slot binds the head");
        (uint32 day, uint64 size, , ) = statements.latest(1);
        vm.assertEq(day, TODAY, "day");
        vm.assertEq(size, 10, "size");
    }

    function test_a_month_of_heads_goes_in_one_transaction() public {
        Head[] memory heads = _days(31);
        uint256 before = gasleft();
        statements.anchorHeads(1, heads, _signHeads(_key(1), 1, heads));
        vm.assertLe(before - gasleft(), 31 * 36_000, "about a slot and an event each, with building the calldata");
        for (uint32 i = 0; i < 31; ++i) {
            vm.assertEq(statements.headDigest(1, heads[i].day), _headHash(heads[i]), "each day is there");
        }
    }

    function test_a_quiet_day_repeats_the_head() public {
        _anchor(1, _head(TODAY - 1, 10));
        _anchor(1, _head(TODAY, 10));
        vm.assertTrue(statements.headDigest(1, TODAY) != bytes32(0), "same size, same root, next day");
    }

    function test_a_statement_is_recorded_with_an_event() public {
        Head memory head = _head(TODAY, 10);
        _anchor(1, head);
        Statement memory s = _statement(head);
        vm.expectEmit(true, true, true, true, address(statements));
        emit IStatementRegistry.StatementPublished(1, 682, s);
        _publish(1, s);
        vm.assertEq(statements.statementDigest(1, 682), _statementHash(s), "one slot binds every field");
        (uint32 day, uint64 size, uint32 month, uint40 cutOff) = statements.latest(1);
        vm.assertEq(day, TODAY, "the head stays");
        vm.assertEq(size, 10, "the size stays");
        vm.assertEq(month, 682, "month");
        vm.assertEq(cutOff, START - 100, "cut-off");
    }

    function test_publishing_goes_on_under_a_pause_and_whatever_the_brands_status() public {
        clock.pause();
        registry.setStatus(1, BrandStatus.Suspended);
        Head memory head = _head(TODAY, 10);
        _anchor(1, head);
        registry.setStatus(1, BrandStatus.ExitOnly);
        _publish(1, _statement(head));
        vm.assertTrue(statements.statementDigest(1, 682) != bytes32(0), "a brand on its way out still owes an account");
    }

    function test_a_day_may_begin_14_hours_before_utc() public {
        vm.warp(uint256(TODAY) * 1 days + 10 hours);
        _anchor(1, _head(TODAY + 1, 10));
        vm.assertTrue(statements.headDigest(1, TODAY + 1) != bytes32(0), "it is tomorrow in Kiritimati");
    }

    function test_HeadCountOutOfRange() public {
        Head[] memory none = new Head[](0);
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.HeadCountOutOfRange.selector, 0));
        statements.anchorHeads(1, none, "");
        Head[] memory many = _days(32);
        bytes memory signature = _signHeads(_key(1), 1, many);
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.HeadCountOutOfRange.selector, 32));
        statements.anchorHeads(1, many, signature);
    }

    function test_NotSignedByHotKey() public {
        Head[] memory heads = _one(_head(TODAY, 10));
        bytes memory refused = abi.encodeWithSelector(IStatementRegistry.NotSignedByHotKey.selector, 1);
        bytes memory others = _signHeads(_key(2), 1, heads);
        vm.expectRevert(refused);
        statements.anchorHeads(1, heads, others);
        bytes memory forBrand2 = _signHeads(_key(1), 2, heads);
        vm.expectRevert(refused);
        statements.anchorHeads(1, heads, forBrand2);
        bytes memory own = _signHeads(_key(1), 1, heads);
        heads[0].size = 11;
        vm.expectRevert(refused);
        statements.anchorHeads(1, heads, own);
        Statement memory s = _statement(heads[0]);
        own = _signStatement(_key(1), 1, s);
        ++s.totalPoints;
        vm.expectRevert(refused);
        statements.publish(1, s, own);
    }

    function test_an_unknown_brand_and_a_rotated_key_sign_nothing() public {
        Head[] memory heads = _one(_head(TODAY, 10));
        bytes memory signature = _signHeads(_key(9), 9, heads);
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByHotKey.selector, 9));
        statements.anchorHeads(9, heads, signature);
        signature = _signHeads(_key(1), 1, heads);
        vm.prank(_cold(1));
        registry.rotateHotKey(1, vm.addr(_key(7)));
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByHotKey.selector, 1));
        statements.anchorHeads(1, heads, signature);
        statements.anchorHeads(1, heads, _signHeads(_key(7), 1, heads));
    }

    function test_a_signature_for_another_registry_is_refused() public {
        address first = address(statements);
        Head[] memory heads = _one(_head(TODAY, 10));
        bytes memory signature = _signHeads(_key(1), 1, heads);
        statements = IStatementRegistry(
            _create("StatementRegistry.sol:StatementRegistry", abi.encode(registry, board))
        );
        vm.assertTrue(address(statements) != first, "another one");
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.NotSignedByHotKey.selector, 1));
        statements.anchorHeads(1, heads, signature);
    }

    function test_DayNotLater() public {
        _anchor(1, _head(TODAY - 1, 10));
        _refuseHead(
            _head(TODAY - 1, 10),
            abi.encodeWithSelector(IStatementRegistry.DayNotLater.selector, 1, TODAY - 1, TODAY - 1)
        );
        _refuseHead(
            _head(TODAY - 2, 11),
            abi.encodeWithSelector(IStatementRegistry.DayNotLater.selector, 1, TODAY - 2, TODAY - 1)
        );
        _anchor(2, _head(TODAY - 5, 3));
        vm.assertTrue(statements.headDigest(2, TODAY - 5) != bytes32(0), "each brand has its own days");
    }

    function test_DayInFuture() public {
        _refuseHead(
            _head(TODAY + 2, 10),
            abi.encodeWithSelector(IStatementRegistry.DayInFuture.selector, 1, TODAY + 2, _latestDay())
        );
    }

    function test_EmptyLog() public {
        _refuseHead(_head(TODAY, 0), abi.encodeWithSelector(IStatementRegistry.EmptyLog.selector, 1, TODAY));
    }

    function test_LogShrank() public {
        _anchor(1, _head(TODAY - 1, 10));
        _refuseHead(_head(TODAY, 9), abi.encodeWithSelector(IStatementRegistry.LogShrank.selector, 1, 9, 10));
    }

    function test_LogShrank_within_a_batch() public {
        Head[] memory heads = _days(3);
        heads[2].size = heads[1].size - 1;
        bytes memory signature = _signHeads(_key(1), 1, heads);
        vm.expectRevert(abi.encodeWithSelector(IStatementRegistry.LogShrank.selector, 1, heads[2].size, heads[1].size));
        statements.anchorHeads(1, heads, signature);
        vm.assertEq(statements.headDigest(1, heads[0].day), bytes32(0), "all or nothing");
    }

    function test_LogReplaced() public {
        _anchor(1, _head(TODAY - 1, 10));
        Head memory other = Head(TODAY, 10, keccak256("another log"));
        _refuseHead(other, abi.encodeWithSelector(IStatementRegistry.LogReplaced.selector, 1, TODAY));
    }

    function test_MonthNotLater() public {
        Statement memory s = _published();
        s.cutOff += 50;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.MonthNotLater.selector, 1, 682, 682));
        s.month = 681;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.MonthNotLater.selector, 1, 681, 682));
    }

    function test_MonthNotOver() public {
        Statement memory s = _ready();
        for (uint32 month = 684; month < 686; ++month) {
            s.month = month;
            _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.MonthNotOver.selector, 1, month, 683));
        }
        s.month = type(uint32).max;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.MonthNotOver.selector, 1, s.month, 683));
    }

    function test_a_month_may_be_over_14_hours_before_utc() public {
        Statement memory s = _ready();
        s.month = 684;
        uint256 february = 1_801_440_000; // 2027-02-01, UTC
        vm.warp(february - 14 hours - 1);
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.MonthNotOver.selector, 1, 684, 683));
        vm.warp(february - 14 hours);
        _publish(1, s);
    }

    function test_a_stolen_key_takes_no_month_that_is_still_to_come() public {
        Statement memory s = _ready();
        s.month = type(uint32).max;
        bytes memory signature = _signStatement(_key(1), 1, s);
        (bool done, ) = address(statements).call(abi.encodeCall(statements.publish, (1, s, signature)));
        done;
        vm.prank(_cold(1));
        registry.rotateHotKey(1, vm.addr(_key(7)));
        s.month = 683;
        s.cutOff += 50;
        statements.publish(1, s, _signStatement(_key(7), 1, s));
        vm.assertEq(statements.statementDigest(1, 683), _statementHash(s), "INV-28: the brand's own month");
    }

    function test_CutOffNotLater() public {
        Statement memory s = _published();
        s.month = 683;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.CutOffNotLater.selector, 1, s.cutOff, s.cutOff));
    }

    function test_CutOffInFuture() public {
        Statement memory s = _ready();
        s.cutOff = START + 1;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.CutOffInFuture.selector, 1, START + 1));
    }

    function test_LeafCountOutOfRange() public {
        Statement memory s = _ready();
        uint64[4] memory wrong = [uint64(0), 4, 24, 1 << 33];
        for (uint256 i = 0; i < wrong.length; ++i) {
            s.leaves = wrong[i];
            _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.LeafCountOutOfRange.selector, wrong[i]));
        }
    }

    function test_HeadNotAnchored() public {
        Statement memory s = _ready();
        bytes memory refused = abi.encodeWithSelector(IStatementRegistry.HeadNotAnchored.selector, 1, s.headDay);
        s.logSize = 11;
        _refuseStatement(s, refused);
        s.logSize = 10;
        s.logRoot = keccak256("another log");
        _refuseStatement(s, refused);
        s.headDay = TODAY - 1;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.HeadNotAnchored.selector, 1, TODAY - 1));
    }

    function test_UnknownRate() public {
        Statement memory s = _ready();
        s.rateVersion = 1;
        _refuseStatement(s, abi.encodeWithSelector(IStatementRegistry.UnknownRate.selector, 1, 1, 0));
        _announce(1, Rate(1, 1, 1, 1));
        _publish(1, s);
    }

    function testFuzz_whatever_is_signed_is_what_the_slot_binds(Statement memory s, Head memory head) public {
        head.day = uint32(_between(head.day, 1, TODAY));
        head.size = uint64(_between(head.size, 1, type(uint64).max));
        _anchor(1, head);
        (s.headDay, s.logSize, s.logRoot) = (head.day, head.size, head.root);
        s.month = uint32(_between(s.month, 1, 683));
        s.cutOff = uint40(_between(s.cutOff, 1, START));
        s.leaves = uint64(1) << uint64(_between(s.leaves, 3, 32));
        s.rateVersion = 0;
        _publish(1, s);
        vm.assertEq(statements.statementDigest(1, s.month), _statementHash(s), "every field");
        vm.assertEq(statements.headDigest(1, head.day), _headHash(head), "every field of the head");
    }

    function _ready() private returns (Statement memory) {
        Head memory head = _head(TODAY, 10);
        _anchor(1, head);
        return _statement(head);
    }

    function _published() private returns (Statement memory s) {
        s = _ready();
        _publish(1, s);
    }

    function _refuseHead(Head memory head, bytes memory why) private {
        Head[] memory heads = _one(head);
        bytes memory signature = _signHeads(_key(1), 1, heads);
        vm.expectRevert(why);
        statements.anchorHeads(1, heads, signature);
    }

    function _refuseStatement(Statement memory s, bytes memory why) private {
        bytes memory signature = _signStatement(_key(1), 1, s);
        vm.expectRevert(why);
        statements.publish(1, s, signature);
    }

    function _days(uint32 count) private pure returns (Head[] memory heads) {
        heads = new Head[](count);
        for (uint32 i = 0; i < count; ++i) heads[i] = _head(TODAY - count + i, 100 + i);
    }

    function _latestDay() private view returns (uint32) {
        return uint32((block.timestamp + 14 hours) / 1 days);
    }
}
