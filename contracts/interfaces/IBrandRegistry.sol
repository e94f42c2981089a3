// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IDeskControlled} from "./IDeskControlled.sol";
import {IGuaranteeFund} from "./IGuaranteeFund.sol";

/// @notice `Active` brands do everything. `ExitOnly` and `Suspended` brands bring no new points in and receive none, but
/// claim and return. `Closed` is final and needs a settled position.
enum BrandStatus {
    None,
    Active,
    ExitOnly,
    Closed,
    Suspended
}

/// @notice What the registry knows of a brand. Credit line, collateral and limiter are in alliance units.
struct Brand {
    string code;
    address hot;
    address cold;
    address settlement;
    BrandStatus status;
    uint128 creditLine;
    uint128 collateral;
    uint208 limiterCapacity;
    uint48 limiterWindow;
}

/// @title Brands, their keys and their limits
/// @notice Brand ids are sequential from 1 and never reused. The hot key posts batches, the cold key publishes rates and
/// replaces the hot key, the settlement key is paid. A key serves as hot key of at most one brand, ever.
interface IBrandRegistry is IDeskControlled {
    event BrandRegistered(uint32 indexed brandId, string code, address hot, address cold, address settlement);
    event KeysSet(uint32 indexed brandId, address hot, address cold, address settlement);
    event StatusSet(uint32 indexed brandId, BrandStatus status);
    event CreditLineSet(uint32 indexed brandId, uint128 creditLine);
    event CollateralSet(uint32 indexed brandId, uint128 collateral);
    event LimiterSet(uint32 indexed brandId, uint208 capacity, uint48 window);
    event ClearingHouseSet(address indexed clearingHouse);
    event GuaranteeFundSet(address indexed fund);
    event DefaultSet(uint32 indexed brandId, bool inDefault);

    /// @dev No brand has this id.
    error UnknownBrand(uint32 brandId);
    /// @dev A brand code is 1 to 32 bytes long.
    error InvalidCode(string code);
    /// @dev The code belongs to `brandId`.
    error CodeTaken(string code, uint32 brandId);
    /// @dev A key is the zero address.
    error ZeroKey();
    /// @dev Hot and cold key are one and the same.
    error KeysMustDiffer(address key);
    /// @dev The hot key is, or was, the hot key of `brandId`.
    error HotKeyTaken(address key, uint32 brandId);
    /// @dev Only the brand's cold key may do this.
    error NotColdKey(uint32 brandId, address caller);
    /// @dev A brand cannot go from `from` to `to`.
    error InvalidStatusChange(uint32 brandId, BrandStatus from, BrandStatus to);
    /// @dev A brand closes only with a position of zero.
    error BrandNotSettled(uint32 brandId, int256 position);
    /// @dev A brand in default does not become active again before it made good what others paid for it.
    error BrandInDefault(uint32 brandId);
    /// @dev The two largest credit lines would together be more than the guarantee fund holds.
    error CoverExceeded(uint32 brandId, uint256 twoLargest, uint256 fund);
    /// @dev A limiter must refill at least one unit a second (`capacity >= window > 0`), or be off (`capacity = 0`).
    error LimiterTooSlow(uint208 capacity, uint48 window);
    /// @dev The brand's limiter has fewer units left.
    error LimiterExceeded(uint32 brandId, uint256 units);

    /// @notice Admits a brand as `Active`, with a full limiter. Operator only.
    /// @return brandId the next id
    function register(
        string calldata code,
        address hot,
        address cold,
        address settlement,
        uint128 creditLine,
        uint208 limiterCapacity,
        uint48 limiterWindow
    ) external returns (uint32 brandId);

    /// @notice Replaces all keys of a brand, for instance after a theft. Operator only.
    function setKeys(uint32 brandId, address hot, address cold, address settlement) external;

    /// @notice Replaces the hot key. The brand's cold key only.
    function rotateHotKey(uint32 brandId, address hot) external;

    /// @notice Changes the status. `Closed` is reached from `ExitOnly` only, with a settled position, and never left.
    /// Operator only.
    function setStatus(uint32 brandId, BrandStatus status) external;

    /// @notice The brand did not pay: `ExitOnly` (a closed brand stays `Closed`), with a credit line of zero, until
    /// {clearDefault}. Settlement only.
    function markDefault(uint32 brandId) external;

    /// @notice The brand made good what its default cost. Settlement only.
    function clearDefault(uint32 brandId) external;

    /// @notice How far below zero the position may go without collateral. A raise that lifts the two largest credit lines
    /// above what the guarantee fund holds is refused ({CoverExceeded}, INV-17), at {register} too. Risk role only.
    function setCreditLine(uint32 brandId, uint128 creditLine) external;

    /// @notice Collateral the alliance holds for the brand; widens the credit line. Settlement only: it is money that was
    /// confirmed.
    function setCollateral(uint32 brandId, uint128 collateral) external;

    /// @notice At most `capacity` units are issued at once, refilled over `window` seconds. What was used stays used: a
    /// change never refills (INV-11). Risk role only.
    function setLimiter(uint32 brandId, uint208 capacity, uint48 window) external;

    /// @notice The contract whose positions decide whether a brand is settled. Administrator only.
    function setClearingHouse(address clearingHouse) external;

    /// @notice The fund that covers credit lines; zero turns the rule of the two largest off. Administrator only.
    function setGuaranteeFund(IGuaranteeFund fund) external;

    /// @notice Takes `units` from the brand's limiter. Desks only.
    function consumeLimiter(uint32 brandId, uint256 units) external;

    /// @notice All a desk must know to take a batch. `hot` is zero for an unknown brand.
    function posting(uint32 brandId) external view returns (address hot, BrandStatus status, uint256 limiterAvailable);

    /// @notice Reverts {UnknownBrand} for an unknown brand.
    function brand(uint32 brandId) external view returns (Brand memory);

    /// @notice `None` for an unknown brand.
    function statusOf(uint32 brandId) external view returns (BrandStatus);

    /// @notice Zero for an unknown brand.
    function hotKeyOf(uint32 brandId) external view returns (address);

    /// @notice Zero for an unknown brand.
    function coldKeyOf(uint32 brandId) external view returns (address);

    /// @notice Zero for an unknown brand.
    function settlementKeyOf(uint32 brandId) external view returns (address);

    /// @notice Zero for an unknown brand.
    function collateralOf(uint32 brandId) external view returns (uint128);

    /// @notice True from {markDefault} to {clearDefault}.
    function inDefault(uint32 brandId) external view returns (bool);

    /// @notice The fund that covers credit lines; zero if none does.
    function guaranteeFund() external view returns (IGuaranteeFund);

    /// @notice Zero for an unknown code.
    function brandOfCode(string calldata code) external view returns (uint32);

    /// @notice Credit line + collateral: how far below zero the position may go.
    function issueLimitOf(uint32 brandId) external view returns (uint256);

    /// @notice Units that may be issued now.
    function limiterAvailable(uint32 brandId) external view returns (uint256);

    /// @notice The highest brand id.
    function brandCount() external view returns (uint32);
}
