// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {DeskControlled} from "./DeskControlled.sol";
import {IAlliancePoint} from "./interfaces/IAlliancePoint.sol";

/// @title The alliance point
/// @notice See {IAlliancePoint} for what it promises.
contract AlliancePoint is ERC20, ERC20Permit, ERC3009, Pausable, DeskControlled, IAlliancePoint {
    /// @inheritdoc IAlliancePoint
    uint256 public constant override MAX_SUPPLY = type(uint64).max;

    constructor(
        address authority_
    ) ERC20("Alliance Point", "ALP") ERC20Permit("Alliance Point") AccessManaged(authority_) {}

    /// @inheritdoc IAlliancePoint
    function mintBatch(uint256[] calldata mints) external override onlyDesk {
        for (uint256 i = 0; i < mints.length; ++i) {
            uint256 word = mints[i];
            _mint(address(uint160(word)), word >> 160);
        }
        require(totalSupply() <= MAX_SUPPLY, SupplyCapExceeded(totalSupply()));
    }

    /// @inheritdoc IAlliancePoint
    function burn(address holder, uint256 units) external override onlyDesk {
        _burn(holder, units);
    }

    /// @inheritdoc IAlliancePoint
    function pause() external override restricted {
        _pause();
    }

    /// @inheritdoc IAlliancePoint
    function unpause() external override restricted {
        _unpause();
    }

    /// @notice One unit is 0.01 alliance point.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @dev A pause stops transfers between holders, never mints and burns (INV-10).
    function _update(address from, address to, uint256 units) internal override {
        if (from != address(0) && to != address(0)) _requireNotPaused();
        super._update(from, to, units);
    }
}
