// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAllianceClock} from "./interfaces/IAllianceClock.sol";
import {BrandStatus, IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IGuaranteeFund} from "./interfaces/IGuaranteeFund.sol";
import {Assessment, Epoch, ISettlement, Line, Phase} from "./interfaces/ISettlement.sol";

/// @notice What a settlement is told at its creation.
struct SettlementParts {
    IAllianceClock clock;
    IERC20 point;
    IBrandRegistry registry;
    IClearingHouse clearing;
    IGuaranteeFund fund;
    uint40 paymentPeriod;
}

/// @title Epochs, the netting statement and defaults
/// @notice See {ISettlement} for what it promises. How money arrives and leaves is {Settlement}'s.
abstract contract SettlementBooks is ISettlement, AccessManaged {
    using SafeCast for uint256;
    using SafeCast for int256;

    uint128 internal constant FEN = 10;
    /// @dev So that the caps of all brands that can ever be fit `_capTotal`: no cap keeps others from theirs.
    uint128 private constant _MAX_CAP = type(uint96).max;

    IAllianceClock private immutable _CLOCK;
    IERC20 private immutable _POINT;
    IBrandRegistry internal immutable _REGISTRY;
    IClearingHouse internal immutable _CLEARING;
    IGuaranteeFund internal immutable _FUND;
    /// @inheritdoc ISettlement
    uint40 public immutable override PAYMENT_PERIOD;

    uint32 internal _epoch;
    mapping(uint32 epoch => Epoch state) internal _epochs;
    mapping(uint32 brandId => Line line) internal _lines;
    /// @dev What the fund and the assessed paid for a brand.
    mapping(uint32 brandId => uint128 units) internal _owedToFund;
    mapping(uint32 brandId => uint128 cap) internal _caps;
    uint128 private _capTotal;
    /// @dev By epoch, so that nothing has to be reset: used of a brand's cap, and of all caps in `_capTotal`.
    mapping(uint32 epoch => mapping(uint32 brandId => uint128 units)) private _used;
    mapping(uint32 epoch => uint128 units) private _usedTotal;
    /// @inheritdoc ISettlement
    Assessment public override running;

    constructor(address authority_, SettlementParts memory parts) AccessManaged(authority_) {
        _CLOCK = parts.clock;
        _POINT = parts.point;
        _REGISTRY = parts.registry;
        _CLEARING = parts.clearing;
        _FUND = parts.fund;
        PAYMENT_PERIOD = parts.paymentPeriod;
    }

    /// @inheritdoc ISettlement
    function closeEpoch() external override restricted returns (uint32 closed) {
        // checks
        _requireSettled();

        // effects, interactions
        closed = ++_epoch;
        Epoch storage state = _epochs[closed];
        state.phase = Phase.Closing;
        state.closedAt = _CLOCK.allianceTime();
        state.brands = _REGISTRY.brandCount();
        state.supply = _POINT.totalSupply().toUint128();
        state.cash = _CLEARING.poolCash().toUint128();
        state.deficit = _CLEARING.poolDeficit();
        _CLEARING.closeEpoch(); // INV-13
        emit EpochClosed(closed, state.supply, state.cash, state.deficit, state.brands, state.closedAt);
        if (state.brands == 0) _complete(state);
    }

    /// @inheritdoc ISettlement
    function submitStatement(uint32 first, int256[] calldata positions) external override restricted {
        // checks
        Epoch storage state = _epochs[_epoch];
        require(state.phase == Phase.Closing, WrongPhase(_epoch, state.phase));
        uint256 count = positions.length;
        bool next = count != 0 && first == state.submitted + 1 && state.submitted + count <= state.brands;
        require(next, WrongLines(state.submitted, state.brands, first, count));

        // effects, interactions
        state.submitted += uint32(count);
        for (uint256 i = 0; i < count; ++i) _accept(state, first + uint32(i), positions[i]);
        if (state.submitted == state.brands) _complete(state);
    }

    /// @inheritdoc ISettlement
    function agreeCap(uint32 brandId, uint128 cap) external override {
        // checks: who stood by when the epoch was closed stands by until it is paid
        require(msg.sender == _REGISTRY.coldKeyOf(brandId), NotColdKey(brandId, msg.sender));
        _requireSettled();
        require(!_REGISTRY.inDefault(brandId), ContributionLocked(brandId));
        require(cap <= _MAX_CAP, TooMuch(brandId, _MAX_CAP, cap));

        // effects: what the paid epoch used of the old cap is history
        _capTotal = _capTotal - _caps[brandId] + cap;
        _caps[brandId] = cap;
        emit CapAgreed(brandId, cap);
    }

    /// @inheritdoc ISettlement
    function declareDefault(uint32 brandId) external override {
        // checks
        Epoch storage state = _epochs[_epoch];
        require(state.phase == Phase.Paying, WrongPhase(_epoch, state.phase));
        require(running.debtor == 0, AssessmentRunning(running.debtor));
        uint128 due = _dueOf(brandId);
        require(due != 0 && state.dueAt <= _CLOCK.allianceTime(), NotOverdue(brandId, due, state.dueAt));

        // effects, interactions: INV-16, in this order
        _REGISTRY.markDefault(brandId);
        uint128 collateral = _takeCollateral(brandId, due);
        (uint128 own, uint128 mutual) = _FUND.cover(brandId, due - collateral);
        uint128 cash = collateral + own + mutual;
        _collect(brandId, cash);
        _owedToFund[brandId] += mutual;
        due -= cash;
        _lines[brandId].due = due;
        uint128 caps = _dropCap(brandId);
        uint128 assessed = due < caps ? due : caps;
        emit Defaulted(_epoch, brandId, collateral, own, mutual, assessed, due - assessed);
        if (assessed == 0) _closeDefault(brandId);
        else running = Assessment(brandId, 0, assessed, caps);
    }

    /// @inheritdoc ISettlement
    function assess(uint32 count) external override {
        // checks
        Assessment memory assessment = running;
        require(assessment.debtor != 0, NothingToAssess());
        uint32 last = _REGISTRY.brandCount();
        if (count < last - assessment.cursor) last = assessment.cursor + count;

        // effects, interactions
        for (uint32 id = assessment.cursor + 1; id <= last; ++id) _assessOne(assessment, id);
        if (last == _REGISTRY.brandCount()) {
            delete running;
            _closeDefault(assessment.debtor);
        } else {
            running.cursor = last;
        }
    }

    /// @inheritdoc ISettlement
    function applyCredit(uint32 brandId) external override {
        uint128 open = payoutOf(brandId);
        uint128 units = open < _owedToFund[brandId] ? open : _owedToFund[brandId];
        require(units != 0, NothingToMove(brandId));
        _payFromPool(brandId, units);
        _repayFund(brandId, units);
        emit CreditApplied(_epoch, brandId, units);
    }

    /// @inheritdoc ISettlement
    function sweepDust(uint32 brandId) external override {
        int256 position = _CLEARING.positionOf(brandId);
        bool odd = position > 0 && position < int128(FEN) && _epochs[_epoch].phase != Phase.Closing;
        require(odd && _REGISTRY.statusOf(brandId) == BrandStatus.ExitOnly, NothingToMove(brandId));
        _pay(brandId, -int128(position));
        _FUND.repay(uint128(int128(position)));
        emit DustSwept(brandId, uint128(int128(position)));
    }

    /// @inheritdoc ISettlement
    function epochOf(uint32 epoch) external view override returns (Epoch memory) {
        return _epochs[epoch];
    }

    /// @inheritdoc ISettlement
    function lineOf(uint32 brandId) external view override returns (Line memory) {
        return _lines[brandId];
    }

    /// @inheritdoc ISettlement
    function capOf(uint32 brandId) external view override returns (uint128 cap, uint128 used) {
        return (_caps[brandId], _used[_epoch][brandId]);
    }

    /// @inheritdoc ISettlement
    function owedOf(uint32 brandId) public view override returns (uint96 writtenOff, uint128 toFund) {
        return (_CLEARING.writtenOffOf(brandId), _owedToFund[brandId]);
    }

    /// @inheritdoc ISettlement
    function payoutOf(uint32 brandId) public view override returns (uint128) {
        // INV-15: points outstanding at the close stay backed before anyone is paid
        Line storage line = _lines[brandId];
        Epoch storage state = _epochs[_epoch];
        bool open = line.epoch == _epoch && (state.phase == Phase.Paying || state.phase == Phase.Paid);
        uint256 held = uint256(state.cash) + state.collected;
        if (!open || line.claim == 0 || held <= state.supply) return 0;
        uint256 share = Math.mulDiv(line.claim, Math.min(state.claims, held - state.supply), state.claims);
        share -= share % FEN;
        if (share <= line.paidOut) return 0;
        // INV-3: what was issued since the close is not paid out too
        (int256 room, ) = _roomOf(brandId);
        if (room < int128(FEN)) return 0;
        return uint128(Math.min(share - line.paidOut, uint256(room) - (uint256(room) % FEN)));
    }

    /// @dev Takes up to `due` of the brand's collateral.
    function _takeCollateral(uint32 brandId, uint128 due) internal virtual returns (uint128);

    /// @dev Of a brand whose line is still to be stated: what it will be.
    function _dueOf(uint32 brandId) internal view returns (uint128) {
        if (_lines[brandId].epoch == _epoch) return _lines[brandId].due;
        if (_epochs[_epoch].phase != Phase.Closing) return 0;
        int256 frozen = _CLEARING.frozenPositionOf(brandId);
        return frozen < 0 ? uint256(-frozen).toUint128() : 0;
    }

    /// @dev How far the position may fall: an active brand's to its limit, all others' to zero.
    function _roomOf(uint32 brandId) internal view returns (int256 room, bool isActive) {
        isActive = _REGISTRY.statusOf(brandId) == BrandStatus.Active;
        room = isActive ? _CLEARING.headroomOf(brandId) : _CLEARING.positionOf(brandId);
    }

    function _isSettled() internal view returns (bool) {
        Phase phase = _epochs[_epoch].phase;
        return phase == Phase.None || phase == Phase.Paid;
    }

    /// @dev What a brand pays for its own default while it is assessed would be counted against what is not booked yet.
    function _requireNotAssessed(uint32 brandId) internal view {
        require(running.debtor != brandId, AssessmentRunning(brandId));
    }

    function _pay(uint32 brandId, int128 units) internal {
        _CLEARING.pay(brandId, units);
    }

    /// @dev Cash for a claim.
    function _payFromPool(uint32 brandId, uint128 units) internal {
        _lines[brandId].paidOut += units;
        _pay(brandId, -int128(units));
    }

    /// @dev Cash for a due: the position rises, and so does what can be paid out.
    function _collect(uint32 brandId, uint128 units) internal {
        if (units == 0) return;
        _pay(brandId, uint256(units).toInt256().toInt128());
        _epochs[_epoch].collected += units;
    }

    function _payDue(uint32 brandId, uint128 units) internal {
        // checks
        Epoch storage state = _epochs[_epoch];
        require(state.phase == Phase.Paying, WrongPhase(_epoch, state.phase));
        _requireNotAssessed(brandId);
        uint128 due = _dueOf(brandId);
        require(units < due + FEN && due != 0, TooMuch(brandId, due, units)); // INV-14

        // effects, interactions
        _collect(brandId, units);
        _lines[brandId].due = units < due ? due - units : 0;
        if (units >= due) _dueIsOver();
    }

    function _repayFund(uint32 brandId, uint128 units) internal {
        _FUND.repay(units);
        _owedToFund[brandId] = units < _owedToFund[brandId] ? _owedToFund[brandId] - units : 0;
        _forgive(brandId);
    }

    function _makeGood(uint32 brandId, uint96 units) internal {
        if (units == 0) return;
        _CLEARING.writeOff(brandId, -int96(units));
        _forgive(brandId);
    }

    function _requireSettled() private view {
        require(_isSettled(), WrongPhase(_epoch, _epochs[_epoch].phase));
    }

    /// @dev A brand that owes nothing any more is not in default any more.
    function _forgive(uint32 brandId) private {
        (uint96 writtenOff, uint128 toFund) = owedOf(brandId);
        if (writtenOff == 0 && toFund == 0 && _REGISTRY.inDefault(brandId)) _REGISTRY.clearDefault(brandId);
    }

    function _accept(Epoch storage state, uint32 brandId, int256 given) private {
        // checks
        int256 position = _CLEARING.frozenPositionOf(brandId);
        require(position == given, WrongPosition(brandId, position, given)); // INV-13

        // effects, interactions
        Line storage line = _lines[brandId];
        (line.epoch, line.due, line.claim, line.paidOut) = (_epoch, 0, 0, 0);
        uint96 madeGood = 0;
        if (position < 0) {
            line.due = uint256(-position).toUint128();
            state.dues += line.due;
            ++state.open;
        } else if (position > 0) {
            (uint96 writtenOff, ) = owedOf(brandId);
            madeGood = uint96(Math.min(uint256(position), writtenOff));
            _makeGood(brandId, madeGood);
            state.deficit -= madeGood;
            line.claim = uint256(position).toUint128() - madeGood;
            state.claims += line.claim;
        }
        state.statementHash = keccak256(abi.encode(state.statementHash, _epoch, brandId, position));
        emit LineAccepted(_epoch, brandId, position, madeGood);
    }

    function _complete(Epoch storage state) private {
        // INV-13: a broken invariant stops loudly
        assert(uint256(state.claims) + state.supply == uint256(state.dues) + state.cash + state.deficit);
        state.dueAt = _CLOCK.allianceTime() + PAYMENT_PERIOD;
        state.phase = Phase.Paying;
        emit StatementCompleted(_epoch, state.dues, state.claims, state.dueAt, state.statementHash);
        if (state.open == 0) _finish(state);
    }

    function _dueIsOver() private {
        Epoch storage state = _epochs[_epoch];
        if (--state.open == 0) _finish(state);
    }

    function _finish(Epoch storage state) private {
        state.phase = Phase.Paid;
        emit EpochPaid(_epoch);
    }

    /// @dev Takes the defaulter's cap out and returns what the others' caps have left.
    function _dropCap(uint32 brandId) private returns (uint128) {
        uint128 cap = _caps[brandId];
        if (cap != 0) {
            _capTotal -= cap;
            _usedTotal[_epoch] -= _used[_epoch][brandId];
            _used[_epoch][brandId] = 0;
            _caps[brandId] = 0;
            emit CapAgreed(brandId, 0);
        }
        return _capTotal - _usedTotal[_epoch];
    }

    function _assessOne(Assessment memory assessment, uint32 brandId) private {
        uint256 left = _caps[brandId] - _used[_epoch][brandId];
        uint128 units = uint128(Math.mulDiv(left, assessment.units, assessment.caps));
        if (units == 0) return;
        _used[_epoch][brandId] += units; // INV-14: never above the cap
        _usedTotal[_epoch] += units;
        _lines[assessment.debtor].due -= units;
        _owedToFund[assessment.debtor] += units;
        _CLEARING.payFor(brandId, assessment.debtor, units);
        emit Assessed(_epoch, assessment.debtor, brandId, units);
    }

    /// @dev What nobody paid becomes the pool's deficit.
    function _closeDefault(uint32 brandId) private {
        uint128 rest = _dueOf(brandId);
        if (rest != 0) _CLEARING.writeOff(brandId, uint256(rest).toInt256().toInt96());
        _lines[brandId].due = 0;
        emit DefaultClosed(_epoch, brandId, rest);
        _dueIsOver();
    }
}
