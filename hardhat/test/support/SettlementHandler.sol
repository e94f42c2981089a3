// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BrandStatus} from "../../contracts/interfaces/IBrandRegistry.sol";
import {Epoch, PaymentKind, Phase} from "../../contracts/interfaces/ISettlement.sol";
import {SettlementFixture} from "./SettlementFixture.sol";

/// @title Random life of a settling alliance of five brands
/// @notice Actions of brands, members, treasurer, risk officer and guardian, in any order. What each may change is asserted
/// at each step; what must hold in between is checked by the invariants.
contract SettlementHandler is SettlementFixture {
    uint256 public closes;
    uint256 public defaults;
    uint256 public payouts;
    uint256 public assessments;
    uint256 public recoveries;
    mapping(uint32 brandId => int256 position) private _atClose;
    int128[6] private _before;

    constructor() {
        _deployWithBrands(5);
        _confirm(PaymentKind.FundIn, 1, 3_000);
        _confirm(PaymentKind.FundIn, 2, 1_000);
        for (uint32 id = 1; id <= 5; ++id) {
            registry.setCreditLine(id, 0);
            if (id != 5) _agree(id, 500 * id);
        }
        registry.setGuaranteeFund(guarantee);
        for (uint32 id = 1; id <= 5; ++id) registry.setCreditLine(id, 2_000);
    }

    /// @dev Who may be paid or pay in a step: `allowed` alone (INV-14). No step of settlement changes the supply (INV-16).
    modifier onlyPays(uint32 allowed) {
        uint256 supply = point.totalSupply();
        for (uint32 id = 1; id <= 5; ++id) _before[id] = _paid(id);
        _;
        for (uint32 id = 1; id <= 5; ++id) {
            if (id != allowed) vm.assertEq(_paid(id), _before[id], "INV-14: nobody pays except as stated");
        }
        vm.assertEq(point.totalSupply(), supply, "INV-16: settlement burns and mints nothing");
    }

    function issue(uint256 random, uint16 units) external {
        uint32 id = _brand(random);
        int256 headroom = clearing.headroomOf(id);
        if (headroom <= 0) return;
        _issue(id, _between(units, 1, uint256(headroom)));
    }

    function redeem(uint256 random, uint16 units) external {
        uint256 supply = point.totalSupply();
        if (supply != 0) _redeem(_brand(random), _between(units, 1, supply));
    }

    function close() external onlyPays(0) {
        Phase phase = _current().phase;
        if (phase != Phase.None && phase != Phase.Paid) return;
        settlement.closeEpoch();
        for (uint32 id = 1; id <= 5; ++id) _atClose[id] = clearing.positionOf(id);
        ++closes;
    }

    function submit(uint8 count) external onlyPays(0) {
        Epoch memory epoch = _current();
        if (epoch.phase != Phase.Closing) return;
        uint32 last = uint32(_between(count, epoch.submitted + 1, 5));
        int256[] memory positions = _positions(epoch.submitted + 1, last);
        for (uint32 i = 0; i < positions.length; ++i) {
            uint32 id = epoch.submitted + 1 + i;
            vm.assertEq(positions[i], _atClose[id], "INV-13: the position at the close, whatever happened since");
        }
        settlement.submitStatement(epoch.submitted + 1, positions);
    }

    function payDue(uint256 random, bool whole, uint16 part) external onlyPays(_brand(random)) {
        uint32 id = _brand(random);
        (uint32 debtor, , , ) = settlement.running();
        uint128 due = _dueNow(id);
        if (due == 0 || debtor == id) return;
        _confirm(PaymentKind.Due, id, whole ? _wholeFen(due) : uint128(_between(part, 1, (due + 9) / 10)) * 10);
        vm.assertTrue(_paid(id) - _before[id] < int128(due) + 10, "INV-14: at most the due, to the next fen");
    }

    function payOut(uint256 random, uint16 part) external onlyPays(_brand(random)) {
        uint32 id = _brand(random);
        (, uint128 toFund) = settlement.owedOf(id);
        uint128 open = settlement.payoutOf(id);
        if (open == 0 || toFund != 0) return;
        _confirm(PaymentKind.Payout, id, uint128(_between(part, 1, open / 10)) * 10);
        vm.assertLe(_current().supply, clearing.poolCash(), "INV-15: points outstanding at the close stay backed");
        int256 least = registry.statusOf(id) == BrandStatus.Active ? -int256(registry.issueLimitOf(id)) : int256(0);
        vm.assertTrue(clearing.positionOf(id) >= least, "INV-3: a payout takes no position below its limit");
        ++payouts;
    }

    function declareDefault(uint256 random) external onlyPays(_brand(random)) {
        uint32 id = _brand(random);
        Epoch memory epoch = _current();
        (uint32 debtor, , , ) = settlement.running();
        if (debtor != 0 || _dueNow(id) == 0 || epoch.dueAt > clock.allianceTime()) return;
        settlement.declareDefault(id);
        vm.assertTrue(registry.statusOf(id) == BrandStatus.ExitOnly, "overdue: exit only");
        ++defaults;
    }

    function assess(uint8 count) external {
        (uint32 debtor, , , ) = settlement.running();
        if (debtor == 0) return;
        uint256 supply = point.totalSupply();
        for (uint32 id = 1; id <= 5; ++id) _before[id] = _paid(id);
        settlement.assess(uint32(_between(count, 1, 5)));
        for (uint32 id = 1; id <= 5; ++id) {
            (uint128 cap, uint128 used) = settlement.capOf(id);
            vm.assertLe(uint256(used), cap, "INV-14: an assessment stays within the cap agreed");
            if (id != debtor) vm.assertLe(int256(_paid(id)), _before[id], "INV-14: an assessment only takes");
        }
        vm.assertEq(point.totalSupply(), supply, "INV-16: settlement burns and mints nothing");
        ++assessments;
    }

    function applyCredit(uint256 random) external onlyPays(_brand(random)) {
        uint32 id = _brand(random);
        (, uint128 toFund) = settlement.owedOf(id);
        if (toFund != 0 && settlement.payoutOf(id) != 0) settlement.applyCredit(id);
    }

    function recover(uint256 random, uint16 part) external onlyPays(_brand(random)) {
        uint32 id = _brand(random);
        (uint96 writtenOff, uint128 toFund) = settlement.owedOf(id);
        uint256 owed = uint256(writtenOff) + toFund;
        (uint32 debtor, , , ) = settlement.running();
        if (owed == 0 || debtor == id) return;
        int256 position = clearing.positionOf(id);
        _confirm(PaymentKind.Recovery, id, uint128(_between(part, 1, (owed + 9) / 10)) * 10);
        vm.assertEq(clearing.positionOf(id), position, "what is made good was not the brand's position");
        ++recoveries;
    }

    function putUp(uint256 random, bool asCollateral, uint8 units) external onlyPays(0) {
        uint128 amount = uint128(_between(units, 1, 40)) * 10;
        _confirm(asCollateral ? PaymentKind.CollateralIn : PaymentKind.FundIn, _brand(random), amount);
    }

    function takeBack(uint256 random, bool collateral, uint8 units) external onlyPays(0) {
        uint32 id = _brand(random);
        if (!_tryConfirm(collateral ? PaymentKind.CollateralOut : PaymentKind.FundOut, id, uint128(units) * 10)) return;
        if (collateral)
            vm.assertLe(-clearing.positionOf(id), int256(registry.issueLimitOf(id)), "INV-3: still covered");
    }

    function setCreditLine(uint256 random, uint16 line) external onlyPays(0) {
        uint32 id = _brand(random);
        uint256 before = registry.issueLimitOf(id);
        (bool done, ) = address(registry).call(abi.encodeCall(registry.setCreditLine, (id, line % 4_000)));
        if (!done || registry.issueLimitOf(id) <= before) return;
        uint256 largest = 0;
        uint256 second = 0;
        for (uint32 other = 1; other <= 5; ++other) {
            uint256 one = registry.brand(other).creditLine;
            if (one > largest) (largest, second) = (one, largest);
            else if (one > second) second = one;
        }
        vm.assertLe(largest + second, guarantee.cash(), "INV-17: the fund covers the two largest");
    }

    function leaveOrComeBack(uint256 random, bool leaves) external onlyPays(0) {
        uint32 id = _brand(random);
        if (!leaves && registry.inDefault(id)) return;
        registry.setStatus(id, leaves ? BrandStatus.ExitOnly : BrandStatus.Active);
    }

    function sweep(uint256 random) external onlyPays(_brand(random)) {
        uint32 id = _brand(random);
        (bool done, ) = address(settlement).call(abi.encodeCall(settlement.sweepDust, (id)));
        if (done) vm.assertEq(clearing.positionOf(id), 0, "odd units are gone");
    }

    function agree(uint256 random, uint8 cap) external onlyPays(0) {
        uint32 id = _brand(random);
        vm.prank(_cold(id));
        // Refused while an epoch is being paid, and in default.
        (bool done, ) = address(settlement).call(abi.encodeCall(settlement.agreeCap, (id, cap)));
        done;
    }

    function pauseOrGoOn() external {
        if (clock.paused()) clock.unpause();
        else clock.pause();
    }

    function pass(uint24 time) external {
        vm.warp(block.timestamp + _between(time, 1 days, 8 days));
    }

    function checkBooks() external view {
        _checkBooks();
    }

    function _dueNow(uint32 id) private view returns (uint128) {
        if (_current().phase != Phase.Paying || settlement.lineOf(id).epoch != clearing.epoch()) return 0;
        return settlement.lineOf(id).due;
    }

    function _brand(uint256 random) private pure returns (uint32) {
        return 1 + uint32(random % 5);
    }
}
