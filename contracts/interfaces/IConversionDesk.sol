// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice Why an item was rejected. Checked in the order given at {IConversionDesk-postBatch}.
enum RejectReason {
    None,
    UnknownKind,
    BrandNotActive,
    Paused,
    RateUnknown,
    RateNotEffective,
    RateExpired,
    AmountZero,
    AmountOverflow,
    DeadlinePassed,
    DeadlineTooFar,
    TooEarly,
    NothingToClaim,
    CreditLimit,
    RateLimited,
    UnknownCounterparty,
    CounterpartyNotActive,
    InvalidWallet,
    BudgetEmpty,
    BelowMinimum,
    InvalidNonce,
    BalanceTooLow,
    InvalidSignature
}

/// @title Where points cross from brand to brand
/// @notice A brand posts numbered batches of items. Batch n is accepted exactly once, after n - 1 (INV-4). Every item of
/// an accepted batch gives exactly one {Converted} or {Rejected} (INV-5); an invalid item never stops its neighbours.
///
/// Items are 86 bytes, big-endian, packed:
/// `kind u8 | rateVersion u32 | counterparty u32 | deadline u40 | amount u64 | reference bytes32 | payload bytes32`
///
/// - 1 CONVERT_IN by source brand A to `counterparty` B: mints `floor(amount * in)` units, by A's `rateVersion`, to the
///   claim address of (A, payload = commitment, deadline).
/// - 2 CLAIM by destination brand B from `counterparty` A: `payload` is the salt of
///   `commitment = keccak256(abi.encode(B, rateVersion, salt))`. Burns the whole balance of the claim address, before the
///   deadline; B owes the member `floor(units * out)` local points, by B's pinned `rateVersion`.
/// - 3 RETURN by A: burns the whole balance of the claim address of (A, payload = commitment, deadline), from the
///   deadline on.
/// - 4 TO_WALLET by source brand A: mints `floor(amount * in)` units, by A's `rateVersion`, to the address in `payload`
///   (its first 12 bytes zero): a member's own wallet, or a vault that A sponsors.
///
/// A *budget* is what a sponsor issued for a beneficiary brand to pay out under `terms` (a hash, not read here) until a
/// deadline. It lies at {budgetAddress}, for which nobody holds a key; `amount` is in units, no rate applies:
/// - 5 FUND by the sponsor, for beneficiary `counterparty`, `payload` = terms: issues `amount` units into the budget.
/// - 6 SPEND by the beneficiary, of sponsor `counterparty`: burns `amount` units of the budget, before the deadline. So
///   who paid out the bonus is paid, in its position.
/// - 7 UNSPEND by the beneficiary: issues `amount` units back into the budget, when what was paid out is taken back.
/// - 8 CLOSE by the sponsor: burns all that is left, from the deadline on.
///
/// A batch of *signed* items ({postSigned}) has the brand's same sequence. Each is an EIP-712 intent of a member's own
/// wallet, for the domain `Points Alliance`, `1`, this chain, this desk. 183 bytes, big-endian, packed:
/// `kind u8 | rateVersion u32 | deadline u40 | amount u64 | minimum u64 | nonce u64 | account address | reference bytes32 |
/// payload bytes32 | r bytes32 | s bytes32 | v u8`
///
/// - 9 CONVERT_OUT at the poster: burns `amount` units of `account`; the poster owes the member behind `payload` = code
///   `floor(units * out)` local points, by its `rateVersion`, usable now, and at least `minimum`. Signed:
///   `ConvertOut(uint32 brand,uint64 units,uint64 minimum,bytes32 code,uint256 nonce,uint40 deadline)`.
/// - 10 TRANSFER: moves `amount` units of `account` to the address in `payload`. Signed:
///   `Transfer(uint32 brand,address to,uint64 units,uint256 nonce,uint40 deadline)`.
///
/// `brand` is the poster, `nonce` the account's next ({nonces}); the intent ends at `deadline` (alliance time). To revoke
/// an intent, use its nonce for another.
///
/// Nobody holds a key for a claim address, so only this desk can empty it, and one comparison of the deadline with the
/// clock decides who may: exactly one of claim and return succeeds (INV-7). Fields an item does not need are ignored.
/// `reference` is the poster's own and is not read.
interface IConversionDesk {
    /// @notice A batch was accepted. `itemsHash` is `keccak256(items)`; the items are in the transaction.
    event BatchPosted(uint32 indexed brandId, uint40 indexed seq, bytes32 itemsHash, uint16 count);

    /// @notice An item was carried out:
    /// `brandId u32 | seq u40 | item u16 | kind u8 | rateVersion u32 | localAmount u64 | units u64`.
    /// `localAmount`: what came in (CONVERT_IN, TO_WALLET), what the brand now owes (CLAIM, CONVERT_OUT), zero (all others).
    event Converted(uint256 packed);

    /// @notice An item was refused and changed nothing.
    event Rejected(uint32 indexed brandId, uint40 indexed seq, uint16 item, uint8 reason);

    /// @dev Only the brand's hot key posts its batches.
    error NotHotKey(uint32 brandId, address caller);
    /// @dev The brand's next batch number is `expected`.
    error BatchOutOfSequence(uint32 brandId, uint40 expected, uint40 got);
    /// @dev Items must be 1 to {MAX_ITEMS} times {ITEM_SIZE} or {SIGNED_ITEM_SIZE} bytes long.
    error InvalidItemsLength(uint256 length);

    /// @notice Carries out a batch. The brand's hot key only.
    ///
    /// Reverts {NotHotKey}, {BatchOutOfSequence} or {InvalidItemsLength}; then nothing happened and the number is unused.
    ///
    /// Reasons of rejection, in the order checked:
    /// - CONVERT_IN: BrandNotActive, Paused, RateUnknown, RateNotEffective, RateExpired, AmountZero (in or out of the
    ///   rate), AmountOverflow, DeadlinePassed (`deadline <= now`), DeadlineTooFar (`deadline > now + claimWindow`),
    ///   UnknownCounterparty, CounterpartyNotActive, CreditLimit, RateLimited;
    /// - CLAIM: DeadlinePassed (`deadline <= now`), RateUnknown, RateNotEffective, RateExpired, NothingToClaim,
    ///   AmountZero (too little for one local point: it goes back by return), AmountOverflow;
    /// - RETURN: TooEarly (`now < deadline`), NothingToClaim;
    /// - TO_WALLET: BrandNotActive, Paused, RateUnknown, RateNotEffective, RateExpired, AmountZero, AmountOverflow,
    ///   InvalidWallet (no address, or zero), CreditLimit, RateLimited;
    /// - FUND: BrandNotActive, Paused, AmountZero, AmountOverflow, DeadlinePassed, DeadlineTooFar
    ///   (`deadline > now + MAX_BUDGET_LIFE`), UnknownCounterparty, CounterpartyNotActive, CreditLimit, RateLimited;
    /// - SPEND: AmountZero, DeadlinePassed, BudgetEmpty (less is left than `amount`: nothing is paid in part);
    /// - UNSPEND: BrandNotActive, Paused, AmountZero, AmountOverflow, DeadlineTooFar (as for FUND), UnknownCounterparty,
    ///   CreditLimit, RateLimited;
    /// - CLOSE: TooEarly, BudgetEmpty;
    /// - any other kind: UnknownKind.
    ///
    /// Neither a pause nor the brand's status stops CLAIM, RETURN, SPEND and CLOSE: they only burn (INV-10).
    function postBatch(uint32 brandId, uint40 seq, bytes calldata items) external;

    /// @notice Carries out a batch of signed items; reverts as {postBatch} does. The brand's hot key only.
    ///
    /// Reasons of rejection, in the order checked:
    /// - CONVERT_OUT: DeadlinePassed (`deadline <= now`), RateUnknown, RateNotEffective, RateExpired, AmountZero (out of the
    ///   rate), AmountOverflow, BelowMinimum, InvalidNonce, InvalidSignature (of anything else or anybody else: other
    ///   chain, desk, brand, amount, account; malleated), BalanceTooLow;
    /// - TRANSFER: Paused (clock or token), DeadlinePassed, AmountZero, InvalidWallet, InvalidNonce, InvalidSignature,
    ///   BalanceTooLow;
    /// - any other kind: UnknownKind.
    ///
    /// Neither a pause nor the brand's status stops CONVERT_OUT: it only burns (INV-10).
    function postSigned(uint32 brandId, uint40 seq, bytes calldata items) external;

    /// @notice The number the brand's next batch must have; 1 before the first.
    function nextSeq(uint32 brandId) external view returns (uint40);

    /// @notice The address that holds a conversion in between: the first 20 bytes of
    /// `keccak256(abi.encode(CLAIM_DOMAIN, sourceBrand, commitment, deadline))`.
    function claimAddress(uint32 sourceBrand, bytes32 commitment, uint40 deadline) external view returns (address);

    /// @notice The address that holds a budget: the first 20 bytes of
    /// `keccak256(abi.encode(BUDGET_DOMAIN, sponsor, beneficiary, terms, deadline))`.
    function budgetAddress(
        uint32 sponsor,
        uint32 beneficiary,
        bytes32 terms,
        uint40 deadline
    ) external view returns (address);

    /// @notice The nonce that the account's next intent must have.
    function nonces(address account) external view returns (uint256);

    /// @notice Alliance time, see {IAllianceClock}.
    function allianceTime() external view returns (uint40);

    /// @notice True while convert-ins are stopped.
    function paused() external view returns (bool);

    /// @notice `keccak256(abi.encode(keccak256("PointsAlliance.Claim.v1"), block.chainid, address(this)))`
    function CLAIM_DOMAIN() external view returns (bytes32);

    /// @notice `keccak256(abi.encode(keccak256("PointsAlliance.Budget.v1"), block.chainid, address(this)))`
    function BUDGET_DOMAIN() external view returns (bytes32);

    /// @notice The longest life of a budget in seconds: what a brand in exit must wait for is bounded.
    function MAX_BUDGET_LIFE() external view returns (uint256);

    /// @notice Bytes of an item.
    function ITEM_SIZE() external view returns (uint256);

    /// @notice Bytes of a signed item.
    function SIGNED_ITEM_SIZE() external view returns (uint256);

    /// @notice EIP-712 type hash of `ConvertOut`.
    function CONVERT_OUT_TYPEHASH() external view returns (bytes32);

    /// @notice EIP-712 type hash of `Transfer`.
    function TRANSFER_TYPEHASH() external view returns (bytes32);

    /// @notice Most items of a batch.
    function MAX_ITEMS() external view returns (uint256);
}
