// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Head, IStatementRegistry, Statement} from "../../contracts/interfaces/IStatementRegistry.sol";
import {AllianceFixture} from "./AllianceFixture.sol";

/// @title An alliance with a statement registry, and brands whose hot keys can sign
/// @notice Digests are built here from the type strings, not by the contract.
abstract contract StatementFixture is AllianceFixture {
    string internal constant HEAD = "Head(uint32 day,uint64 size,bytes32 root)";
    string internal constant STATEMENT =
        "Statement(uint32 month,uint40 cutOff,uint32 headDay,uint64 logSize,bytes32 logRoot,bytes32 liabilitiesRoot,uint128 totalPoints,uint64 leaves,uint32 rateVersion)";
    uint32 internal constant TODAY = uint32(START / 1 days);

    IStatementRegistry internal statements;

    function _deployStatements() internal {
        _deploy();
        statements = IStatementRegistry(
            _create("StatementRegistry.sol:StatementRegistry", abi.encode(registry, board))
        );
    }

    function _registerSigner(uint32 brandId) internal {
        string memory code = string(abi.encodePacked(bytes1(uint8(0x60 + brandId))));
        registry.register(code, vm.addr(_key(brandId)), _cold(brandId), _pay(brandId), 0, 0, 0);
    }

    function _key(uint32 brandId) internal pure returns (uint256) {
        return 0xBEEF00 + brandId;
    }

    function _head(uint32 day, uint64 size) internal pure returns (Head memory) {
        return Head(day, size, keccak256(abi.encode("log", size)));
    }

    function _one(Head memory head) internal pure returns (Head[] memory heads) {
        heads = new Head[](1);
        heads[0] = head;
    }

    function _headHash(Head memory head) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(HEAD)), head.day, head.size, head.root));
    }

    function _statementHash(Statement memory s) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256(bytes(STATEMENT)), s));
    }

    function _signHeads(uint256 key, uint32 brandId, Head[] memory heads) internal view returns (bytes memory) {
        bytes memory packed;
        for (uint256 i = 0; i < heads.length; ++i) packed = bytes.concat(packed, _headHash(heads[i]));
        bytes32 kind = keccak256(bytes(string.concat("Heads(uint32 brandId,Head[] heads)", HEAD)));
        return _sign(key, address(statements), keccak256(abi.encode(kind, brandId, keccak256(packed))));
    }

    function _signStatement(uint256 key, uint32 brandId, Statement memory s) internal view returns (bytes memory) {
        bytes32 kind = keccak256(bytes(string.concat("BrandStatement(uint32 brandId,Statement statement)", STATEMENT)));
        return _sign(key, address(statements), keccak256(abi.encode(kind, brandId, _statementHash(s))));
    }

    function _sign(uint256 key, address target, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Points Alliance"),
                keccak256("1"),
                block.chainid,
                target
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, structHash)));
        return abi.encodePacked(r, s, v);
    }

    function _anchor(uint32 brandId, Head memory head) internal {
        Head[] memory heads = _one(head);
        statements.anchorHeads(brandId, heads, _signHeads(_key(brandId), brandId, heads));
    }

    /// @dev The statement of month 682 on a head: of November 2026, two months before {START}.
    function _statement(Head memory head) internal pure returns (Statement memory s) {
        s.month = 682;
        s.cutOff = START - 100;
        (s.headDay, s.logSize, s.logRoot) = (head.day, head.size, head.root);
        s.liabilitiesRoot = keccak256("liabilities");
        s.totalPoints = 12_345;
        s.leaves = 16;
    }

    function _publish(uint32 brandId, Statement memory s) internal {
        statements.publish(brandId, s, _signStatement(_key(brandId), brandId, s));
    }
}
