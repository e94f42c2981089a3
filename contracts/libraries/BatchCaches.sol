// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {RejectReason} from "../interfaces/IConversionDesk.sol";

/// @notice A rate version as this batch sees it; an empty place has version 0, which no version has.
struct CachedRate {
    uint256 version;
    uint256 inNumerator;
    uint256 inDenominator;
    uint256 outNumerator;
    uint256 outDenominator;
    RejectReason inReason;
    RejectReason outReason;
}

/// @dev Places of a cache; a power of two.
uint256 constant CACHE_PLACES = 8;

/// @notice Rate versions of the poster.
struct RateCache {
    CachedRate[CACHE_PLACES] places;
}

/// @notice Whether a brand may receive: `brandId << 8 | reason`.
struct BrandCache {
    uint256[CACHE_PLACES] places;
}

using BatchCaches for RateCache global;
using BatchCaches for BrandCache global;

/// @title What a batch remembers of other contracts' answers
/// @notice Direct-mapped caches in memory: an id has one possible place, a newcomer replaces who was there. Within one
/// batch the answers cannot change, so a stale entry does not exist.
library BatchCaches {
    uint256 private constant MASK = CACHE_PLACES - 1;

    /// @notice The cached rate at the place of `version`; it is the one asked for if its `version` matches.
    function placeOf(RateCache memory cache, uint256 version) internal pure returns (CachedRate memory) {
        return cache.places[version & MASK];
    }

    /// @notice The reason cached for `brandId`, if any.
    function find(BrandCache memory cache, uint256 brandId) internal pure returns (bool known, RejectReason reason) {
        uint256 word = cache.places[brandId & MASK];
        return (word >> 8 == brandId, RejectReason(uint8(word)));
    }

    /// @notice Remembers the reason for `brandId`; never for brand 0, which is what an empty place looks like.
    function remember(BrandCache memory cache, uint256 brandId, RejectReason reason) internal pure {
        cache.places[brandId & MASK] = (brandId << 8) | uint256(reason);
    }
}
