// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DeskCore} from "./DeskCore.sol";
import {IConversionDesk} from "./interfaces/IConversionDesk.sol";
import {BrandStatus} from "./interfaces/IBrandRegistry.sol";
import {Budgets} from "./libraries/Budgets.sol";
import {ItemHeader, Items} from "./libraries/Items.sol";
import {Reasons} from "./libraries/Reasons.sol";

/// @title Budgets: what a sponsor pays for, before it is promised
/// @notice FUND, SPEND, UNSPEND and CLOSE. A budget is a balance at an address without a key, named by sponsor,
/// beneficiary, terms and deadline. So a bonus is never minted from nothing: its sponsor issues it within its limits, and
/// whoever pays it out is paid with it (INV-18). See {IConversionDesk}.
abstract contract DeskBudgets is DeskCore {
    /// @inheritdoc IConversionDesk
    bytes32 public immutable override BUDGET_DOMAIN = Budgets.domain(block.chainid, address(this));
    /// @inheritdoc IConversionDesk
    uint256 public constant override MAX_BUDGET_LIFE = 366 days;

    /// @inheritdoc IConversionDesk
    function budgetAddress(
        uint32 sponsor,
        uint32 beneficiary,
        bytes32 terms,
        uint40 deadline
    ) external view override returns (address) {
        return Budgets.addressOf(BUDGET_DOMAIN, sponsor, beneficiary, terms, deadline);
    }

    /// @dev The poster is the sponsor.
    function _fund(Batch memory batch, uint256 index, ItemHeader header, bytes32 terms) internal returns (uint256) {
        // checks
        uint256 issued = batch.issue.issued + header.amount();
        uint256 reason = _checkAmount(batch, header, issued);
        if (reason != 0) return reason;
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        if (header.deadline() > batch.clock + MAX_BUDGET_LIFE) return Reasons.DEADLINE_TOO_FAR;
        if ((batch.issue.activeBrands >> header.counterparty()) & 1 == 0) {
            reason = _checkCounterparty(batch.issue, header.counterparty());
        }
        if (reason == 0) reason = _checkLimits(batch, issued);
        if (reason != 0) return reason;

        // effects: INV-18, issued in the sponsor's name
        _issue(batch, _budgetOf(batch.issue.brandId, header.counterparty(), header, terms), issued);
        _emitConverted(batch, index, Items.FUND, 0, 0, header.amount());
        return 0;
    }

    /// @dev The poster is the beneficiary.
    function _spend(Batch memory batch, uint256 index, ItemHeader header, bytes32 terms) internal returns (uint256) {
        // checks: INV-19, before the deadline
        if (header.amount() == 0) return Reasons.AMOUNT_ZERO;
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        _mintWaiting(batch.issue);
        address budget = _budgetOf(header.counterparty(), batch.issue.brandId, header, terms);
        if (_POINT.balanceOf(budget) < header.amount()) return Reasons.BUDGET_EMPTY; // INV-18

        // effects, interaction
        _burn(batch, budget, header.amount());
        _emitConverted(batch, index, Items.SPEND, 0, 0, header.amount());
        return 0;
    }

    /// @dev The poster is the beneficiary. Works after the deadline too: then the sponsor closes the budget once more.
    function _unspend(Batch memory batch, uint256 index, ItemHeader header, bytes32 terms) internal returns (uint256) {
        // checks
        uint256 issued = batch.issue.issued + header.amount();
        uint256 reason = _checkAmount(batch, header, issued);
        if (reason != 0) return reason;
        if (header.deadline() > batch.clock + MAX_BUDGET_LIFE) return Reasons.DEADLINE_TOO_FAR; // INV-19
        // A sponsor in exit gets back what is its own; one that does not exist could never close.
        if (_REGISTRY.statusOf(uint32(header.counterparty())) == BrandStatus.None) return Reasons.UNKNOWN_COUNTERPARTY;
        reason = _checkLimits(batch, issued);
        if (reason != 0) return reason;

        // effects: INV-18, issued in the beneficiary's name
        _issue(batch, _budgetOf(header.counterparty(), batch.issue.brandId, header, terms), issued);
        _emitConverted(batch, index, Items.UNSPEND, 0, 0, header.amount());
        return 0;
    }

    /// @dev The poster is the sponsor.
    function _close(Batch memory batch, uint256 index, ItemHeader header, bytes32 terms) internal returns (uint256) {
        // checks: INV-19, from the deadline on
        if (batch.clock < header.deadline()) return Reasons.TOO_EARLY;
        _mintWaiting(batch.issue);
        address budget = _budgetOf(batch.issue.brandId, header.counterparty(), header, terms);
        uint256 rest = _POINT.balanceOf(budget);
        if (rest == 0) return Reasons.BUDGET_EMPTY;

        // effects, interaction
        _burn(batch, budget, rest);
        _emitConverted(batch, index, Items.CLOSE, 0, 0, rest);
        return 0;
    }

    /// @dev What FUND and UNSPEND share: both issue.
    function _checkAmount(Batch memory batch, ItemHeader header, uint256 issued) private pure returns (uint256) {
        if (batch.closedTo != 0) return batch.closedTo;
        if (header.amount() == 0) return Reasons.AMOUNT_ZERO;
        if (issued > batch.supplyCap) return Reasons.AMOUNT_OVERFLOW;
        return 0;
    }

    function _budgetOf(
        uint256 sponsor,
        uint256 beneficiary,
        ItemHeader header,
        bytes32 terms
    ) private view returns (address) {
        return Budgets.addressOf(BUDGET_DOMAIN, sponsor, beneficiary, terms, header.deadline());
    }
}
