// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../../contracts/interfaces/IBrandRegistry.sol";
import {RejectReason} from "../../contracts/interfaces/IConversionDesk.sol";
import {Rate} from "../../contracts/interfaces/IRateBoard.sol";
import {Outcome} from "./DeskFixture.sol";
import {ItemBuilder} from "./ItemBuilder.sol";
import {Intent, WalletFixture} from "./WalletFixture.sol";

/// @notice A conversion as its two brands know it.
struct Conversion {
    uint32 source;
    uint32 destination;
    uint32 rateVersion;
    uint40 deadline;
    bytes32 salt;
    address claim;
    uint256 waiting;
}

/// @notice A budget as its sponsor and its beneficiary know it.
struct Budget {
    uint32 sponsor;
    uint32 beneficiary;
    uint40 deadline;
    bytes32 terms;
    address holder;
    uint256 left;
}

/// @title Random life of an alliance of three brands
/// @notice Each action is one that a brand, an operator, a risk officer or a guardian can take. The handler keeps its own
/// books and compares each answer of the desk with them; what must hold in between is checked by the invariants.
contract AllianceHandler is WalletFixture {
    address public immutable ANN = vm.addr(ANN_KEY);
    address public immutable BOB = vm.addr(BOB_KEY);

    Conversion[] public conversions;
    mapping(uint32 brandId => uint40 count) public batches;
    mapping(uint32 brandId => uint256 units) public issued;
    mapping(uint32 brandId => uint256 units) public redeemed;
    mapping(RejectReason reason => uint256 count) public rejections;
    uint256 public claims;
    uint256 public returns_;
    Budget[] public budgets;
    mapping(address wallet => uint256 units) public inWallets;
    mapping(address wallet => uint256 count) public signed;
    bytes[] private _usedIntents;
    uint32[] private _usedAt;
    mapping(uint8 kind => uint256 count) public carriedOut;
    uint256 public pausedSeconds;
    uint256 private _pausedAt;

    constructor() {
        _deployWithBrands();
    }

    function convertIn(uint256 random, uint8 count) external {
        uint32 source = _brand(random);
        uint256 items = 1 + (count % 6);
        bytes memory encoded;
        uint256 first = conversions.length;
        for (uint256 i = 0; i < items; ++i) encoded = bytes.concat(encoded, _newItem(source, random >> 8, i));
        Outcome[] memory outcomes = _post(source, encoded);
        ++batches[source];
        for (uint256 i = 0; i < items; ++i) _noteIssue(source, first + i, outcomes[i]);
        if (issued[source] > redeemed[source]) _checkLimit(source, outcomes);
    }

    function claim(uint256 random) external {
        if (conversions.length == 0) return;
        Conversion storage conversion = conversions[random % conversions.length];
        uint32 poster = conversion.destination;
        Outcome memory outcome = _postOne(
            poster,
            ItemBuilder.claim(conversion.rateVersion, conversion.source, conversion.deadline, conversion.salt)
        );
        ++batches[poster];
        if (outcome.reason != RejectReason.None) {
            ++rejections[outcome.reason];
            return;
        }
        ++claims;
        vm.assertTrue(_now() < conversion.deadline, "INV-7: a claim is before the deadline");
        (Rate memory rate, , , ) = board.rateOf(poster, conversion.rateVersion);
        uint256 local = (uint256(outcome.units) * rate.outNumerator) / rate.outDenominator;
        vm.assertEq(outcome.localAmount, local, "INV-6: as the pinned version says");
        _noteEmptied(conversion, poster, outcome);
    }

    function giveBack(uint256 random) external {
        if (conversions.length == 0) return;
        Conversion storage conversion = conversions[random % conversions.length];
        bytes32 commitment = _commitment(conversion.destination, conversion.rateVersion, conversion.salt);
        Outcome memory outcome = _postOne(
            conversion.source,
            ItemBuilder.giveBack(conversion.destination, conversion.deadline, commitment)
        );
        ++batches[conversion.source];
        if (outcome.reason != RejectReason.None) {
            ++rejections[outcome.reason];
            return;
        }
        ++returns_;
        vm.assertTrue(_now() >= conversion.deadline, "INV-7: a return is not before the deadline");
        _noteEmptied(conversion, conversion.source, outcome);
    }

    function toWallet(uint256 random) external {
        uint32 source = _brand(random);
        uint64 amount = uint64((random >> 64) % 1e6);
        bytes memory item = ItemBuilder.toWallet(board.currentVersion(source), amount, ANN);
        Outcome memory outcome = _act(source, item);
        if (outcome.reason != RejectReason.None) return;
        (Rate memory rate, , , ) = board.rateOf(source, outcome.rateVersion);
        uint256 units = (uint256(outcome.localAmount) * rate.inNumerator) / rate.inDenominator;
        vm.assertEq(outcome.units, units, "INV-6: as the named version says");
        inWallets[ANN] += units;
        _noteIssued(source, outcome);
    }

    function fundBudget(uint256 random) external {
        uint32 sponsor = _brand(random);
        Budget memory budget = Budget({
            sponsor: sponsor,
            beneficiary: _brand(random >> 8),
            deadline: uint40(uint256(_now()) + ((random >> 16) % (30 days))),
            terms: bytes32(budgets.length),
            holder: address(0),
            left: 0
        });
        budget.holder = desk.budgetAddress(budget.sponsor, budget.beneficiary, budget.terms, budget.deadline);
        budgets.push(budget);
        uint64 units = uint64((random >> 64) % 1e6);
        Outcome memory outcome = _act(
            sponsor,
            ItemBuilder.fund(budget.beneficiary, budget.deadline, units, budget.terms)
        );
        if (outcome.reason != RejectReason.None) return;
        budgets[budgets.length - 1].left = units;
        _noteIssued(sponsor, outcome);
    }

    function spend(uint256 random) external {
        if (budgets.length == 0) return;
        Budget storage budget = budgets[random % budgets.length];
        uint64 units = uint64((random >> 64) % 4e5);
        bytes memory item = ItemBuilder.spend(budget.sponsor, budget.deadline, units, budget.terms);
        Outcome memory outcome = _act(budget.beneficiary, item);
        if (outcome.reason != RejectReason.None) return;
        vm.assertTrue(_now() < budget.deadline, "INV-19: spent before the deadline");
        vm.assertLe(units, budget.left, "INV-18: no more than was funded");
        budget.left -= units;
        redeemed[budget.beneficiary] += units;
    }

    function unspend(uint256 random) external {
        if (budgets.length == 0) return;
        Budget storage budget = budgets[random % budgets.length];
        uint64 units = uint64((random >> 64) % 1e5);
        bytes memory item = ItemBuilder.unspend(budget.sponsor, budget.deadline, units, budget.terms);
        Outcome memory outcome = _act(budget.beneficiary, item);
        if (outcome.reason != RejectReason.None) return;
        budget.left += units;
        _noteIssued(budget.beneficiary, outcome);
    }

    function closeBudget(uint256 random) external {
        if (budgets.length == 0) return;
        Budget storage budget = budgets[random % budgets.length];
        bytes memory item = ItemBuilder.closeBudget(budget.beneficiary, budget.deadline, budget.terms);
        Outcome memory outcome = _act(budget.sponsor, item);
        if (outcome.reason != RejectReason.None) return;
        vm.assertTrue(_now() >= budget.deadline, "INV-19: closed from the deadline on");
        vm.assertEq(outcome.units, budget.left, "INV-18: the sponsor gets the rest");
        budget.left = 0;
        redeemed[budget.sponsor] += outcome.units;
    }

    function convertOut(uint256 random) external {
        uint32 brandId = _brand(random);
        Intent memory intent = _convertOut(uint64((random >> 64) % 1e5), 0);
        (intent.brand, intent.rateVersion) = (brandId, board.currentVersion(brandId));
        (Rate memory rate, , , ) = board.rateOf(brandId, intent.rateVersion);
        intent.minimum = uint64(
            (uint256(intent.units) * rate.outNumerator) / rate.outDenominator + ((random >> 8) % 2)
        );
        Outcome memory outcome = _sign(intent, random >> 16);
        if (outcome.reason != RejectReason.None) return;
        vm.assertTrue(outcome.localAmount >= intent.minimum, "INV-21: at least what was signed");
        inWallets[ANN] -= intent.units;
        redeemed[brandId] += intent.units;
    }

    function pay(uint256 random) external {
        Intent memory intent = _transfer(uint64((random >> 64) % 1e5), BOB);
        intent.brand = _brand(random);
        if (_sign(intent, random >> 16).reason != RejectReason.None) return;
        vm.assertFalse(clock.paused(), "INV-10: no transfer while paused");
        inWallets[ANN] -= intent.units;
        inWallets[BOB] += intent.units;
    }

    /// @dev What was carried out once, again: at the same brand or another.
    function replay(uint256 random) external {
        if (_usedIntents.length == 0) return;
        uint256 last = _usedIntents.length - 1;
        uint256 index = last - (random % (last < 5 ? last + 1 : 5)); // one that may not have expired yet
        uint32 brandId = (random >> 8) % 2 == 0 ? _usedAt[index] : _brand(random >> 16);
        ++batches[brandId];
        RejectReason reason = _postSigned(brandId, _usedIntents[index])[0].reason;
        vm.assertTrue(reason != RejectReason.None, "INV-20: at most once");
        ++rejections[reason];
    }

    function postOutOfSequence(uint256 random, uint40 seq) external {
        uint32 brandId = _brand(random);
        if (seq == desk.nextSeq(brandId)) ++seq;
        vm.prank(_hot(brandId));
        (bool done, ) = address(desk).call(abi.encodeCall(desk.postBatch, (brandId, seq, new bytes(86))));
        vm.assertFalse(done, "INV-4: only the next number is taken");
    }

    function improveRate(uint256 random) external {
        uint32 brandId = _brand(random);
        (Rate memory rate, , , ) = board.rateOf(brandId, board.latestVersion(brandId));
        if (rate.inNumerator > type(uint48).max || rate.inDenominator > type(uint48).max) return;
        rate.inNumerator = uint64((rate.inNumerator * (90 + ((random >> 8) % 25))) / 10);
        rate.inDenominator *= 10;
        vm.prank(_cold(brandId));
        // Refused when it gains or comes too early: the rate invariants are about that.
        (bool done, ) = address(board).call(abi.encodeCall(board.announce, (brandId, rate, _now() + NOTICE, 0)));
        done;
    }

    function setLimits(uint256 random, uint96 credit, uint64 collateral, uint96 capacity, uint24 window) external {
        uint32 brandId = _brand(random);
        registry.setCreditLine(brandId, uint128(credit) % (CREDIT * 2));
        registry.setCollateral(brandId, collateral % 10_000);
        uint256 before = registry.limiterAvailable(brandId);
        uint256 oldCapacity = registry.brand(brandId).limiterCapacity;
        uint48 newWindow = uint48(_between(window, 1, 3 days));
        uint256 newCapacity = _between(capacity, newWindow, 2 * CAPACITY);
        registry.setLimiter(brandId, uint208(newCapacity), newWindow);
        uint256 widened = newCapacity > oldCapacity ? newCapacity - oldCapacity : 0;
        vm.assertLe(registry.limiterAvailable(brandId), before + widened, "INV-11: a change never refills");
    }

    function setStatus(uint256 random, bool active) external {
        registry.setStatus(_brand(random), active ? BrandStatus.Active : BrandStatus.ExitOnly);
    }

    function pauseOrGoOn() external {
        if (_pausedAt == 0) {
            clock.pause();
            _pausedAt = block.timestamp;
        } else {
            clock.unpause();
            pausedSeconds += block.timestamp - _pausedAt;
            _pausedAt = 0;
        }
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + _between(time, 1, 3 days));
    }

    /// @dev What alliance time must be (INV-10).
    function expectedTime() external view returns (uint256) {
        return (_pausedAt == 0 ? block.timestamp : _pausedAt) - pausedSeconds;
    }

    function alliance() external view returns (address, address, address, address) {
        return (address(point), address(clearing), address(desk), address(clock));
    }

    function budgetCount() external view returns (uint256) {
        return budgets.length;
    }

    function conversionCount() external view returns (uint256) {
        return conversions.length;
    }

    function _newItem(uint32 source, uint256 random, uint256 index) private returns (bytes memory) {
        random = uint256(keccak256(abi.encode(random, index)));
        uint32 destination = _brand(random >> 8);
        uint32 outVersion = board.currentVersion(destination);
        bytes32 salt = bytes32(conversions.length);
        bytes32 commitment = _commitment(destination, outVersion, salt);
        // Sometimes too late, sometimes too far.
        uint40 deadline = uint40(uint256(_now()) + ((random >> 16) % (WINDOW + WINDOW / 10)));
        uint64 amount = uint64((random >> 64) % 1e9);
        address holder = desk.claimAddress(source, commitment, deadline);
        conversions.push(Conversion(source, destination, outVersion, deadline, salt, holder, 0));
        return ItemBuilder.convertIn(board.currentVersion(source), destination, deadline, amount, commitment);
    }

    /// @dev Posts one item and counts what became of it.
    function _act(uint32 poster, bytes memory item) private returns (Outcome memory outcome) {
        outcome = _postOne(poster, item);
        ++batches[poster];
        if (outcome.reason == RejectReason.None) ++carriedOut[outcome.kind];
        else ++rejections[outcome.reason];
    }

    /// @dev Mostly by Ann, whose points they are.
    function _sign(Intent memory intent, uint256 random) private returns (Outcome memory outcome) {
        bytes memory item = _signed(intent, random % 4 == 0 ? BOB_KEY : ANN_KEY);
        outcome = _postSigned(intent.brand, item)[0];
        ++batches[intent.brand];
        if (outcome.reason != RejectReason.None) {
            ++rejections[outcome.reason];
            return outcome;
        }
        vm.assertTrue(random % 4 != 0, "INV-20: nobody else's signature moves them");
        ++carriedOut[outcome.kind];
        ++signed[ANN];
        _usedIntents.push(item);
        _usedAt.push(intent.brand);
    }

    function _noteIssued(uint32 issuer, Outcome memory outcome) private {
        vm.assertFalse(clock.paused(), "INV-10: nothing is issued while paused");
        issued[issuer] += outcome.units;
        int256 limit = int256(registry.issueLimitOf(issuer));
        vm.assertLe(-clearing.positionOf(issuer), limit, "INV-3: an issue stays within the limit");
    }

    function _noteIssue(uint32 source, uint256 index, Outcome memory outcome) private {
        if (outcome.reason != RejectReason.None) {
            ++rejections[outcome.reason];
            return;
        }
        (Rate memory rate, , , ) = board.rateOf(source, outcome.rateVersion);
        uint256 units = (uint256(outcome.localAmount) * rate.inNumerator) / rate.inDenominator;
        vm.assertEq(outcome.units, units, "INV-6: as the named version says");
        vm.assertFalse(clock.paused(), "INV-10: nothing comes in while paused");
        conversions[index].waiting += units;
        issued[source] += units;
    }

    function _noteEmptied(Conversion storage conversion, uint32 poster, Outcome memory outcome) private {
        vm.assertEq(outcome.units, conversion.waiting, "INV-7: once, and the whole of it");
        conversion.waiting = 0;
        redeemed[poster] += outcome.units;
    }

    function _checkLimit(uint32 source, Outcome[] memory outcomes) private view {
        for (uint256 i = 0; i < outcomes.length; ++i) {
            if (outcomes[i].reason != RejectReason.None) continue;
            int256 limit = int256(registry.issueLimitOf(source));
            vm.assertLe(-clearing.positionOf(source), limit, "INV-3: an issue stays within the limit");
        }
    }

    function _brand(uint256 random) private pure returns (uint32) {
        return 1 + uint32(random % 3);
    }
}
