// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {DeskCore} from "./DeskCore.sol";
import {IConversionDesk} from "./interfaces/IConversionDesk.sol";
import {RateMath} from "./libraries/RateMath.sol";
import {Reasons} from "./libraries/Reasons.sol";
import {SignedHeader, SignedItems} from "./libraries/SignedItems.sol";

/* solhint-disable gas-small-strings */

/// @title Items that a member's own wallet signed
/// @notice CONVERT_OUT and TRANSFER. The brand relays, the member decides: points of a wallet move only as its holder
/// signed, and at most once for each signature (INV-20). No contract is called that is not the alliance's own, so the gas
/// of an item is bounded; wallets that are contracts therefore can't sign. See {IConversionDesk}.
abstract contract DeskWallets is DeskCore, EIP712, Nonces {
    /// @inheritdoc IConversionDesk
    uint256 public constant override SIGNED_ITEM_SIZE = SignedItems.SIZE;
    /// @inheritdoc IConversionDesk
    bytes32 public constant override CONVERT_OUT_TYPEHASH = keccak256(
        "ConvertOut(uint32 brand,uint64 units,uint64 minimum,bytes32 code,uint256 nonce,uint40 deadline)"
    );
    /// @inheritdoc IConversionDesk
    bytes32 public constant override TRANSFER_TYPEHASH = keccak256(
        "Transfer(uint32 brand,address to,uint64 units,uint256 nonce,uint40 deadline)"
    );

    /// @inheritdoc IConversionDesk
    function nonces(address account) public view virtual override(IConversionDesk, Nonces) returns (uint256) {
        return Nonces.nonces(account);
    }

    /// @dev Judges and carries out a signed item. Zero, or why it is rejected.
    function _carryOutSigned(Batch memory batch, bytes memory items, uint256 index) internal returns (uint256) {
        SignedHeader header = SignedItems.headerAt(items, index);
        uint256 kind = header.kind();
        if (kind == SignedItems.CONVERT_OUT) return _convertOut(batch, items, index, header);
        if (kind == SignedItems.TRANSFER) return _transfer(batch, items, index, header);
        return Reasons.UNKNOWN_KIND;
    }

    function _convertOut(
        Batch memory batch,
        bytes memory items,
        uint256 index,
        SignedHeader header
    ) private returns (uint256) {
        // checks
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        _useRate(batch, header.rateVersion());
        if (batch.outReason != 0) return batch.outReason;
        uint256 units = header.amount();
        uint256 local = RateMath.convertDown(units, batch.outNumerator, batch.outDenominator); // INV-6
        if (local == 0) return Reasons.AMOUNT_ZERO;
        if (local > type(uint64).max) return Reasons.AMOUNT_OVERFLOW;
        if (local < header.minimum()) return Reasons.BELOW_MINIMUM; // INV-21
        address account = SignedItems.accountAt(items, index);
        uint256 nonce = SignedItems.nonceAt(items, index);
        bytes32 intent = _convertOutHash(batch.issue.brandId, items, index, header, nonce);
        uint256 reason = _checkIntent(items, index, account, nonce, intent);
        if (reason != 0) return reason;

        // interaction, effects
        if (!_POINT.tryBurn(account, units)) return Reasons.BALANCE_TOO_LOW;
        _useNonce(account);
        _noteBurnt(batch, units);
        _emitConverted(batch, index, SignedItems.CONVERT_OUT, header.rateVersion(), local, units);
        return 0;
    }

    function _transfer(
        Batch memory batch,
        bytes memory items,
        uint256 index,
        SignedHeader header
    ) private returns (uint256) {
        // checks
        if (_CLOCK.paused() || _POINT.paused()) return Reasons.PAUSED; // INV-10
        if (header.deadline() <= batch.clock) return Reasons.DEADLINE_PASSED;
        uint256 units = header.amount();
        if (units == 0) return Reasons.AMOUNT_ZERO;
        uint256 to = uint256(SignedItems.payloadAt(items, index));
        if (to == 0 || to > type(uint160).max) return Reasons.INVALID_WALLET;
        address account = SignedItems.accountAt(items, index);
        uint256 nonce = SignedItems.nonceAt(items, index);
        uint256 brandId = batch.issue.brandId;
        bytes32 intent = keccak256(abi.encode(TRANSFER_TYPEHASH, brandId, to, units, nonce, header.deadline()));
        uint256 reason = _checkIntent(items, index, account, nonce, intent);
        if (reason != 0) return reason;

        // interaction, effects
        if (!_POINT.tryTransfer(account, address(uint160(to)), units)) return Reasons.BALANCE_TOO_LOW;
        _useNonce(account);
        _emitConverted(batch, index, SignedItems.TRANSFER, 0, 0, units);
        return 0;
    }

    /// @dev Zero if the nonce is the account's next and it signed the intent (INV-20).
    function _checkIntent(
        bytes memory items,
        uint256 index,
        address account,
        uint256 nonce,
        bytes32 intent
    ) private view returns (uint256) {
        if (nonce != nonces(account)) return Reasons.INVALID_NONCE;
        // {ECDSA} refuses a high `s`, so there is one signature for each intent.
        (uint8 v, bytes32 r, bytes32 s) = SignedItems.signatureAt(items, index);
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(_hashTypedDataV4(intent), v, r, s);
        bool isSigned = failure == ECDSA.RecoverError.NoError && signer == account;
        return isSigned ? 0 : Reasons.INVALID_SIGNATURE;
    }

    /// @dev `keccak256(abi.encode(CONVERT_OUT_TYPEHASH, brandId, amount, minimum, code, nonce, deadline))`
    function _convertOutHash(
        uint256 brandId,
        bytes memory items,
        uint256 index,
        SignedHeader header,
        uint256 nonce
    ) private pure returns (bytes32 hash) {
        bytes32 typeHash = CONVERT_OUT_TYPEHASH;
        (uint256 units, uint256 minimum, uint256 deadline) = (header.amount(), header.minimum(), header.deadline());
        bytes32 code = SignedItems.payloadAt(items, index);
        // Assembly: `abi.encode` would allocate memory for each item.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            mstore(add(free, 0x20), brandId)
            mstore(add(free, 0x40), units)
            mstore(add(free, 0x60), minimum)
            mstore(add(free, 0x80), code)
            mstore(add(free, 0xa0), nonce)
            mstore(add(free, 0xc0), deadline)
            hash := keccak256(free, 0xe0)
        }
    }
}
