// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IDeskControlled} from "./IDeskControlled.sol";

/// @title The alliance point
/// @notice ERC-20 with two decimals: one unit is 0.01 alliance point = 0.001 CNY (R-ALL-1), with EIP-2612 permits and
/// EIP-3009 signed transfers. Only desks mint and burn. The supply never exceeds `2**64 - 1` units, so every amount of
/// units fits the 64 bits it has in events.
interface IAlliancePoint is IERC20, IDeskControlled {
    /// @dev A mint would lift the supply above {MAX_SUPPLY}.
    error SupplyCapExceeded(uint256 supply);

    /// @notice Mints to many holders. Desks only.
    /// @param mints 32 bytes per holder: `units << 160 | holder`
    function mintBatch(bytes calldata mints) external;

    /// @notice Burns `units` of `holder`, who is not asked here: desks burn from claim addresses and budgets, for which no
    /// key exists. Works while paused. Desks only.
    function burn(address holder, uint256 units) external;

    /// @notice Burns like {burn}, from a wallet whose signature the desk checked (INV-20). False, and nothing happened, if
    /// it has less. Desks only.
    function tryBurn(address holder, uint256 units) external returns (bool);

    /// @notice Transfers as `from` signed for the desk, which checked it (INV-20). False, and nothing happened, if it has
    /// less. Reverts while paused. Desks only.
    function tryTransfer(address from, address to, uint256 units) external returns (bool);

    /// @notice Stops transfers between holders; never the desks' mints and burns. Guardian only.
    function pause() external;

    /// @notice Allows transfers between holders again. Guardian only.
    function unpause() external;

    /// @notice True while transfers between holders are stopped.
    function paused() external view returns (bool);

    /// @notice The largest supply, in units.
    function MAX_SUPPLY() external view returns (uint256);
}
