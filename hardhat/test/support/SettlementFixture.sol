// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Epoch, Line, Payment, PaymentKind, Phase} from "../../contracts/interfaces/ISettlement.sol";
import {Roles} from "../../contracts/libraries/Roles.sol";
import {AllianceFixture} from "./AllianceFixture.sol";

/// @title An alliance whose brands settle by bank
/// @notice The fixture is a desk, so that points come into being and go with one call each; everything else is real. Every
/// step ends with {_checkBooks}.
abstract contract SettlementFixture is AllianceFixture {
    uint256 internal constant TREASURER_KEY = 0x7EA5;
    address internal constant MEMBERS = address(0x3E3BE5);
    uint256 internal cashIn;
    uint256 internal cashOut;
    uint32 internal brands;
    uint256 private _references;

    function _deployWithBrands(uint32 count) internal {
        _deploy();
        authority.grantRole(Roles.TREASURER, vm.addr(TREASURER_KEY), 0);
        point.setDesk(address(this), true);
        clearing.setDesk(address(this), true);
        for (uint32 id = 1; id <= count; ++id) {
            _register(id);
            registry.setKeys(id, _hot(id), _cold(id), vm.addr(_brandKey(id)));
        }
        brands = count;
    }

    function _brandKey(uint32 brandId) internal pure returns (uint256) {
        return 0xB0000 + brandId;
    }

    function _issue(uint32 brandId, uint256 units) internal {
        point.mintBatch(abi.encode((units << 160) | uint160(MEMBERS)));
        clearing.record(brandId, uint128(units), 0);
    }

    function _redeem(uint32 brandId, uint256 units) internal {
        point.burn(MEMBERS, units);
        clearing.record(brandId, 0, uint128(units));
    }

    function _closeWithStatement() internal returns (uint32 epoch) {
        epoch = settlement.closeEpoch();
        settlement.submitStatement(1, _positions(1, brands));
    }

    function _positions(uint32 first, uint32 last) internal view returns (int256[] memory positions) {
        positions = new int256[](last - first + 1);
        for (uint32 id = first; id <= last; ++id) positions[id - first] = clearing.frozenPositionOf(id);
    }

    function _payment(PaymentKind kind, uint32 brandId, uint128 units) internal returns (Payment memory) {
        return Payment(kind, brandId, clearing.epoch(), units, keccak256(abi.encode(++_references)));
    }

    /// @dev Attested by both; true if it was booked.
    function _tryConfirm(PaymentKind kind, uint32 brandId, uint128 units) internal returns (bool done) {
        Payment memory payment = _payment(kind, brandId, units);
        bytes32 digest = settlement.paymentDigest(payment);
        (done, ) = address(settlement).call(
            abi.encodeCall(
                settlement.confirm,
                (payment, vm.addr(TREASURER_KEY), _sign(TREASURER_KEY, digest), _sign(_brandKey(brandId), digest))
            )
        );
        if (done) {
            bool out = kind == PaymentKind.Payout || kind == PaymentKind.CollateralOut || kind == PaymentKind.FundOut;
            if (out) cashOut += units;
            else cashIn += units;
        }
    }

    function _confirm(PaymentKind kind, uint32 brandId, uint128 units) internal {
        vm.assertTrue(_tryConfirm(kind, brandId, units), "booked");
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _payDue(uint32 brandId) internal {
        _confirm(PaymentKind.Due, brandId, _wholeFen(settlement.lineOf(brandId).due));
    }

    function _payOut(uint32 brandId) internal returns (uint128 units) {
        units = settlement.payoutOf(brandId);
        if (units != 0) _confirm(PaymentKind.Payout, brandId, units);
    }

    function _agree(uint32 brandId, uint128 cap) internal {
        vm.prank(_cold(brandId));
        settlement.agreeCap(brandId, cap);
    }

    function _wholeFen(uint128 units) internal pure returns (uint128) {
        return ((units + 9) / 10) * 10;
    }

    function _paid(uint32 brandId) internal view returns (int128 paid) {
        (, , paid) = clearing.position(brandId);
    }

    function _current() internal view returns (Epoch memory) {
        return settlement.epochOf(clearing.epoch());
    }

    /// @dev INV-2, INV-12, INV-13 and INV-16, as they hold between any two steps.
    function _checkBooks() internal view {
        int256 positions = 0;
        int256 paid = 0;
        uint256 writtenOff = 0;
        for (uint32 id = 1; id <= brands; ++id) {
            positions += clearing.positionOf(id);
            paid += _paid(id);
            writtenOff += clearing.writtenOffOf(id);
        }
        int256 cash = int256(clearing.poolCash());
        vm.assertEq(paid, cash, "INV-2: what was paid is the pool's cash");
        vm.assertEq(writtenOff, clearing.poolDeficit(), "INV-2: what was written off is the deficit");
        int256 expected = cash + int256(uint256(clearing.poolDeficit())) - int256(point.totalSupply());
        vm.assertEq(positions, expected, "INV-2: positions are cash and deficit less supply");
        uint256 custody = clearing.poolCash() + guarantee.cash() + settlement.collateralTotal();
        vm.assertEq(custody, cashIn - cashOut, "INV-12: what is booked is what was confirmed");
        vm.assertEq(custody % 10, 0, "INV-12: whole fen");
        Epoch memory epoch = _current();
        if (epoch.phase == Phase.Paying || epoch.phase == Phase.Paid) {
            uint256 backed = uint256(epoch.claims) + epoch.supply;
            vm.assertEq(backed, uint256(epoch.dues) + epoch.cash + epoch.deficit, "INV-13: the statement balances");
        }
        vm.assertEq(point.totalSupply(), point.balanceOf(MEMBERS), "INV-16: members keep every point");
    }
}
