// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DeskBudgets} from "./DeskBudgets.sol";
import {DeskConversions} from "./DeskConversions.sol";
import {DeskCore} from "./DeskCore.sol";
import {DeskWallets} from "./DeskWallets.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAllianceClock} from "./interfaces/IAllianceClock.sol";
import {IAlliancePoint} from "./interfaces/IAlliancePoint.sol";
import {BrandStatus, IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IConversionDesk} from "./interfaces/IConversionDesk.sol";
import {IRateBoard} from "./interfaces/IRateBoard.sol";
import {Claims} from "./libraries/Claims.sol";
import {ItemHeader, Items} from "./libraries/Items.sol";
import {Reasons} from "./libraries/Reasons.sol";
import {SignedItems} from "./libraries/SignedItems.sol";

/// @title Where points cross
/// @notice Takes batches and hands each item to who knows its kind. See {IConversionDesk} for what it promises.
contract ConversionDesk is DeskConversions, DeskBudgets, DeskWallets {
    /// @inheritdoc IConversionDesk
    uint256 public constant override ITEM_SIZE = Items.SIZE;
    /// @inheritdoc IConversionDesk
    uint256 public constant override MAX_ITEMS = Items.MAX_COUNT;

    constructor(
        IAllianceClock clock,
        IBrandRegistry registry,
        IRateBoard board,
        IClearingHouse clearing,
        IAlliancePoint point
    ) DeskCore(clock, registry, board, clearing, point) EIP712("Points Alliance", "1") {}

    /// @inheritdoc IConversionDesk
    function postBatch(uint32 brandId, uint40 seq, bytes calldata items) external override {
        (Batch memory batch, bytes memory copy, uint256 count) = _accept(brandId, seq, items, Items.SIZE);
        for (uint256 i = 0; i < count; ++i) {
            i = _issuePlain(batch, copy, i);
            if (i == count) break;
            uint256 reason = _carryOut(batch, copy, i);
            if (reason != 0) emit Rejected(brandId, seq, uint16(i), uint8(reason)); // INV-5
        }
        _settle(batch);
    }

    /// @inheritdoc IConversionDesk
    function postSigned(uint32 brandId, uint40 seq, bytes calldata items) external override {
        (Batch memory batch, bytes memory copy, uint256 count) = _accept(brandId, seq, items, SignedItems.SIZE);
        for (uint256 i = 0; i < count; ++i) {
            uint256 reason = _carryOutSigned(batch, copy, i);
            if (reason != 0) emit Rejected(brandId, seq, uint16(i), uint8(reason)); // INV-5
        }
        _settle(batch);
    }

    /// @inheritdoc IConversionDesk
    function nextSeq(uint32 brandId) external view override returns (uint40) {
        return _lastSeq[brandId] + 1;
    }

    /// @inheritdoc IConversionDesk
    function claimAddress(
        uint32 sourceBrand,
        bytes32 commitment,
        uint40 deadline
    ) external view override returns (address) {
        return Claims.addressOf(CLAIM_DOMAIN, sourceBrand, commitment, deadline);
    }

    /// @inheritdoc IConversionDesk
    function nonces(address account) public view override(DeskWallets, IConversionDesk) returns (uint256) {
        return DeskWallets.nonces(account);
    }

    /// @inheritdoc IConversionDesk
    function allianceTime() external view override returns (uint40) {
        return _CLOCK.allianceTime();
    }

    /// @inheritdoc IConversionDesk
    function paused() external view override returns (bool) {
        return _CLOCK.paused();
    }

    /// @dev Takes the brand's next batch of items of `size` bytes.
    function _accept(
        uint32 brandId,
        uint40 seq,
        bytes calldata items,
        uint256 size
    ) private returns (Batch memory batch, bytes memory copy, uint256 count) {
        // checks
        count = items.length / size;
        bool wellFormed = count != 0 && count <= Items.MAX_COUNT && items.length == count * size;
        require(wellFormed, InvalidItemsLength(items.length));
        (address hot, BrandStatus status, uint256 limiterLeft) = _REGISTRY.posting(brandId);
        require(msg.sender == hot, NotHotKey(brandId, msg.sender));
        uint40 expected = _lastSeq[brandId] + 1;
        require(seq == expected, BatchOutOfSequence(brandId, expected, seq)); // INV-4

        // effects; what follows calls only the alliance's own contracts, fixed at deployment
        _lastSeq[brandId] = seq;
        copy = items;
        emit BatchPosted(brandId, seq, keccak256(copy), uint16(count));
        batch = _open(brandId, seq, count, status, limiterLeft);
    }

    /// @dev Judges and carries out any item. Zero, or why it is rejected.
    function _carryOut(Batch memory batch, bytes memory items, uint256 index) private returns (uint256) {
        (ItemHeader header, bytes32 payload) = Items.itemAt(items, index);
        uint256 kind = header.kind();
        if (kind == Items.CONVERT_IN) return _convertIn(batch, index, header, payload);
        if (kind == Items.CLAIM) return _claim(batch, index, header, payload);
        if (kind == Items.RETURN) return _return(batch, index, header, payload);
        if (kind == Items.TO_WALLET) return _toWallet(batch, index, header, payload);
        if (kind == Items.FUND) return _fund(batch, index, header, payload);
        if (kind == Items.SPEND) return _spend(batch, index, header, payload);
        if (kind == Items.UNSPEND) return _unspend(batch, index, header, payload);
        if (kind == Items.CLOSE) return _close(batch, index, header, payload);
        return Reasons.UNKNOWN_KIND;
    }
}
