// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../contracts/interfaces/IRateBoard.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture, Outcome} from "./support/DeskFixture.sol";

/// @notice The assembly loop for plain convert-ins and the checks in Solidity decide alike: a batch of many gives what
/// batches of one give, because the first item of a batch is never taken by the loop (no rate is loaded yet).
contract HotPathTest is DeskFixture {
    uint256 private constant ITEMS = 12;

    function setUp() public {
        _deployWithBrands();
        _announce(A, Rate(21, 10, 1, 3)); // a second usable version
        registry.setLimiter(A, 4000, 1000);
        registry.setCreditLine(A, 3000);
    }

    function testFuzz_one_batch_decides_like_batches_of_one(uint256 seed) public {
        bytes[] memory items = new bytes[](ITEMS);
        bytes memory together;
        for (uint256 i = 0; i < ITEMS; ++i) {
            items[i] = _item(uint256(keccak256(abi.encode(seed, i))), i);
            together = bytes.concat(together, items[i]);
        }
        // The same state twice: what is posted one by one on this alliance is posted at once on a fresh one.
        Outcome[] memory single = new Outcome[](ITEMS);
        uint256[] memory balances = new uint256[](ITEMS);
        for (uint256 i = 0; i < ITEMS; ++i) single[i] = _postOne(A, items[i]);
        for (uint256 i = 0; i < ITEMS; ++i) balances[i] = _balance(items[i], i);
        int256 position = clearing.positionOf(A);
        uint256 left = registry.limiterAvailable(A);
        setUp();
        Outcome[] memory batch = _post(A, together);
        for (uint256 i = 0; i < ITEMS; ++i) {
            vm.assertEq(keccak256(abi.encode(batch[i])), keccak256(abi.encode(single[i])), "same outcome");
            vm.assertEq(_balance(items[i], i), balances[i], "same balance");
        }
        vm.assertEq(clearing.positionOf(A), position, "same position");
        vm.assertEq(registry.limiterAvailable(A), left, "same limiter");
    }

    function test_a_batch_of_plain_items_fills_the_limits_to_the_last_unit() public {
        bytes memory items;
        for (uint256 i = 0; i < 16; ++i) {
            items = bytes.concat(items, ItemBuilder.convertIn(1, B, _now() + 1 days, 100, bytes32(i)));
        }
        Outcome[] memory outcomes = _post(A, items);
        for (uint256 i = 0; i < 16; ++i) {
            RejectReason expected = i < 15 ? RejectReason.None : RejectReason.CreditLimit;
            vm.assertTrue(outcomes[i].reason == expected, "15 times 200 units are 3000");
        }
        vm.assertEq(clearing.headroomOf(A), 0, "INV-3: to the last unit");
    }

    function test_one_unit_above_a_limit_is_rejected() public {
        bytes memory items;
        for (uint256 i = 0; i < 12; ++i) {
            items = bytes.concat(items, ItemBuilder.convertIn(1, C, _now() + 1 days, 1, bytes32(i)));
        }
        registry.setCreditLine(B, 10);
        _expectFrom10(_post(B, items), RejectReason.CreditLimit);
        registry.setCreditLine(B, 100);
        registry.setLimiter(B, 20, 1); // 10 of 20 units are used
        _expectFrom10(_post(B, items), RejectReason.RateLimited);
    }

    function test_a_brand_above_255_is_asked_about_each_time() public {
        for (uint32 id = 4; id <= 258; ++id) {
            string memory code = string(abi.encode(id));
            registry.register(code, _hot(id), _cold(id), _pay(id), 0, 0, 0);
        }
        bytes memory item = ItemBuilder.convertIn(1, 258, _now() + 1 days, 1, bytes32(0));
        bytes memory unknown = ItemBuilder.convertIn(1, 259, _now() + 1 days, 1, bytes32(0));
        Outcome[] memory outcomes = _post(A, bytes.concat(item, item, unknown, item));
        vm.assertTrue(outcomes[1].reason == RejectReason.None, "accepted");
        vm.assertTrue(outcomes[2].reason == RejectReason.UnknownCounterparty, "258 is not 259");
        vm.assertTrue(outcomes[3].reason == RejectReason.None, "accepted");
    }

    function _expectFrom10(Outcome[] memory outcomes, RejectReason reason) private pure {
        for (uint256 i = 0; i < outcomes.length; ++i) {
            vm.assertTrue(outcomes[i].reason == (i < 10 ? RejectReason.None : reason), "10 of 12 units");
        }
    }

    function _item(uint256 random, uint256 index) private view returns (bytes memory) {
        uint256 choice = random % 16;
        uint8 kind = choice == 0 ? 9 : 1;
        uint32 version = choice < 3 ? uint32(choice) : 1 + uint32((random >> 8) % 2);
        uint32 counterparty = choice == 3 ? 77 : 2 + uint32((random >> 16) % 2);
        uint40 deadline =
            _now() +
                (
                    choice == 4
                        ? 0
                        : choice == 5
                            ? WINDOW + 1
                            : 1 + uint40((random >> 24) % WINDOW)
                );
        uint64 amount = uint64(
            choice == 6
                ? 0
                : choice == 7
                    ? random
                    : 1 + ((random >> 64) % 400)
        );
        return ItemBuilder.item(kind, version, counterparty, deadline, amount, bytes32(index));
    }

    function _balance(bytes memory item, uint256 index) private view returns (uint256) {
        uint40 deadline;
        assembly ("memory-safe") {
            deadline := and(shr(144, mload(add(item, 0x20))), 0xffffffffff)
        }
        return point.balanceOf(desk.claimAddress(A, bytes32(index), deadline));
    }
}
