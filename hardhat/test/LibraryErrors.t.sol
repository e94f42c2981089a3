// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors, IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {PaymentKind} from "../contracts/interfaces/ISettlement.sol";
import {FounderFixture} from "./support/FounderFixture.sol";
import {TestMoney} from "./support/TestMoney.sol";

/// @notice Every refusal that the contracts inherit from library code and that a call can reach.
contract LibraryErrorsTest is FounderFixture {
    bytes32 private constant AUTHORIZATION = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant NONCE = keccak256("nonce");
    /// @dev The order of the curve: s and its negative sign the same, only the lower one is taken.
    uint256 private constant CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    address private immutable HOLDER = vm.addr(ANN);

    function setUp() public {
        _deployFounders();
        _fill(HOLDER, 100);
    }

    function test_the_zero_address_gets_no_points_and_no_allowance() public {
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidReceiver.selector, address(0)));
        vm.prank(HOLDER);
        point.transfer(address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InvalidSpender.selector, address(0)));
        vm.prank(HOLDER);
        point.approve(address(0), 1);
    }

    function test_nobody_spends_more_than_the_allowance() public {
        vm.prank(HOLDER);
        point.approve(RELAY, 5);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, RELAY, 5, 6));
        vm.prank(RELAY);
        point.transferFrom(HOLDER, RELAY, 6);
    }

    function test_a_permit_is_in_time_and_its_owners() public {
        uint256 late = block.timestamp - 1;
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, late));
        point.permit(HOLDER, RELAY, 1, late, 27, NONCE, NONCE);
        uint256 deadline = block.timestamp + 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(BEN, _permit(deadline));
        vm.expectRevert(abi.encodeWithSelector(ERC20Permit.ERC2612InvalidSigner.selector, vm.addr(BEN), HOLDER));
        point.permit(HOLDER, RELAY, 1, deadline, v, r, s);
    }

    function test_a_permit_has_one_form_of_signature() public {
        uint256 deadline = block.timestamp + 1;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ANN, _permit(deadline));
        bytes32 high = bytes32(CURVE - uint256(s));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        point.permit(HOLDER, RELAY, 1, deadline, v == 27 ? 28 : 27, r, high);
        vm.expectRevert(ECDSA.ECDSAInvalidSignature.selector);
        point.permit(HOLDER, RELAY, 1, deadline, 0, r, s);
    }

    function test_an_authorization_is_the_holders_in_time_and_used_once() public {
        uint256 late = block.timestamp - 1;
        _authorize(BEN, late + 2, abi.encodeWithSelector(ERC3009.ERC3009InvalidSignature.selector));
        _authorize(ANN, late, abi.encodeWithSelector(ERC3009.ERC3009InvalidAuthorizationTime.selector, 0, late));
        _authorize(ANN, late + 2, "");
        vm.assertEq(point.balanceOf(RELAY), 1, "once");
        _authorize(ANN, late + 2, abi.encodeWithSelector(ERC3009.ERC3009UsedAuthorization.selector, HOLDER, NONCE));
    }

    function test_what_is_not_paused_is_not_unpaused() public {
        vm.expectRevert(Pausable.ExpectedPause.selector);
        point.unpause();
    }

    function test_an_authority_is_a_contract() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedInvalidAuthority.selector, RELAY));
        authority.updateAuthority(address(registry), RELAY);
    }

    function test_a_membership_moves_from_its_holder_by_who_may() public {
        uint256 token = _issueTo(ANN);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721IncorrectOwner.selector, RELAY, token, HOLDER));
        vm.prank(HOLDER);
        founders.transferFrom(RELAY, vm.addr(BEN), token);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidApprover.selector, RELAY));
        vm.prank(RELAY);
        founders.approve(RELAY, token);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721InvalidOperator.selector, address(0)));
        vm.prank(HOLDER);
        founders.setApprovalForAll(address(0), true);
    }

    function test_the_pool_never_pays_what_it_has_not() public {
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedIntToUint.selector, int256(-1)));
        clearing.pay(A, -1);
    }

    function test_amounts_that_do_not_fit_are_refused() public {
        uint128 huge = uint128(1) << 127;
        vm.expectRevert(
            abi.encodeWithSelector(SafeCast.SafeCastOverflowedIntDowncast.selector, 128, int256(uint256(huge)))
        );
        clearing.payFor(A, B, huge);
        clearing.writeOff(A, type(int96).max);
        clearing.writeOff(A, type(int96).max);
        uint256 sum = 3 * uint256(uint96(type(int96).max));
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 96, sum));
        clearing.writeOff(A, type(int96).max);
    }

    function test_an_asset_that_refuses_is_not_booked() public {
        TestMoney money = new TestMoney();
        settlement = _newSettlement(address(money));
        _grantSettlement();
        money.setRefuses(true);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(money)));
        settlement.move(PaymentKind.FundIn, A, 10);
        vm.assertEq(guarantee.cash(), 0, "INV-12: nothing is booked that did not come in");
    }

    function _permit(uint256 deadline) private view returns (bytes32) {
        bytes memory message = abi.encode(PERMIT, HOLDER, RELAY, 1, point.nonces(HOLDER), deadline);
        return keccak256(abi.encodePacked(hex"1901", point.DOMAIN_SEPARATOR(), keccak256(message)));
    }

    /// @dev One unit from the holder to the relay, signed by `key`; refused as expected, or not at all.
    function _authorize(uint256 key, uint256 validBefore, bytes memory refusal) private {
        bytes memory message = abi.encode(AUTHORIZATION, HOLDER, RELAY, 1, 0, validBefore, NONCE);
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", point.DOMAIN_SEPARATOR(), keccak256(message)));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        if (refusal.length != 0) vm.expectRevert(refusal);
        point.transferWithAuthorization(HOLDER, RELAY, 1, 0, validBefore, NONCE, v, r, s);
    }
}
