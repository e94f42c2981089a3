// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice What a payment is for. Into the alliance: `Due`, `CollateralIn`, `FundIn`, `Recovery`. Out of it: `Payout`,
/// `CollateralOut`, `FundOut`.
enum PaymentKind {
    None,
    Due,
    Payout,
    CollateralIn,
    CollateralOut,
    FundIn,
    FundOut,
    Recovery
}

/// @notice `None` before the first close; `Closing` until the netting statement is complete; `Paying` until every due is
/// paid or in default; then `Paid`, and the next epoch may be closed.
enum Phase {
    None,
    Closing,
    Paying,
    Paid
}

/// @notice A payment by bank, as treasurer and brand sign it (EIP-712). `units` are whole fen: multiples of 10.
struct Payment {
    PaymentKind kind;
    uint32 brandId;
    uint32 epoch;
    uint128 units;
    bytes32 bankReference;
}

/// @notice An epoch. `supply`, `cash`, `deficit` and `brands` are as at its close; `dues` and `claims` the sums of its
/// statement; `collected` what came in for its dues; `open` how many dues are neither paid nor in default.
struct Epoch {
    Phase phase;
    uint40 closedAt;
    uint40 dueAt;
    uint32 brands;
    uint32 submitted;
    uint32 open;
    uint128 supply;
    uint128 cash;
    uint128 deficit;
    uint128 dues;
    uint128 claims;
    uint128 collected;
    bytes32 statementHash;
}

/// @notice A brand's line in the statement of `epoch`: what it still owes, what it is owed, what it got.
struct Line {
    uint32 epoch;
    uint128 due;
    uint128 claim;
    uint128 paidOut;
}

/// @notice A default whose assessments are being booked: `units` over caps of `caps`, up to brand `cursor` so far.
struct Assessment {
    uint32 debtor;
    uint32 cursor;
    uint128 units;
    uint128 caps;
}

/// @title Epochs, payments, defaults
/// @notice In alliance units: 10 units are 1 fen. The treasurer closes an epoch: at that instant each brand's position is
/// frozen. A negative one is a due, to be paid whole (to the next whole fen) before `dueAt`; a positive one is a claim,
/// paid in whole fen, pro rata to what the pool holds above the points outstanding at the close:
/// `floor_fen(claim * min(claims, max(0, cash + collected - supply)) / claims)`. What is not paid stays in the position
/// and is carried over (INV-14, INV-15).
///
/// Who is overdue is declared in default by anyone: `ExitOnly`, and its due is taken from its own collateral, its share of
/// the guarantee fund, everyone's shares, the assessments agreed in advance, each brand at most its cap in an epoch, and
/// what is left is the pool's deficit (INV-16). No member's balance is ever touched.
///
/// Money moves by bank, attested by a treasurer and by the brand's settlement key over one {Payment}, or, if an
/// asset was named at deployment, in that ERC-20 token (INV-12). No function here looks at a pause (INV-10); dates are
/// alliance time.
interface ISettlement {
    event EpochClosed(
        uint32 indexed epoch,
        uint128 supply,
        uint128 cash,
        uint128 deficit,
        uint32 brands,
        uint40 closedAt
    );
    /// @notice A line of the statement. `position` is the frozen one; `madeGood` what of a claim went into the brand's own
    /// write-off.
    event LineAccepted(uint32 indexed epoch, uint32 indexed brandId, int256 position, uint96 madeGood);
    event StatementCompleted(uint32 indexed epoch, uint128 dues, uint128 claims, uint40 dueAt, bytes32 statementHash);
    /// @notice Every due of the epoch is paid or in default.
    event EpochPaid(uint32 indexed epoch);
    /// @notice Money moved. `treasurer` and `bankReference` are zero when the asset moved.
    event PaymentConfirmed(
        PaymentKind indexed kind,
        uint32 indexed brandId,
        uint32 indexed epoch,
        uint128 units,
        bytes32 bankReference,
        address treasurer
    );
    event CapAgreed(uint32 indexed brandId, uint128 cap);
    /// @notice A brand's default, and where its due came from so far; `assessed` is still to be booked by {assess}.
    event Defaulted(
        uint32 indexed epoch,
        uint32 indexed brandId,
        uint128 collateral,
        uint128 own,
        uint128 mutual,
        uint128 assessed,
        uint128 rest
    );
    /// @notice `brandId` takes over `units` of the debtor's due.
    event Assessed(uint32 indexed epoch, uint32 indexed debtor, uint32 indexed brandId, uint128 units);
    /// @notice A default's last step: `units` were written off.
    event DefaultClosed(uint32 indexed epoch, uint32 indexed brandId, uint128 units);
    /// @notice A claim of a brand that was in default went to the fund that had paid for it.
    event CreditApplied(uint32 indexed epoch, uint32 indexed brandId, uint128 units);
    /// @notice The odd units below one fen of a leaving brand went to the fund.
    event DustSwept(uint32 indexed brandId, uint128 units);

    /// @dev The epoch is in `phase`, which does not allow this.
    error WrongPhase(uint32 epoch, Phase phase);
    /// @dev The statement's next line is brand `submitted + 1`, of `brands`.
    error WrongLines(uint32 submitted, uint32 brands, uint256 first, uint256 count);
    /// @dev The statement says `given`; the position at the close was `frozen`.
    error WrongPosition(uint32 brandId, int256 frozen, int256 given);
    /// @dev The payment is for another epoch than the current one.
    error WrongEpoch(uint32 epoch, uint32 current);
    /// @dev An amount must be whole fen (multiples of 10 units) and not zero.
    error NotWholeFen(uint128 units);
    /// @dev At most `allowed` units can be paid for this now, or agreed to.
    error TooMuch(uint32 brandId, uint256 allowed, uint128 units);
    /// @dev No payment has this kind, or the brand does not exist.
    error InvalidPayment(PaymentKind kind, uint32 brandId);
    /// @dev This bank reference was confirmed before.
    error ReferenceUsed(bytes32 bankReference);
    /// @dev The account has no treasurer role.
    error NotTreasurer(address account);
    /// @dev Treasurer and brand must be two parties.
    error SameSigner(address account);
    /// @dev The signature is not this account's over the payment.
    error InvalidSignature(address account);
    /// @dev Payments move in the settlement asset, not by bank.
    error AssetSettles(address asset);
    /// @dev Payments move by bank and are attested.
    error BankSettles();
    /// @dev The asset's transfer brought less than was booked.
    error AssetShort(uint256 expected, uint256 received);
    /// @dev Only the brand's settlement key takes its collateral or contribution back in the asset.
    error NotSettlementKey(uint32 brandId, address caller);
    /// @dev Only the brand's cold key agrees to assessments.
    error NotColdKey(uint32 brandId, address caller);
    /// @dev The brand's due is paid, or its date `dueAt` is not yet over.
    error NotOverdue(uint32 brandId, uint128 due, uint40 dueAt);
    /// @dev The assessments for `debtor` come first: call {assess}.
    error AssessmentRunning(uint32 debtor);
    /// @dev No assessment is running.
    error NothingToAssess();
    /// @dev A contribution is paid back to a brand that left, without default and without a cap.
    error ContributionLocked(uint32 brandId);
    /// @dev There is nothing of that kind to move.
    error NothingToMove(uint32 brandId);

    /// @notice Closes the epoch: all positions are frozen at this instant. Reverts {WrongPhase} while the one before is not
    /// paid. Treasurer only.
    function closeEpoch() external returns (uint32 epoch);

    /// @notice Submits the next lines of the netting statement: frozen positions of the brands from `first` on. Each is
    /// compared with the books; every brand that existed at the close comes exactly once, in the order of ids (INV-13).
    /// The last line completes the statement and sets `dueAt`. Reverts {WrongPhase}, {WrongLines}, {WrongPosition}.
    /// Treasurer only.
    function submitStatement(uint32 first, int256[] calldata positions) external;

    /// @notice Books a bank payment that a treasurer and the brand's settlement key attest. Anyone may send it.
    ///
    /// - `Due`: at most what is due, rounded up to a whole fen; while the epoch is `Paying`.
    /// - `Payout`: at most {payoutOf}.
    /// - `CollateralIn`, `FundIn`: any amount. `Recovery`: at most {owedOf}, rounded up to a whole fen; not while the
    ///   brand's default is being assessed ({AssessmentRunning}).
    /// - `CollateralOut`: as long as the position stays within what limits remain (an active brand's credit line counts),
    ///   and a due, also one that is frozen and not yet stated, stays covered.
    /// - `FundOut`: a brand that is `ExitOnly` or `Closed`, not below zero, not in default, with no cap.
    function confirm(
        Payment calldata payment,
        address treasurer,
        bytes calldata treasurerSignature,
        bytes calldata brandSignature
    ) external;

    /// @notice The same in the settlement asset. What comes in comes from the caller; what goes out goes to the brand's
    /// settlement key. Anyone pays in and triggers a `Payout`; `CollateralOut` and `FundOut` are the settlement key's.
    function move(PaymentKind kind, uint32 brandId, uint128 units) external;

    /// @notice Agrees to be assessed up to `cap` in each epoch from now on: at most `2**96 - 1` units ({TooMuch}). Not while
    /// an epoch is being paid ({WrongPhase}). The brand's cold key only.
    function agreeCap(uint32 brandId, uint128 cap) external;

    /// @notice From `dueAt` on: declares a brand whose due is not paid in default. Anyone. Reverts {NotOverdue},
    /// {AssessmentRunning}, {WrongPhase}.
    function declareDefault(uint32 brandId) external;

    /// @notice Books the assessments of up to `count` further brands. Anyone. Reverts {NothingToAssess}.
    function assess(uint32 count) external;

    /// @notice Pays the claim of a brand that others paid for into the fund. Anyone. Reverts {NothingToMove}.
    function applyCredit(uint32 brandId) external;

    /// @notice Moves less than one fen of a leaving brand's position to the fund, so that it closes at zero. Anyone.
    /// Reverts {NothingToMove}.
    function sweepDust(uint32 brandId) external;

    /// @notice An epoch, closed or not.
    function epochOf(uint32 epoch) external view returns (Epoch memory);

    /// @notice A brand's line; its `epoch` tells whether it is of the current one.
    function lineOf(uint32 brandId) external view returns (Line memory);

    /// @notice What may be paid out to the brand now: what its claim has left, and never so much that its position falls
    /// below its limit (below zero, if it is not active) for what it issued since the close (INV-3).
    function payoutOf(uint32 brandId) external view returns (uint128);

    /// @notice What a brand still owes for its default: to the pool (written off) and to those who paid for it.
    function owedOf(uint32 brandId) external view returns (uint96 writtenOff, uint128 toFund);

    /// @notice The brand's cap, and how much of it the current epoch used.
    function capOf(uint32 brandId) external view returns (uint128 cap, uint128 used);

    /// @notice Collateral of all brands together.
    function collateralTotal() external view returns (uint128);

    /// @notice The EIP-712 digest that both sign.
    function paymentDigest(Payment calldata payment) external view returns (bytes32);

    /// @notice True once a payment with this reference was confirmed.
    function referenceUsed(bytes32 bankReference) external view returns (bool);

    /// @notice The assessment that is running; `debtor` is zero if none is.
    function running() external view returns (uint32 debtor, uint32 cursor, uint128 units, uint128 caps);

    /// @notice Seconds between a complete statement and `dueAt`.
    function PAYMENT_PERIOD() external view returns (uint40);

    /// @notice The ERC-20 token that settles; zero if banks do.
    function ASSET() external view returns (address);
}
