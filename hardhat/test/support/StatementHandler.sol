// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Head, IStatementRegistry, Statement} from "../../contracts/interfaces/IStatementRegistry.sol";
import {StatementFixture} from "./StatementFixture.sol";

/// @title Two brands that sign whatever comes to their minds, and a thief who signs with a key that is no brand's
/// @notice Remembers what was accepted, so that the invariants can ask whether it is still there.
contract StatementHandler is StatementFixture {
    struct AcceptedHead {
        uint32 brandId;
        Head head;
    }
    struct AcceptedStatement {
        uint32 brandId;
        Statement statement;
    }

    AcceptedHead[] private _heads;
    AcceptedStatement[] private _statements;
    uint256 public refused;
    uint256 public stolen;

    constructor() {
        _deployStatements();
        _registerSigner(1);
        _registerSigner(2);
    }

    function anchor(uint8 who, uint8 days_, uint8 growth, uint8 count, bool otherLog) external {
        uint32 brandId = 1 + (who % 2);
        (uint32 day, uint64 size, , ) = statements.latest(brandId);
        if (day == 0) day = TODAY - 40;
        Head[] memory heads = new Head[](_between(count, 1, 4));
        for (uint256 i = 0; i < heads.length; ++i) {
            day += uint32(days_ % 4); // sometimes the same day again
            size = size + (growth % 6) > 1 ? size + (growth % 6) - 1 : 0; // sometimes it shrinks
            heads[i] = _head(day, size);
            if (otherLog) heads[i].root = keccak256(abi.encode("other", day));
        }
        bytes memory signature = _signHeads(_key(brandId), brandId, heads);
        if (!_try(abi.encodeCall(statements.anchorHeads, (brandId, heads, signature)))) return;
        for (uint256 i = 0; i < heads.length; ++i) _heads.push(AcceptedHead(brandId, heads[i]));
    }

    function publish(uint8 who, uint8 months, uint16 later, uint8 which, bool honest) external {
        uint32 brandId = 1 + (who % 2);
        (, , uint32 month, uint40 cutOff) = statements.latest(brandId);
        Head memory head = _heads.length == 0 ? _head(TODAY, 1) : _heads[which % _heads.length].head;
        Statement memory s = _statement(head);
        s.month = (month == 0 ? 400 : month) + (months % 3);
        s.cutOff = (cutOff == 0 ? START : cutOff) + later - 200;
        if (!honest) ++s.logSize;
        bytes memory signature = _signStatement(_key(brandId), brandId, s);
        if (!_try(abi.encodeCall(statements.publish, (brandId, s, signature)))) return;
        _statements.push(AcceptedStatement(brandId, s));
    }

    function steal(uint8 who, uint64 size) external {
        uint32 brandId = 1 + (who % 2);
        (uint32 day, uint64 last, , ) = statements.latest(brandId);
        Head[] memory heads = _one(_head(day == 0 ? TODAY : day + 1, last + 1 + (size % 1000)));
        bytes memory signature = _signHeads(0xBAD, brandId, heads);
        if (_try(abi.encodeCall(statements.anchorHeads, (brandId, heads, signature)))) ++stolen;
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + _between(time, 1, 3 days));
    }

    function registryUnderTest() external view returns (IStatementRegistry) {
        return statements;
    }

    function counts() external view returns (uint256, uint256) {
        return (_heads.length, _statements.length);
    }

    function acceptedHead(uint256 i) external view returns (uint32, Head memory, bytes32) {
        return (_heads[i].brandId, _heads[i].head, _headHash(_heads[i].head));
    }

    function acceptedStatement(uint256 i) external view returns (uint32, Statement memory, bytes32) {
        return (_statements[i].brandId, _statements[i].statement, _statementHash(_statements[i].statement));
    }

    function _try(bytes memory call) private returns (bool done) {
        (done, ) = address(statements).call(call);
        if (!done) ++refused;
    }
}
