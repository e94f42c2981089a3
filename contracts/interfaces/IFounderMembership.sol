// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

// Fields are in the order in which members read them in their wallet; none of these is ever stored.
/* solhint-disable gas-struct-packing */

/// @notice A transfer that the holder signs.
struct TransferOrder {
    uint256 tokenId;
    address to;
    uint64 nonce;
    uint40 deadline;
}

/// @notice A sale that the holder signs. `buyer` zero: whoever pays first. Amounts in units.
struct SaleOrder {
    uint256 tokenId;
    uint64 price;
    /// The least that the holder must get after the royalty.
    uint64 minProceeds;
    address buyer;
    uint64 nonce;
    uint40 deadline;
}

/// @notice What the holder signs to make every earlier signature for the token void.
struct CancelOrder {
    uint256 tokenId;
    uint64 nonce;
    uint40 deadline;
}

/// @notice A monthly grant that the holder signs: where it goes is a claim as {IConversionDesk} describes it.
struct GrantOrder {
    uint256 tokenId;
    uint24 month;
    uint32 sponsorBrand;
    bytes32 commitment;
    uint40 claimDeadline;
    uint64 nonce;
    uint40 deadline;
}

/// @notice A buyer's EIP-3009 `ReceiveWithAuthorization` of the price to this contract, with `validAfter` 0. Its nonce is the
/// digest of the sale order, or {IFounderMembership.firstSaleNonce}: it can pay for nothing else.
struct Payment {
    address from;
    uint256 validBefore;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @title Founder memberships
/// @notice At most 10,000 ERC-721 tokens (R-NFT-1) with ERC-2981 royalty, ERC-4906 updates, and metadata and picture from the
/// chain alone (R-NFT-3). Each brings its holder, once a calendar month in UTC+8, 1,000 points (R-NFT-2) out of this
/// contract's own balance, which a sponsor brand fills: nothing is minted for a grant, and an empty vault pays nothing.
///
/// A member does everything by EIP-712 signature and pays no gas; anybody may relay it (R-NFT-5). A signature names token,
/// nonce and deadline; it acts once, for the holder of the moment, until its deadline. The nonce moves with every
/// transfer, signed or not, and with every cancellation: nothing that an earlier holder signed outlives the change.
///
/// Deadlines and months are alliance time; `validBefore` of a payment is the token's own, chain time. A pause of the point
/// stops grants and sales, since both move points between holders; nothing here is promised to gain in value.
interface IFounderMembership {
    /// @notice A new membership; `price` units paid for it, 0 if it was given.
    event MembershipIssued(uint256 indexed tokenId, address indexed to, uint64 price);
    /// @notice A signature acted. `digest` is what was signed, `nonce` the one it named.
    event SignatureUsed(uint256 indexed tokenId, bytes32 indexed digest, uint64 nonce);
    /// @notice A member bought from a member: `price - royalty` went to the seller.
    event Sold(
        uint256 indexed tokenId,
        address indexed seller,
        address indexed buyer,
        uint64 price,
        uint64 royalty,
        address treasury
    );
    /// @notice Every signature for the token up to `nonce` is void.
    event SignaturesCancelled(uint256 indexed tokenId, uint64 nonce);
    /// @notice The grant of `month` was paid to a claim address of the desk.
    event GrantPaid(
        uint256 indexed tokenId,
        address indexed holder,
        uint24 month,
        uint32 sponsorBrand,
        bytes32 commitment,
        uint40 claimDeadline,
        uint64 units
    );
    /// @notice Who sponsors grants, who gets first prices and royalties, and how much these are.
    event TermsSet(uint32 sponsorBrand, address treasury, uint96 royaltyBps);
    /// @notice The text in every token's metadata.
    event DescriptionSet(string description);
    /// @notice The desk at which grants are claimed.
    event DeskSet(address desk);

    /// @dev All memberships exist.
    error FoundersExhausted(uint256 cap);
    /// @dev The terms name no sponsor yet, or another than the holder signed.
    error WrongSponsor(uint32 expected, uint32 given);
    /// @dev The sponsor is no brand of the registry.
    error UnknownSponsor(uint32 brandId);
    /// @dev No treasury is set that could take the price; the vault is none.
    error NoTreasury();
    /// @dev Above {MAX_ROYALTY_BPS}.
    error RoyaltyTooHigh(uint96 bps, uint96 most);
    /// @dev The signature's time is over.
    error SignatureExpired(uint40 deadline, uint40 time);
    /// @dev Used, cancelled, or signed before the last transfer.
    error WrongNonce(uint256 tokenId, uint64 expected, uint64 given);
    /// @dev Not signed by the holder of the moment for exactly this; `recovered` is zero if the signature is malformed.
    error WrongSigner(uint256 tokenId, address holder, address recovered);
    /// @dev The order is for the month of another time.
    error WrongMonth(uint24 current, uint24 given);
    /// @dev The token's grant of the month was paid, to this holder or to an earlier one.
    error AlreadyGranted(uint256 tokenId, uint24 month);
    /// @dev The claim's deadline is not in `[earliest, latest]`.
    error InvalidClaimDeadline(uint40 deadline, uint40 earliest, uint40 latest);
    /// @dev The vault pays nothing; the month is not used up.
    error VaultEmpty(uint256 balance, uint256 needed);
    /// @dev The order names another buyer.
    error WrongBuyer(address expected, address given);
    /// @dev The royalty leaves the seller less than the order allows.
    error ProceedsTooLow(uint64 least, uint64 proceeds);
    /// @dev A sale for nothing is a transfer.
    error PriceZero();

    /// @notice Gives the next membership. Issuer only.
    function issue(address to) external returns (uint256 tokenId);

    /// @notice Sells the next membership for `price` units to who signed `payment` with nonce `firstSaleNonce(salt)`; the
    /// treasury gets the price. Issuer only.
    function sellNew(uint64 price, bytes32 salt, Payment calldata payment) external returns (uint256 tokenId);

    /// @notice Carries out a signed transfer.
    function transferSigned(TransferOrder calldata order, bytes calldata signature) external;

    /// @notice Carries out a signed sale: the buyer's price comes in, royalty and proceeds go out, the token moves, or
    /// nothing of it.
    function buy(SaleOrder calldata order, bytes calldata signature, Payment calldata payment) external;

    /// @notice Makes every signature for the token so far void.
    function cancelSigned(CancelOrder calldata order, bytes calldata signature) external;

    /// @notice Pays the month's grant to the claim that the holder named. If that claim is not emptied by its deadline, its
    /// points return to the sponsor brand, as for any claim; the month stays used.
    function claimGrant(GrantOrder calldata order, bytes calldata signature) external;

    /// @notice Sets who sponsors, who is paid and the royalty. Administrator only.
    function setTerms(uint32 sponsorBrand, address treasury, uint96 royaltyBps) external;

    /// @notice Sets the text of the metadata. It may promise no return (R-NFT-4): the tools refuse one that
    /// does. Administrator only.
    function setDescription(string calldata text) external;

    /// @notice Names the desk that took over. Administrator only.
    function setDesk(address desk) external;

    /// @notice The text in every token's metadata.
    function description() external view returns (string memory);

    /// @notice How many there are; they are numbered from 1.
    function issued() external view returns (uint256);

    /// @notice What the next signature for the token must name.
    function nonceOf(uint256 tokenId) external view returns (uint64);

    /// @notice The month of the token's last grant, `12 * year + month - 1`; 0 if there was none.
    function lastGrantMonth(uint256 tokenId) external view returns (uint24);

    /// @notice The month of alliance time.
    function currentMonth() external view returns (uint24);

    /// @notice The points that grants can still be paid from.
    function vault() external view returns (uint256);

    /// @notice Who sponsors grants, who gets first prices and royalties.
    function terms() external view returns (uint32 sponsorBrand, address treasury);

    /// @notice The nonce that a payment for a new membership carries.
    function firstSaleNonce(bytes32 salt) external view returns (bytes32);

    /// @notice The EIP-712 domain's hash.
    function DOMAIN_SEPARATOR() external view returns (bytes32);

    /// @notice 10,000.
    function CAP() external view returns (uint256);

    /// @notice The monthly grant, in units: 1,000 points.
    function GRANT() external view returns (uint256);

    /// @notice 10 % in hundredths of a percent.
    function MAX_ROYALTY_BPS() external view returns (uint96);
}
