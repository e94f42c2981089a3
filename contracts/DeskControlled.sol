// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IDeskControlled} from "./interfaces/IDeskControlled.sol";

/// @title A contract that obeys desks
/// @notice See {IDeskControlled} for what it promises.
abstract contract DeskControlled is AccessManaged, IDeskControlled {
    /// @inheritdoc IDeskControlled
    mapping(address desk => bool allowed) public override isDesk;

    /// @dev A plain mapping, not the AccessManager: asking it costs 13,500 gas a call.
    modifier onlyDesk() {
        require(isDesk[msg.sender], NotDesk(msg.sender));
        _;
    }

    /// @inheritdoc IDeskControlled
    function setDesk(address desk, bool allowed) external override restricted {
        isDesk[desk] = allowed;
        emit DeskSet(desk, allowed);
    }
}
