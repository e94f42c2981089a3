// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAllianceClock} from "./interfaces/IAllianceClock.sol";
import {IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IRateBoard, Rate} from "./interfaces/IRateBoard.sol";
import {RateMath} from "./libraries/RateMath.sol";

/// @title Published rates
/// @notice See {IRateBoard} for what it promises.
contract RateBoard is IRateBoard {
    using RateMath for Rate;

    /// @dev Two slots.
    struct Version {
        Rate rate;
        uint40 announcedAt;
        uint40 effectiveAt;
        uint40 supersededAt;
    }

    /// @inheritdoc IRateBoard
    uint40 public constant override HORIZON = 366 days;

    IBrandRegistry private immutable _REGISTRY;
    IAllianceClock private immutable _CLOCK;
    /// @inheritdoc IRateBoard
    uint40 public immutable override noticePeriod;
    /// @inheritdoc IRateBoard
    uint40 public immutable override quoteGrace;
    /// @inheritdoc IRateBoard
    uint40 public immutable override claimWindow;
    /// @inheritdoc IRateBoard
    uint32 public immutable override maxStepPpm;

    /// @inheritdoc IRateBoard
    mapping(uint32 brandId => uint32 version) public override latestVersion;
    /// @inheritdoc IRateBoard
    mapping(uint32 brandId => uint40 until) public override guaranteedUntil;
    mapping(uint32 brandId => mapping(uint32 version => Version)) private _versions;

    constructor(
        IBrandRegistry registry,
        IAllianceClock clock,
        uint40 noticePeriod_,
        uint40 quoteGrace_,
        uint40 claimWindow_,
        uint32 maxStepPpm_
    ) {
        _REGISTRY = registry;
        _CLOCK = clock;
        noticePeriod = noticePeriod_;
        quoteGrace = quoteGrace_;
        claimWindow = claimWindow_;
        maxStepPpm = maxStepPpm_;
    }

    /// @inheritdoc IRateBoard
    function announce(
        uint32 brandId,
        Rate calldata rate,
        uint40 effectiveAt,
        uint40 guaranteedUntil_
    ) external override returns (uint32 version) {
        // checks
        require(msg.sender == _REGISTRY.coldKeyOf(brandId), NotColdKey(brandId, msg.sender));
        Version memory next = _next(brandId, rate, effectiveAt);
        uint32 previous = latestVersion[brandId];
        if (previous != 0) _checkNotice(brandId, previous, next);
        _checkRoundTrips(brandId, previous, next);

        // effects
        version = previous + 1;
        if (previous != 0) _versions[brandId][previous].supersededAt = next.effectiveAt;
        _versions[brandId][version] = next;
        latestVersion[brandId] = version;
        uint40 carried = guaranteedUntil[brandId];
        uint40 until = guaranteedUntil_ > carried ? guaranteedUntil_ : carried;
        guaranteedUntil[brandId] = until;
        _emitAnnounced(brandId, version, next, until);
    }

    /// @inheritdoc IRateBoard
    function rateOf(
        uint32 brandId,
        uint32 version
    ) external view override returns (Rate memory rate, uint40 announcedAt, uint40 effectiveAt, uint40 supersededAt) {
        Version storage v = _versions[brandId][version];
        return (v.rate, v.announcedAt, v.effectiveAt, v.supersededAt);
    }

    /// @inheritdoc IRateBoard
    function currentVersion(uint32 brandId) external view override returns (uint32) {
        uint32 latest = latestVersion[brandId];
        bool pending = latest != 0 && _versions[brandId][latest].effectiveAt > _CLOCK.allianceTime();
        return pending ? latest - 1 : latest; // at most one is pending
    }

    /// @dev The version as it will be stored.
    function _next(uint32 brandId, Rate calldata rate, uint40 effectiveAt) private view returns (Version memory next) {
        bool complete =
            rate.inNumerator != 0 && rate.inDenominator != 0 && rate.outNumerator != 0 && rate.outDenominator != 0;
        require(complete, ZeroRate());
        uint40 now_ = _CLOCK.allianceTime();
        uint40 latest = now_ + HORIZON;
        require(effectiveAt <= latest, EffectiveTooLate(brandId, effectiveAt, latest));
        next.rate = rate;
        next.announcedAt = now_;
        next.effectiveAt = effectiveAt > now_ ? effectiveAt : now_;
    }

    /// @dev INV-9: worse waits for notice and guarantee, a large step for notice.
    function _checkNotice(uint32 brandId, uint32 previous, Version memory next) private view {
        Version memory last = _versions[brandId][previous];
        require(last.effectiveAt <= next.announcedAt, RateAlreadyPending(brandId, previous, last.effectiveAt));
        uint40 earliest = next.announcedAt + noticePeriod;
        if (next.rate.isWorse(last.rate)) {
            uint40 until = guaranteedUntil[brandId];
            require(next.effectiveAt >= earliest, NoticeTooShort(brandId, next.effectiveAt, earliest));
            require(next.effectiveAt >= until, ValueGuaranteed(brandId, next.effectiveAt, until));
        } else if (next.effectiveAt < earliest) {
            _checkStep(brandId, previous, next, earliest);
        }
    }

    /// @dev Against the version before, and every one superseded less than the grace ago: many small steps are a large one.
    function _checkStep(uint32 brandId, uint32 previous, Version memory next, uint40 earliest) private view {
        for (uint32 v = previous; v != 0; --v) {
            Version memory old = _versions[brandId][v];
            if (v != previous && old.supersededAt + quoteGrace <= next.announcedAt) return;
            bool tooLarge = next.rate.exceedsStep(old.rate, maxStepPpm);
            require(!tooLarge, NoticeTooShort(brandId, next.effectiveAt, earliest));
        }
    }

    /// @dev INV-8. Points that came in by an old version live until `supersededAt + quoteGrace + claimWindow`, which is
    /// also how long its out-side is usable: so one window serves both sides. The loop ends at the first version whose
    /// window is over; the brand pays for the versions it published within it.
    function _checkRoundTrips(uint32 brandId, uint32 previous, Version memory next) private view {
        uint32 version = previous + 1;
        require(!next.rate.roundTripGains(next.rate), RoundTripGains(brandId, version, version));
        for (uint32 v = previous; v != 0; --v) {
            Version memory old = _versions[brandId][v];
            if (v != previous && old.supersededAt + quoteGrace + claimWindow <= next.effectiveAt) return;
            require(!next.rate.roundTripGains(old.rate), RoundTripGains(brandId, version, v));
            require(!old.rate.roundTripGains(next.rate), RoundTripGains(brandId, v, version));
        }
    }

    function _emitAnnounced(uint32 brandId, uint32 version, Version memory v, uint40 until) private {
        emit RateAnnounced(
            brandId,
            version,
            v.rate.inNumerator,
            v.rate.inDenominator,
            v.rate.outNumerator,
            v.rate.outDenominator,
            v.announcedAt,
            v.effectiveAt,
            until
        );
    }
}
