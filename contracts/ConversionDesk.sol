// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAllianceClock} from "./interfaces/IAllianceClock.sol";
import {IAlliancePoint} from "./interfaces/IAlliancePoint.sol";
import {BrandStatus, IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IConversionDesk} from "./interfaces/IConversionDesk.sol";
import {IRateBoard, Rate} from "./interfaces/IRateBoard.sol";
import {Claims} from "./libraries/Claims.sol";
import {ConvertedCodec} from "./libraries/ConvertedCodec.sol";
import {FastIssue, Issue} from "./libraries/FastIssue.sol";
import {ItemHeader, Items} from "./libraries/Items.sol";
import {RateMath} from "./libraries/RateMath.sol";
import {Reasons} from "./libraries/Reasons.sol";

/// @title Where points cross
/// @notice See {IConversionDesk} for what it promises.
contract ConversionDesk is IConversionDesk {
    using FastIssue for Issue;

    /// @dev One batch in memory: what holds for all its items, and what they add up to. Whole words and no enums: their
    /// range checks would cost more than the work.
    struct Batch {
        Issue issue;
        uint256 clock;
        /// Why no convert-in is taken; zero if they are.
        uint256 closedTo;
        /// Upper bounds of `issue.issued`; burning lifts the first two.
        uint256 supplyCap;
        int256 creditCap;
        uint256 limiterCap;
        uint256 redeemed;
        /// Of `issue.rateVersion`: the out-side, and why a side is not usable; zero if it is.
        uint256 outNumerator;
        uint256 outDenominator;
        uint256 inReason;
        uint256 outReason;
    }

    /// @inheritdoc IConversionDesk
    uint256 public constant override ITEM_SIZE = Items.SIZE;
    /// @inheritdoc IConversionDesk
    uint256 public constant override MAX_ITEMS = Items.MAX_COUNT;
    /// @inheritdoc IConversionDesk
    bytes32 public immutable override CLAIM_DOMAIN;

    IAllianceClock private immutable _CLOCK;
    IBrandRegistry private immutable _REGISTRY;
    IRateBoard private immutable _BOARD;
    IClearingHouse private immutable _CLEARING;
    IAlliancePoint private immutable _POINT;
    uint256 private immutable _QUOTE_GRACE;
    uint256 private immutable _CLAIM_WINDOW;

    /// @dev Slot 0: the number of each brand's last batch.
    mapping(uint32 brandId => uint40 seq) private _lastSeq;

    constructor(
        IAllianceClock clock,
        IBrandRegistry registry,
        IRateBoard board,
        IClearingHouse clearing,
        IAlliancePoint point
    ) {
        _CLOCK = clock;
        _REGISTRY = registry;
        _BOARD = board;
        _CLEARING = clearing;
        _POINT = point;
        _QUOTE_GRACE = board.quoteGrace();
        _CLAIM_WINDOW = board.claimWindow();
        CLAIM_DOMAIN = Claims.domain(block.chainid, address(this));
    }

    /// @inheritdoc IConversionDesk
    function postBatch(uint32 brandId, uint40 seq, bytes calldata items) external override {
        // checks
        uint256 count = items.length / Items.SIZE;
        bool wellFormed = count != 0 && count <= Items.MAX_COUNT && items.length == count * Items.SIZE;
        require(wellFormed, InvalidItemsLength(items.length));
        (address hot, BrandStatus status, uint256 limiterLeft) = _REGISTRY.posting(brandId);
        require(msg.sender == hot, NotHotKey(brandId, msg.sender));
        uint40 expected = _lastSeq[brandId] + 1;
        require(seq == expected, BatchOutOfSequence(brandId, expected, seq)); // INV-4

        // effects
        _lastSeq[brandId] = seq;
        bytes memory copy = items;
        emit BatchPosted(brandId, seq, keccak256(copy), uint16(count));

        // interactions: only with the alliance's own contracts, fixed at deployment
        Batch memory batch = _open(brandId, seq, count, status, limiterLeft);
        for (uint256 i = 0; i < count; ++i) {
            i = _issuePlain(batch, copy, i);
            if (i == count) break;
            uint256 reason = _carryOut(batch, copy, i);
            if (reason != 0) emit Rejected(brandId, seq, uint16(i), uint8(reason)); // INV-5
        }
        _settle(batch);
    }

    /// @inheritdoc IConversionDesk
    function nextSeq(uint32 brandId) external view override returns (uint40) {
        return _lastSeq[brandId] + 1;
    }

    /// @inheritdoc IConversionDesk
    function claimAddress(
        uint32 sourceBrand,
        bytes32 commitment,
        uint40 deadline
    ) external view override returns (address) {
        return Claims.addressOf(CLAIM_DOMAIN, sourceBrand, commitment, deadline);
    }

    /// @inheritdoc IConversionDesk
    function allianceTime() external view override returns (uint40) {
        return _CLOCK.allianceTime();
    }

    /// @inheritdoc IConversionDesk
    function paused() external view override returns (bool) {
        return _CLOCK.paused();
    }

    /// @dev What the batch adds up to: one write each for limiter and position (INV-1, INV-2).
    function _settle(Batch memory batch) private {
        _mintWaiting(batch.issue);
        uint32 brandId = uint32(batch.issue.brandId);
        // Both are sums of at most 150 amounts of at most 64 bits.
        uint128 issued = uint128(batch.issue.issued);
        uint128 redeemed = uint128(batch.redeemed);
        if (issued != 0) _REGISTRY.consumeLimiter(brandId, issued);
        if (issued != 0 || redeemed != 0) _CLEARING.record(brandId, issued, redeemed);
    }

    /// @dev Mints what waits; needed before a balance is read, so that items act in their order.
    function _mintWaiting(Issue memory issue) private {
        if (issue.mintCount != 0) _POINT.mintBatch(issue.take());
    }

    /// @dev Carries out the plain convert-ins from `index` on, if the loaded rate may be used at all.
    function _issuePlain(Batch memory batch, bytes memory items, uint256 index) private returns (uint256) {
        if (batch.closedTo != 0 || batch.inReason != 0) return index;
        return batch.issue.run(items, index);
    }

    /// @dev Judges and carries out any item. Zero, or why it is rejected.
    function _carryOut(Batch memory batch, bytes memory items, uint256 index) private returns (uint256) {
        (ItemHeader header, bytes32 payload) = Items.itemAt(items, index);
        uint256 kind = header.kind();
        if (kind == Items.CONVERT_IN) return _convertIn(batch, index, header, payload);
        if (kind == Items.CLAIM) return _claim(batch, index, header, payload);
        if (kind == Items.RETURN) return _return(batch, index, header, payload);
        return Reasons.UNKNOWN_KIND;
    }

    function _convertIn(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 commitment
    ) private returns (uint256) {
        // checks
        if (batch.closedTo != 0) return batch.closedTo;
        Issue memory issue = batch.issue;
        _useRate(batch, header.rateVersion());
        if (batch.inReason != 0) return batch.inReason;
        uint256 units = RateMath.convertDown(header.amount(), issue.inNumerator, issue.inDenominator); // INV-6
        if (units == 0) return Reasons.AMOUNT_ZERO;
        uint256 issued = issue.issued + units;
        uint256 reason = _checkConvertIn(batch, header, issued);
        if (reason != 0) return reason;

        // effects
        issue.issued = issued;
        issue.push(Claims.addressOf(CLAIM_DOMAIN, issue.brandId, commitment, header.deadline()), units);
        _emitConverted(batch, index, Items.CONVERT_IN, header.rateVersion(), header.amount(), units);
        return 0;
    }

    function _claim(Batch memory batch, uint256 index, ItemHeader header, bytes32 salt) private returns (uint256) {
        // checks: INV-7, before the deadline
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        _useRate(batch, header.rateVersion());
        if (batch.outReason != 0) return batch.outReason;
        _mintWaiting(batch.issue);
        bytes32 commitment = Claims.commitment(batch.issue.brandId, header.rateVersion(), salt);
        address holder = Claims.addressOf(CLAIM_DOMAIN, header.counterparty(), commitment, header.deadline());
        uint256 units = _POINT.balanceOf(holder);
        if (units == 0) return Reasons.NOTHING_TO_CLAIM;
        uint256 local = RateMath.convertDown(units, batch.outNumerator, batch.outDenominator); // INV-6
        if (local == 0) return Reasons.AMOUNT_ZERO;
        if (local > type(uint64).max) return Reasons.AMOUNT_OVERFLOW;

        // effects, interaction
        _empty(batch, holder, units);
        _emitConverted(batch, index, Items.CLAIM, header.rateVersion(), local, units);
        return 0;
    }

    function _return(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 commitment
    ) private returns (uint256) {
        // checks: INV-7, from the deadline on
        if (batch.clock < header.deadline()) return Reasons.TOO_EARLY;
        _mintWaiting(batch.issue);
        address holder = Claims.addressOf(CLAIM_DOMAIN, batch.issue.brandId, commitment, header.deadline());
        uint256 units = _POINT.balanceOf(holder);
        if (units == 0) return Reasons.NOTHING_TO_CLAIM;

        // effects, interaction
        _empty(batch, holder, units);
        _emitConverted(batch, index, Items.RETURN, 0, 0, units);
        return 0;
    }

    /// @dev Burns a claim address's whole balance in favour of the poster.
    function _empty(Batch memory batch, address holder, uint256 units) private {
        batch.supplyCap += units;
        batch.creditCap += int256(units);
        batch.redeemed += units;
        _setCeiling(batch);
        _POINT.burn(holder, units);
    }

    function _emitConverted(
        Batch memory batch,
        uint256 index,
        uint256 kind,
        uint256 rateVersion,
        uint256 localAmount,
        uint256 units
    ) private {
        emit Converted(ConvertedCodec.pack(batch.issue.prefix, index, kind, rateVersion, localAmount, units));
    }

    /// @dev Makes `version` the loaded rate, and notes whether each side is usable now.
    function _useRate(Batch memory batch, uint256 version) private view {
        Issue memory issue = batch.issue;
        if (issue.rateVersion == version) return;
        (Rate memory rate, , uint256 effectiveAt, uint256 supersededAt) = _BOARD.rateOf(
            uint32(issue.brandId),
            uint32(version)
        );
        issue.rateVersion = version;
        (issue.inNumerator, issue.inDenominator) = (rate.inNumerator, rate.inDenominator);
        (batch.outNumerator, batch.outDenominator) = (rate.outNumerator, rate.outDenominator);
        uint256 reason = 0;
        if (effectiveAt == 0) reason = Reasons.RATE_UNKNOWN;
        else if (effectiveAt > batch.clock) reason = Reasons.RATE_NOT_EFFECTIVE;
        (batch.inReason, batch.outReason) = (reason, reason);
        if (supersededAt != 0 && supersededAt <= batch.clock) {
            uint256 age = batch.clock - supersededAt;
            if (age >= _QUOTE_GRACE) batch.inReason = Reasons.RATE_EXPIRED;
            if (age >= _QUOTE_GRACE + _CLAIM_WINDOW) batch.outReason = Reasons.RATE_EXPIRED;
        }
    }

    /// @dev Supply, deadline, counterparty and limits of a convert-in that would bring the batch's issue to `issued`.
    function _checkConvertIn(Batch memory batch, ItemHeader header, uint256 issued) private view returns (uint256) {
        if (issued > batch.supplyCap) return Reasons.AMOUNT_OVERFLOW;
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        if (header.deadline() > batch.clock + _CLAIM_WINDOW) return Reasons.DEADLINE_TOO_FAR;
        uint256 reason = _checkCounterparty(batch.issue, header.counterparty());
        if (reason != 0) return reason;
        if (int256(issued) > batch.creditCap) return Reasons.CREDIT_LIMIT; // INV-3
        if (issued > batch.limiterCap) return Reasons.RATE_LIMITED; // INV-11
        return 0;
    }

    /// @dev Why the destination brand may not receive; zero if it may, which is remembered.
    function _checkCounterparty(Issue memory issue, uint256 brandId) private view returns (uint256) {
        BrandStatus status = _REGISTRY.statusOf(uint32(brandId));
        if (status == BrandStatus.None) return Reasons.UNKNOWN_COUNTERPARTY;
        if (status != BrandStatus.Active) return Reasons.COUNTERPARTY_NOT_ACTIVE;
        issue.activeBrands |= 1 << brandId; // no bit for brands above 255: they are asked about each time
        return 0;
    }

    function _open(
        uint32 brandId,
        uint40 seq,
        uint256 count,
        BrandStatus status,
        uint256 limiterLeft
    ) private view returns (Batch memory batch) {
        bool isPaused;
        (batch.clock, isPaused) = _CLOCK.read();
        if (status != BrandStatus.Active) batch.closedTo = Reasons.BRAND_NOT_ACTIVE;
        else if (isPaused) batch.closedTo = Reasons.PAUSED; // INV-10
        batch.supplyCap = type(uint64).max - _POINT.totalSupply();
        batch.creditCap = _CLEARING.headroomOf(brandId);
        batch.limiterCap = limiterLeft;
        // No rate is loaded yet, and version 0 never exists.
        (batch.inReason, batch.outReason) = (Reasons.RATE_UNKNOWN, Reasons.RATE_UNKNOWN);

        Issue memory issue = batch.issue;
        issue.claimDomain = CLAIM_DOMAIN;
        issue.brandId = brandId;
        issue.firstDeadline = batch.clock + 1;
        issue.claimWindow = _CLAIM_WINDOW;
        issue.prefix = ConvertedCodec.prefix(brandId, seq);
        issue.reserve(count);
        _setCeiling(batch);
    }

    /// @dev The least of the three caps; zero, so that nothing is below it, when credit is overdrawn.
    function _setCeiling(Batch memory batch) private pure {
        uint256 least = batch.supplyCap < batch.limiterCap ? batch.supplyCap : batch.limiterCap;
        if (batch.creditCap < 0) batch.issue.ceiling = 0;
        else batch.issue.ceiling = 1 + (uint256(batch.creditCap) < least ? uint256(batch.creditCap) : least);
    }
}
