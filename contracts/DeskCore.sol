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
import {Reasons} from "./libraries/Reasons.sol";

/// @title A batch in hand: what all kinds of items share
/// @notice Owns the batch in memory, its limits and its totals, and who the desk works with. What an item does is in
/// {DeskConversions}, {DeskBudgets} and {DeskWallets}; they may not write limits and positions but through here.
abstract contract DeskCore is IConversionDesk {
    using FastIssue for Issue;

    /// @dev One batch in memory: what holds for all its items, and what they add up to. Whole words and no enums: their
    /// range checks would cost more than the work.
    struct Batch {
        Issue issue;
        uint256 clock;
        /// Why nothing is issued; zero if it may be.
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
    bytes32 public immutable override CLAIM_DOMAIN;

    IAllianceClock internal immutable _CLOCK;
    IBrandRegistry internal immutable _REGISTRY;
    IRateBoard internal immutable _BOARD;
    IClearingHouse internal immutable _CLEARING;
    IAlliancePoint internal immutable _POINT;
    uint256 internal immutable _QUOTE_GRACE;
    uint256 internal immutable _CLAIM_WINDOW;

    /// @dev Slot 0: the number of each brand's last batch.
    mapping(uint32 brandId => uint40 seq) internal _lastSeq;

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

    /// @dev What the batch adds up to: one write each for limiter and position (INV-1, INV-2).
    function _settle(Batch memory batch) internal {
        _mintWaiting(batch.issue);
        uint32 brandId = uint32(batch.issue.brandId);
        // Both are sums of at most 150 amounts of at most 64 bits.
        uint128 issued = uint128(batch.issue.issued);
        uint128 redeemed = uint128(batch.redeemed);
        if (issued != 0) _REGISTRY.consumeLimiter(brandId, issued);
        if (issued != 0 || redeemed != 0) _CLEARING.record(brandId, issued, redeemed);
    }

    /// @dev Mints what waits; needed before a balance is read, so that items act in their order.
    function _mintWaiting(Issue memory issue) internal {
        if (issue.mintCount != 0) _POINT.mintBatch(issue.take());
    }

    /// @dev Burns in favour of the poster.
    function _burn(Batch memory batch, address holder, uint256 units) internal {
        _noteBurnt(batch, units);
        _POINT.burn(holder, units);
    }

    /// @dev What was burnt makes room.
    function _noteBurnt(Batch memory batch, uint256 units) internal pure {
        batch.supplyCap += units;
        batch.creditCap += int256(units);
        batch.redeemed += units;
        _setCeiling(batch);
    }

    /// @dev Issues in the poster's name; the mint waits. The caller has checked every limit.
    function _issue(Batch memory batch, address holder, uint256 issued) internal pure {
        Issue memory issue = batch.issue;
        issue.push(holder, issued - issue.issued);
        issue.issued = issued;
    }

    function _emitConverted(
        Batch memory batch,
        uint256 index,
        uint256 kind,
        uint256 rateVersion,
        uint256 localAmount,
        uint256 units
    ) internal {
        emit Converted(ConvertedCodec.pack(batch.issue.prefix, index, kind, rateVersion, localAmount, units));
    }

    /// @dev Makes `version` the loaded rate, and notes whether each side is usable now.
    function _useRate(Batch memory batch, uint256 version) internal view {
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

    /// @dev Credit and rate limit of a batch that would have issued `issued`.
    function _checkLimits(Batch memory batch, uint256 issued) internal pure returns (uint256) {
        if (int256(issued) > batch.creditCap) return Reasons.CREDIT_LIMIT; // INV-3
        if (issued > batch.limiterCap) return Reasons.RATE_LIMITED; // INV-11
        return 0;
    }

    /// @dev Why the destination brand may not receive; zero if it may, which is remembered.
    function _checkCounterparty(Issue memory issue, uint256 brandId) internal view returns (uint256) {
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
    ) internal view returns (Batch memory batch) {
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
    function _setCeiling(Batch memory batch) internal pure {
        uint256 least = batch.supplyCap < batch.limiterCap ? batch.supplyCap : batch.limiterCap;
        if (batch.creditCap < 0) batch.issue.ceiling = 0;
        else batch.issue.ceiling = 1 + (uint256(batch.creditCap) < least ? uint256(batch.creditCap) : least);
    }
}
