// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @notice What a brand's sealed event log was on a day: the root of an RFC 9162 tree over its first `size` events.
/// `day` counts days since 1970-01-01 in the brand's own calendar.
struct Head {
    uint32 day;
    uint64 size;
    bytes32 root;
}

/// @notice What a brand owes its members. `month` counts months since January 1970 (January 2026 is 672). Points whose
/// time was over at `cutOff` (seconds) are not in it. `headDay`, `logSize` and `logRoot` name the anchored head from which
/// everything follows. `liabilitiesRoot` is the root of a Merkle-sum tree of `leaves` leaves that sum to `totalPoints`
/// local points; `rateVersion` is the published rate that values them
/// (zero when none was in force).
struct Statement {
    uint32 month;
    uint40 cutOff;
    uint32 headDay;
    uint64 logSize;
    bytes32 logRoot;
    bytes32 liabilitiesRoot;
    uint128 totalPoints;
    uint64 leaves;
    uint32 rateVersion;
}

/// @title Daily heads of sealed event logs, and monthly statements of what brands owe their members
/// @notice Only ever grows: nothing recorded here can be changed or taken out, by nobody (INV-27, INV-28). A record needs
/// the signature of the brand's hot key (EIP-712, or ERC-1271 when the key is a contract) and may be sent by any account,
/// so publishing never waits behind, or disturbs, the brand's batches (INV-29). It goes on under a pause, and for brands
/// that are suspended, leaving or closed: they owe their members an account too. Days and months are the calendar's, not
/// alliance time's: a pause stops conversions and not the calendar.
///
/// One storage slot a record: `headDigest` and `statementDigest` are EIP-712 struct hashes, so one storage proof binds
/// every field of a record that somebody shows.
interface IStatementRegistry {
    event HeadAnchored(uint32 indexed brandId, uint32 indexed day, uint64 size, bytes32 root);
    event StatementPublished(uint32 indexed brandId, uint32 indexed month, Statement statement);

    /// @dev The signature is not the brand's hot key's for exactly this record, contract and chain.
    error NotSignedByHotKey(uint32 brandId);
    /// @dev A call anchors 1 to {MAX_HEADS} heads.
    error HeadCountOutOfRange(uint256 count);
    /// @dev A log without events has no head.
    error EmptyLog(uint32 brandId, uint32 day);
    /// @dev One head a day, in the order of days.
    error DayNotLater(uint32 brandId, uint32 day, uint32 lastDay);
    /// @dev The day has not begun anywhere on earth.
    error DayInFuture(uint32 brandId, uint32 day, uint32 latestDay);
    /// @dev The log has fewer events than before.
    error LogShrank(uint32 brandId, uint64 size, uint64 lastSize);
    /// @dev As many events as before, and others.
    error LogReplaced(uint32 brandId, uint32 day);
    /// @dev One statement a month, in the order of months.
    error MonthNotLater(uint32 brandId, uint32 month, uint32 lastMonth);
    /// @dev The month is not over anywhere on earth; `latestMonth` is the last that is.
    error MonthNotOver(uint32 brandId, uint32 month, uint32 latestMonth);
    /// @dev A statement's cut-off is later than the one before.
    error CutOffNotLater(uint32 brandId, uint40 cutOff, uint40 lastCutOff);
    /// @dev The cut-off is still to come.
    error CutOffInFuture(uint32 brandId, uint40 cutOff);
    /// @dev The statement names a head that is not anchored as it says.
    error HeadNotAnchored(uint32 brandId, uint32 day);
    /// @dev The brand has published no such rate.
    error UnknownRate(uint32 brandId, uint32 version, uint32 latestVersion);
    /// @dev A tree is full: a power of two of {MIN_LEAVES} to {MAX_LEAVES} leaves.
    error LeafCountOutOfRange(uint64 leaves);

    /// @notice Anchors heads of a brand's log, oldest first.
    ///
    /// Requirements, in this order:
    /// - 1 to {MAX_HEADS} heads ({HeadCountOutOfRange}), signed by the brand's hot key ({NotSignedByHotKey});
    /// - each of a later day than the one before ({DayNotLater}) that has begun ({DayInFuture}); with events
    ///   ({EmptyLog}), not fewer than before ({LogShrank}), and the same root when there are as many ({LogReplaced}).
    ///
    /// That a larger log continues the smaller one cannot be seen here: a consistency proof between the two shows it.
    /// @param signature over `Heads(uint32 brandId,Head[] heads)`
    function anchorHeads(uint32 brandId, Head[] calldata heads, bytes calldata signature) external;

    /// @notice Publishes a brand's statement of a month.
    ///
    /// Requirements, in this order:
    /// - signed by the brand's hot key ({NotSignedByHotKey});
    /// - a later month than the last ({MonthNotLater}) that is over ({MonthNotOver}); a later cut-off ({CutOffNotLater})
    ///   that is over ({CutOffInFuture}); a full tree ({LeafCountOutOfRange});
    /// - of a head that is anchored exactly so ({HeadNotAnchored}) and a published rate ({UnknownRate}).
    /// @param signature over `BrandStatement(uint32 brandId,Statement statement)`
    function publish(uint32 brandId, Statement calldata statement, bytes calldata signature) external;

    /// @notice EIP-712 hash of a day's {Head}; zero if none was anchored.
    function headDigest(uint32 brandId, uint32 day) external view returns (bytes32);

    /// @notice EIP-712 hash of a month's {Statement}; zero if none was published.
    function statementDigest(uint32 brandId, uint32 month) external view returns (bytes32);

    /// @notice The newest of a brand: day and size of its last head, month and cut-off of its last statement.
    function latest(uint32 brandId) external view returns (uint32 day, uint64 size, uint32 month, uint40 cutOff);

    /// @notice Heads that one call anchors at most: a month's.
    function MAX_HEADS() external view returns (uint256);

    /// @notice The smallest tree.
    function MIN_LEAVES() external view returns (uint64);

    /// @notice The largest tree; with amounts below 2^96 no sum can overflow 128 bits.
    function MAX_LEAVES() external view returns (uint64);
}
