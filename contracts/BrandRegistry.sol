// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {DeskControlled} from "./DeskControlled.sol";
import {Brand, BrandStatus, IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IGuaranteeFund} from "./interfaces/IGuaranteeFund.sol";

/// @title Brands, keys and limits
/// @notice See {IBrandRegistry} for what it promises.
contract BrandRegistry is IBrandRegistry, DeskControlled {
    using RateLimiter for RateLimiter.RefillingBucket;

    /// @dev Ordered so that a desk reads key and status from one slot and the limits from another.
    struct Record {
        address hot;
        BrandStatus status;
        address cold;
        address settlement;
        uint128 creditLine;
        uint128 collateral;
        RateLimiter.RefillingBucket limiter;
        string code;
    }

    uint256 private constant MAX_CODE_LENGTH = 32;
    /// @dev A limiter has one entry: the brand's.
    bytes32 private constant ENTRY = bytes32(0);

    /// @inheritdoc IBrandRegistry
    uint32 public override brandCount;
    IClearingHouse private _clearingHouse;
    mapping(uint32 brandId => Record record) private _records;
    mapping(bytes32 codeHash => uint32 brandId) private _brandOfCode;
    mapping(address hot => uint32 brandId) private _brandOfHotKey;
    /// @inheritdoc IBrandRegistry
    mapping(uint32 brandId => bool inDefault) public override inDefault;
    /// @inheritdoc IBrandRegistry
    IGuaranteeFund public override guaranteeFund;

    constructor(address authority_) AccessManaged(authority_) {}

    /// @dev Nothing can be set for a brand that does not exist.
    modifier onlyKnown(uint32 brandId) {
        require(_records[brandId].status != BrandStatus.None, UnknownBrand(brandId));
        _;
    }

    /// @inheritdoc IBrandRegistry
    function register(
        string calldata code,
        address hot,
        address cold,
        address settlement,
        uint128 creditLine,
        uint208 limiterCapacity,
        uint48 limiterWindow
    ) external override restricted returns (uint32 brandId) {
        // checks
        uint256 length = bytes(code).length;
        require(length != 0 && length <= MAX_CODE_LENGTH, InvalidCode(code));
        uint32 holder = brandOfCode(code);
        require(holder == 0, CodeTaken(code, holder));

        // effects
        brandId = ++brandCount;
        _brandOfCode[keccak256(bytes(code))] = brandId;
        _records[brandId].code = code;
        _records[brandId].status = BrandStatus.Active;
        _setKeys(brandId, hot, cold, settlement);
        emit BrandRegistered(brandId, code, hot, cold, settlement);
        emit StatusSet(brandId, BrandStatus.Active);
        _setCreditLine(brandId, creditLine);
        _records[brandId].limiter.sync(ENTRY); // a used slot: the brand's first batch costs what every batch costs
        _setLimiter(brandId, limiterCapacity, limiterWindow);
    }

    /// @inheritdoc IBrandRegistry
    function setKeys(
        uint32 brandId,
        address hot,
        address cold,
        address settlement
    ) external override restricted onlyKnown(brandId) {
        _setKeys(brandId, hot, cold, settlement);
        emit KeysSet(brandId, hot, cold, settlement);
    }

    /// @inheritdoc IBrandRegistry
    function rotateHotKey(uint32 brandId, address hot) external override onlyKnown(brandId) {
        Record storage record = _records[brandId];
        require(msg.sender == record.cold, NotColdKey(brandId, msg.sender));
        _setKeys(brandId, hot, record.cold, record.settlement);
        emit KeysSet(brandId, hot, record.cold, record.settlement);
    }

    /// @inheritdoc IBrandRegistry
    function setStatus(uint32 brandId, BrandStatus status) external override restricted onlyKnown(brandId) {
        // checks
        BrandStatus from = _records[brandId].status;
        bool allowed =
            from != BrandStatus.Closed &&
                status != BrandStatus.None &&
                (status != BrandStatus.Closed || from == BrandStatus.ExitOnly);
        require(allowed, InvalidStatusChange(brandId, from, status));
        if (status == BrandStatus.Closed) {
            int256 position = _clearingHouse.positionOf(brandId);
            require(position == 0, BrandNotSettled(brandId, position));
        }
        if (status == BrandStatus.Active) require(!inDefault[brandId], BrandInDefault(brandId));

        // effects
        _setStatus(brandId, status);
    }

    /// @inheritdoc IBrandRegistry
    function markDefault(uint32 brandId) external override restricted onlyKnown(brandId) {
        inDefault[brandId] = true;
        emit DefaultSet(brandId, true);
        BrandStatus status = _records[brandId].status;
        bool stays = status == BrandStatus.ExitOnly || status == BrandStatus.Closed;
        if (!stays) _setStatus(brandId, BrandStatus.ExitOnly);
        _setCreditLine(brandId, 0);
    }

    /// @inheritdoc IBrandRegistry
    function clearDefault(uint32 brandId) external override restricted onlyKnown(brandId) {
        inDefault[brandId] = false;
        emit DefaultSet(brandId, false);
    }

    /// @inheritdoc IBrandRegistry
    function setCreditLine(uint32 brandId, uint128 creditLine) external override restricted onlyKnown(brandId) {
        _setCreditLine(brandId, creditLine);
    }

    /// @inheritdoc IBrandRegistry
    function setCollateral(uint32 brandId, uint128 collateral) external override restricted onlyKnown(brandId) {
        _records[brandId].collateral = collateral;
        emit CollateralSet(brandId, collateral);
    }

    /// @inheritdoc IBrandRegistry
    function setLimiter(
        uint32 brandId,
        uint208 capacity,
        uint48 window
    ) external override restricted onlyKnown(brandId) {
        // What the old setting refilled so far is fixed first; the new one counts from now (INV-11).
        _records[brandId].limiter.sync(ENTRY);
        _setLimiter(brandId, capacity, window);
    }

    /// @inheritdoc IBrandRegistry
    function setClearingHouse(address clearingHouse) external override restricted {
        _clearingHouse = IClearingHouse(clearingHouse);
        emit ClearingHouseSet(clearingHouse);
    }

    /// @inheritdoc IBrandRegistry
    function setGuaranteeFund(IGuaranteeFund fund) external override restricted {
        guaranteeFund = fund;
        emit GuaranteeFundSet(address(fund));
    }

    /// @inheritdoc IBrandRegistry
    function consumeLimiter(uint32 brandId, uint256 units) external override onlyDesk {
        require(_records[brandId].limiter.tryConsume(ENTRY, units), LimiterExceeded(brandId, units));
    }

    /// @inheritdoc IBrandRegistry
    function posting(
        uint32 brandId
    ) external view override returns (address hot, BrandStatus status, uint256 available) {
        Record storage record = _records[brandId];
        return (record.hot, record.status, record.limiter.available(ENTRY));
    }

    /// @inheritdoc IBrandRegistry
    function brand(uint32 brandId) external view override onlyKnown(brandId) returns (Brand memory) {
        Record storage record = _records[brandId];
        return
            Brand({
                code: record.code,
                hot: record.hot,
                cold: record.cold,
                settlement: record.settlement,
                status: record.status,
                creditLine: record.creditLine,
                collateral: record.collateral,
                limiterCapacity: record.limiter._capacity,
                limiterWindow: record.limiter._window
            });
    }

    /// @inheritdoc IBrandRegistry
    function statusOf(uint32 brandId) external view override returns (BrandStatus) {
        return _records[brandId].status;
    }

    /// @inheritdoc IBrandRegistry
    function hotKeyOf(uint32 brandId) external view override returns (address) {
        return _records[brandId].hot;
    }

    /// @inheritdoc IBrandRegistry
    function coldKeyOf(uint32 brandId) external view override returns (address) {
        return _records[brandId].cold;
    }

    /// @inheritdoc IBrandRegistry
    function issueLimitOf(uint32 brandId) external view override returns (uint256) {
        Record storage record = _records[brandId];
        return uint256(record.creditLine) + record.collateral;
    }

    /// @inheritdoc IBrandRegistry
    function settlementKeyOf(uint32 brandId) external view override returns (address) {
        return _records[brandId].settlement;
    }

    /// @inheritdoc IBrandRegistry
    function collateralOf(uint32 brandId) external view override returns (uint128) {
        return _records[brandId].collateral;
    }

    /// @inheritdoc IBrandRegistry
    function limiterAvailable(uint32 brandId) external view override returns (uint256) {
        return _records[brandId].limiter.available(ENTRY);
    }

    /// @inheritdoc IBrandRegistry
    function brandOfCode(string calldata code) public view override returns (uint32) {
        return _brandOfCode[keccak256(bytes(code))];
    }

    function _setKeys(uint32 brandId, address hot, address cold, address settlement) private {
        // checks
        require(hot != address(0) && cold != address(0) && settlement != address(0), ZeroKey());
        require(hot != cold, KeysMustDiffer(hot));
        Record storage record = _records[brandId];
        uint32 holder = _brandOfHotKey[hot];
        require(holder == 0 || (holder == brandId && hot == record.hot), HotKeyTaken(hot, holder));

        // effects
        _brandOfHotKey[hot] = brandId;
        record.hot = hot;
        record.cold = cold;
        record.settlement = settlement;
    }

    function _setStatus(uint32 brandId, BrandStatus status) private {
        _records[brandId].status = status;
        emit StatusSet(brandId, status);
    }

    function _setCreditLine(uint32 brandId, uint128 creditLine) private {
        bool raised = creditLine > _records[brandId].creditLine;
        _records[brandId].creditLine = creditLine;
        if (raised && address(guaranteeFund) != address(0)) _checkCover(brandId);
        emit CreditLineSet(brandId, creditLine);
    }

    /// @dev INV-17. One word for each brand: 200 brands cost half a million gas, on an administrative path.
    function _checkCover(uint32 brandId) private view {
        uint256 largest = 0;
        uint256 second = 0;
        uint32 count = brandCount;
        for (uint32 id = 1; id <= count; ++id) {
            uint256 line = _records[id].creditLine;
            if (line > largest) (largest, second) = (line, largest);
            else if (line > second) second = line;
        }
        uint256 fund = guaranteeFund.cash();
        require(largest + second <= fund, CoverExceeded(brandId, largest + second, fund));
    }

    function _setLimiter(uint32 brandId, uint208 capacity, uint48 window) private {
        require(capacity == 0 || (window != 0 && capacity >= window), LimiterTooSlow(capacity, window));
        _records[brandId].limiter.updateSettings(window, capacity);
        emit LimiterSet(brandId, capacity, window);
    }
}
