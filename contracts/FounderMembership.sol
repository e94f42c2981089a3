// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IAllianceClock} from "./interfaces/IAllianceClock.sol";
import {IAlliancePoint} from "./interfaces/IAlliancePoint.sol";
import {BrandStatus, IBrandRegistry} from "./interfaces/IBrandRegistry.sol";
import {IConversionDesk} from "./interfaces/IConversionDesk.sol";
import {
    CancelOrder,
    GrantOrder,
    IFounderMembership,
    Payment,
    SaleOrder,
    TransferOrder
} from "./interfaces/IFounderMembership.sol";
import {IRateBoard} from "./interfaces/IRateBoard.sol";
import {FounderCard} from "./libraries/FounderCard.sol";
import {FounderOrders} from "./libraries/FounderOrders.sol";
import {Months} from "./libraries/Months.sol";

/// @title Founder memberships
/// @notice See {IFounderMembership} for what it promises.
contract FounderMembership is ERC721, ERC2981, EIP712, AccessManaged, IERC4906, IFounderMembership {
    /// @dev Everything about a token in one slot.
    struct Membership {
        address owner;
        uint24 lastGrantMonth;
        uint64 nonce;
    }

    /// @inheritdoc IFounderMembership
    uint256 public constant override CAP = 10_000;
    /// @inheritdoc IFounderMembership
    uint256 public constant override GRANT = 100_000;
    /// @inheritdoc IFounderMembership
    uint96 public constant override MAX_ROYALTY_BPS = 1_000;

    // solhint-disable-next-line gas-small-strings
    bytes32 private constant FIRST_SALE = keccak256("PointsAlliance.FounderFirstSale.v1");
    bytes4 private constant ERC4906_ID = 0x49064906;

    IAllianceClock private immutable _CLOCK;
    IBrandRegistry private immutable _REGISTRY;
    IAlliancePoint private immutable _POINT;
    uint40 private immutable _CLAIM_WINDOW;

    /// @inheritdoc IFounderMembership
    uint256 public override issued;
    /// @inheritdoc IFounderMembership
    string public override description;
    IConversionDesk private _desk;
    uint32 private _sponsorBrand;
    address private _treasury;

    /// @dev Instead of OpenZeppelin's private mappings, so that grant and nonce share the owner's slot. {_ownerOf},
    /// {balanceOf} and {_update} are everything that OpenZeppelin's ERC-721 reads and writes them through.
    mapping(uint256 tokenId => Membership membership) private _memberships;
    mapping(address holder => uint256 count) private _held;

    constructor(
        address authority_,
        IAllianceClock clock,
        IBrandRegistry registry,
        IRateBoard board,
        IConversionDesk desk,
        IAlliancePoint point
    ) ERC721("Points Alliance Founder", "PAF") EIP712("Points Alliance Founder", "1") AccessManaged(authority_) {
        _CLOCK = clock;
        _REGISTRY = registry;
        _POINT = point;
        _CLAIM_WINDOW = board.claimWindow();
        _desk = desk;
    }

    /// @inheritdoc IFounderMembership
    function issue(address to) external override restricted returns (uint256 tokenId) {
        return _issue(to, 0);
    }

    /// @inheritdoc IFounderMembership
    function sellNew(
        uint64 price,
        bytes32 salt,
        Payment calldata payment
    ) external override restricted returns (uint256 tokenId) {
        // checks
        require(price != 0, PriceZero());
        address treasury = _treasury;
        require(treasury != address(0), NoTreasury());

        // effects
        tokenId = _issue(payment.from, price);

        // interactions
        _receive(price, firstSaleNonce(salt), payment);
        _pay(treasury, price);
    }

    /// @inheritdoc IFounderMembership
    function transferSigned(TransferOrder calldata order, bytes calldata signature) external override {
        address holder = _checkSigned(order.tokenId, order.nonce, order.deadline, FounderOrders.hash(order), signature);
        _transfer(holder, order.to, order.tokenId);
    }

    /// @inheritdoc IFounderMembership
    function buy(SaleOrder calldata order, bytes calldata signature, Payment calldata payment) external override {
        // checks
        bytes32 structHash = FounderOrders.hash(order);
        address seller = _checkSigned(order.tokenId, order.nonce, order.deadline, structHash, signature);
        require(order.price != 0, PriceZero());
        require(order.buyer == address(0) || order.buyer == payment.from, WrongBuyer(order.buyer, payment.from));
        (address treasury, uint256 royalty256) = royaltyInfo(order.tokenId, order.price);
        uint64 royalty = uint64(royalty256); // at most a tenth of 64 bits
        uint64 proceeds = order.price - royalty;
        require(proceeds >= order.minProceeds, ProceedsTooLow(order.minProceeds, proceeds));

        // effects
        _transfer(seller, payment.from, order.tokenId);
        emit Sold(order.tokenId, seller, payment.from, order.price, royalty, treasury);

        // interactions: what comes in goes out (INV-26)
        _receive(order.price, _hashTypedDataV4(structHash), payment);
        if (royalty != 0) _pay(treasury, royalty);
        _pay(seller, proceeds);
    }

    /// @inheritdoc IFounderMembership
    function cancelSigned(CancelOrder calldata order, bytes calldata signature) external override {
        _checkSigned(order.tokenId, order.nonce, order.deadline, FounderOrders.hash(order), signature);
        _memberships[order.tokenId].nonce = order.nonce + 1; // INV-25
        emit SignaturesCancelled(order.tokenId, order.nonce);
    }

    /// @inheritdoc IFounderMembership
    function claimGrant(GrantOrder calldata order, bytes calldata signature) external override {
        // checks
        address holder = _checkSigned(order.tokenId, order.nonce, order.deadline, FounderOrders.hash(order), signature);
        _checkGrant(order);

        // effects
        _memberships[order.tokenId].lastGrantMonth = order.month; // INV-23
        emit GrantPaid(
            order.tokenId,
            holder,
            order.month,
            order.sponsorBrand,
            order.commitment,
            order.claimDeadline,
            uint64(GRANT)
        );
        emit MetadataUpdate(order.tokenId);

        // interactions
        _pay(_desk.claimAddress(order.sponsorBrand, order.commitment, order.claimDeadline), GRANT);
    }

    /// @inheritdoc IFounderMembership
    function setTerms(uint32 sponsorBrand, address treasury, uint96 royaltyBps) external override restricted {
        // checks
        require(_REGISTRY.statusOf(sponsorBrand) != BrandStatus.None, UnknownSponsor(sponsorBrand));
        require(treasury != address(0) && treasury != address(this), NoTreasury()); // INV-24
        require(royaltyBps <= MAX_ROYALTY_BPS, RoyaltyTooHigh(royaltyBps, MAX_ROYALTY_BPS));

        // effects
        _sponsorBrand = sponsorBrand;
        _treasury = treasury;
        _setDefaultRoyalty(treasury, royaltyBps);
        emit TermsSet(sponsorBrand, treasury, royaltyBps);
    }

    /// @inheritdoc IFounderMembership
    function setDescription(string calldata text) external override restricted {
        description = text;
        emit DescriptionSet(text);
        if (issued != 0) emit BatchMetadataUpdate(1, issued);
    }

    /// @inheritdoc IFounderMembership
    function setDesk(address desk) external override restricted {
        _desk = IConversionDesk(desk);
        emit DeskSet(desk);
    }

    /// @inheritdoc IFounderMembership
    function nonceOf(uint256 tokenId) external view override returns (uint64) {
        _requireOwned(tokenId);
        return _memberships[tokenId].nonce;
    }

    /// @inheritdoc IFounderMembership
    function lastGrantMonth(uint256 tokenId) external view override returns (uint24) {
        _requireOwned(tokenId);
        return _memberships[tokenId].lastGrantMonth;
    }

    /// @inheritdoc IFounderMembership
    function currentMonth() external view override returns (uint24) {
        return Months.monthOf(_CLOCK.allianceTime());
    }

    /// @inheritdoc IFounderMembership
    function terms() external view override returns (uint32 sponsorBrand, address treasury) {
        return (_sponsorBrand, _treasury);
    }

    /// @inheritdoc IFounderMembership
    // solhint-disable-next-line func-name-mixedcase
    function DOMAIN_SEPARATOR() external view override returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IFounderMembership
    function vault() public view override returns (uint256) {
        return _POINT.balanceOf(address(this));
    }

    /// @inheritdoc IFounderMembership
    function firstSaleNonce(bytes32 salt) public view override returns (bytes32) {
        return keccak256(abi.encode(FIRST_SALE, block.chainid, address(this), salt));
    }

    /// @inheritdoc IERC721
    function balanceOf(address holder) public view override(ERC721, IERC721) returns (uint256) {
        require(holder != address(0), ERC721InvalidOwner(address(0)));
        return _held[holder];
    }

    /// @notice A JSON data URI with the picture inside.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        return FounderCard.uri(tokenId, _memberships[tokenId].lastGrantMonth, description);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, ERC2981, IERC165) returns (bool) {
        return
            interfaceId == ERC4906_ID ||
            ERC721.supportsInterface(interfaceId) ||
            ERC2981.supportsInterface(interfaceId);
    }

    /// @dev Mints and transfers, signed or by ERC-721's own functions. The contract itself holds none: it could sign nothing.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        // checks
        require(to != address(this), ERC721InvalidReceiver(to));
        Membership storage membership = _memberships[tokenId];
        from = membership.owner;
        if (auth != address(0)) _checkAuthorized(from, auth, tokenId);

        // effects
        if (from != address(0)) {
            _approve(address(0), tokenId, address(0), false);
            --_held[from];
        }
        ++_held[to];
        membership.owner = to; // INV-22
        ++membership.nonce; // INV-25
        emit Transfer(from, to, tokenId);
    }

    /// @dev Where OpenZeppelin's functions find the owner.
    function _ownerOf(uint256 tokenId) internal view override returns (address) {
        return _memberships[tokenId].owner;
    }

    function _issue(address to, uint64 price) private returns (uint256 tokenId) {
        tokenId = issued + 1;
        require(tokenId <= CAP, FoundersExhausted(CAP)); // INV-22
        issued = tokenId;
        _mint(to, tokenId);
        emit MembershipIssued(tokenId, to, price);
    }

    /// @dev The holder, who signed this for now and for this nonce (INV-25).
    function _checkSigned(
        uint256 tokenId,
        uint64 nonce,
        uint40 deadline,
        bytes32 structHash,
        bytes calldata signature
    ) private returns (address holder) {
        holder = _requireOwned(tokenId);
        uint40 time = _CLOCK.allianceTime();
        require(time < deadline, SignatureExpired(deadline, time));
        uint64 expected = _memberships[tokenId].nonce;
        require(nonce == expected, WrongNonce(tokenId, expected, nonce));
        bytes32 digest = _hashTypedDataV4(structHash);
        // Refuses the malleable form of a signature, and every length but 65.
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        require(recovered == holder, WrongSigner(tokenId, holder, recovered));
        emit SignatureUsed(tokenId, digest, nonce);
    }

    function _receive(uint64 units, bytes32 nonce, Payment calldata payment) private {
        IERC3009(address(_POINT)).receiveWithAuthorization(
            payment.from,
            address(this),
            units,
            0,
            payment.validBefore,
            nonce,
            payment.v,
            payment.r,
            payment.s
        );
    }

    /// @dev The point reverts instead of returning false.
    function _pay(address to, uint256 units) private {
        // slither-disable-next-line unchecked-transfer
        _POINT.transfer(to, units);
    }

    /// @dev Month, sponsor, the claim's deadline and the vault.
    function _checkGrant(GrantOrder calldata order) private view {
        uint40 time = _CLOCK.allianceTime();
        uint24 month = Months.monthOf(time);
        require(order.month == month, WrongMonth(month, order.month));
        require(_memberships[order.tokenId].lastGrantMonth < month, AlreadyGranted(order.tokenId, month)); // INV-23
        uint32 sponsor = _sponsorBrand;
        require(sponsor != 0 && order.sponsorBrand == sponsor, WrongSponsor(sponsor, order.sponsorBrand));
        uint40 latest = time + _CLAIM_WINDOW;
        bool open = order.claimDeadline > time && order.claimDeadline <= latest;
        require(open, InvalidClaimDeadline(order.claimDeadline, time + 1, latest));
        uint256 balance = vault();
        require(balance >= GRANT, VaultEmpty(balance, GRANT)); // INV-24
    }
}
