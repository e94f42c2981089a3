// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IDeskControlled} from "./IDeskControlled.sol";

/// @title Each brand's position against the pool
/// @notice `pos = paid + redeemed - issued`, in alliance units. `issued` counts what the brand's convert-ins minted;
/// `redeemed` what its claims and returns burnt; `paid` the cash it paid into the pool, less what the pool paid it.
/// Always `pos >= -(credit line + collateral)` after an issue (INV-3), and the sum of all positions is pool cash less
/// supply (INV-2).
interface IClearingHouse is IDeskControlled {
    /// @notice A batch changed a brand's position.
    event PositionChanged(uint32 indexed brandId, uint128 issued, uint128 redeemed);

    /// @dev An issue would take the position below the limit.
    error CreditLimitExceeded(uint32 brandId, int256 position, uint256 limit);

    /// @notice Adds to a brand's totals. Reverts {CreditLimitExceeded} if something was issued and the position is below
    /// the limit. Desks only.
    function record(uint32 brandId, uint128 issued, uint128 redeemed) external;

    /// @notice Totals of a brand since the beginning.
    function position(uint32 brandId) external view returns (uint128 issued, uint128 redeemed, uint128 paid);

    /// @notice `paid + redeemed - issued`.
    function positionOf(uint32 brandId) external view returns (int256);

    /// @notice Units the brand may still issue; below zero when its limit was lowered.
    function headroomOf(uint32 brandId) external view returns (int256);

    /// @notice Cash in the pool: the sum of all `paid` (INV-2). Nothing is paid before settlement exists.
    function poolCash() external view returns (uint256);
}
