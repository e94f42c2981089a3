// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {FounderHandler} from "./support/FounderHandler.sol";
import {IFounders} from "./support/IFounders.sol";
import {IPoint} from "./support/IPoint.sol";
import {Checks} from "./support/Vm.sol";

/// @notice INV-22 to INV-26 through random lives of founder memberships. What each step may do is asserted by the handler.
/// @dev To run it alone use `--grep`: a handler is fuzzed only if its own file is among those given to the runner.
contract FounderInvariantsTest is Checks {
    uint256 private constant MEMBERS = 5;

    FounderHandler private _handler;
    IFounders private _founders;
    IPoint private _point;

    function setUp() public {
        _handler = new FounderHandler();
        (address founders, address point) = _handler.alliance();
        _founders = IFounders(founders);
        _point = IPoint(point);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_22_each_membership_has_one_holder() public view {
        uint256 count = _handler.count();
        vm.assertEq(_founders.issued(), count, "INV-22: numbered without a gap");
        vm.assertLe(count, _founders.CAP(), "INV-22: the cap");
        for (uint256 i = 0; i < count; ++i) {
            vm.assertEq(_founders.ownerOf(i + 1), _handler.owners(i), "INV-22: the holder");
        }
        uint256 held = 0;
        for (uint256 i = 0; i < MEMBERS; ++i) held += _founders.balanceOf(_handler.member(i));
        vm.assertEq(held, count, "INV-22: what members hold");
    }

    function invariant_23_one_grant_per_token_and_month() public view {
        uint24 month = _founders.currentMonth();
        for (uint256 tokenId = 1; tokenId <= _handler.count(); ++tokenId) {
            uint24 last = _founders.lastGrantMonth(tokenId);
            vm.assertEq(last, _handler.lastMonth(tokenId), "INV-23: the last month");
            vm.assertLe(_handler.grants(tokenId, last), 1, "INV-23: once");
            vm.assertLe(last, month, "INV-23: never ahead");
        }
    }

    function invariant_24_the_vault_falls_by_grants_alone() public view {
        vm.assertEq(_founders.vault(), _handler.funded() - _handler.paid(), "INV-24");
    }

    function invariant_26_sales_move_points_between_wallets_alone() public view {
        address treasury = address(0x7EA);
        vm.assertEq(_point.balanceOf(treasury), _handler.wallets(treasury), "INV-26: royalties");
        for (uint256 i = 0; i < MEMBERS; ++i) {
            address member = _handler.member(i);
            vm.assertEq(_point.balanceOf(member), _handler.wallets(member), "INV-26: a member's wallet");
        }
    }

    function test_the_handler_reaches_every_kind_of_outcome() public {
        for (uint256 i = 0; i < 300; ++i) {
            uint256 random = uint256(keccak256(abi.encode(i)));
            if (i % 20 == 0) _handler.issue(uint8(random));
            if (i % 10 == 0) _handler.fundVault(uint24(random % 400_000));
            _handler.earn(uint8(random >> 8), uint24(random >> 16) % 10_000);
            if (i % 3 == 0) _handler.transfer(random >> 24, uint8(random >> 32));
            _handler.list(random >> 40, uint24(random >> 48) % 10_000);
            _handler.buy(random >> 56, uint8(random >> 64));
            if (i % 30 == 7) _handler.cancel(random >> 72);
            _handler.grant(random >> 80, uint8(random >> 88));
            _handler.replay(random >> 96);
            _handler.pass(uint24((random >> 104) % 40_000));
        }
        vm.assertTrue(_handler.sales() > 5, "sales");
        vm.assertTrue(_handler.paid() > 500_000, "grants");
        vm.assertTrue(_handler.refusedGrants() > 20, "refused grants");
        vm.assertTrue(_handler.replays() > 50, "INV-25: replays");
        invariant_22_each_membership_has_one_holder();
        invariant_23_one_grant_per_token_and_month();
        invariant_24_the_vault_falls_by_grants_alone();
        invariant_26_sales_move_points_between_wallets_alone();
    }
}
