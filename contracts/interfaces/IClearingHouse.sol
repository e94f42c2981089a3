// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IDeskControlled} from "./IDeskControlled.sol";

/// @title Each brand's position against the pool
/// @notice `pos = paid + redeemed + writtenOff - issued`, in alliance units (10 units are 1 fen). `issued` counts what the
/// brand's convert-ins minted; `redeemed` what its claims and returns burnt; `paid` the cash that came into the pool for
/// it, less what the pool paid it; `writtenOff` what of its default nobody paid. Always `pos >= -(credit line +
/// collateral)` after an issue (INV-3), and always (INV-2)
/// `sum of paid = poolCash`, `sum of writtenOff = poolDeficit`, `sum of pos = poolCash + poolDeficit - supply`.
///
/// Cash, write-offs and closes are the {ISettlement}'s, whom the AccessManager admits to the functions marked
/// "settlement only". None of them looks at a pause (INV-10).
interface IClearingHouse is IDeskControlled {
    /// @notice A batch changed a brand's position.
    event PositionChanged(uint32 indexed brandId, uint128 issued, uint128 redeemed);
    /// @notice `units` came in for a brand (below zero: went out to it); `paid` is its new total.
    event Paid(uint32 indexed brandId, int128 units, int128 paid);
    /// @notice `units` of a brand's debt became the pool's deficit (below zero: were made good).
    event WrittenOff(uint32 indexed brandId, int96 units, uint96 poolDeficit);

    /// @dev An issue would take the position below the limit.
    error CreditLimitExceeded(uint32 brandId, int256 position, uint256 limit);

    /// @notice Adds to a brand's totals. Reverts {CreditLimitExceeded} if something was issued and the position is below
    /// the limit. Desks only.
    function record(uint32 brandId, uint128 issued, uint128 redeemed) external;

    /// @notice Freezes every brand's position at this instant, whatever the number of brands (INV-13). Settlement only.
    /// @return the epoch that is now closed
    function closeEpoch() external returns (uint32);

    /// @notice Books cash that came into the pool for a brand, or (below zero) left it to the brand. Settlement only.
    function pay(uint32 brandId, int128 units) external;

    /// @notice Books that `payer` owes what `debtor` owed: the pool's cash stays what it is. Settlement only.
    function payFor(uint32 payer, uint32 debtor, uint128 units) external;

    /// @notice Moves a brand's debt to the pool's deficit, or (below zero) back. Settlement only.
    function writeOff(uint32 brandId, int96 units) external;

    /// @notice Totals of a brand since the beginning.
    function position(uint32 brandId) external view returns (uint128 issued, uint128 redeemed, int128 paid);

    /// @notice What of a brand's default nobody paid, and it has not made good since.
    function writtenOffOf(uint32 brandId) external view returns (uint96);

    /// @notice `paid + redeemed + writtenOff - issued`.
    function positionOf(uint32 brandId) external view returns (int256);

    /// @notice The brand's position at the last close.
    function frozenPositionOf(uint32 brandId) external view returns (int256);

    /// @notice Units the brand may still issue; below zero when its limit was lowered.
    function headroomOf(uint32 brandId) external view returns (int256);

    /// @notice Cash in the pool: the sum of all `paid` (INV-2).
    function poolCash() external view returns (uint256);

    /// @notice What defaults left unpaid: the sum of all `writtenOff` (INV-2).
    function poolDeficit() external view returns (uint96);

    /// @notice How many epochs were closed.
    function epoch() external view returns (uint32);
}
