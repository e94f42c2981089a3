// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {DeskControlled} from "./DeskControlled.sol";
import {IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";

/// @title Positions against the pool
/// @notice See {IClearingHouse} for what it promises.
contract ClearingHouse is IClearingHouse, DeskControlled {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev `epoch` is the count of closes when the totals last changed; it shares the word that an issue reads anyway.
    struct Totals {
        uint128 issued;
        uint128 redeemed;
        int128 paid;
        uint96 writtenOff;
        uint32 epoch;
    }

    IBrandRegistry private immutable _REGISTRY;
    /// @inheritdoc IClearingHouse
    uint256 public override poolCash;
    mapping(uint32 brandId => Totals totals) private _totals;
    /// @inheritdoc IClearingHouse
    uint96 public override poolDeficit;
    /// @inheritdoc IClearingHouse
    uint32 public override epoch;
    /// @dev Positions at the last close of the brands that changed since.
    mapping(uint32 brandId => int256 position) private _frozen;

    constructor(address authority_, IBrandRegistry registry) AccessManaged(authority_) {
        _REGISTRY = registry;
    }

    /// @inheritdoc IClearingHouse
    function record(uint32 brandId, uint128 issued, uint128 redeemed) external override onlyDesk {
        // effects
        Totals storage totals = _touch(brandId);
        totals.issued += issued;
        totals.redeemed += redeemed;
        emit PositionChanged(brandId, totals.issued, totals.redeemed);

        // checks: INV-3, on the position as it now is
        if (issued != 0) {
            int256 pos = _position(totals);
            uint256 limit = _REGISTRY.issueLimitOf(brandId);
            require(pos >= -int256(limit), CreditLimitExceeded(brandId, pos, limit));
        }
    }

    /// @inheritdoc IClearingHouse
    function closeEpoch() external override restricted returns (uint32) {
        return ++epoch; // INV-13
    }

    /// @inheritdoc IClearingHouse
    function pay(uint32 brandId, int128 units) external override restricted {
        Totals storage totals = _touch(brandId);
        totals.paid += units;
        poolCash = (int256(poolCash) + units).toUint256(); // INV-2
        emit Paid(brandId, units, totals.paid);
    }

    /// @inheritdoc IClearingHouse
    function payFor(uint32 payer, uint32 debtor, uint128 units) external override restricted {
        int128 amount = uint256(units).toInt256().toInt128();
        Totals storage totals = _touch(payer);
        totals.paid -= amount;
        emit Paid(payer, -amount, totals.paid);
        totals = _touch(debtor);
        totals.paid += amount;
        emit Paid(debtor, amount, totals.paid);
    }

    /// @inheritdoc IClearingHouse
    function writeOff(uint32 brandId, int96 units) external override restricted {
        Totals storage totals = _touch(brandId);
        totals.writtenOff = (int256(uint256(totals.writtenOff)) + units).toUint256().toUint96();
        poolDeficit = (int256(uint256(poolDeficit)) + units).toUint256().toUint96(); // INV-2
        emit WrittenOff(brandId, units, poolDeficit);
    }

    /// @inheritdoc IClearingHouse
    function position(uint32 brandId) external view override returns (uint128 issued, uint128 redeemed, int128 paid) {
        Totals storage totals = _totals[brandId];
        return (totals.issued, totals.redeemed, totals.paid);
    }

    /// @inheritdoc IClearingHouse
    function writtenOffOf(uint32 brandId) external view override returns (uint96) {
        return _totals[brandId].writtenOff;
    }

    /// @inheritdoc IClearingHouse
    function headroomOf(uint32 brandId) external view override returns (int256) {
        return positionOf(brandId) + int256(_REGISTRY.issueLimitOf(brandId));
    }

    /// @inheritdoc IClearingHouse
    function frozenPositionOf(uint32 brandId) external view override returns (int256) {
        return _totals[brandId].epoch == epoch ? _frozen[brandId] : positionOf(brandId);
    }

    /// @inheritdoc IClearingHouse
    function positionOf(uint32 brandId) public view override returns (int256) {
        return _position(_totals[brandId]);
    }

    /// @dev The first change after a close keeps the position as it was at the close (INV-13).
    function _touch(uint32 brandId) private returns (Totals storage totals) {
        totals = _totals[brandId];
        uint32 closes = epoch;
        if (totals.epoch == closes) return totals;
        _frozen[brandId] = _position(totals);
        totals.epoch = closes;
    }

    function _position(Totals storage totals) private view returns (int256) {
        int256 credits = int256(uint256(totals.redeemed) + totals.writtenOff) + totals.paid;
        return credits - int256(uint256(totals.issued));
    }
}
