// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IBrandRegistry} from "../contracts/interfaces/IBrandRegistry.sol";
import {AllianceFixture} from "./support/AllianceFixture.sol";

/// @notice INV-11 and pitfall 33: a limiter that refills when its settings change, or truncates small limits to zero.
contract LimiterTest is AllianceFixture {
    function setUp() public {
        _deploy();
        _register(1);
        registry.setDesk(address(this), true);
    }

    function test_a_new_brand_has_a_full_limiter() public view {
        vm.assertEq(registry.limiterAvailable(1), CAPACITY, "full");
    }

    function test_more_than_available_is_refused() public {
        registry.consumeLimiter(1, CAPACITY - 1);
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.LimiterExceeded.selector, 1, 2));
        registry.consumeLimiter(1, 2);
        registry.consumeLimiter(1, 1);
        vm.assertEq(registry.limiterAvailable(1), 0, "empty");
    }

    function test_it_refills_over_its_window() public {
        registry.consumeLimiter(1, CAPACITY);
        vm.warp(block.timestamp + LIMITER_WINDOW / 2);
        vm.assertEq(registry.limiterAvailable(1), CAPACITY / 2, "half a window, half the capacity");
    }

    function testFuzz_a_change_never_refills(uint96 used, uint96 capacity, uint24 window, uint16 elapsed) public {
        uint256 taken = _between(used, 0, CAPACITY);
        registry.consumeLimiter(1, taken);
        vm.warp(block.timestamp + elapsed);
        uint256 stillUsed = CAPACITY - registry.limiterAvailable(1);
        uint48 newWindow = uint48(_between(window, 1, 30 days));
        uint208 newCapacity = uint208(_between(capacity, newWindow, type(uint96).max));
        registry.setLimiter(1, newCapacity, newWindow);
        uint256 expected = newCapacity > stillUsed ? newCapacity - stillUsed : 0;
        vm.assertEq(registry.limiterAvailable(1), expected, "INV-11: what was used stays used");
    }

    function testFuzz_changing_there_and_back_gives_nothing(uint96 used, uint96 capacity) public {
        registry.consumeLimiter(1, _between(used, 0, CAPACITY));
        uint256 available = registry.limiterAvailable(1);
        registry.setLimiter(1, uint208(_between(capacity, 1, type(uint96).max)), 1);
        registry.setLimiter(1, CAPACITY, LIMITER_WINDOW);
        vm.assertEq(registry.limiterAvailable(1), available, "INV-11");
    }

    function test_a_limit_below_one_unit_a_second_is_refused() public {
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.LimiterTooSlow.selector, 59, 60));
        registry.setLimiter(1, 59, 60);
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.LimiterTooSlow.selector, 1, 0));
        registry.setLimiter(1, 1, 0);
    }

    function test_the_smallest_limit_still_refills_each_second() public {
        registry.setLimiter(1, 60, 60);
        registry.consumeLimiter(1, 60);
        for (uint256 i = 0; i < 5; ++i) {
            vm.warp(block.timestamp + 1);
            registry.consumeLimiter(1, 1); // frequent small uses don't truncate the refill to nothing
        }
        vm.assertEq(registry.limiterAvailable(1), 0, "used as it refilled");
    }

    function test_a_limiter_can_be_off() public {
        registry.setLimiter(1, 0, 0);
        vm.assertEq(registry.limiterAvailable(1), 0, "nothing may be issued");
        registry.setLimiter(1, CAPACITY, LIMITER_WINDOW);
        vm.assertEq(registry.limiterAvailable(1), CAPACITY, "and on again, with nothing used");
    }
}
