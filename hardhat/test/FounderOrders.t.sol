// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC20Errors, IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {
    CancelOrder,
    IFounderMembership,
    Payment,
    SaleOrder,
    TransferOrder
} from "../contracts/interfaces/IFounderMembership.sol";
import {FounderFixture} from "./support/FounderFixture.sol";
import {IFounders} from "./support/IFounders.sol";

/// @notice Signed transfers, sales and cancellations (R-NFT-3, R-NFT-5; INV-25, INV-26; pitfall 24).
contract FounderOrdersTest is FounderFixture {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function setUp() public {
        _deployFounders();
        _issueTo(ANN);
    }

    // ---- transfers -----------------------------------------------------------------------------------------------------

    function test_a_member_transfers_by_signature_alone() public {
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.SignatureUsed(1, _digest(order), order.nonce);
        vm.prank(RELAY);
        founders.transferSigned(order, signature);
        vm.assertEq(founders.ownerOf(1), vm.addr(BEN), "moved");
    }

    function test_a_used_signature_is_void_even_when_the_token_comes_back() public {
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        bytes memory signature = _sign(ANN, _digest(order));
        founders.transferSigned(order, signature);
        vm.expectRevert(
            abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, order.nonce + 1, order.nonce)
        );
        founders.transferSigned(order, signature);
        _transferBy(BEN, 1, vm.addr(ANN));
        vm.expectRevert(
            abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, order.nonce + 2, order.nonce)
        );
        founders.transferSigned(order, signature);
    }

    function test_a_plain_transfer_voids_signatures_too() public {
        SaleOrder memory order = _saleOrder(1, 100);
        bytes memory signature = _sign(ANN, _digest(order));
        vm.prank(vm.addr(ANN));
        founders.transferFrom(vm.addr(ANN), vm.addr(BEN), 1);
        vm.prank(vm.addr(BEN));
        founders.transferFrom(vm.addr(BEN), vm.addr(ANN), 1);
        Payment memory payment = _payment(EVE, 100, _digest(order));
        vm.expectRevert(
            abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, order.nonce + 2, order.nonce)
        );
        founders.buy(order, signature, payment);
    }

    function testFuzz_a_signature_acts_before_its_deadline_only(uint24 life, uint32 wait) public {
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        order.deadline = START + life;
        bytes memory signature = _sign(ANN, _digest(order));
        vm.warp(uint256(START) + wait);
        bool expired = wait >= life;
        if (expired) {
            vm.expectRevert(
                abi.encodeWithSelector(IFounderMembership.SignatureExpired.selector, order.deadline, START + wait)
            );
        }
        founders.transferSigned(order, signature);
        vm.assertEq(founders.ownerOf(1), vm.addr(expired ? ANN : BEN), "INV-25");
    }

    function test_a_pause_of_the_clock_lengthens_a_signatures_life() public {
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        bytes memory signature = _sign(ANN, _digest(order));
        clock.pause();
        vm.warp(START + 30 days);
        founders.transferSigned(order, signature);
        vm.assertEq(founders.ownerOf(1), vm.addr(BEN), "INV-10");
    }

    function test_only_the_holders_signature_counts() public {
        TransferOrder memory order = _transferOrder(1, vm.addr(EVE));
        bytes memory signature = _sign(EVE, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongSigner.selector, 1, vm.addr(ANN), vm.addr(EVE)));
        founders.transferSigned(order, signature);
    }

    function test_malleable_and_malformed_signatures_are_refused() public {
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ANN, _digest(order));
        bytes memory refused = abi.encodeWithSelector(
            IFounderMembership.WrongSigner.selector,
            1,
            vm.addr(ANN),
            address(0)
        );
        bytes[4] memory forms = [
            abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27)),
            abi.encodePacked(r, s),
            abi.encodePacked(r, s, v, uint8(0)),
            bytes("")
        ];
        for (uint256 i = 0; i < forms.length; ++i) {
            vm.expectRevert(refused);
            founders.transferSigned(order, forms[i]);
        }
    }

    function test_a_signature_is_for_one_contract_on_one_chain() public {
        bytes memory arguments = abi.encode(authority, clock, registry, board, desk, point);
        IFounders other = IFounders(_create("FounderMembership.sol:FounderMembership", arguments));
        other.issue(vm.addr(ANN));
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectPartialRevert(IFounderMembership.WrongSigner.selector);
        other.transferSigned(order, signature);
        bytes32 elsewhere = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Points Alliance Founder"),
                keccak256("1"),
                block.chainid + 1,
                founders
            )
        );
        bytes32 kind = keccak256("Transfer(uint256 tokenId,address to,uint64 nonce,uint40 deadline)");
        bytes32 structHash = keccak256(abi.encode(kind, order.tokenId, order.to, order.nonce, order.deadline));
        signature = _sign(ANN, keccak256(abi.encodePacked(hex"1901", elsewhere, structHash)));
        vm.expectPartialRevert(IFounderMembership.WrongSigner.selector);
        founders.transferSigned(order, signature);
    }

    function testFuzz_a_changed_order_is_not_what_was_signed(uint8 field, uint40 change) public {
        _issueTo(ANN);
        TransferOrder memory order = _transferOrder(1, vm.addr(BEN));
        bytes memory signature = _sign(ANN, _digest(order));
        if (field % 3 == 0) order.tokenId = 2;
        else if (field % 3 == 1) order.to = address(uint160(0x1000) + change);
        else order.deadline = START + 1 hours + 1 + (change >> 1);
        vm.expectPartialRevert(IFounderMembership.WrongSigner.selector);
        founders.transferSigned(order, signature);
    }

    function test_a_transfer_to_nobody_or_to_the_contract_is_refused() public {
        TransferOrder memory order = _transferOrder(1, address(founders));
        bytes memory signature = _sign(ANN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(founders)));
        founders.transferSigned(order, signature);
        order.to = address(0);
        signature = _sign(ANN, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        founders.transferSigned(order, signature);
    }

    // ---- cancellations -------------------------------------------------------------------------------------------------

    function test_a_cancellation_voids_what_was_signed_and_not_what_comes() public {
        SaleOrder memory sale = _saleOrder(1, 100);
        bytes memory signature = _sign(ANN, _digest(sale));
        CancelOrder memory order = _cancelOrder(1);
        bytes memory cancelling = _sign(ANN, _digest(order));
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.SignaturesCancelled(1, order.nonce);
        founders.cancelSigned(order, cancelling);
        _fill(vm.addr(BEN), 100);
        Payment memory payment = _payment(BEN, 100, _digest(sale));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, sale.nonce + 1, sale.nonce));
        founders.buy(sale, signature, payment);
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, sale.nonce + 1, sale.nonce));
        founders.cancelSigned(order, cancelling);
        _transferBy(ANN, 1, vm.addr(EVE));
        vm.assertEq(founders.ownerOf(1), vm.addr(EVE), "INV-25: the next signature acts");
    }

    // ---- sales ---------------------------------------------------------------------------------------------------------

    function testFuzz_a_sale_pays_royalty_and_seller_exactly(uint64 price) public {
        price = uint64(_between(price, 1, 10 ** 15));
        _fill(vm.addr(BEN), uint256(price) + 7);
        _fill(address(founders), 123);
        SaleOrder memory order = _saleOrder(1, price);
        bytes memory signature = _sign(ANN, _digest(order));
        Payment memory payment = _payment(BEN, price, _digest(order));
        uint64 royalty = (price * 5) / 100;
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.Sold(1, vm.addr(ANN), vm.addr(BEN), price, royalty, TREASURY);
        vm.prank(RELAY);
        founders.buy(order, signature, payment);
        vm.assertEq(founders.ownerOf(1), vm.addr(BEN), "the buyer's");
        vm.assertEq(point.balanceOf(TREASURY), royalty, "INV-26: royalty");
        vm.assertEq(point.balanceOf(vm.addr(ANN)), price - royalty, "INV-26: proceeds");
        vm.assertEq(point.balanceOf(vm.addr(BEN)), 7, "INV-26: the price");
        vm.assertEq(founders.vault(), 123, "INV-26: nothing stays");
    }

    function test_a_listing_sells_once() public {
        SaleOrder memory order = _saleOrder(1, 100);
        bytes memory signature = _sign(ANN, _digest(order));
        _fill(vm.addr(BEN), 100);
        _fill(vm.addr(EVE), 100);
        founders.buy(order, signature, _payment(BEN, 100, _digest(order)));
        Payment memory late = _payment(EVE, 100, _digest(order));
        vm.expectRevert(
            abi.encodeWithSelector(IFounderMembership.WrongNonce.selector, 1, order.nonce + 1, order.nonce)
        );
        founders.buy(order, signature, late);
        vm.assertEq(point.balanceOf(vm.addr(EVE)), 100, "the late buyer keeps everything");
    }

    function test_a_payment_pays_for_the_order_that_it_names() public {
        _issueTo(ANN);
        SaleOrder memory wanted = _saleOrder(1, 100);
        SaleOrder memory other = _saleOrder(2, 100);
        _fill(vm.addr(BEN), 100);
        bytes memory signature = _sign(ANN, _digest(other));
        Payment memory payment = _payment(BEN, 100, _digest(wanted));
        vm.expectRevert(bytes4(keccak256("ERC3009InvalidSignature()")));
        founders.buy(other, signature, payment);
        payment = _payment(BEN, 99, _digest(other));
        vm.expectRevert(bytes4(keccak256("ERC3009InvalidSignature()")));
        founders.buy(other, signature, payment);
    }

    function test_an_order_for_one_buyer_is_for_no_other() public {
        SaleOrder memory order = _saleOrder(1, 100);
        order.buyer = vm.addr(BEN);
        bytes memory signature = _sign(ANN, _digest(order));
        _fill(vm.addr(EVE), 100);
        Payment memory payment = _payment(EVE, 100, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.WrongBuyer.selector, vm.addr(BEN), vm.addr(EVE)));
        founders.buy(order, signature, payment);
        _fill(vm.addr(BEN), 100);
        founders.buy(order, signature, _payment(BEN, 100, _digest(order)));
        vm.assertEq(founders.ownerOf(1), vm.addr(BEN), "for the named one it is");
    }

    function test_a_higher_royalty_does_not_surprise_a_seller() public {
        SaleOrder memory order = _saleOrder(1, 1_000);
        order.minProceeds = 950;
        bytes memory signature = _sign(ANN, _digest(order));
        _fill(vm.addr(BEN), 1_000);
        founders.setTerms(A, TREASURY, 501);
        Payment memory payment = _payment(BEN, 1_000, _digest(order));
        founders.setTerms(A, TREASURY, 600);
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.ProceedsTooLow.selector, 950, 940));
        founders.buy(order, signature, payment);
        founders.setTerms(A, TREASURY, 0);
        founders.buy(order, signature, payment);
        vm.assertEq(point.balanceOf(vm.addr(ANN)), 1_000, "without royalty everything is the seller's");
    }

    function test_a_sale_for_nothing_is_refused() public {
        SaleOrder memory order = _saleOrder(1, 0);
        bytes memory signature = _sign(ANN, _digest(order));
        Payment memory payment = _payment(BEN, 0, _digest(order));
        vm.expectRevert(IFounderMembership.PriceZero.selector);
        founders.buy(order, signature, payment);
    }

    function test_without_the_price_nothing_moves() public {
        SaleOrder memory order = _saleOrder(1, 100);
        bytes memory signature = _sign(ANN, _digest(order));
        _fill(vm.addr(BEN), 99);
        Payment memory payment = _payment(BEN, 100, _digest(order));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, vm.addr(BEN), 99, 100));
        founders.buy(order, signature, payment);
        vm.assertEq(founders.ownerOf(1), vm.addr(ANN), "still the seller's");
        vm.assertEq(founders.nonceOf(1), order.nonce, "and still for sale");
    }

    function test_a_pause_of_the_point_stops_sales_and_no_transfer() public {
        SaleOrder memory order = _saleOrder(1, 100);
        bytes memory signature = _sign(ANN, _digest(order));
        _fill(vm.addr(BEN), 100);
        Payment memory payment = _payment(BEN, 100, _digest(order));
        point.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        founders.buy(order, signature, payment);
        _transferBy(ANN, 1, vm.addr(EVE));
        vm.assertEq(founders.ownerOf(1), vm.addr(EVE), "moves without points");
    }
}
