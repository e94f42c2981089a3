// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAllianceClock} from "./interfaces/IAllianceClock.sol";
import {IAlliancePoint} from "./interfaces/IAlliancePoint.sol";
import {BrandStatus, IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IConversionDesk, RejectReason} from "./interfaces/IConversionDesk.sol";
import {IRateBoard, Rate} from "./interfaces/IRateBoard.sol";
import {BrandCache, CachedRate, RateCache} from "./libraries/BatchCaches.sol";
import {Claims} from "./libraries/Claims.sol";
import {ConvertedCodec} from "./libraries/ConvertedCodec.sol";
import {ItemHeader, Items} from "./libraries/Items.sol";
import {MintQueue, MintQueues} from "./libraries/MintQueue.sol";
import {RateMath} from "./libraries/RateMath.sol";

/// @title Where points cross
/// @notice See {IConversionDesk} for what it promises.
contract ConversionDesk is IConversionDesk {
    /// @dev One batch in memory: what holds for all its items, and what they add up to.
    struct Batch {
        uint32 brandId;
        uint256 prefix;
        uint256 clock;
        RejectReason closedTo;
        int256 headroom;
        uint256 limiterLeft;
        uint256 supplyLeft;
        uint256 issued;
        uint256 redeemed;
        MintQueue mints;
        RateCache rates;
        BrandCache counterparties;
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
        emit BatchPosted(brandId, seq, keccak256(items), uint16(count));

        // interactions: only with the alliance's own contracts, fixed at deployment
        Batch memory batch = _open(brandId, seq, count, status, limiterLeft);
        for (uint256 i = 0; i < count; ++i) {
            (ItemHeader header, bytes32 payload) = Items.itemAt(items, i);
            RejectReason reason = _carryOut(batch, i, header, payload);
            if (reason != RejectReason.None) emit Rejected(brandId, seq, uint16(i), uint8(reason)); // INV-5
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

    /// @dev Mints what is waiting; needed before anything is burnt, so that items act in their order.
    function _mintWaiting(Batch memory batch) private {
        if (batch.mints.length != 0) _POINT.mintBatch(batch.mints.take());
    }

    /// @dev What the batch adds up to: one write each for limiter and position (INV-1, INV-2).
    function _settle(Batch memory batch) private {
        _mintWaiting(batch);
        if (batch.issued != 0) _REGISTRY.consumeLimiter(batch.brandId, batch.issued);
        if (batch.issued | batch.redeemed != 0) {
            // Both are sums of at most 150 amounts of at most 64 bits.
            _CLEARING.record(batch.brandId, uint128(batch.issued), uint128(batch.redeemed));
        }
    }

    function _carryOut(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 payload
    ) private returns (RejectReason) {
        uint256 kind = header.kind();
        if (kind == Items.CONVERT_IN) return _convertIn(batch, index, header, payload);
        if (kind == Items.CLAIM) return _claim(batch, index, header, payload);
        if (kind == Items.RETURN) return _return(batch, index, header, payload);
        return RejectReason.UnknownKind;
    }

    function _convertIn(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 commitment
    ) private returns (RejectReason) {
        // checks
        if (batch.closedTo != RejectReason.None) return batch.closedTo;
        CachedRate memory rate = _rate(batch, header.rateVersion());
        if (rate.inReason != RejectReason.None) return rate.inReason;
        uint256 amount = header.amount();
        uint256 units = RateMath.convertDown(amount, rate.inNumerator, rate.inDenominator); // INV-6
        if (units == 0) return RejectReason.AmountZero;
        if (units > batch.supplyLeft) return RejectReason.AmountOverflow;
        RejectReason reason = _checkConvertIn(batch, header, units);
        if (reason != RejectReason.None) return reason;

        // effects
        unchecked {
            // No underflow: just compared. No overflow: sums of 64-bit amounts.
            batch.supplyLeft -= units;
            batch.headroom -= int256(units);
            batch.limiterLeft -= units;
            batch.issued += units;
        }
        batch.mints.push(Claims.addressOf(CLAIM_DOMAIN, batch.brandId, commitment, header.deadline()), units);
        _emitConverted(batch, index, Items.CONVERT_IN, rate.version, amount, units);
        return RejectReason.None;
    }

    /// @dev Deadline, counterparty and limits of a convert-in.
    function _checkConvertIn(Batch memory batch, ItemHeader header, uint256 units) private view returns (RejectReason) {
        uint256 deadline = header.deadline();
        if (deadline <= batch.clock) return RejectReason.DeadlinePassed;
        if (deadline > batch.clock + _CLAIM_WINDOW) return RejectReason.DeadlineTooFar;
        RejectReason reason = _counterparty(batch, header.counterparty());
        if (reason != RejectReason.None) return reason;
        if (int256(units) > batch.headroom) return RejectReason.CreditLimit; // INV-3
        if (units > batch.limiterLeft) return RejectReason.RateLimited; // INV-11
        return RejectReason.None;
    }

    function _claim(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 salt
    ) private returns (RejectReason) {
        // checks: INV-7, before the deadline
        if (header.deadline() <= batch.clock) return RejectReason.DeadlinePassed;
        CachedRate memory rate = _rate(batch, header.rateVersion());
        if (rate.outReason != RejectReason.None) return rate.outReason;
        _mintWaiting(batch);
        bytes32 commitment = Claims.commitment(batch.brandId, header.rateVersion(), salt);
        address holder = Claims.addressOf(CLAIM_DOMAIN, header.counterparty(), commitment, header.deadline());
        uint256 units = _POINT.balanceOf(holder);
        if (units == 0) return RejectReason.NothingToClaim;
        uint256 local = RateMath.convertDown(units, rate.outNumerator, rate.outDenominator); // INV-6
        if (local == 0) return RejectReason.AmountZero;
        if (local > type(uint64).max) return RejectReason.AmountOverflow;

        // effects, interaction
        _empty(batch, holder, units);
        _emitConverted(batch, index, Items.CLAIM, rate.version, local, units);
        return RejectReason.None;
    }

    function _return(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 commitment
    ) private returns (RejectReason) {
        // checks: INV-7, from the deadline on
        if (batch.clock < header.deadline()) return RejectReason.TooEarly;
        _mintWaiting(batch);
        address holder = Claims.addressOf(CLAIM_DOMAIN, batch.brandId, commitment, header.deadline());
        uint256 units = _POINT.balanceOf(holder);
        if (units == 0) return RejectReason.NothingToClaim;

        // effects, interaction
        _empty(batch, holder, units);
        _emitConverted(batch, index, Items.RETURN, 0, 0, units);
        return RejectReason.None;
    }

    /// @dev Burns a claim address's whole balance in favour of the poster.
    function _empty(Batch memory batch, address holder, uint256 units) private {
        unchecked {
            // Balances are at most MAX_SUPPLY, 64 bits.
            batch.supplyLeft += units;
            batch.headroom += int256(units);
            batch.redeemed += units;
        }
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
        emit Converted(ConvertedCodec.pack(batch.prefix, index, kind, rateVersion, localAmount, units));
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
        batch.brandId = brandId;
        batch.prefix = ConvertedCodec.prefix(brandId, seq);
        if (status != BrandStatus.Active) batch.closedTo = RejectReason.BrandNotActive;
        else if (isPaused) batch.closedTo = RejectReason.Paused; // INV-10
        batch.headroom = _CLEARING.headroomOf(brandId);
        batch.limiterLeft = limiterLeft;
        batch.supplyLeft = type(uint64).max - _POINT.totalSupply();
        batch.mints = MintQueues.create(count);
    }

    /// @dev The poster's rate version and whether each side is usable now.
    function _rate(Batch memory batch, uint256 version) private view returns (CachedRate memory cached) {
        cached = batch.rates.placeOf(version);
        if (cached.version == version && version != 0) return cached;
        (Rate memory rate, , uint256 effectiveAt, uint256 supersededAt) = _BOARD.rateOf(batch.brandId, uint32(version));
        cached.version = version;
        cached.inNumerator = rate.inNumerator;
        cached.inDenominator = rate.inDenominator;
        cached.outNumerator = rate.outNumerator;
        cached.outDenominator = rate.outDenominator;
        RejectReason reason = RejectReason.None;
        if (effectiveAt == 0) reason = RejectReason.RateUnknown;
        else if (effectiveAt > batch.clock) reason = RejectReason.RateNotEffective;
        (cached.inReason, cached.outReason) = (reason, reason);
        if (supersededAt != 0 && supersededAt <= batch.clock) {
            uint256 age = batch.clock - supersededAt;
            if (age >= _QUOTE_GRACE) cached.inReason = RejectReason.RateExpired;
            if (age >= _QUOTE_GRACE + _CLAIM_WINDOW) cached.outReason = RejectReason.RateExpired;
        }
    }

    /// @dev Why the destination brand may not receive, if so.
    function _counterparty(Batch memory batch, uint32 brandId) private view returns (RejectReason reason) {
        if (brandId == 0) return RejectReason.UnknownCounterparty;
        bool known;
        (known, reason) = batch.counterparties.find(brandId);
        if (known) return reason;
        BrandStatus status = _REGISTRY.statusOf(brandId);
        if (status == BrandStatus.None) reason = RejectReason.UnknownCounterparty;
        else if (status != BrandStatus.Active) reason = RejectReason.CounterpartyNotActive;
        batch.counterparties.remember(brandId, reason);
    }
}
