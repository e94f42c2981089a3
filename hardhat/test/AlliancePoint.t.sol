// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IAlliancePoint} from "../contracts/interfaces/IAlliancePoint.sol";
import {IDeskControlled} from "../contracts/interfaces/IDeskControlled.sol";
import {AllianceFixture} from "./support/AllianceFixture.sol";

/// @notice R-ALL-1, and the token half of INV-1 and INV-10.
contract AlliancePointTest is AllianceFixture {
    bytes32 private constant AUTHORIZATION = keccak256(
        "TransferWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
    );
    bytes32 private constant PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    uint256 private constant KEY = 0xB0B;
    address private constant ALICE = address(0xA11CE);
    address private immutable BOB = vm.addr(KEY);

    function setUp() public {
        _deploy();
        point.setDesk(address(this), true);
    }

    function test_is_an_erc20_with_two_decimals() public view {
        vm.assertEq(point.name(), "Alliance Point", "name");
        vm.assertEq(point.symbol(), "ALP", "symbol");
        vm.assertEq(point.decimals(), 2, "R-ALL-1: one unit is 0.01 point");
    }

    function test_only_desks_mint_burn_and_move() public {
        bytes memory refused = abi.encodeWithSelector(IDeskControlled.NotDesk.selector, ALICE);
        vm.expectRevert(refused);
        vm.prank(ALICE);
        point.mintBatch(_mint(ALICE, 1));
        vm.expectRevert(refused);
        vm.prank(ALICE);
        point.burn(ALICE, 1);
        vm.expectRevert(refused);
        vm.prank(ALICE);
        point.tryTransfer(BOB, ALICE, 1);
        vm.expectRevert(refused);
        vm.prank(ALICE);
        point.tryBurn(BOB, 1);
        point.setDesk(address(this), false);
        vm.expectRevert(abi.encodeWithSelector(IDeskControlled.NotDesk.selector, address(this)));
        point.mintBatch(_mint(ALICE, 1));
    }

    function test_only_the_administrator_admits_desks() public {
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE));
        vm.prank(ALICE);
        point.setDesk(ALICE, true);
    }

    function test_supply_never_exceeds_64_bits() public {
        point.mintBatch(_mint(ALICE, type(uint64).max));
        vm.expectRevert(abi.encodeWithSelector(IAlliancePoint.SupplyCapExceeded.selector, uint256(1) << 64));
        point.mintBatch(_mint(BOB, 1));
    }

    function test_burning_more_than_the_balance_is_refused() public {
        point.mintBatch(_mint(ALICE, 5));
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, ALICE, 5, 6));
        point.burn(ALICE, 6);
    }

    function test_a_pause_stops_holders_but_never_a_burn() public {
        point.mintBatch(_mint(ALICE, 10));
        point.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        vm.prank(ALICE);
        point.transfer(BOB, 1);
        point.burn(ALICE, 4);
        point.mintBatch(_mint(ALICE, 1));
        vm.assertEq(point.balanceOf(ALICE), 7, "INV-10: mints and burns go on");
        point.unpause();
        vm.prank(ALICE);
        point.transfer(BOB, 7);
        vm.assertEq(point.balanceOf(BOB), 7, "holders move points again");
    }

    function test_a_desk_moves_what_a_holder_has_or_nothing() public {
        point.mintBatch(_mint(ALICE, 10));
        vm.assertTrue(point.tryTransfer(ALICE, BOB, 4), "moved");
        vm.assertFalse(point.tryTransfer(ALICE, BOB, 7), "she has 6");
        vm.assertTrue(point.tryBurn(ALICE, 5), "burnt");
        vm.assertFalse(point.tryBurn(ALICE, 2), "she has 1");
        vm.assertEq(point.balanceOf(ALICE), 1, "hers");
        vm.assertEq(point.balanceOf(BOB), 4, "his");
        vm.assertEq(point.totalSupply(), 5, "INV-1");
        point.pause();
        vm.assertTrue(point.paused(), "paused");
        vm.expectRevert(Pausable.EnforcedPause.selector);
        point.tryTransfer(ALICE, BOB, 1);
        vm.assertTrue(point.tryBurn(ALICE, 1), "INV-10: burns go on");
    }

    function test_only_the_guardian_pauses() public {
        bytes memory refused = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ALICE);
        vm.expectRevert(refused);
        vm.prank(ALICE);
        point.pause();
        point.pause();
        vm.expectRevert(refused);
        vm.prank(ALICE);
        point.unpause();
    }

    function testFuzz_transfers_keep_the_sum(uint64 first, uint64 second, uint64 moved, bool toSelf) public {
        vm.assume(uint256(first) + second <= type(uint64).max);
        point.mintBatch(bytes.concat(_mint(ALICE, first), _mint(BOB, second)));
        uint256 amount = _between(moved, 0, first);
        vm.prank(ALICE);
        point.transfer(toSelf ? ALICE : BOB, amount);
        vm.assertEq(point.balanceOf(ALICE), toSelf ? first : first - amount, "sender");
        vm.assertEq(point.balanceOf(BOB), toSelf ? second : second + amount, "receiver");
        vm.assertEq(point.totalSupply(), uint256(first) + second, "INV-1");
    }

    function test_a_holder_permits_by_signature() public {
        point.mintBatch(_mint(BOB, 9));
        bytes32 digest = _digest(abi.encode(PERMIT, BOB, ALICE, 9, point.nonces(BOB), START + 1));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        point.permit(BOB, ALICE, 9, START + 1, v, r, s);
        vm.prank(ALICE);
        point.transferFrom(BOB, ALICE, 9);
        vm.assertEq(point.balanceOf(ALICE), 9, "EIP-2612");
    }

    function test_a_signed_transfer_is_relayed_once() public {
        point.mintBatch(_mint(BOB, 9));
        bytes32 nonce = keccak256("random");
        bytes32 digest = _digest(abi.encode(AUTHORIZATION, BOB, ALICE, 4, 0, START + 1, nonce));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        point.transferWithAuthorization(BOB, ALICE, 4, 0, START + 1, nonce, v, r, s);
        vm.assertEq(point.balanceOf(ALICE), 4, "EIP-3009");
        vm.assertTrue(point.authorizationState(BOB, nonce), "the nonce is used");
        (bool again, ) = address(point).call(
            abi.encodeWithSignature(
                "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
                BOB,
                ALICE,
                4,
                0,
                START + 1,
                nonce,
                v,
                r,
                s
            )
        );
        vm.assertFalse(again, "pitfall 24: a signature works once");
    }

    /// @notice Pitfall 28: the ledger keeps a balance, no list of lots.
    function testFuzz_a_transfer_costs_the_same_however_often_points_arrived(uint8 arrivals) public {
        address often = address(0x0F7E4);
        point.mintBatch(_mint(ALICE, 100));
        for (uint256 i = 0; i < 60 + uint256(arrivals); ++i) point.mintBatch(_mint(often, 100));
        point.mintBatch(_mint(BOB, 100));
        _costOfTransfer(BOB, ALICE); // what every transfer reads is warm from here on
        uint256 once = _costOfTransfer(ALICE, address(0xFEE1));
        vm.assertEq(_costOfTransfer(often, address(0xFEE2)), once, "gas");
    }

    function _costOfTransfer(address from, address to) private returns (uint256) {
        vm.prank(from);
        uint256 before = gasleft();
        point.transfer(to, 7);
        return before - gasleft();
    }

    function _mint(address holder, uint96 units) private pure returns (bytes memory) {
        return abi.encode((uint256(units) << 160) | uint160(holder));
    }

    function _digest(bytes memory message) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", point.DOMAIN_SEPARATOR(), keccak256(message)));
    }
}
