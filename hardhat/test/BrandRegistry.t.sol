// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Brand, BrandStatus, IBrandRegistry} from "../contracts/interfaces/IBrandRegistry.sol";
import {IDeskControlled} from "../contracts/interfaces/IDeskControlled.sol";
import {AllianceFixture} from "./support/AllianceFixture.sol";

/// @notice Brands, keys, statuses.
contract BrandRegistryTest is AllianceFixture {
    address private constant STRANGER = address(0x57A);

    function setUp() public {
        _deploy();
        _register(1);
    }

    function test_a_brand_is_found_by_id_and_code() public view {
        Brand memory brand = registry.brand(1);
        vm.assertEq(brand.code, "a", "code");
        vm.assertEq(brand.hot, _hot(1), "hot");
        vm.assertEq(brand.cold, _cold(1), "cold");
        vm.assertEq(brand.settlement, _pay(1), "settlement");
        vm.assertTrue(brand.status == BrandStatus.Active, "active");
        vm.assertEq(brand.limiterCapacity, CAPACITY, "capacity");
        vm.assertEq(brand.limiterWindow, LIMITER_WINDOW, "window");
        vm.assertEq(registry.issueLimitOf(1), CREDIT, "credit line");
        vm.assertEq(registry.brandOfCode("a"), 1, "by code");
        vm.assertEq(registry.brandOfCode("b"), 0, "nobody's code");
        vm.assertEq(registry.brandCount(), 1, "count");
        vm.assertEq(registry.hotKeyOf(9), address(0), "nobody");
    }

    function test_registering_tells_keys_status_and_limits() public {
        vm.expectEmit(true, true, true, true, address(registry));
        emit IBrandRegistry.BrandRegistered(2, "b", _hot(2), _cold(2), _pay(2));
        vm.expectEmit(true, true, true, true, address(registry));
        emit IBrandRegistry.StatusSet(2, BrandStatus.Active);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IBrandRegistry.CreditLineSet(2, CREDIT);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IBrandRegistry.LimiterSet(2, CAPACITY, LIMITER_WINDOW);
        _register(2);
    }

    function test_an_unknown_brand_is_refused() public {
        bytes memory refused = abi.encodeWithSelector(IBrandRegistry.UnknownBrand.selector, 7);
        vm.expectRevert(refused);
        registry.brand(7);
        vm.expectRevert(refused);
        registry.setKeys(7, _hot(7), _cold(7), _pay(7));
        vm.expectRevert(refused);
        registry.rotateHotKey(7, _hot(7));
        vm.expectRevert(refused);
        registry.setStatus(7, BrandStatus.ExitOnly);
        vm.expectRevert(refused);
        registry.setCreditLine(7, 1);
        vm.expectRevert(refused);
        registry.setCollateral(7, 1);
        vm.expectRevert(refused);
        registry.setLimiter(7, 1, 1);
    }

    function test_a_code_has_1_to_32_bytes() public {
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.InvalidCode.selector, ""));
        registry.register("", _hot(2), _cold(2), _pay(2), 0, 0, 0);
        string memory long = "012345678901234567890123456789012";
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.InvalidCode.selector, long));
        registry.register(long, _hot(2), _cold(2), _pay(2), 0, 0, 0);
    }

    function test_a_code_belongs_to_one_brand() public {
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.CodeTaken.selector, "a", 1));
        registry.register("a", _hot(2), _cold(2), _pay(2), 0, 0, 0);
    }

    function test_no_key_is_zero() public {
        vm.expectRevert(IBrandRegistry.ZeroKey.selector);
        registry.setKeys(1, address(0), _cold(1), _pay(1));
        vm.expectRevert(IBrandRegistry.ZeroKey.selector);
        registry.setKeys(1, _hot(1), address(0), _pay(1));
        vm.expectRevert(IBrandRegistry.ZeroKey.selector);
        registry.setKeys(1, _hot(1), _cold(1), address(0));
    }

    function test_hot_and_cold_key_differ() public {
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.KeysMustDiffer.selector, _hot(1)));
        registry.setKeys(1, _hot(1), _hot(1), _pay(1));
    }

    function test_a_hot_key_serves_one_brand_ever() public {
        bytes memory taken = abi.encodeWithSelector(IBrandRegistry.HotKeyTaken.selector, _hot(1), 1);
        vm.expectRevert(taken);
        registry.register("b", _hot(1), _cold(2), _pay(2), 0, 0, 0);
        vm.prank(_cold(1));
        registry.rotateHotKey(1, _hot(11));
        vm.expectRevert(taken);
        registry.register("b", _hot(1), _cold(2), _pay(2), 0, 0, 0);
        vm.expectRevert(taken); // a key once replaced, perhaps because it was stolen, does not come back
        vm.prank(_cold(1));
        registry.rotateHotKey(1, _hot(1));
    }

    function test_the_cold_key_replaces_the_hot_key() public {
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.NotColdKey.selector, 1, _hot(1)));
        vm.prank(_hot(1));
        registry.rotateHotKey(1, _hot(11));
        vm.expectEmit(true, true, true, true, address(registry));
        emit IBrandRegistry.KeysSet(1, _hot(11), _cold(1), _pay(1));
        vm.prank(_cold(1));
        registry.rotateHotKey(1, _hot(11));
        vm.assertEq(registry.hotKeyOf(1), _hot(11), "replaced");
    }

    function test_the_operator_replaces_all_keys_and_may_keep_the_hot_one() public {
        registry.setKeys(1, _hot(1), _cold(21), _pay(21));
        vm.assertEq(registry.coldKeyOf(1), _cold(21), "cold");
        vm.assertEq(registry.hotKeyOf(1), _hot(1), "hot");
    }

    function test_each_setter_has_its_role() public {
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER);
        bytes[] memory calls = new bytes[](8);
        calls[0] = abi.encodeCall(registry.register, ("b", _hot(2), _cold(2), _pay(2), 0, 0, 0));
        calls[1] = abi.encodeCall(registry.setKeys, (1, _hot(2), _cold(2), _pay(2)));
        calls[2] = abi.encodeCall(registry.setStatus, (1, BrandStatus.Suspended));
        calls[3] = abi.encodeCall(registry.setCreditLine, (1, 1));
        calls[4] = abi.encodeCall(registry.setCollateral, (1, 1));
        calls[5] = abi.encodeCall(registry.setLimiter, (1, 1, 1));
        calls[6] = abi.encodeCall(registry.setClearingHouse, (STRANGER));
        calls[7] = abi.encodeCall(registry.setDesk, (STRANGER, true));
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(STRANGER);
            (bool done, bytes memory answer) = address(registry).call(calls[i]);
            vm.assertFalse(done, "refused");
            vm.assertEq(keccak256(answer), keccak256(refused), "AccessManagedUnauthorized");
        }
    }

    function test_a_brand_leaves_by_exit_only_and_comes_back_until_closed() public {
        registry.setStatus(1, BrandStatus.Suspended);
        registry.setStatus(1, BrandStatus.Active);
        vm.expectRevert(_refusedChange(BrandStatus.Active, BrandStatus.Closed));
        registry.setStatus(1, BrandStatus.Closed);
        registry.setStatus(1, BrandStatus.ExitOnly);
        vm.expectRevert(_refusedChange(BrandStatus.ExitOnly, BrandStatus.None));
        registry.setStatus(1, BrandStatus.None);
        registry.setStatus(1, BrandStatus.Closed);
        vm.expectRevert(_refusedChange(BrandStatus.Closed, BrandStatus.Active));
        registry.setStatus(1, BrandStatus.Active);
    }

    function test_a_brand_with_an_open_position_does_not_close() public {
        clearing.setDesk(address(this), true);
        clearing.record(1, 5, 0);
        registry.setStatus(1, BrandStatus.ExitOnly);
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.BrandNotSettled.selector, 1, int256(-5)));
        registry.setStatus(1, BrandStatus.Closed);
        clearing.record(1, 0, 5);
        registry.setStatus(1, BrandStatus.Closed);
        vm.assertTrue(registry.statusOf(1) == BrandStatus.Closed, "closed");
    }

    function test_only_desks_consume_the_limiter() public {
        vm.expectRevert(abi.encodeWithSelector(IDeskControlled.NotDesk.selector, STRANGER));
        vm.prank(STRANGER);
        registry.consumeLimiter(1, 1);
    }

    function _refusedChange(BrandStatus from, BrandStatus to) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IBrandRegistry.InvalidStatusChange.selector, 1, from, to);
    }
}
