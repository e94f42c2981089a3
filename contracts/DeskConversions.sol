// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DeskCore} from "./DeskCore.sol";
import {Claims} from "./libraries/Claims.sol";
import {FastIssue, Issue} from "./libraries/FastIssue.sol";
import {ItemHeader, Items} from "./libraries/Items.sol";
import {RateMath} from "./libraries/RateMath.sol";
import {Reasons} from "./libraries/Reasons.sol";

/// @title Items that cross between brands, and into a wallet
/// @notice CONVERT_IN, CLAIM, RETURN and TO_WALLET. See {IConversionDesk}.
abstract contract DeskConversions is DeskCore {
    using FastIssue for Issue;

    /// @dev Carries out the plain convert-ins from `index` on, if the loaded rate may be used at all.
    function _issuePlain(Batch memory batch, bytes memory items, uint256 index) internal returns (uint256) {
        if (batch.closedTo != 0 || batch.inReason != 0) return index;
        return batch.issue.run(items, index);
    }

    function _convertIn(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 commitment
    ) internal returns (uint256) {
        // checks
        if (batch.closedTo != 0) return batch.closedTo;
        Issue memory issue = batch.issue;
        _useRate(batch, header.rateVersion());
        if (batch.inReason != 0) return batch.inReason;
        uint256 units = RateMath.convertDown(header.amount(), issue.inNumerator, issue.inDenominator); // INV-6
        if (units == 0) return Reasons.AMOUNT_ZERO;
        uint256 issued = issue.issued + units;
        uint256 reason = _checkConvertIn(batch, header, issued);
        if (reason != 0) return reason;

        // effects
        _issue(batch, Claims.addressOf(CLAIM_DOMAIN, issue.brandId, commitment, header.deadline()), issued);
        _emitConverted(batch, index, Items.CONVERT_IN, header.rateVersion(), header.amount(), units);
        return 0;
    }

    function _claim(Batch memory batch, uint256 index, ItemHeader header, bytes32 salt) internal returns (uint256) {
        // checks: INV-7, before the deadline
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        _useRate(batch, header.rateVersion());
        if (batch.outReason != 0) return batch.outReason;
        _mintWaiting(batch.issue);
        bytes32 commitment = Claims.commitment(batch.issue.brandId, header.rateVersion(), salt);
        address holder = Claims.addressOf(CLAIM_DOMAIN, header.counterparty(), commitment, header.deadline());
        uint256 units = _POINT.balanceOf(holder);
        if (units == 0) return Reasons.NOTHING_TO_CLAIM;
        uint256 local = RateMath.convertDown(units, batch.outNumerator, batch.outDenominator); // INV-6
        if (local == 0) return Reasons.AMOUNT_ZERO;
        if (local > type(uint64).max) return Reasons.AMOUNT_OVERFLOW;

        // effects, interaction
        _burn(batch, holder, units);
        _emitConverted(batch, index, Items.CLAIM, header.rateVersion(), local, units);
        return 0;
    }

    function _return(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 commitment
    ) internal returns (uint256) {
        // checks: INV-7, from the deadline on
        if (batch.clock < header.deadline()) return Reasons.TOO_EARLY;
        _mintWaiting(batch.issue);
        address holder = Claims.addressOf(CLAIM_DOMAIN, batch.issue.brandId, commitment, header.deadline());
        uint256 units = _POINT.balanceOf(holder);
        if (units == 0) return Reasons.NOTHING_TO_CLAIM;

        // effects, interaction
        _burn(batch, holder, units);
        _emitConverted(batch, index, Items.RETURN, 0, 0, units);
        return 0;
    }

    function _toWallet(
        Batch memory batch,
        uint256 index,
        ItemHeader header,
        bytes32 payload
    ) internal returns (uint256) {
        // checks
        if (batch.closedTo != 0) return batch.closedTo;
        Issue memory issue = batch.issue;
        _useRate(batch, header.rateVersion());
        if (batch.inReason != 0) return batch.inReason;
        uint256 units = RateMath.convertDown(header.amount(), issue.inNumerator, issue.inDenominator); // INV-6
        if (units == 0) return Reasons.AMOUNT_ZERO;
        uint256 issued = issue.issued + units;
        if (issued > batch.supplyCap) return Reasons.AMOUNT_OVERFLOW;
        uint256 wallet = uint256(payload);
        if (wallet == 0 || wallet > type(uint160).max) return Reasons.INVALID_WALLET;
        uint256 reason = _checkLimits(batch, issued);
        if (reason != 0) return reason;

        // effects
        _issue(batch, address(uint160(wallet)), issued);
        _emitConverted(batch, index, Items.TO_WALLET, header.rateVersion(), header.amount(), units);
        return 0;
    }

    /// @dev Supply, deadline, counterparty and limits of a convert-in that would bring the batch's issue to `issued`.
    function _checkConvertIn(Batch memory batch, ItemHeader header, uint256 issued) private view returns (uint256) {
        if (issued > batch.supplyCap) return Reasons.AMOUNT_OVERFLOW;
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        if (header.deadline() > batch.clock + _CLAIM_WINDOW) return Reasons.DEADLINE_TOO_FAR;
        uint256 reason = _checkCounterparty(batch.issue, header.counterparty());
        if (reason != 0) return reason;
        return _checkLimits(batch, issued);
    }
}
