// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IRateBoard, Rate} from "../../contracts/interfaces/IRateBoard.sol";
import {AllianceFixture} from "./AllianceFixture.sol";

/// @title A brand that announces whatever it likes, whenever it likes
/// @notice Short periods, so that random lives cross them. Remembers which promise was in force at each publication.
contract RateHandler is AllianceFixture {
    uint40 public constant SHORT_NOTICE = 3 days;
    uint40 public constant SHORT_GRACE = 1 days;
    uint40 public constant SHORT_WINDOW = 2 days;
    uint32 public accepted;
    uint32 public refused;
    mapping(uint32 version => uint40 until) public promisedBefore;

    constructor() {
        _deploy();
        _register(1);
        board = _newBoard(SHORT_NOTICE, SHORT_GRACE, SHORT_WINDOW);
    }

    function announce(uint64 inPart, uint64 outPart, uint24 delay, uint24 guarantee) external {
        // Around 1 in, 1 out: half of it legal, half of it not.
        Rate memory rate = Rate(uint64(_between(inPart, 50, 110)), 100, uint64(_between(outPart, 50, 110)), 100);
        uint40 effectiveAt = delay % 3 == 0 ? 0 : clock.allianceTime() + uint40(_between(delay, 0, 5 days));
        uint40 until = guarantee % 4 == 0 ? clock.allianceTime() + uint40(_between(guarantee, 0, 6 days)) : 0;
        uint40 promised = board.guaranteedUntil(1);
        vm.prank(_cold(1));
        (bool done, ) = address(board).call(abi.encodeCall(board.announce, (1, rate, effectiveAt, until)));
        if (!done) {
            ++refused;
            return;
        }
        promisedBefore[++accepted] = promised;
    }

    /// @dev A small improvement of the version announced last, which is legal more often.
    function nudge(uint8 inStep, uint8 outStep, bool soon) external {
        if (accepted == 0) return;
        (Rate memory rate, , , ) = board.rateOf(1, accepted);
        rate.inNumerator = uint64(_between(rate.inNumerator + (inStep % 12) - 4, 1, 200));
        rate.outNumerator = uint64(_between(rate.outNumerator + (outStep % 12) - 4, 1, 200));
        uint40 effectiveAt = soon ? 0 : clock.allianceTime() + SHORT_NOTICE;
        uint40 promised = board.guaranteedUntil(1);
        vm.prank(_cold(1));
        (bool done, ) = address(board).call(abi.encodeCall(board.announce, (1, rate, effectiveAt, 0)));
        if (!done) {
            ++refused;
            return;
        }
        promisedBefore[++accepted] = promised;
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + _between(time, 1, 2 days));
    }

    function pauseOrGoOn() external {
        if (clock.paused()) clock.unpause();
        else clock.pause();
    }

    function contracts() external view returns (IRateBoard, uint40) {
        return (board, clock.allianceTime());
    }
}
