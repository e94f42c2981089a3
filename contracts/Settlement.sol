// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BrandStatus} from "./interfaces/IBrandRegistry.sol";
import {ISettlement, Payment, PaymentKind} from "./interfaces/ISettlement.sol";
import {Roles} from "./libraries/Roles.sol";
import {SettlementBooks, SettlementParts} from "./SettlementBooks.sol";

/// @title How settlement money arrives and leaves
/// @notice See {ISettlement} for what it promises.
contract Settlement is SettlementBooks, EIP712 {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    // solhint-disable-next-line gas-small-strings
    bytes32 private constant PAYMENT_TYPE = keccak256(
        "Payment(uint8 kind,uint32 brandId,uint32 epoch,uint128 units,bytes32 bankReference)"
    );
    /// @dev The asset counts CNY and has at least the two decimals of a fen.
    uint8 private constant FEN_DECIMALS = 2;

    /// @inheritdoc ISettlement
    address public immutable override ASSET;
    uint256 private immutable _ASSET_PER_FEN;

    /// @inheritdoc ISettlement
    uint128 public override collateralTotal;
    /// @inheritdoc ISettlement
    mapping(bytes32 bankReference => bool used) public override referenceUsed;

    constructor(
        address authority_,
        SettlementParts memory parts,
        address asset
    ) SettlementBooks(authority_, parts) EIP712("Points Alliance Settlement", "1") {
        ASSET = asset;
        _ASSET_PER_FEN = asset == address(0) ? 0 : 10 ** (IERC20Metadata(asset).decimals() - FEN_DECIMALS);
        // A settlement that takes over from another finds what the alliance holds already.
        uint128 held = 0;
        for (uint32 id = parts.registry.brandCount(); id != 0; --id) {
            held += parts.registry.collateralOf(id);
        }
        collateralTotal = held;
    }

    /// @inheritdoc ISettlement
    function confirm(
        Payment calldata payment,
        address treasurer,
        bytes calldata treasurerSignature,
        bytes calldata brandSignature
    ) external override {
        // checks
        require(ASSET == address(0), AssetSettles(ASSET));
        require(!referenceUsed[payment.bankReference], ReferenceUsed(payment.bankReference)); // INV-12
        require(payment.epoch == _epoch, WrongEpoch(payment.epoch, _epoch));
        address brandKey = _REGISTRY.settlementKeyOf(payment.brandId);
        require(brandKey != address(0), InvalidPayment(payment.kind, payment.brandId));
        require(treasurer != brandKey, SameSigner(treasurer));
        (bool isTreasurer, ) = IAccessManager(authority()).hasRole(Roles.TREASURER, treasurer);
        require(isTreasurer, NotTreasurer(treasurer));
        bytes32 digest = paymentDigest(payment);
        _checkSignature(treasurer, digest, treasurerSignature);
        _checkSignature(brandKey, digest, brandSignature);

        // effects, interactions: only with the alliance's own contracts
        referenceUsed[payment.bankReference] = true;
        emit PaymentConfirmed(
            payment.kind,
            payment.brandId,
            payment.epoch,
            payment.units,
            payment.bankReference,
            treasurer
        );
        _book(payment.kind, payment.brandId, payment.units);
    }

    /// @inheritdoc ISettlement
    function move(PaymentKind kind, uint32 brandId, uint128 units) external override {
        // checks
        require(ASSET != address(0), BankSettles());
        address brandKey = _REGISTRY.settlementKeyOf(brandId);
        require(brandKey != address(0), InvalidPayment(kind, brandId));
        bool isBack = kind == PaymentKind.CollateralOut || kind == PaymentKind.FundOut;
        require(!isBack || msg.sender == brandKey, NotSettlementKey(brandId, msg.sender));

        // effects
        emit PaymentConfirmed(kind, brandId, _epoch, units, bytes32(0), address(0));
        _book(kind, brandId, units);

        // interactions
        uint256 amount = (units / FEN) * _ASSET_PER_FEN;
        if (isBack || kind == PaymentKind.Payout) IERC20(ASSET).safeTransfer(brandKey, amount);
        else _pull(amount);
    }

    /// @inheritdoc ISettlement
    function paymentDigest(Payment calldata payment) public view override returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        PAYMENT_TYPE,
                        payment.kind,
                        payment.brandId,
                        payment.epoch,
                        payment.units,
                        payment.bankReference
                    )
                )
            );
    }

    function _takeCollateral(uint32 brandId, uint128 due) internal override returns (uint128 taken) {
        uint128 collateral = _REGISTRY.collateralOf(brandId);
        taken = due < collateral ? due : collateral;
        if (taken != 0) _setCollateral(brandId, collateral, collateral - taken);
    }

    /// @dev Takes what the caller pays in; a token that keeps a part for itself is refused.
    function _pull(uint256 amount) private {
        uint256 before = IERC20(ASSET).balanceOf(address(this));
        IERC20(ASSET).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(ASSET).balanceOf(address(this)) - before;
        require(received >= amount, AssetShort(amount, received));
    }

    function _book(PaymentKind kind, uint32 brandId, uint128 units) private {
        require(units != 0 && units % FEN == 0, NotWholeFen(units));
        if (kind == PaymentKind.Due) _payDue(brandId, units);
        else if (kind == PaymentKind.Payout) _payOut(brandId, units);
        else if (kind == PaymentKind.CollateralIn) _collateralIn(brandId, units);
        else if (kind == PaymentKind.CollateralOut) _collateralOut(brandId, units);
        else if (kind == PaymentKind.FundIn) _FUND.contribute(brandId, units);
        else if (kind == PaymentKind.FundOut) _fundOut(brandId, units);
        else if (kind == PaymentKind.Recovery) _recover(brandId, units);
        else revert InvalidPayment(kind, brandId);
    }

    function _payOut(uint32 brandId, uint128 units) private {
        // checks: INV-14, INV-15
        uint128 open = _owedToFund[brandId] == 0 ? payoutOf(brandId) : 0;
        require(units <= open, TooMuch(brandId, open, units));

        // effects, interactions
        _payFromPool(brandId, units);
    }

    function _collateralIn(uint32 brandId, uint128 units) private {
        uint128 collateral = _REGISTRY.collateralOf(brandId);
        _setCollateral(brandId, collateral, collateral + units);
    }

    function _collateralOut(uint32 brandId, uint128 units) private {
        // checks
        uint256 collateral = _REGISTRY.collateralOf(brandId);
        (int256 covered, bool isActive) = _roomOf(brandId);
        if (isActive) covered -= int256(collateral);
        // What the position, and an active brand's credit line, leave uncovered stays.
        uint256 needed = covered < 0 ? uint256(-covered) : 0;
        uint256 due = _dueOf(brandId);
        if (due > needed) needed = due;
        uint256 free = collateral > needed ? collateral - needed : 0;
        require(units <= free, TooMuch(brandId, free, units));

        // effects, interactions
        _setCollateral(brandId, uint128(collateral), uint128(collateral) - units);
    }

    function _setCollateral(uint32 brandId, uint128 before, uint128 collateral) private {
        collateralTotal = collateralTotal - before + collateral;
        _REGISTRY.setCollateral(brandId, collateral);
    }

    function _fundOut(uint32 brandId, uint128 units) private {
        BrandStatus status = _REGISTRY.statusOf(brandId);
        bool left =
            (status == BrandStatus.ExitOnly || status == BrandStatus.Closed) &&
                !_REGISTRY.inDefault(brandId) &&
                _caps[brandId] == 0 &&
                _CLEARING.positionOf(brandId) >= 0 &&
                _isSettled();
        require(left, ContributionLocked(brandId));
        _FUND.withdraw(brandId, units);
    }

    /// @dev First the pool's deficit, then the fund; the odd units of the last fen are the fund's too.
    function _recover(uint32 brandId, uint128 units) private {
        // checks: a default that is being assessed is not over yet
        _requireNotAssessed(brandId);
        (uint96 writtenOff, uint128 toFund) = owedOf(brandId);
        uint256 owed = uint256(writtenOff) + toFund;
        require(owed != 0 && units < owed + FEN, TooMuch(brandId, owed, units));

        // effects, interactions
        uint128 toPool = units < writtenOff ? units : writtenOff;
        _collect(brandId, toPool);
        if (units != toPool) _repayFund(brandId, units - toPool);
        _makeGood(brandId, uint96(toPool));
    }

    function _checkSignature(address account, bytes32 digest, bytes calldata signature) private view {
        require(SignatureChecker.isValidSignatureNowCalldata(account, digest, signature), InvalidSignature(account));
    }
}
