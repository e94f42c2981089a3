// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus, IBrandRegistry} from "../contracts/interfaces/IBrandRegistry.sol";
import {RejectReason} from "../contracts/interfaces/IConversionDesk.sol";
import {ItemBuilder} from "./support/ItemBuilder.sol";
import {DeskFixture} from "./support/DeskFixture.sol";

/// @notice A brand in exit issues nothing and receives nothing new; all that is under way ends as it would have, and its
/// position comes to zero. INV-7 and INV-10 under every status and pause.
contract ExitTest is DeskFixture {
    bytes32 private constant SALT = keccak256("salt");
    bytes32 private constant TERMS = keccak256("terms");

    function setUp() public {
        _deployWithBrands();
    }

    /// @dev Each second around the deadline, under each status of either brand, with and without a pause: whoever asks
    /// first, exactly one of claim and return is taken, and which one is said by the clock alone.
    function test_exactly_one_of_claim_and_return_in_every_second_status_and_pause() public {
        uint256 salt = 0;
        BrandStatus[3] memory statuses = [BrandStatus.Active, BrandStatus.ExitOnly, BrandStatus.Suspended];
        for (uint8 status = 0; status < 3; ++status) {
            for (uint8 pause = 0; pause < 3; ++pause) {
                for (uint40 second = 0; second < 6; ++second) {
                    _oneOfTwo(bytes32(++salt), statuses[status], pause, second, salt % 2 == 0);
                }
            }
        }
        vm.assertEq(point.totalSupply(), 0, "INV-7: each was emptied once");
    }

    function test_a_brand_leaves_in_an_orderly_way_with_a_position_of_zero() public {
        uint40 deadline = _now() + 1 days;
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 100, _commitment(B, 1, SALT))); // B will claim
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 40, keccak256("nobody's"))); // will return
        _expectAccepted(B, ItemBuilder.convertIn(1, A, deadline, 200, _commitment(A, 1, SALT))); // A will claim
        _expectAccepted(A, ItemBuilder.fund(B, deadline, 30, TERMS)); // B spends a part
        registry.setStatus(A, BrandStatus.ExitOnly);

        _expectReason(A, ItemBuilder.convertIn(1, B, deadline, 1, SALT), RejectReason.BrandNotActive);
        _expectReason(A, ItemBuilder.toWallet(1, 1, address(1)), RejectReason.BrandNotActive);
        _expectReason(A, ItemBuilder.fund(B, deadline, 1, TERMS), RejectReason.BrandNotActive);
        _expectReason(B, ItemBuilder.convertIn(1, A, deadline, 1, SALT), RejectReason.CounterpartyNotActive);
        _expectReason(B, ItemBuilder.fund(A, deadline, 1, TERMS), RejectReason.CounterpartyNotActive);
        vm.expectRevert(abi.encodeWithSelector(IBrandRegistry.BrandNotSettled.selector, A, int256(-310)));
        registry.setStatus(A, BrandStatus.Closed);

        _expectAccepted(B, ItemBuilder.claim(1, A, deadline, SALT));
        _expectAccepted(A, ItemBuilder.claim(1, B, deadline, SALT));
        _expectAccepted(B, ItemBuilder.spend(A, deadline, 10, TERMS));
        vm.warp(deadline);
        _expectAccepted(A, ItemBuilder.giveBack(B, deadline, keccak256("nobody's")));
        _expectAccepted(A, ItemBuilder.closeBudget(B, deadline, TERMS));
        vm.assertEq(clearing.positionOf(A), -10, "what B paid to A's members on A's account");
        _redeem(A, 10); // its own last points come home; with settlement it would pay cash instead
        registry.setStatus(A, BrandStatus.Closed);
        vm.assertEq(clearing.positionOf(A), 0, "an orderly exit to zero");
        vm.assertEq(point.totalSupply(), 0, "INV-2: nothing is left over");
    }

    function test_a_closed_brand_stays_closed_to_issues_and_open_to_what_only_burns() public {
        uint40 deadline = _now() + 1 days;
        _expectAccepted(B, ItemBuilder.convertIn(1, A, deadline, 30, _commitment(A, 1, SALT)));
        registry.setStatus(A, BrandStatus.ExitOnly);
        registry.setStatus(A, BrandStatus.Closed);
        _expectReason(A, ItemBuilder.convertIn(1, B, deadline, 1, SALT), RejectReason.BrandNotActive);
        _expectReason(A, ItemBuilder.unspend(B, deadline, 1, TERMS), RejectReason.BrandNotActive);
        _expectAccepted(A, ItemBuilder.claim(1, B, deadline, SALT)); // INV-10: a member is never caught
    }

    /// @dev B sends `units` to A's member while A may still claim.
    function _redeem(uint32 brandId, uint64 units) private {
        registry.setStatus(brandId, BrandStatus.Active);
        uint40 deadline = _now() + 1 days;
        bytes32 salt = keccak256("last");
        _expectAccepted(B, ItemBuilder.convertIn(1, brandId, deadline, units, _commitment(brandId, 1, salt)));
        registry.setStatus(brandId, BrandStatus.ExitOnly);
        _expectAccepted(brandId, ItemBuilder.claim(1, B, deadline, salt));
    }

    function _oneOfTwo(bytes32 salt, BrandStatus status, uint8 pause, uint40 second, bool returnFirst) private {
        registry.setStatus(A, BrandStatus.Active);
        registry.setStatus(B, BrandStatus.Active);
        uint40 deadline = _now() + 100;
        bytes32 commitment = _commitment(B, 1, salt);
        _expectAccepted(A, ItemBuilder.convertIn(1, B, deadline, 5, commitment));
        registry.setStatus(A, status);
        registry.setStatus(B, status);
        if (pause == 1) {
            clock.pause(); // a pause in between lengthens the deadline
            vm.warp(block.timestamp + 1_000);
            clock.unpause();
        }
        vm.warp(block.timestamp + 97 + second);
        if (pause == 2) clock.pause(); // still paused when both ask
        bytes memory claim = ItemBuilder.claim(1, A, deadline, salt);
        bytes memory giveBack = ItemBuilder.giveBack(B, deadline, commitment);
        RejectReason returned;
        if (returnFirst) returned = _postOne(A, giveBack).reason;
        RejectReason claimed = _postOne(B, claim).reason;
        if (!returnFirst) returned = _postOne(A, giveBack).reason;
        bool early = second < 3;
        vm.assertTrue(claimed == (early ? RejectReason.None : RejectReason.DeadlinePassed), "INV-7: claim before");
        vm.assertTrue(returned == (early ? RejectReason.TooEarly : RejectReason.None), "INV-7: return from then on");
        if (pause == 2) clock.unpause();
    }
}
