// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {DeskControlled} from "./DeskControlled.sol";
import {IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";

/// @title Positions against the pool
/// @notice See {IClearingHouse} for what it promises.
contract ClearingHouse is IClearingHouse, DeskControlled {
    struct Totals {
        uint128 issued;
        uint128 redeemed;
        uint128 paid;
    }

    IBrandRegistry private immutable _REGISTRY;
    /// @inheritdoc IClearingHouse
    uint256 public override poolCash;
    /// @inheritdoc IClearingHouse
    mapping(uint32 brandId => Totals totals) public override position;

    constructor(address authority_, IBrandRegistry registry) AccessManaged(authority_) {
        _REGISTRY = registry;
    }

    /// @inheritdoc IClearingHouse
    function record(uint32 brandId, uint128 issued, uint128 redeemed) external override onlyDesk {
        // effects
        Totals storage totals = position[brandId];
        totals.issued += issued;
        totals.redeemed += redeemed;
        emit PositionChanged(brandId, totals.issued, totals.redeemed);

        // checks: INV-3, on the position as it now is
        if (issued != 0) {
            int256 pos = positionOf(brandId);
            uint256 limit = _REGISTRY.issueLimitOf(brandId);
            require(pos >= -int256(limit), CreditLimitExceeded(brandId, pos, limit));
        }
    }

    /// @inheritdoc IClearingHouse
    function headroomOf(uint32 brandId) external view override returns (int256) {
        return positionOf(brandId) + int256(_REGISTRY.issueLimitOf(brandId));
    }

    /// @inheritdoc IClearingHouse
    function positionOf(uint32 brandId) public view override returns (int256) {
        Totals storage totals = position[brandId];
        return int256(uint256(totals.paid) + totals.redeemed) - int256(uint256(totals.issued));
    }
}
