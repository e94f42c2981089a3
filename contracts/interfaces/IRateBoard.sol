// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice Both sides of a brand's rate. In: `units = floor(local * inNumerator / inDenominator)`.
/// Out: `local = floor(units * outNumerator / outDenominator)`.
struct Rate {
    uint64 inNumerator;
    uint64 inDenominator;
    uint64 outNumerator;
    uint64 outDenominator;
}

/// @title Published conversion rates, with history and notice
/// @notice A version is both sides of a rate; versions of a brand count from 1 without a gap and never change. All times
/// are alliance time. Version v takes effect at `effectiveAt` and is superseded when v + 1 takes effect. Its in-side is
/// usable in `[effectiveAt, supersededAt + quoteGrace)`, its out-side for `claimWindow` longer, because a claim is pinned
/// to the version of its receiving code.
interface IRateBoard {
    event RateAnnounced(
        uint32 indexed brandId,
        uint32 indexed version,
        uint64 inNumerator,
        uint64 inDenominator,
        uint64 outNumerator,
        uint64 outDenominator,
        uint40 announcedAt,
        uint40 effectiveAt,
        uint40 guaranteedUntil
    );

    /// @dev Only the brand's cold key publishes.
    error NotColdKey(uint32 brandId, address caller);
    /// @dev A numerator or denominator is zero.
    error ZeroRate();
    /// @dev At most one version may be pending.
    error RateAlreadyPending(uint32 brandId, uint32 version, uint40 effectiveAt);
    /// @dev A worse rate, or a step above the maximum, takes effect at `earliest` at the soonest.
    error NoticeTooShort(uint32 brandId, uint40 effectiveAt, uint40 earliest);
    /// @dev The brand promised not to get worse before `guaranteedUntil`.
    error ValueGuaranteed(uint32 brandId, uint40 effectiveAt, uint40 guaranteedUntil);
    /// @dev A rate is announced at most a year ahead: a pending version blocks the next.
    error EffectiveTooLate(uint32 brandId, uint40 effectiveAt, uint40 latest);
    /// @dev In by `inVersion` and out by `outVersion`, usable together, would gain.
    error RoundTripGains(uint32 brandId, uint32 inVersion, uint32 outVersion);

    /// @notice Publishes the next version of a brand's rate. The brand's cold key only.
    ///
    /// Requirements, in this order:
    /// - caller is the cold key ({NotColdKey}); no part is zero ({ZeroRate}); nothing is pending ({RateAlreadyPending});
    /// - `effectiveAt` (a time already past means "now") is at most {HORIZON} ahead ({EffectiveTooLate});
    /// - a version with a lower in or a lower out than the one before waits for the notice period ({NoticeTooShort})
    ///   and for the end of the brand's guarantee ({ValueGuaranteed});
    /// - a version that improves a side by more than `maxStepPpm`, measured against the one before and every one still in
    ///   quote grace (so that small steps do not add up to a large one), waits for the notice period too;
    /// - `out(in(x)) <= x` for every pair with a version whose points can still be claimed when the new one takes effect
    ///   ({RoundTripGains}, INV-8).
    ///
    /// @param guaranteedUntil "no worse before": a guarantee once given is carried on by later versions
    /// @return version the number of the new version
    function announce(
        uint32 brandId,
        Rate calldata rate,
        uint40 effectiveAt,
        uint40 guaranteedUntil
    ) external returns (uint32 version);

    /// @notice A version; all zero if unknown. `supersededAt` is zero while no later version is announced.
    function rateOf(
        uint32 brandId,
        uint32 version
    ) external view returns (Rate memory rate, uint40 announcedAt, uint40 effectiveAt, uint40 supersededAt);

    /// @notice The version in effect now; zero before the first takes effect.
    function currentVersion(uint32 brandId) external view returns (uint32);

    /// @notice The version announced last; zero if none.
    function latestVersion(uint32 brandId) external view returns (uint32);

    /// @notice The date before which the brand promised not to get worse.
    function guaranteedUntil(uint32 brandId) external view returns (uint40);

    /// @notice Seconds between the announcement of a worse rate and its effect.
    function noticePeriod() external view returns (uint40);

    /// @notice Seconds for which a superseded in-rate stays usable.
    function quoteGrace() external view returns (uint40);

    /// @notice The longest life of a claim in seconds.
    function claimWindow() external view returns (uint40);

    /// @notice The largest improvement without notice, in millionths.
    function maxStepPpm() external view returns (uint32);

    /// @notice How many seconds ahead a version may be announced.
    function HORIZON() external view returns (uint40);
}
