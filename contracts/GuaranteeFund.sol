// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IGuaranteeFund} from "./interfaces/IGuaranteeFund.sol";

/// @title The mutual guarantee fund
/// @notice See {IGuaranteeFund} for what it promises.
contract GuaranteeFund is IGuaranteeFund, AccessManaged {
    /// @dev Shares of the first unit: so many that one share stays small, however much a fund of few units gets back.
    uint256 private constant SHARES_PER_UNIT = 10 ** 12;

    /// @inheritdoc IGuaranteeFund
    uint256 public override cash;
    uint256 private _totalShares;
    /// @dev A fund that was used up to the last unit starts anew with its next contribution: old shares are worth nothing.
    uint256 private _generation;
    mapping(uint256 generation => mapping(uint32 brandId => uint256 shares)) private _shares;

    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc IGuaranteeFund
    function contribute(uint32 brandId, uint128 units) external override restricted {
        if (cash == 0 && _totalShares != 0) {
            ++_generation;
            _totalShares = 0;
        }
        uint256 shares = _totalShares == 0 ? units * SHARES_PER_UNIT : Math.mulDiv(units, _totalShares, cash);
        _totalShares += shares;
        _shares[_generation][brandId] += shares;
        cash += units;
        emit Contributed(brandId, int256(uint256(units)), cash);
    }

    /// @inheritdoc IGuaranteeFund
    function withdraw(uint32 brandId, uint128 units) external override restricted {
        uint256 worth = contributionOf(brandId);
        require(units <= worth, ContributionTooSmall(brandId, worth, units));
        if (units != 0) _burn(brandId, _sharesFor(brandId, units, worth));
        cash -= units;
        emit Contributed(brandId, -int256(uint256(units)), cash);
    }

    /// @inheritdoc IGuaranteeFund
    function cover(uint32 brandId, uint128 due) external override restricted returns (uint128 own, uint128 mutual) {
        // INV-16: the defaulter's share first, then everyone's
        uint256 worth = contributionOf(brandId);
        own = uint128(Math.min(worth, due));
        if (own != 0) _burn(brandId, _sharesFor(brandId, own, worth));
        mutual = uint128(Math.min(cash - own, due - own));
        cash -= own + mutual;
        emit Covered(brandId, own, mutual, cash);
    }

    /// @inheritdoc IGuaranteeFund
    function repay(uint128 units) external override restricted {
        cash += units;
        emit Repaid(units, cash);
    }

    /// @inheritdoc IGuaranteeFund
    function contributionOf(uint32 brandId) public view override returns (uint256) {
        uint256 shares = _shares[_generation][brandId];
        return shares == 0 ? 0 : Math.mulDiv(shares, cash, _totalShares);
    }

    /// @dev The shares that `units` of a share worth `worth` are; rounded so that the others never lose.
    function _sharesFor(uint32 brandId, uint256 units, uint256 worth) private view returns (uint256) {
        if (units == worth) return _shares[_generation][brandId];
        return Math.mulDiv(units, _totalShares, cash, Math.Rounding.Ceil);
    }

    function _burn(uint32 brandId, uint256 shares) private {
        _shares[_generation][brandId] -= shares;
        _totalShares -= shares;
    }
}
