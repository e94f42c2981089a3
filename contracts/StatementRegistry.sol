// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IRateBoard} from "./interfaces/IRateBoard.sol";
import {Head, IStatementRegistry, Statement} from "./interfaces/IStatementRegistry.sol";
import {Months} from "./libraries/Months.sol";

/// @title Heads of logs, and statements
/// @notice See {IStatementRegistry} for what it promises.
contract StatementRegistry is IStatementRegistry, EIP712 {
    /// @dev One slot: where a brand's records end.
    struct Latest {
        uint32 day;
        uint64 size;
        uint32 month;
        uint40 cutOff;
    }

    // Folded by the compiler: no string is in the code.
    // solhint-disable gas-small-strings
    bytes32 private constant HEAD_TYPE = keccak256("Head(uint32 day,uint64 size,bytes32 root)");
    bytes32 private constant HEADS_TYPE = keccak256(
        "Heads(uint32 brandId,Head[] heads)Head(uint32 day,uint64 size,bytes32 root)"
    );
    bytes32 private constant STATEMENT_TYPE = keccak256(
        "Statement(uint32 month,uint40 cutOff,uint32 headDay,uint64 logSize,bytes32 logRoot,bytes32 liabilitiesRoot,"
        "uint128 totalPoints,uint64 leaves,uint32 rateVersion)"
    );
    bytes32 private constant BRAND_STATEMENT_TYPE = keccak256(
        "BrandStatement(uint32 brandId,Statement statement)"
        "Statement(uint32 month,uint40 cutOff,uint32 headDay,uint64 logSize,bytes32 logRoot,bytes32 liabilitiesRoot,"
        "uint128 totalPoints,uint64 leaves,uint32 rateVersion)"
    );
    // solhint-enable gas-small-strings
    /// @dev The first calendar to begin a day is 14 hours ahead of UTC.
    uint256 private constant EARLIEST_ZONE = 14 hours;
    uint24 private constant JANUARY_1970 = 12 * 1970;

    /// @inheritdoc IStatementRegistry
    uint256 public constant override MAX_HEADS = 31;
    /// @inheritdoc IStatementRegistry
    uint64 public constant override MIN_LEAVES = 8;
    /// @inheritdoc IStatementRegistry
    uint64 public constant override MAX_LEAVES = 1 << 32;

    IBrandRegistry private immutable _REGISTRY;
    IRateBoard private immutable _RATES;

    /// @inheritdoc IStatementRegistry
    mapping(uint32 brandId => Latest records) public override latest;
    /// @inheritdoc IStatementRegistry
    mapping(uint32 brandId => mapping(uint32 day => bytes32 digest)) public override headDigest;
    /// @inheritdoc IStatementRegistry
    mapping(uint32 brandId => mapping(uint32 month => bytes32 digest)) public override statementDigest;

    constructor(IBrandRegistry registry, IRateBoard rates) EIP712("Points Alliance", "1") {
        _REGISTRY = registry;
        _RATES = rates;
    }

    /// @inheritdoc IStatementRegistry
    function anchorHeads(uint32 brandId, Head[] calldata heads, bytes calldata signature) external override {
        // checks
        uint256 count = heads.length;
        require(count != 0 && count <= MAX_HEADS, HeadCountOutOfRange(count));
        bytes32[] memory digests = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) digests[i] = _hashHead(heads[i].day, heads[i].size, heads[i].root);
        bytes32 list = keccak256(abi.encodePacked(digests));
        _checkSigned(brandId, keccak256(abi.encode(HEADS_TYPE, brandId, list)), signature);

        // checks and effects, head by head
        Latest memory last = latest[brandId];
        for (uint256 i = 0; i < count; ++i) {
            _checkHead(brandId, last, heads[i]);
            (last.day, last.size) = (heads[i].day, heads[i].size);
            headDigest[brandId][last.day] = digests[i];
            emit HeadAnchored(brandId, last.day, last.size, heads[i].root);
        }
        latest[brandId] = last;
    }

    /// @inheritdoc IStatementRegistry
    function publish(uint32 brandId, Statement calldata statement, bytes calldata signature) external override {
        // checks
        bytes32 digest = keccak256(abi.encode(STATEMENT_TYPE, statement));
        _checkSigned(brandId, keccak256(abi.encode(BRAND_STATEMENT_TYPE, brandId, digest)), signature);
        _checkStatement(brandId, latest[brandId], statement);

        // effects
        statementDigest[brandId][statement.month] = digest;
        latest[brandId].month = statement.month;
        latest[brandId].cutOff = statement.cutOff;
        emit StatementPublished(brandId, statement.month, statement);
    }

    /// @dev INV-29. An unknown brand has no hot key, and nothing is signed by the zero address.
    function _checkSigned(uint32 brandId, bytes32 structHash, bytes calldata signature) private view {
        address hot = _REGISTRY.hotKeyOf(brandId);
        bool signed = SignatureChecker.isValidSignatureNowCalldata(hot, _hashTypedDataV4(structHash), signature);
        require(signed && hot != address(0), NotSignedByHotKey(brandId));
    }

    /// @dev INV-27, against the head before.
    function _checkHead(uint32 brandId, Latest memory last, Head calldata head) private view {
        require(head.day > last.day, DayNotLater(brandId, head.day, last.day));
        uint256 today = (block.timestamp + EARLIEST_ZONE) / 1 days;
        require(head.day <= today, DayInFuture(brandId, head.day, uint32(today)));
        require(head.size != 0, EmptyLog(brandId, head.day));
        require(head.size >= last.size, LogShrank(brandId, head.size, last.size));
        if (head.size == last.size) {
            bytes32 before = headDigest[brandId][last.day];
            require(before == _hashHead(last.day, head.size, head.root), LogReplaced(brandId, head.day));
        }
    }

    /// @dev INV-28.
    function _checkStatement(uint32 brandId, Latest memory last, Statement calldata s) private view {
        require(s.month > last.month, MonthNotLater(brandId, s.month, last.month));
        uint32 latestMonth = _latestMonth();
        require(s.month <= latestMonth, MonthNotOver(brandId, s.month, latestMonth));
        require(s.cutOff > last.cutOff, CutOffNotLater(brandId, s.cutOff, last.cutOff));
        require(s.cutOff <= block.timestamp, CutOffInFuture(brandId, s.cutOff));
        bool full = s.leaves >= MIN_LEAVES && s.leaves <= MAX_LEAVES && s.leaves & (s.leaves - 1) == 0;
        require(full, LeafCountOutOfRange(s.leaves));
        bytes32 head = headDigest[brandId][s.headDay];
        require(head == _hashHead(s.headDay, s.logSize, s.logRoot), HeadNotAnchored(brandId, s.headDay));
        uint32 newest = _RATES.latestVersion(brandId);
        require(s.rateVersion <= newest, UnknownRate(brandId, s.rateVersion, newest));
    }

    /// @dev The last month that is over where the calendar is ahead of all others, counted from January 1970.
    function _latestMonth() private view returns (uint32) {
        uint256 ahead = EARLIEST_ZONE - 8 hours; // {Months} counts in UTC+8
        return Months.monthOf(uint40(block.timestamp + ahead)) - JANUARY_1970 - 1;
    }

    function _hashHead(uint32 day, uint64 size, bytes32 root) private pure returns (bytes32) {
        return keccak256(abi.encode(HEAD_TYPE, day, size, root));
    }
}
