// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {
    CancelOrder,
    GrantOrder,
    Payment,
    SaleOrder,
    TransferOrder
} from "../../contracts/interfaces/IFounderMembership.sol";
import {FounderFixture} from "./FounderFixture.sol";

/// @title Random life of founder memberships among five members
/// @notice Signs, relays, replays and forges. Every signature is kept and tried again later; the handler keeps its own books
/// of owners, months, vault and wallets.
contract FounderHandler is FounderFixture {
    struct Kept {
        TransferOrder order;
        bytes signature;
    }

    uint256 private constant MEMBERS = 5;
    uint256 private constant MOST = 40;

    address[] public owners;
    mapping(uint256 tokenId => mapping(uint24 month => uint256 count)) public grants;
    mapping(uint256 tokenId => uint24 month) public lastMonth;
    mapping(address holder => uint256 units) public wallets;
    uint256 public funded;
    uint256 public paid;
    uint256 public sales;
    uint256 public refusedGrants;
    uint256 public replays;
    Kept[] private _kept;
    SaleOrder[] private _listings;
    bytes[] private _listingSignatures;

    constructor() {
        _deployFounders();
    }

    function issue(uint8 who) external {
        if (owners.length >= MOST) return;
        _issueTo(_key(who));
        owners.push(vm.addr(_key(who)));
    }

    function fundVault(uint24 units) external {
        _fill(address(founders), units);
        funded += units;
    }

    function earn(uint8 who, uint24 units) external {
        address holder = vm.addr(_key(who));
        _fill(holder, units);
        wallets[holder] += units;
    }

    function transfer(uint256 random, uint8 who) external {
        if (owners.length == 0) return;
        uint256 tokenId = 1 + (random % owners.length);
        TransferOrder memory order = _transferOrder(tokenId, vm.addr(_key(who)));
        bytes memory signature = _sign(_keyOf(owners[tokenId - 1]), _digest(order));
        founders.transferSigned(order, signature);
        owners[tokenId - 1] = order.to;
        _kept.push(Kept(order, signature));
    }

    /// @dev INV-25: what acted once never acts again.
    function replay(uint256 random) external {
        if (_kept.length == 0) return;
        Kept memory kept = _kept[random % _kept.length];
        try founders.transferSigned(kept.order, kept.signature) {
            vm.assertTrue(false, "INV-25: a used signature acted");
        } catch {
            ++replays;
        }
    }

    function list(uint256 random, uint24 price) external {
        if (owners.length == 0) return;
        uint256 tokenId = 1 + (random % owners.length);
        SaleOrder memory order = _saleOrder(tokenId, uint64(price) + 1);
        _listings.push(order);
        _listingSignatures.push(_sign(_keyOf(owners[tokenId - 1]), _digest(order)));
    }

    /// @dev INV-26: acts exactly if the listing is still good and the buyer has the price.
    function buy(uint256 random, uint8 who) external {
        if (_listings.length == 0) return;
        uint256 index = random % _listings.length;
        SaleOrder memory order = _listings[index];
        address buyer = vm.addr(_key(who));
        bool good = order.nonce == founders.nonceOf(order.tokenId) && order.deadline > _now();
        Payment memory payment = _payment(_key(who), order.price, _digest(order));
        try founders.buy(order, _listingSignatures[index], payment) {
            vm.assertTrue(good && wallets[buyer] >= order.price, "INV-26: a bad sale acted");
            uint256 royalty = (order.price * uint256(ROYALTY_BPS)) / 10_000;
            wallets[buyer] -= order.price;
            wallets[TREASURY] += royalty;
            wallets[owners[order.tokenId - 1]] += order.price - royalty;
            owners[order.tokenId - 1] = buyer;
            ++sales;
        } catch {
            vm.assertFalse(good && wallets[buyer] >= order.price, "INV-26: a good sale was refused");
        }
    }

    function cancel(uint256 random) external {
        if (owners.length == 0) return;
        uint256 tokenId = 1 + (random % owners.length);
        CancelOrder memory order = _cancelOrder(tokenId);
        founders.cancelSigned(order, _sign(_keyOf(owners[tokenId - 1]), _digest(order)));
    }

    /// @dev INV-23, INV-24: acts exactly once a month, if the vault can pay and the signer holds the token.
    function grant(uint256 random, uint8 who) external {
        if (owners.length == 0) return;
        uint256 tokenId = 1 + (random % owners.length);
        GrantOrder memory order = _grantOrder(tokenId);
        address signer = vm.addr(_key(who));
        bool due = signer == owners[tokenId - 1] && lastMonth[tokenId] < order.month && funded - paid >= 100_000;
        bytes memory signature = _sign(_key(who), _digest(order));
        try founders.claimGrant(order, signature) {
            vm.assertTrue(due, "INV-23: a grant that was not due");
            ++grants[tokenId][order.month];
            lastMonth[tokenId] = order.month;
            paid += 100_000;
        } catch {
            vm.assertFalse(due, "INV-23: a due grant was refused");
            ++refusedGrants;
        }
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + time);
    }

    function count() external view returns (uint256) {
        return owners.length;
    }

    function alliance() external view returns (address, address) {
        return (address(founders), address(point));
    }

    function member(uint256 index) external pure returns (address) {
        return vm.addr(_key(uint8(index)));
    }

    function _keyOf(address holder) private pure returns (uint256) {
        for (uint8 i = 0; i < MEMBERS; ++i) if (vm.addr(_key(i)) == holder) return _key(i);
        revert("nobody");
    }

    function _key(uint8 who) private pure returns (uint256) {
        return 0xA1100 + (who % MEMBERS);
    }
}
