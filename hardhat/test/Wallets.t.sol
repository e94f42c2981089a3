// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../contracts/interfaces/IBrandRegistry.sol";
import {IConversionDesk, RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../contracts/interfaces/IRateBoard.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Outcome} from "./support/DeskFixture.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {Intent, WalletFixture} from "./support/WalletFixture.sol";

/// @notice INV-20: points of a wallet move only as its holder signed, once. INV-21: a convert-out pays at least the minimum.
contract WalletsTest is WalletFixture {
    address private _ann;
    address private _bob;

    function setUp() public {
        _deployWithBrands();
        (_ann, _bob) = (vm.addr(ANN_KEY), vm.addr(BOB_KEY));
        _fill(_ann, 1_000);
    }

    function test_a_member_converts_out_of_her_own_wallet() public {
        int256 before = clearing.positionOf(B);
        Outcome memory outcome = _accepted(_convertOut(300, 300));
        vm.assertEq(outcome.kind, 9, "convert out");
        vm.assertEq(outcome.rateVersion, 1, "version");
        vm.assertEq(outcome.units, 300, "units");
        vm.assertEq(outcome.localAmount, 300, "INV-6: what B owes");
        vm.assertEq(point.balanceOf(_ann), 700, "burnt");
        vm.assertEq(clearing.positionOf(B), before + 300, "B redeemed");
        vm.assertEq(desk.nonces(_ann), 1, "the nonce is used");
    }

    function test_a_member_pays_another_wallet() public {
        Outcome memory outcome = _accepted(_transfer(400, _bob));
        vm.assertEq(outcome.kind, 10, "transfer");
        vm.assertEq(outcome.units, 400, "units");
        vm.assertEq(outcome.localAmount, 0, "nobody owes anything");
        vm.assertEq(point.balanceOf(_ann), 600, "less");
        vm.assertEq(point.balanceOf(_bob), 400, "more");
        vm.assertEq(point.totalSupply(), 1_000, "INV-1");
    }

    function test_the_minimum_is_kept() public {
        // Brand A: 3 units out are 1 point.
        Intent memory intent = _convertOut(299, 100);
        intent.brand = A;
        _refused(A, _signed(intent, ANN_KEY), RejectReason.BelowMinimum); // 99 points
        intent.units = 300;
        Outcome memory outcome = _postSigned(A, _signed(intent, ANN_KEY))[0];
        vm.assertEq(outcome.localAmount, 100, "INV-21: floor(300 / 3)");
    }

    function test_a_worse_version_can_not_be_named_below_the_minimum() public {
        uint40 later = _now() + NOTICE;
        _announce(B, Rate(1, 2, 1, 2), later); // half as much out
        vm.warp(later);
        Intent memory intent = _convertOut(300, 300);
        intent.rateVersion = 2; // the brand's choice: not signed
        _refused(B, _signed(intent, ANN_KEY), RejectReason.BelowMinimum); // INV-21, pitfall 25
        intent.rateVersion = 1; // still usable: what the member saw
        vm.assertEq(_postSigned(B, _signed(intent, ANN_KEY))[0].localAmount, 300, "as quoted");
    }

    function test_an_intent_is_used_once() public {
        bytes memory item = _signed(_convertOut(300, 300), ANN_KEY);
        Outcome[] memory outcomes = _postSigned(B, bytes.concat(item, item));
        vm.assertTrue(outcomes[0].reason == RejectReason.None, "once");
        vm.assertTrue(outcomes[1].reason == RejectReason.InvalidNonce, "pitfall 24: reused nonce");
        _refused(B, item, RejectReason.InvalidNonce);
        Intent memory ahead = _convertOut(1, 1);
        ahead.nonce = 2;
        _refused(B, _signed(ahead, ANN_KEY), RejectReason.InvalidNonce); // not before its turn
    }

    function test_an_intent_for_another_chain_is_refused() public {
        bytes32 domain = _domain(block.chainid + 1, address(desk)); // pitfall 24
        _refused(B, _item(_convertOut(1, 1), ANN_KEY, domain), RejectReason.InvalidSignature);
        _refused(B, _item(_transfer(1, _bob), ANN_KEY, domain), RejectReason.InvalidSignature);
    }

    function test_an_intent_for_another_contract_is_refused() public {
        bytes32 domain = _domain(block.chainid, address(_newDesk())); // pitfall 24
        _refused(B, _item(_convertOut(1, 1), ANN_KEY, domain), RejectReason.InvalidSignature);
        _refused(B, _item(_transfer(1, _bob), ANN_KEY, domain), RejectReason.InvalidSignature);
    }

    function test_an_intent_for_another_brand_is_refused() public {
        bytes memory out = _signed(_convertOut(9, 1), ANN_KEY);
        bytes memory pay = _signed(_transfer(1, _bob), ANN_KEY);
        _refused(A, out, RejectReason.InvalidSignature); // pitfall 24: relayed by A, signed for B
        _refused(A, pay, RejectReason.InvalidSignature);
    }

    function test_an_expired_intent_is_refused() public {
        bytes memory out = _signed(_convertOut(1, 1), ANN_KEY);
        bytes memory pay = _signed(_transfer(1, _bob), ANN_KEY);
        vm.warp(block.timestamp + 1 days); // pitfall 24
        _refused(B, out, RejectReason.DeadlinePassed);
        _refused(B, pay, RejectReason.DeadlinePassed);
    }

    function test_a_malleated_signature_is_refused() public {
        Intent memory intent = _convertOut(1, 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ANN_KEY, _digest(intent, _domain(block.chainid, address(desk))));
        bytes32 other = bytes32(ORDER - uint256(s)); // pitfall 24: the twin that plain ecrecover takes
        _refused(B, _pack(intent, v == 27 ? 28 : 27, r, other), RejectReason.InvalidSignature);
        _refused(B, _pack(intent, v == 27 ? 28 : 27, r, s), RejectReason.InvalidSignature);
        _refused(B, _pack(intent, 0, r, s), RejectReason.InvalidSignature);
        _refused(B, _pack(intent, v, 0, 0), RejectReason.InvalidSignature);
        vm.assertEq(uint256(_postSigned(B, _pack(intent, v, r, s))[0].reason), 0, "the one that was signed");
    }

    function test_a_different_account_is_refused() public {
        _fill(_bob, 10);
        Intent memory intent = _convertOut(1, 1);
        intent.account = _bob;
        _refused(B, _signed(intent, ANN_KEY), RejectReason.InvalidSignature); // pitfall 24: Ann spends Bob's
        intent.account = address(0); // what a failed recovery gives
        _refused(B, _pack(intent, 27, 0, 0), RejectReason.InvalidSignature);
    }

    function testFuzz_whatever_was_signed_can_not_be_changed(uint8 field, uint64 other, bool transfer) public {
        Intent memory intent = transfer ? _transfer(100, _bob) : _convertOut(100, 100);
        Intent memory changed = transfer ? _transfer(100, _bob) : _convertOut(100, 100);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ANN_KEY, _digest(intent, _domain(block.chainid, address(desk))));
        uint256 which = field % 4;
        if (which == 0) changed.units = uint64(_between(other, 1, 1_000));
        if (which == 1) changed.deadline = _now() + uint40(_between(other, 1, 1e6));
        if (which == 2) changed.payload = bytes32(uint256(_between(other, 1, type(uint64).max)));
        if (which == 3) changed.minimum = transfer ? 0 : uint64(_between(other, 0, 100));
        bool same = keccak256(abi.encode(changed)) == keccak256(abi.encode(intent));
        if (changed.units < changed.minimum) return;
        RejectReason reason = _postSigned(B, _pack(changed, v, r, s))[0].reason;
        vm.assertTrue(reason == (same ? RejectReason.None : RejectReason.InvalidSignature), "INV-20");
    }

    function test_more_than_the_wallet_has() public {
        _refused(B, _signed(_convertOut(1_001, 1), ANN_KEY), RejectReason.BalanceTooLow);
        _refused(B, _signed(_transfer(1_001, _bob), ANN_KEY), RejectReason.BalanceTooLow);
        _accepted(_transfer(1_000, _bob));
    }

    function test_the_rate_must_be_usable() public {
        Intent memory intent = _convertOut(1, 1);
        intent.rateVersion = 2;
        _refused(B, _signed(intent, ANN_KEY), RejectReason.RateUnknown);
        uint40 later = _now() + NOTICE;
        _announce(B, Rate(1, 1, 1, 2), later);
        _refused(B, _signed(intent, ANN_KEY), RejectReason.RateNotEffective);
        vm.warp(later + GRACE + WINDOW);
        intent = _convertOut(1, 1);
        _refused(B, _signed(intent, ANN_KEY), RejectReason.RateExpired);
    }

    function test_an_amount_of_nothing_or_too_much() public {
        _refused(B, _signed(_convertOut(0, 0), ANN_KEY), RejectReason.AmountZero);
        _refused(B, _signed(_transfer(0, _bob), ANN_KEY), RejectReason.AmountZero);
        Intent memory little = _convertOut(2, 0);
        little.brand = A; // 3 units are 1 point
        _refused(A, _signed(little, ANN_KEY), RejectReason.AmountZero);
        Intent memory much = _convertOut(1 << 62, 0);
        much.brand = C; // 1 unit is 10 points
        _refused(C, _signed(much, ANN_KEY), RejectReason.AmountOverflow);
    }

    function test_a_transfer_to_no_address() public {
        Intent memory intent = _transfer(1, address(0));
        _refused(B, _signed(intent, ANN_KEY), RejectReason.InvalidWallet);
        intent.payload = bytes32(uint256(1) << 160);
        _refused(B, _signed(intent, ANN_KEY), RejectReason.InvalidWallet);
    }

    function test_a_pause_stops_transfers_and_never_the_way_out() public {
        clock.pause();
        _refused(B, _signed(_transfer(1, _bob), ANN_KEY), RejectReason.Paused);
        clock.unpause();
        point.pause();
        _refused(B, _signed(_transfer(1, _bob), ANN_KEY), RejectReason.Paused);
        clock.pause();
        registry.setStatus(B, BrandStatus.Suspended);
        _accepted(_convertOut(500, 500)); // INV-10
        registry.setStatus(B, BrandStatus.ExitOnly);
        _accepted(_convertOut(500, 500));
    }

    function test_each_way_of_posting_knows_its_own_kinds() public {
        for (uint8 kind = 0; kind < 12; ++kind) {
            if (kind == 9 || kind == 10) continue;
            Intent memory intent = _convertOut(1, 1);
            intent.kind = kind;
            _refused(B, _signed(intent, ANN_KEY), RejectReason.UnknownKind);
        }
        for (uint8 kind = 9; kind < 12; ++kind) {
            bytes memory item = ItemBuilder.item(kind, 1, B, _now() + 1, 1, 0);
            _expectReason(B, item, RejectReason.UnknownKind);
        }
    }

    function test_signed_and_other_batches_have_one_sequence() public {
        uint40 next = desk.nextSeq(B);
        bytes memory item = _signed(_convertOut(1, 1), ANN_KEY);
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.BatchOutOfSequence.selector, B, next, next + 1));
        vm.prank(_hot(B));
        desk.postSigned(B, next + 1, item);
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.NotHotKey.selector, B, _cold(B)));
        vm.prank(_cold(B));
        desk.postSigned(B, next, item);
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.InvalidItemsLength.selector, 86));
        vm.prank(_hot(B));
        desk.postSigned(B, next, new bytes(86));
        vm.expectRevert(abi.encodeWithSelector(IConversionDesk.InvalidItemsLength.selector, 151 * 183));
        vm.prank(_hot(B));
        desk.postSigned(B, next, new bytes(151 * 183));
        _postSigned(B, item); // INV-4
        _expectAccepted(B, ItemBuilder.toWallet(1, 1, _ann));
    }

    function test_one_bad_item_does_not_hurt_its_neighbours() public {
        bytes memory good = _signed(_convertOut(1, 1), ANN_KEY);
        Intent memory second = _transfer(5, _bob);
        second.nonce = 1;
        bytes memory bad = _signed(second, BOB_KEY);
        Outcome[] memory outcomes = _postSigned(B, bytes.concat(bad, good, bad, _signed(second, ANN_KEY)));
        vm.assertTrue(outcomes[0].reason == RejectReason.InvalidNonce, "too early");
        vm.assertTrue(outcomes[1].reason == RejectReason.None, "pitfall 23");
        vm.assertTrue(outcomes[2].reason == RejectReason.InvalidSignature, "Bob signed");
        vm.assertTrue(outcomes[3].reason == RejectReason.None, "INV-5: in their order");
    }

    function test_what_a_wallet_signs_is_published() public view {
        (, string memory name, string memory version, uint256 chainId, address verifier, , ) = _desk712()
            .eip712Domain();
        vm.assertEq(name, "Points Alliance", "name");
        vm.assertEq(version, "1", "version");
        vm.assertEq(chainId, block.chainid, "chain");
        vm.assertEq(verifier, address(desk), "contract");
    }

    function _desk712() private view returns (IERC5267) {
        return IERC5267(address(desk));
    }

    function _accepted(Intent memory intent) private returns (Outcome memory outcome) {
        outcome = _postSigned(B, _signed(intent, ANN_KEY))[0];
        vm.assertEq(uint256(outcome.reason), 0, "accepted");
    }

    function _refused(uint32 brandId, bytes memory item, RejectReason reason) private {
        (uint256 supply, uint256 ann, uint256 nonce) = (point.totalSupply(), point.balanceOf(_ann), desk.nonces(_ann));
        vm.assertEq(uint256(_postSigned(brandId, item)[0].reason), uint256(reason), "reason");
        vm.assertEq(point.totalSupply(), supply, "a rejected item leaves the supply");
        vm.assertEq(point.balanceOf(_ann), ann, "and the wallet");
        vm.assertEq(desk.nonces(_ann), nonce, "and the nonce");
    }
}
