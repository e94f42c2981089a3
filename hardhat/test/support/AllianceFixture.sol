// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IAllianceClock} from "../../contracts/interfaces/IAllianceClock.sol";
import {IPoint} from "./IPoint.sol";
import {IBrandRegistry} from "../../contracts/interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {IConversionDesk} from "../../contracts/interfaces/IConversionDesk.sol";
import {IGuaranteeFund} from "../../contracts/interfaces/IGuaranteeFund.sol";
import {ISettlement} from "../../contracts/interfaces/ISettlement.sol";
import {IRateBoard, Rate} from "../../contracts/interfaces/IRateBoard.sol";
import {Roles} from "../../contracts/libraries/Roles.sol";
import {Checks} from "./Vm.sol";

/// @title A deployed alliance, wired as contracts/interfaces/README.md says
/// @notice The fixture itself is administrator, operator, risk officer and guardian.
abstract contract AllianceFixture is Checks {
    uint40 internal constant START = 1_800_000_000;
    uint40 internal constant NOTICE = 30 days;
    uint40 internal constant GRACE = 24 hours;
    uint40 internal constant WINDOW = 7 days;
    uint32 internal constant STEP = 200_000;
    uint128 internal constant CREDIT = 10 ** 12;
    uint208 internal constant CAPACITY = 10 ** 12;
    uint48 internal constant LIMITER_WINDOW = 1 days;
    uint40 internal constant PAYMENT_PERIOD = 10 days;

    IAccessManager internal authority;
    IAllianceClock internal clock;
    IPoint internal point;
    IBrandRegistry internal registry;
    IClearingHouse internal clearing;
    IRateBoard internal board;
    IConversionDesk internal desk;
    IGuaranteeFund internal guarantee;
    ISettlement internal settlement;

    function _deploy() internal {
        vm.warp(START);
        authority = IAccessManager(_create("AccessManager.sol:AccessManager", abi.encode(address(this))));
        bytes memory admin = abi.encode(authority);
        clock = IAllianceClock(_create("AllianceClock.sol:AllianceClock", admin));
        point = IPoint(_create("AlliancePoint.sol:AlliancePoint", admin));
        registry = IBrandRegistry(_create("BrandRegistry.sol:BrandRegistry", admin));
        clearing = IClearingHouse(_create("ClearingHouse.sol:ClearingHouse", abi.encode(authority, registry)));
        board = _newBoard(NOTICE, GRACE, WINDOW);
        desk = _newDesk();
        point.setDesk(address(desk), true);
        registry.setDesk(address(desk), true);
        clearing.setDesk(address(desk), true);
        registry.setClearingHouse(address(clearing));
        guarantee = IGuaranteeFund(_create("GuaranteeFund.sol:GuaranteeFund", admin));
        settlement = _newSettlement(address(0));
        _grantRoles();
        _grantSettlement();
    }

    /// @dev `asset` zero: money moves by bank.
    function _newSettlement(address asset) internal returns (ISettlement) {
        bytes memory parts = abi.encode(authority, clock, point, registry, clearing, guarantee, PAYMENT_PERIOD, asset);
        return ISettlement(_create("Settlement.sol:Settlement", parts));
    }

    function _newBoard(uint40 notice, uint40 grace, uint40 window) internal returns (IRateBoard) {
        return IRateBoard(_create("RateBoard.sol:RateBoard", abi.encode(registry, clock, notice, grace, window, STEP)));
    }

    function _newDesk() internal returns (IConversionDesk) {
        bytes memory arguments = abi.encode(clock, registry, board, clearing, point);
        return IConversionDesk(_create("ConversionDesk.sol:ConversionDesk", arguments));
    }

    /// @dev A brand whose code is one letter, with the usual limits.
    function _register(uint32 brandId) internal {
        string memory code = string(abi.encodePacked(bytes1(uint8(0x60 + brandId))));
        address hot = _hot(brandId);
        uint32 given = registry.register(code, hot, _cold(brandId), _pay(brandId), CREDIT, CAPACITY, LIMITER_WINDOW);
        vm.assertEq(given, brandId, "brands are numbered from 1 without a gap");
    }

    /// @dev Publishes at once.
    function _announce(uint32 brandId, Rate memory rate) internal returns (uint32) {
        return _announce(brandId, rate, 0);
    }

    function _announce(uint32 brandId, Rate memory rate, uint40 effectiveAt) internal returns (uint32) {
        vm.prank(_cold(brandId));
        return board.announce(brandId, rate, effectiveAt, 0);
    }

    function _hot(uint32 brandId) internal pure returns (address) {
        return address(uint160(0xA0000 + brandId));
    }

    function _cold(uint32 brandId) internal pure returns (address) {
        return address(uint160(0xC0000 + brandId));
    }

    function _pay(uint32 brandId) internal pure returns (address) {
        return address(uint160(0xE0000 + brandId));
    }

    function _grantRoles() private {
        bytes4[] memory functions = new bytes4[](3);
        functions[0] = registry.register.selector;
        functions[1] = registry.setKeys.selector;
        functions[2] = registry.setStatus.selector;
        authority.setTargetFunctionRole(address(registry), functions, Roles.OPERATOR);
        functions = new bytes4[](2);
        functions[0] = registry.setCreditLine.selector;
        functions[1] = registry.setLimiter.selector;
        authority.setTargetFunctionRole(address(registry), functions, Roles.RISK);
        functions[0] = clock.pause.selector; // the token's functions have the same names
        functions[1] = clock.unpause.selector;
        authority.setTargetFunctionRole(address(clock), functions, Roles.GUARDIAN);
        authority.setTargetFunctionRole(address(point), functions, Roles.GUARDIAN);
        authority.grantRole(Roles.OPERATOR, address(this), 0);
        authority.grantRole(Roles.RISK, address(this), 0);
        authority.grantRole(Roles.GUARDIAN, address(this), 0);
    }

    /// @dev What the settlement contract may do, and who may use it. The fixture holds its role too, to set the scene.
    function _grantSettlement() internal {
        bytes4[] memory functions = new bytes4[](3);
        functions[0] = registry.setCollateral.selector;
        functions[1] = registry.markDefault.selector;
        functions[2] = registry.clearDefault.selector;
        authority.setTargetFunctionRole(address(registry), functions, Roles.SETTLEMENT);
        functions = new bytes4[](4);
        functions[0] = clearing.closeEpoch.selector;
        functions[1] = clearing.pay.selector;
        functions[2] = clearing.payFor.selector;
        functions[3] = clearing.writeOff.selector;
        authority.setTargetFunctionRole(address(clearing), functions, Roles.SETTLEMENT);
        functions[0] = guarantee.contribute.selector;
        functions[1] = guarantee.withdraw.selector;
        functions[2] = guarantee.cover.selector;
        functions[3] = guarantee.repay.selector;
        authority.setTargetFunctionRole(address(guarantee), functions, Roles.SETTLEMENT);
        functions = new bytes4[](2);
        functions[0] = settlement.closeEpoch.selector;
        functions[1] = settlement.submitStatement.selector;
        authority.setTargetFunctionRole(address(settlement), functions, Roles.TREASURER);
        authority.grantRole(Roles.SETTLEMENT, address(settlement), 0);
        authority.grantRole(Roles.SETTLEMENT, address(this), 0);
        authority.grantRole(Roles.TREASURER, address(this), 0);
    }
}
