// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A settlement asset: CNY with six decimals
/// @notice `fee` in per cent is what a transfer keeps for itself, as some tokens do; `refuses`: it says no instead of
/// reverting.
contract TestMoney is ERC20 {
    uint256 public fee;
    bool public refuses;

    constructor() ERC20("Test money", "TCNY") {}

    function mint(address holder, uint256 amount) external {
        _mint(holder, amount);
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return refuses ? false : super.transferFrom(from, to, amount);
    }

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (from == address(0) || fee == 0) return super._update(from, to, amount);
        super._update(from, address(0xFEE), (amount * fee) / 100);
        super._update(from, to, amount - (amount * fee) / 100);
    }
}
