// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A settlement asset: CNY with six decimals
/// @notice `fee` in per cent is what a transfer keeps for itself, as some tokens do.
contract TestMoney is ERC20 {
    uint256 public fee;

    constructor() ERC20("Test money", "TCNY") {}

    function mint(address holder, uint256 amount) external {
        _mint(holder, amount);
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
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
