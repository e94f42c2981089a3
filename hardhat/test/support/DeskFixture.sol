// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IConversionDesk, RejectReason} from "../../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../../contracts/interfaces/IRateBoard.sol";
import {AllianceFixture} from "./AllianceFixture.sol";
import {Log} from "./Vm.sol";

/// @notice What the desk said about an item. `reason` is `None` if it was carried out.
struct Outcome {
    RejectReason reason;
    uint8 kind;
    uint32 rateVersion;
    uint64 localAmount;
    uint64 units;
}

/// @title An alliance with three brands and their rates
/// @notice Brand 1: 1 point in is 2 units, 3 units out are 1 point. Brand 2: 1 in is 1 unit, 1 unit out is 1 point.
/// Brand 3: 10 points in are 1 unit, 1 unit out is 10 points.
abstract contract DeskFixture is AllianceFixture {
    uint32 internal constant A = 1;
    uint32 internal constant B = 2;
    uint32 internal constant C = 3;

    function _deployWithBrands() internal {
        _deploy();
        _register(A);
        _register(B);
        _register(C);
        _announce(A, Rate(2, 1, 1, 3));
        _announce(B, Rate(1, 1, 1, 1));
        _announce(C, Rate(1, 10, 10, 1));
    }

    /// @dev Posts as the brand's bridge does and reads the answers; every item has exactly one (INV-5).
    function _post(uint32 brandId, bytes memory items) internal returns (Outcome[] memory) {
        return _postTo(brandId, items, desk.postBatch.selector, desk.ITEM_SIZE());
    }

    /// @dev By either function of the desk.
    function _postTo(
        uint32 brandId,
        bytes memory items,
        bytes4 selector,
        uint256 size
    ) internal returns (Outcome[] memory outcomes) {
        uint40 seq = desk.nextSeq(brandId);
        vm.recordLogs();
        vm.prank(registry.hotKeyOf(brandId));
        (bool done, ) = address(desk).call(abi.encodeWithSelector(selector, brandId, seq, items));
        vm.assertTrue(done, "the batch is taken");
        Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(desk.nextSeq(brandId), seq + 1, "INV-4: the next number is one higher");
        outcomes = new Outcome[](items.length / size);
        uint256 next = 0;
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(desk)) continue;
            if (logs[i].topics[0] == IConversionDesk.BatchPosted.selector) continue;
            outcomes[next] = _outcome(logs[i], brandId, seq, next);
            ++next;
        }
        vm.assertEq(next, outcomes.length, "INV-5: one outcome per item");
    }

    /// @dev Posts one item.
    function _postOne(uint32 brandId, bytes memory item) internal returns (Outcome memory) {
        return _post(brandId, item)[0];
    }

    function _expectReason(uint32 brandId, bytes memory item, RejectReason reason) internal {
        int256 position = clearing.positionOf(brandId);
        uint256 supply = point.totalSupply();
        vm.assertEq(uint256(_postOne(brandId, item).reason), uint256(reason), "reason");
        vm.assertEq(clearing.positionOf(brandId), position, "a rejected item leaves the position");
        vm.assertEq(point.totalSupply(), supply, "a rejected item leaves the supply");
    }

    function _expectAccepted(uint32 brandId, bytes memory item) internal returns (Outcome memory outcome) {
        outcome = _postOne(brandId, item);
        vm.assertEq(uint256(outcome.reason), 0, "accepted");
    }

    function _commitment(uint32 brandId, uint32 rateVersion, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encode(brandId, rateVersion, salt));
    }

    function _now() internal view returns (uint40) {
        return clock.allianceTime();
    }

    function _outcome(
        Log memory log,
        uint32 brandId,
        uint40 seq,
        uint256 index
    ) private pure returns (Outcome memory outcome) {
        if (log.topics[0] == IConversionDesk.Rejected.selector) {
            vm.assertEq(uint256(log.topics[1]), brandId, "Rejected.brandId");
            vm.assertEq(uint256(log.topics[2]), seq, "Rejected.seq");
            (uint16 item, uint8 reason) = abi.decode(log.data, (uint16, uint8));
            vm.assertEq(item, index, "INV-5: outcomes in the order of the items");
            vm.assertTrue(reason != 0, "a rejection has a reason");
            outcome.reason = RejectReason(reason);
            return outcome;
        }
        uint256 word = abi.decode(log.data, (uint256));
        vm.assertEq(word >> 224, brandId, "Converted.brandId");
        vm.assertEq(uint40(word >> 184), seq, "Converted.seq");
        vm.assertEq(uint16(word >> 168), index, "INV-5: outcomes in the order of the items");
        return Outcome(RejectReason.None, uint8(word >> 160), uint32(word >> 128), uint64(word >> 64), uint64(word));
    }
}
