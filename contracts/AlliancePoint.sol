// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
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

    /// @dev Kept here instead of in OpenZeppelin's private mapping, so that a batch of mints writes the supply once.
    /// {balanceOf}, {totalSupply} and {_update} are everything that OpenZeppelin's ERC-20 reads and writes them through.
    mapping(address holder => uint256 units) private _balances;
    uint256 private _supply;

    constructor(
        address authority_
    ) ERC20("Alliance Point", "ALP") ERC20Permit("Alliance Point") AccessManaged(authority_) {}

    /// @inheritdoc IAlliancePoint
    function mintBatch(bytes calldata mints) external override onlyDesk {
        uint256 supply = _supply;
        bytes32 topic = IERC20.Transfer.selector;
        // Assembly: `_balances[holder] += units; emit Transfer(address(0), holder, units);` for each, 150 gas a mint less.
        // No sum overflows: 96-bit amounts, and no balance exceeds the supply checked below.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0x20, _balances.slot)
            let end := add(mints.offset, mints.length)
            for {
                let at := mints.offset
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                let units := shr(160, calldataload(at))
                let holder := and(calldataload(at), 0xffffffffffffffffffffffffffffffffffffffff)
                supply := add(supply, units)
                mstore(0x00, holder)
                let slot := keccak256(0x00, 0x40)
                sstore(slot, add(sload(slot), units))
                mstore(0x00, units)
                log3(0x00, 0x20, topic, 0, holder)
            }
        }
        require(supply <= MAX_SUPPLY, SupplyCapExceeded(supply));
        _supply = supply; // INV-1
    }

    /// @inheritdoc IAlliancePoint
    function burn(address holder, uint256 units) external override onlyDesk {
        _burn(holder, units);
    }

    /// @inheritdoc IAlliancePoint
    function tryBurn(address holder, uint256 units) external override onlyDesk returns (bool) {
        if (_balances[holder] < units) return false;
        _update(holder, address(0), units);
        return true;
    }

    /// @inheritdoc IAlliancePoint
    function tryTransfer(address from, address to, uint256 units) external override onlyDesk returns (bool) {
        if (_balances[from] < units) return false;
        _transfer(from, to, units);
        return true;
    }

    /// @inheritdoc IAlliancePoint
    function pause() external override restricted {
        _pause();
    }

    /// @inheritdoc IAlliancePoint
    function unpause() external override restricted {
        _unpause();
    }

    /// @inheritdoc IAlliancePoint
    function paused() public view override(Pausable, IAlliancePoint) returns (bool) {
        return super.paused();
    }

    /// @inheritdoc IERC20
    function totalSupply() public view override(ERC20, IERC20) returns (uint256) {
        return _supply;
    }

    /// @inheritdoc IERC20
    function balanceOf(address holder) public view override(ERC20, IERC20) returns (uint256) {
        return _balances[holder];
    }

    /// @notice One unit is 0.01 alliance point.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @dev Transfers and burns; mints come through {mintBatch} only. A pause stops transfers between holders, never the
    /// desks' burns (INV-10).
    function _update(address from, address to, uint256 units) internal override {
        // checks
        if (to != address(0)) _requireNotPaused();
        uint256 balance = _balances[from];
        require(balance >= units, ERC20InsufficientBalance(from, balance, units));

        // effects; unchecked: units <= balance <= supply
        unchecked {
            _balances[from] = balance - units;
            if (to == address(0))
                _supply -= units; // INV-1
            else _balances[to] += units;
        }
        emit Transfer(from, to, units);
    }
}
