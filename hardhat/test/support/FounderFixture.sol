// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {
    CancelOrder,
    GrantOrder,
    Payment,
    SaleOrder,
    TransferOrder
} from "../../contracts/interfaces/IFounderMembership.sol";
import {Roles} from "../../contracts/libraries/Roles.sol";
import {DeskFixture} from "./DeskFixture.sol";
import {IFounders} from "./IFounders.sol";

/// @title An alliance with founder memberships
/// @notice The fixture is administrator and issuer, and a desk of its own: it fills wallets and the vault. Brand A sponsors.
/// Members are known by a number, which is their private key.
abstract contract FounderFixture is DeskFixture {
    address internal constant TREASURY = address(0x7EA);
    address internal constant RELAY = address(0xBEE);
    uint96 internal constant ROYALTY_BPS = 500;
    uint256 internal constant ANN = 0xA11;
    uint256 internal constant BEN = 0xB0B;
    uint256 internal constant EVE = 0xE5E;

    IFounders internal founders;

    function _deployFounders() internal {
        _deployWithBrands();
        bytes memory arguments = abi.encode(authority, clock, registry, board, desk, point);
        founders = IFounders(_create("FounderMembership.sol:FounderMembership", arguments));
        bytes4[] memory functions = new bytes4[](2);
        functions[0] = founders.issue.selector;
        functions[1] = founders.sellNew.selector;
        authority.setTargetFunctionRole(address(founders), functions, Roles.ISSUER);
        authority.grantRole(Roles.ISSUER, address(this), 0);
        founders.setTerms(A, TREASURY, ROYALTY_BPS);
        point.setDesk(address(this), true);
    }

    function _fill(address holder, uint256 units) internal {
        point.mintBatch(abi.encodePacked(uint96(units), holder));
    }

    function _issueTo(uint256 key) internal returns (uint256) {
        return founders.issue(vm.addr(key));
    }

    // ---- orders as the tests usually want them: for now, for the current nonce --------------------------------------

    function _transferOrder(uint256 tokenId, address to) internal view returns (TransferOrder memory) {
        return TransferOrder(tokenId, to, founders.nonceOf(tokenId), _now() + 1 hours);
    }

    function _saleOrder(uint256 tokenId, uint64 price) internal view returns (SaleOrder memory) {
        return SaleOrder(tokenId, price, 0, address(0), founders.nonceOf(tokenId), _now() + 1 hours);
    }

    function _cancelOrder(uint256 tokenId) internal view returns (CancelOrder memory) {
        return CancelOrder(tokenId, founders.nonceOf(tokenId), _now() + 1 hours);
    }

    function _grantOrder(uint256 tokenId) internal view returns (GrantOrder memory order) {
        order.tokenId = tokenId;
        order.month = founders.currentMonth();
        order.sponsorBrand = A;
        order.commitment = _commitment(B, 1, bytes32(tokenId));
        order.claimDeadline = _now() + 1 days;
        order.nonce = founders.nonceOf(tokenId);
        order.deadline = _now() + 1 hours;
    }

    // ---- what a wallet signs, written out once more from EIP-712 ------------------------------------------------------

    function _digest(TransferOrder memory o) internal view returns (bytes32) {
        bytes32 kind = keccak256("Transfer(uint256 tokenId,address to,uint64 nonce,uint40 deadline)");
        return _typed(founders.DOMAIN_SEPARATOR(), keccak256(abi.encode(kind, o.tokenId, o.to, o.nonce, o.deadline)));
    }

    function _digest(SaleOrder memory o) internal view returns (bytes32) {
        bytes32 kind = keccak256(
            "Sale(uint256 tokenId,uint64 price,uint64 minProceeds,address buyer,uint64 nonce,uint40 deadline)"
        );
        bytes memory fields = abi.encode(kind, o.tokenId, o.price, o.minProceeds, o.buyer, o.nonce, o.deadline);
        return _typed(founders.DOMAIN_SEPARATOR(), keccak256(fields));
    }

    function _digest(CancelOrder memory o) internal view returns (bytes32) {
        bytes32 kind = keccak256("Cancel(uint256 tokenId,uint64 nonce,uint40 deadline)");
        return _typed(founders.DOMAIN_SEPARATOR(), keccak256(abi.encode(kind, o.tokenId, o.nonce, o.deadline)));
    }

    function _digest(GrantOrder memory o) internal view returns (bytes32) {
        bytes32 kind = keccak256(
            "Grant(uint256 tokenId,uint24 month,uint32 sponsorBrand,bytes32 commitment,uint40 claimDeadline,uint64 nonce,uint40 deadline)"
        );
        bytes memory first = abi.encode(kind, o.tokenId, o.month, o.sponsorBrand, o.commitment);
        bytes memory fields = bytes.concat(first, abi.encode(o.claimDeadline, o.nonce, o.deadline));
        return _typed(founders.DOMAIN_SEPARATOR(), keccak256(fields));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev The buyer's EIP-3009 authorization; `nonce` says what it pays for.
    function _payment(uint256 key, uint64 price, bytes32 nonce) internal view returns (Payment memory payment) {
        payment.from = vm.addr(key);
        payment.validBefore = block.timestamp + 1 hours;
        bytes32 kind = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes memory fields = abi.encode(
            kind,
            payment.from,
            founders,
            uint256(price),
            uint256(0),
            payment.validBefore,
            nonce
        );
        (payment.v, payment.r, payment.s) = vm.sign(key, _typed(point.DOMAIN_SEPARATOR(), keccak256(fields)));
    }

    // ---- a brand relays ------------------------------------------------------------------------------------------------

    function _transferBy(uint256 key, uint256 tokenId, address to) internal {
        TransferOrder memory order = _transferOrder(tokenId, to);
        bytes memory signature = _sign(key, _digest(order));
        vm.prank(RELAY);
        founders.transferSigned(order, signature);
    }

    function _grantTo(uint256 key, GrantOrder memory order) internal {
        bytes memory signature = _sign(key, _digest(order));
        vm.prank(RELAY);
        founders.claimGrant(order, signature);
    }

    function _typed(bytes32 domain, bytes32 structHash) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }
}
