// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {IConversionDesk, RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice INV-18: a budget never pays more than its sponsor issued for it. INV-19: until its deadline the beneficiary
/// spends it, from then on the sponsor closes it. Sponsor is brand A, beneficiary brand B.
contract BudgetsTest is DeskFixture {
    bytes32 private constant TERMS = keccak256("terms");
    uint40 private _deadline;
    address private _budget;

    function setUp() public {
        _deployWithBrands();
        _deadline = _now() + 30 days;
        _budget = desk.budgetAddress(A, B, TERMS, _deadline);
    }

    function test_a_sponsor_funds_what_the_beneficiary_spends() public {
        Outcome memory funded = _expectAccepted(A, _fund(100));
        vm.assertEq(funded.kind, 5, "fund");
        vm.assertEq(funded.units, 100, "units");
        vm.assertEq(funded.localAmount, 0, "no local points");
        vm.assertEq(clearing.positionOf(A), -100, "INV-18: issued by its sponsor");
        vm.assertEq(point.balanceOf(_budget), 100, "at an address without a key");
        Outcome memory spent = _expectAccepted(B, _spend(60));
        vm.assertEq(spent.kind, 6, "spend");
        vm.assertEq(spent.units, 60, "units");
        vm.assertEq(clearing.positionOf(B), 60, "who paid the bonus out is paid");
        vm.assertEq(point.totalSupply(), 40, "INV-1");
    }

    function test_an_empty_budget_pays_nothing_not_even_in_part() public {
        _expectReason(B, _spend(1), RejectReason.BudgetEmpty); // pitfall 34
        _expectAccepted(A, _fund(100));
        _expectReason(B, _spend(101), RejectReason.BudgetEmpty);
        _expectAccepted(B, _spend(100));
        _expectReason(B, _spend(1), RejectReason.BudgetEmpty);
    }

    function test_what_is_taken_back_is_in_the_budget_again() public {
        _expectAccepted(A, _fund(100));
        _expectAccepted(B, _spend(60));
        Outcome memory back = _expectAccepted(B, _unspend(25));
        vm.assertEq(back.kind, 7, "unspend");
        vm.assertEq(clearing.positionOf(B), 35, "B's position falls");
        vm.assertEq(point.balanceOf(_budget), 65, "and the budget has it");
        _expectAccepted(B, _spend(65));
    }

    function test_the_sponsor_gets_the_rest_from_the_deadline_on() public {
        _expectAccepted(A, _fund(100));
        _expectAccepted(B, _spend(60));
        vm.warp(_deadline - 1);
        _expectReason(A, _close(), RejectReason.TooEarly);
        vm.warp(_deadline);
        _expectReason(B, _spend(1), RejectReason.DeadlinePassed);
        Outcome memory closed = _expectAccepted(A, _close());
        vm.assertEq(closed.kind, 8, "close");
        vm.assertEq(closed.units, 40, "the rest");
        vm.assertEq(clearing.positionOf(A), -60, "the sponsor paid what was spent");
        _expectReason(A, _close(), RejectReason.BudgetEmpty);
    }

    function test_what_is_taken_back_after_the_deadline_is_closed_once_more() public {
        _expectAccepted(A, _fund(100));
        _expectAccepted(B, _spend(100));
        vm.warp(_deadline);
        _expectReason(A, _close(), RejectReason.BudgetEmpty);
        _expectAccepted(B, _unspend(30));
        _expectAccepted(A, _close());
        vm.assertEq(clearing.positionOf(A), -70, "INV-19: the sponsor's");
        vm.assertEq(clearing.positionOf(B), 70, "what the members kept");
        vm.assertEq(point.totalSupply(), 0, "INV-2: nothing is left over");
    }

    function test_what_is_taken_back_makes_no_budget_that_outlives_a_year() public {
        uint40 last = _now() + 366 days;
        _expectReason(B, ItemBuilder.unspend(A, last + 1, 10, TERMS), RejectReason.DeadlineTooFar); // INV-19
        _expectReason(B, ItemBuilder.unspend(A, type(uint40).max, 10, TERMS), RejectReason.DeadlineTooFar);
        _expectAccepted(B, ItemBuilder.unspend(A, last, 10, TERMS));
    }

    function testFuzz_exactly_one_of_spend_and_close_succeeds(uint32 at, bool closeFirst) public {
        _expectAccepted(A, _fund(100));
        vm.warp(_between(at, START, uint256(START) + 60 days));
        bool early = block.timestamp < _deadline;
        RejectReason closed;
        RejectReason spent;
        if (closeFirst) closed = _postOne(A, _close()).reason;
        spent = _postOne(B, _spend(100)).reason;
        if (!closeFirst) closed = _postOne(A, _close()).reason;
        RejectReason notYet = RejectReason.TooEarly;
        vm.assertTrue(spent == (early ? RejectReason.None : RejectReason.DeadlinePassed), "INV-19: spend before");
        vm.assertTrue(closed == (early ? notYet : RejectReason.None), "INV-19: close from then on");
    }

    function test_a_budget_is_of_one_sponsor_beneficiary_terms_and_deadline() public {
        _expectAccepted(A, _fund(100));
        _expectReason(C, ItemBuilder.spend(A, _deadline, 1, TERMS), RejectReason.BudgetEmpty);
        _expectReason(B, ItemBuilder.spend(C, _deadline, 1, TERMS), RejectReason.BudgetEmpty);
        _expectReason(B, ItemBuilder.spend(A, _deadline - 1, 1, TERMS), RejectReason.BudgetEmpty);
        _expectReason(B, ItemBuilder.spend(A, _deadline, 1, keccak256("other")), RejectReason.BudgetEmpty);
        vm.warp(_deadline);
        _expectReason(B, ItemBuilder.closeBudget(B, _deadline, TERMS), RejectReason.BudgetEmpty);
        _expectReason(A, ItemBuilder.closeBudget(C, _deadline, TERMS), RejectReason.BudgetEmpty);
    }

    function test_the_budget_address_is_the_first_20_bytes_of_the_hash() public {
        bytes32 domain = keccak256(abi.encode(keccak256("PointsAlliance.Budget.v1"), block.chainid, address(desk)));
        vm.assertEq(desk.BUDGET_DOMAIN(), domain, "domain");
        bytes32 hash = keccak256(abi.encode(domain, A, B, TERMS, _deadline));
        vm.assertEq(_budget, address(bytes20(hash)), "first 20 bytes");
        IConversionDesk other = _newDesk();
        vm.assertTrue(other.budgetAddress(A, B, TERMS, _deadline) != _budget, "pitfall 24");
    }

    function test_neither_pause_nor_status_stops_spending_and_closing() public {
        _expectAccepted(A, _fund(100));
        clock.pause();
        point.pause();
        registry.setStatus(A, BrandStatus.Suspended);
        registry.setStatus(B, BrandStatus.ExitOnly);
        _expectAccepted(B, _spend(60)); // INV-10
        clock.unpause();
        vm.warp(_deadline);
        _expectAccepted(A, _close());
    }

    function test_a_pause_lengthens_a_budgets_life() public {
        _expectAccepted(A, _fund(100));
        clock.pause();
        vm.warp(_deadline);
        clock.unpause();
        _expectReason(A, _close(), RejectReason.TooEarly); // INV-10
        _expectAccepted(B, _spend(100));
    }

    function test_nothing_is_funded_or_unspent_while_paused_or_in_exit() public {
        _expectAccepted(A, _fund(100));
        _expectAccepted(B, _spend(100));
        clock.pause();
        _expectReason(A, _fund(1), RejectReason.Paused);
        _expectReason(B, _unspend(1), RejectReason.Paused);
        clock.unpause();
        registry.setStatus(A, BrandStatus.ExitOnly);
        registry.setStatus(B, BrandStatus.ExitOnly);
        _expectReason(A, _fund(1), RejectReason.BrandNotActive);
        _expectReason(B, _unspend(1), RejectReason.BrandNotActive);
    }

    function test_a_sponsor_in_exit_gets_back_what_is_taken_back() public {
        _expectAccepted(A, _fund(100));
        _expectAccepted(B, _spend(100));
        registry.setStatus(A, BrandStatus.ExitOnly);
        _expectAccepted(B, _unspend(100));
        vm.warp(_deadline);
        _expectAccepted(A, _close());
        vm.assertEq(clearing.positionOf(A), 0, "an orderly exit to zero");
    }

    function test_an_amount_of_nothing() public {
        _expectReason(A, _fund(0), RejectReason.AmountZero);
        _expectReason(B, _spend(0), RejectReason.AmountZero);
        _expectReason(B, _unspend(0), RejectReason.AmountZero);
    }

    function test_an_amount_above_the_largest_supply() public {
        registry.setCreditLine(A, type(uint128).max);
        registry.setLimiter(A, type(uint128).max, 1);
        _expectAccepted(A, _fund(type(uint64).max));
        _expectReason(A, _fund(1), RejectReason.AmountOverflow);
        _expectReason(B, _unspend(1), RejectReason.AmountOverflow);
    }

    function test_a_deadline_passed_or_too_far() public {
        uint40 longest = _now() + uint40(desk.MAX_BUDGET_LIFE());
        _expectReason(A, ItemBuilder.fund(B, _now(), 1, TERMS), RejectReason.DeadlinePassed);
        _expectReason(A, ItemBuilder.fund(B, longest + 1, 1, TERMS), RejectReason.DeadlineTooFar);
        _expectAccepted(A, ItemBuilder.fund(B, longest, 1, TERMS));
    }

    function test_a_counterparty_that_is_unknown_or_not_active() public {
        _expectReason(A, ItemBuilder.fund(4, _deadline, 1, TERMS), RejectReason.UnknownCounterparty);
        _expectReason(A, ItemBuilder.fund(0, _deadline, 1, TERMS), RejectReason.UnknownCounterparty);
        _expectReason(B, ItemBuilder.unspend(4, _deadline, 1, TERMS), RejectReason.UnknownCounterparty);
        registry.setStatus(B, BrandStatus.ExitOnly);
        _expectReason(A, _fund(1), RejectReason.CounterpartyNotActive);
    }

    function test_the_limits_hold_for_budgets_as_for_any_issue() public {
        registry.setCreditLine(A, 50);
        _expectReason(A, _fund(51), RejectReason.CreditLimit);
        _expectAccepted(A, _fund(50)); // INV-3
        registry.setCreditLine(A, CREDIT);
        registry.setLimiter(A, 100, 100); // the 50 units that were used stay used
        _expectReason(A, _fund(51), RejectReason.RateLimited);
        registry.setLimiter(B, 10, 1);
        _expectReason(B, _unspend(11), RejectReason.RateLimited); // INV-11, pitfall 26
        _expectAccepted(B, _unspend(10));
        registry.setCreditLine(B, 10);
        vm.warp(block.timestamp + 1);
        _expectReason(B, _unspend(1), RejectReason.CreditLimit);
    }

    function test_items_of_a_batch_act_in_their_order() public {
        bytes memory own = ItemBuilder.fund(A, _deadline, 10, TERMS);
        bytes memory use = ItemBuilder.spend(A, _deadline, 10, TERMS);
        Outcome[] memory outcomes = _post(A, bytes.concat(use, own, use, use, own));
        vm.assertTrue(outcomes[0].reason == RejectReason.BudgetEmpty, "before it was funded");
        vm.assertTrue(outcomes[2].reason == RejectReason.None, "funded just before");
        vm.assertTrue(outcomes[3].reason == RejectReason.BudgetEmpty, "INV-18: spent once");
        vm.assertEq(clearing.positionOf(A), -10, "INV-2");
    }

    function _fund(uint64 units) private view returns (bytes memory) {
        return ItemBuilder.fund(B, _deadline, units, TERMS);
    }

    function _spend(uint64 units) private view returns (bytes memory) {
        return ItemBuilder.spend(A, _deadline, units, TERMS);
    }

    function _unspend(uint64 units) private view returns (bytes memory) {
        return ItemBuilder.unspend(A, _deadline, units, TERMS);
    }

    function _close() private view returns (bytes memory) {
        return ItemBuilder.closeBudget(B, _deadline, TERMS);
    }
}
