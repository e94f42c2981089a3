// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {DeskFixture, Outcome} from "./DeskFixture.sol";
import {ItemBuilder} from "./ItemBuilder.sol";

/// @notice What a wallet signs, and what the brand posts with it.
struct Intent {
    uint8 kind;
    uint32 brand;
    uint32 rateVersion;
    uint40 deadline;
    uint64 units;
    uint64 minimum;
    uint64 nonce;
    address account;
    bytes32 payload;
}

/// @title Members with wallets of their own
/// @notice EIP-712 written out here once more, so that a mistake in the desk's is not copied.
abstract contract WalletFixture is DeskFixture {
    uint256 internal constant ANN_KEY = uint256(keccak256("ann"));
    uint256 internal constant BOB_KEY = uint256(keccak256("bob"));
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function _fill(address wallet, uint64 units) internal {
        _expectAccepted(B, ItemBuilder.toWallet(1, units, wallet)); // brand B: 1 point is 1 unit
    }

    /// @dev Posts signed items as the brand's bridge does.
    function _postSigned(uint32 brandId, bytes memory items) internal returns (Outcome[] memory) {
        return _postTo(brandId, items, desk.postSigned.selector, desk.SIGNED_ITEM_SIZE());
    }

    function _convertOut(uint64 units, uint64 minimum) internal view returns (Intent memory) {
        address ann = vm.addr(ANN_KEY);
        bytes32 code = keccak256("a receiving code");
        return Intent(9, B, 1, _now() + 1 days, units, minimum, uint64(desk.nonces(ann)), ann, code);
    }

    function _transfer(uint64 units, address to) internal view returns (Intent memory) {
        address ann = vm.addr(ANN_KEY);
        bytes32 payload = bytes32(uint256(uint160(to)));
        return Intent(10, B, 0, _now() + 1 days, units, 0, uint64(desk.nonces(ann)), ann, payload);
    }

    function _signed(Intent memory intent, uint256 key) internal view returns (bytes memory) {
        return _item(intent, key, _domain(block.chainid, address(desk)));
    }

    function _item(Intent memory intent, uint256 key, bytes32 domain) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, _digest(intent, domain));
        return _pack(intent, v, r, s);
    }

    function _pack(Intent memory one, uint8 v, bytes32 r, bytes32 s) internal pure returns (bytes memory) {
        bytes memory numbers = abi.encodePacked(
            one.kind,
            one.rateVersion,
            one.deadline,
            one.units,
            one.minimum,
            one.nonce
        );
        return abi.encodePacked(numbers, one.account, keccak256("reference"), one.payload, r, s, v);
    }

    function _digest(Intent memory one, bytes32 domain) internal pure returns (bytes32) {
        bytes32 hash;
        if (one.kind == 9) {
            bytes32 typeHash = keccak256(
                "ConvertOut(uint32 brand,uint64 units,uint64 minimum,bytes32 code,uint256 nonce,uint40 deadline)"
            );
            hash = keccak256(
                abi.encode(typeHash, one.brand, one.units, one.minimum, one.payload, one.nonce, one.deadline)
            );
        } else {
            bytes32 typeHash = keccak256(
                "Transfer(uint32 brand,address to,uint64 units,uint256 nonce,uint40 deadline)"
            );
            hash = keccak256(abi.encode(typeHash, one.brand, one.payload, one.units, one.nonce, one.deadline));
        }
        return keccak256(abi.encodePacked(hex"1901", domain, hash));
    }

    function _domain(uint256 chainId, address verifier) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        return keccak256(abi.encode(typeHash, keccak256("Points Alliance"), keccak256("1"), chainId, verifier));
    }
}
