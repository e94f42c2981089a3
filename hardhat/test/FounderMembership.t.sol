// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IFounderMembership, Payment} from "../contracts/interfaces/IFounderMembership.sol";
import {FounderFixture} from "./support/FounderFixture.sol";

/// @notice The standard surface, issuing and the first sale (R-NFT-1, R-NFT-3; INV-22).
contract FounderMembershipTest is FounderFixture {
    function setUp() public {
        _deployFounders();
    }

    function test_has_the_standards_surface() public view {
        vm.assertEq(founders.name(), "Points Alliance Founder", "name");
        vm.assertEq(founders.symbol(), "PAF", "symbol");
        bytes4[5] memory supported = [
            bytes4(0x01ffc9a7), // ERC-165
            bytes4(0x80ac58cd), // ERC-721
            bytes4(0x5b5e139f), // its metadata
            bytes4(0x2a55205a), // ERC-2981
            bytes4(0x49064906) // ERC-4906
        ];
        for (uint256 i = 0; i < supported.length; ++i) {
            vm.assertTrue(founders.supportsInterface(supported[i]), "supported");
        }
        vm.assertFalse(founders.supportsInterface(0xffffffff), "ERC-165 says so");
    }

    function test_memberships_are_numbered_from_1() public {
        vm.expectEmit(true, true, true, true, address(founders));
        emit IERC721.Transfer(address(0), vm.addr(ANN), 1);
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.MembershipIssued(1, vm.addr(ANN), 0);
        vm.assertEq(_issueTo(ANN), 1, "first");
        vm.assertEq(_issueTo(ANN), 2, "second");
        vm.assertEq(founders.balanceOf(vm.addr(ANN)), 2, "INV-22: held");
        vm.assertEq(founders.ownerOf(2), vm.addr(ANN), "INV-22: owner");
        vm.assertEq(founders.issued(), 2, "issued");
    }

    function test_there_are_never_more_than_10_000() public {
        vm.assertEq(founders.CAP(), 10_000, "R-NFT-1");
        for (uint256 i = 0; i < 10_000; ++i) founders.issue(address(uint160(0xF0000 + i)));
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.FoundersExhausted.selector, 10_000));
        _issueTo(ANN);
        vm.assertEq(founders.issued(), 10_000, "INV-22");
    }

    function test_only_the_issuer_issues() public {
        Payment memory payment = _payment(ANN, 10, founders.firstSaleNonce(0));
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, RELAY);
        vm.expectRevert(refused);
        vm.prank(RELAY);
        founders.issue(RELAY);
        vm.expectRevert(refused);
        vm.prank(RELAY);
        founders.sellNew(10, 0, payment);
    }

    function test_only_the_administrator_sets_terms_text_and_desk() public {
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, RELAY);
        vm.expectRevert(refused);
        vm.prank(RELAY);
        founders.setTerms(A, RELAY, 0);
        vm.expectRevert(refused);
        vm.prank(RELAY);
        founders.setDescription("mine");
        vm.expectRevert(refused);
        vm.prank(RELAY);
        founders.setDesk(RELAY);
    }

    function test_terms_need_a_brand_a_treasury_and_a_bounded_royalty() public {
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.UnknownSponsor.selector, 9));
        founders.setTerms(9, TREASURY, 0);
        vm.expectRevert(IFounderMembership.NoTreasury.selector);
        founders.setTerms(A, address(0), 0);
        vm.expectRevert(IFounderMembership.NoTreasury.selector); // INV-24: grants are not paid from prices
        founders.setTerms(A, address(founders), 0);
        vm.expectRevert(abi.encodeWithSelector(IFounderMembership.RoyaltyTooHigh.selector, 1_001, 1_000));
        founders.setTerms(A, TREASURY, 1_001);
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.TermsSet(B, TREASURY, 1_000);
        founders.setTerms(B, TREASURY, 1_000);
        (uint32 sponsor, address treasury) = founders.terms();
        vm.assertEq(sponsor, B, "sponsor");
        vm.assertEq(treasury, TREASURY, "treasury");
    }

    function test_the_royalty_is_announced_as_erc_2981_says() public {
        _issueTo(ANN);
        (address receiver, uint256 royalty) = founders.royaltyInfo(1, 10_000);
        vm.assertEq(receiver, TREASURY, "receiver");
        vm.assertEq(royalty, 500, "5 %");
    }

    function test_a_new_membership_is_sold_for_signed_points() public {
        _fill(vm.addr(ANN), 900);
        Payment memory payment = _payment(ANN, 900, founders.firstSaleNonce("salt"));
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.MembershipIssued(1, vm.addr(ANN), 900);
        founders.sellNew(900, "salt", payment);
        vm.assertEq(founders.ownerOf(1), vm.addr(ANN), "the buyer's");
        vm.assertEq(point.balanceOf(TREASURY), 900, "the price");
        vm.assertEq(founders.vault(), 0, "INV-24: no price feeds the grants");

        _fill(vm.addr(ANN), 900);
        bytes memory used = abi.encodeWithSignature(
            "ERC3009UsedAuthorization(address,bytes32)",
            vm.addr(ANN),
            founders.firstSaleNonce("salt")
        );
        vm.expectRevert(used);
        founders.sellNew(900, "salt", payment);
        vm.assertEq(founders.issued(), 1, "a payment pays once");
    }

    function test_a_first_sale_takes_exactly_the_signed_price() public {
        _fill(vm.addr(ANN), 1_000);
        Payment memory payment = _payment(ANN, 900, founders.firstSaleNonce("salt"));
        vm.expectRevert(bytes4(keccak256("ERC3009InvalidSignature()")));
        founders.sellNew(1_000, "salt", payment);
        vm.expectRevert(IFounderMembership.PriceZero.selector);
        founders.sellNew(0, "salt", payment);
        vm.assertEq(founders.issued(), 0, "nothing happened");
        vm.assertFalse(
            IERC3009(address(point)).authorizationState(vm.addr(ANN), founders.firstSaleNonce("salt")),
            "unused"
        );
    }

    function test_a_first_sale_needs_a_treasury() public {
        bytes memory arguments = abi.encode(authority, clock, registry, board, desk, point);
        IFounderMembership fresh = IFounderMembership(_create("FounderMembership.sol:FounderMembership", arguments));
        Payment memory payment;
        vm.expectRevert(IFounderMembership.NoTreasury.selector);
        fresh.sellNew(1, 0, payment);
    }

    function test_the_holder_may_also_move_it_as_any_erc_721() public {
        _issueTo(ANN);
        vm.prank(vm.addr(ANN));
        founders.approve(vm.addr(BEN), 1);
        vm.prank(vm.addr(BEN));
        founders.transferFrom(vm.addr(ANN), vm.addr(BEN), 1);
        vm.assertEq(founders.ownerOf(1), vm.addr(BEN), "INV-22: moved");
        vm.assertEq(founders.balanceOf(vm.addr(ANN)), 0, "INV-22: less here");
        vm.assertEq(founders.balanceOf(vm.addr(BEN)), 1, "INV-22: more there");
        vm.assertEq(founders.getApproved(1), address(0), "the approval ended with the transfer");
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InsufficientApproval.selector, vm.addr(ANN), 1));
        vm.prank(vm.addr(ANN));
        founders.transferFrom(vm.addr(BEN), vm.addr(ANN), 1);
    }

    function test_the_contract_and_nobody_hold_none() public {
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(founders)));
        founders.issue(address(founders));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidReceiver.selector, address(0)));
        founders.issue(address(0));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOwner.selector, address(0)));
        founders.balanceOf(address(0));
    }

    function test_an_unknown_token_has_no_answers() public {
        bytes memory unknown = abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 7);
        vm.expectRevert(unknown);
        founders.ownerOf(7);
        vm.expectRevert(unknown);
        founders.tokenURI(7);
        vm.expectRevert(unknown);
        founders.nonceOf(7);
        vm.expectRevert(unknown);
        founders.lastGrantMonth(7);
    }

    function test_a_new_text_is_announced_for_all_tokens() public {
        founders.setDescription("Membership of the first members.");
        _issueTo(ANN);
        _issueTo(BEN);
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.DescriptionSet('A "quoted" text');
        vm.expectEmit(true, true, true, true, address(founders));
        emit IERC4906.BatchMetadataUpdate(1, 2);
        founders.setDescription('A "quoted" text');
    }

    function test_a_desk_that_takes_over_is_announced() public {
        vm.expectEmit(true, true, true, true, address(founders));
        emit IFounderMembership.DeskSet(address(desk));
        founders.setDesk(address(desk));
    }
}
