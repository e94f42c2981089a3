// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {RejectReason} from "../../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../../contracts/interfaces/IRateBoard.sol";
import {DeskFixture, Outcome} from "./DeskFixture.sol";
import {ItemBuilder} from "./ItemBuilder.sol";

/// @notice What a member was promised: both rates as they were when the quote was given.
struct Promised {
    uint64 amount;
    uint32 inVersion;
    uint32 outVersion;
    uint40 quotedAt;
    uint40 deadline;
    uint64 units;
    bool done;
}

/// @title Members who convert while their brand changes its rates as it likes
/// @notice Brand A converts into itself, so that in and out meet. Each promise is kept or the handler fails: a quote taken
/// within the grace is carried out as quoted, and its claim before the deadline pays what the code said. Whoever tries
/// every version that the desk takes, comes out with no more than they put in.
contract QuoteHandler is DeskFixture {
    Promised[] public promises;
    uint256 public kept;
    uint256 public claimed;
    uint256 public changes;
    uint256 public trips;

    constructor() {
        _deployWithBrands();
        _announce(A, Rate(100, 100, 50, 100), _now() + NOTICE);
        vm.warp(block.timestamp + NOTICE);
    }

    function announce(uint64 inPart, uint64 outPart, bool soon) external {
        Rate memory rate = Rate(uint64(_between(inPart, 40, 130)), 100, uint64(_between(outPart, 40, 110)), 100);
        _publish(rate, soon);
    }

    function nudge(uint8 inStep, uint8 outStep, bool soon) external {
        (Rate memory rate, , , ) = board.rateOf(A, board.latestVersion(A));
        rate.inNumerator = uint64(_between(rate.inNumerator + (inStep % 12) - 4, 1, 200));
        rate.outNumerator = uint64(_between(rate.outNumerator + (outStep % 12) - 4, 1, 200));
        _publish(rate, soon);
    }

    function quote(uint32 amount) external {
        uint32 version = board.currentVersion(A);
        promises.push(Promised(uint64(_between(amount, 1_000, 1e9)), version, version, _now(), 0, 0, false));
    }

    /// @dev Some time within the grace.
    function convert(uint256 random) external {
        if (promises.length == 0) return;
        Promised storage one = promises[random % promises.length];
        if (one.deadline != 0 || _now() >= one.quotedAt + GRACE || clock.paused()) return;
        uint40 deadline = _now() + uint40(_between(random >> 32, 1, WINDOW));
        bytes32 commitment = _commitment(A, one.outVersion, _salt(random % promises.length));
        Outcome memory outcome = _postOne(A, ItemBuilder.convertIn(one.inVersion, A, deadline, one.amount, commitment));
        vm.assertEq(uint256(outcome.reason), 0, "pitfall 25: a quote is kept, whatever was announced since");
        (Rate memory rate, , , ) = board.rateOf(A, one.inVersion);
        vm.assertEq(outcome.units, (one.amount * rate.inNumerator) / rate.inDenominator, "INV-6: as quoted");
        one.deadline = deadline;
        one.units = outcome.units;
        ++kept;
    }

    /// @dev Some time before the deadline.
    function claim(uint256 random) external {
        if (promises.length == 0) return;
        Promised storage one = promises[random % promises.length];
        if (one.done || one.deadline <= _now()) return;
        bytes32 salt = _salt(random % promises.length);
        Outcome memory outcome = _postOne(A, ItemBuilder.claim(one.outVersion, A, one.deadline, salt));
        vm.assertEq(uint256(outcome.reason), 0, "pitfall 25: a code is kept, whatever was announced since");
        (Rate memory rate, , , ) = board.rateOf(A, one.outVersion);
        vm.assertEq(outcome.localAmount, (one.units * rate.outNumerator) / rate.outDenominator, "INV-6: pinned");
        vm.assertLe(outcome.localAmount, one.amount, "INV-8");
        one.done = true;
        ++claimed;
    }

    /// @dev In by each version that the desk takes and out by each: through a wallet, a claim or both.
    function tryEveryPair(uint32 amount) external {
        uint32 latest = board.latestVersion(A);
        uint64 put = uint64(_between(amount, 1, 1e6));
        uint40 deadline = _now() + 1;
        for (uint32 entry = latest; entry != 0 && entry + 6 > latest; --entry) {
            for (uint32 exit = latest; exit != 0 && exit + 6 > latest; --exit) {
                bytes32 salt = keccak256(abi.encode("trip", trips++));
                bytes memory into = ItemBuilder.convertIn(entry, A, deadline, put, _commitment(A, exit, salt));
                Outcome[] memory trip = _post(A, bytes.concat(into, ItemBuilder.claim(exit, A, deadline, salt)));
                if (trip[1].reason == RejectReason.None) vm.assertLe(trip[1].localAmount, put, "INV-8: no trip gains");
            }
        }
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + _between(time, 1, 3 days));
    }

    function passALittle(uint16 time) external {
        vm.warp(block.timestamp + _between(time, 1, 6 hours));
    }

    function pauseOrGoOn() external {
        if (clock.paused()) clock.unpause();
        else clock.pause();
    }

    function _publish(Rate memory rate, bool soon) private {
        uint40 effectiveAt = soon ? 0 : _now() + NOTICE;
        vm.prank(_cold(A));
        // Refused when it gains or comes too early.
        (bool done, ) = address(board).call(abi.encodeCall(board.announce, (A, rate, effectiveAt, 0)));
        if (done) ++changes;
    }

    function _salt(uint256 index) private pure returns (bytes32) {
        return keccak256(abi.encode("promise", index));
    }
}
