// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title The mutual guarantee fund
/// @notice What brands put up for each other's defaults, in alliance units. A contribution is a share of the fund: what a
/// default takes is taken from all shares alike, what is recovered goes to all alike. The defaulter's own share is taken
/// first. The money itself is with the pool's custodian; this contract keeps whose it is. {ISettlement} only.
interface IGuaranteeFund {
    /// @notice A brand's contribution changed by `units`; `cash` is what the fund now holds.
    event Contributed(uint32 indexed brandId, int256 units, uint256 cash);
    /// @notice A default took `own` of the defaulter's share and `mutual` of everyone's.
    event Covered(uint32 indexed brandId, uint128 own, uint128 mutual, uint256 cash);
    /// @notice The fund got back `units` that it had paid, or the odd units of a brand that left.
    event Repaid(uint128 units, uint256 cash);

    /// @dev The brand's share of the fund is worth less.
    error ContributionTooSmall(uint32 brandId, uint256 contribution, uint256 units);

    /// @notice Adds to a brand's contribution. Settlement only.
    function contribute(uint32 brandId, uint128 units) external;

    /// @notice Takes from a brand's contribution. Reverts {ContributionTooSmall}. Settlement only.
    function withdraw(uint32 brandId, uint128 units) external;

    /// @notice Takes up to `due` for a default: first the defaulter's whole share, then everyone's (INV-16). Settlement
    /// only.
    function cover(uint32 brandId, uint128 due) external returns (uint128 own, uint128 mutual);

    /// @notice Adds to all shares alike. Settlement only.
    function repay(uint128 units) external;

    /// @notice What a brand's share is worth now.
    function contributionOf(uint32 brandId) external view returns (uint256);

    /// @notice What the fund holds.
    function cash() external view returns (uint256);
}
