// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Items as a bridge writes them
library ItemBuilder {
    bytes32 private constant REFERENCE = keccak256("the poster's own");

    function item(
        uint8 kind,
        uint32 rateVersion,
        uint32 counterparty,
        uint40 deadline,
        uint64 amount,
        bytes32 payload
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(kind, rateVersion, counterparty, deadline, amount, REFERENCE, payload);
    }

    function convertIn(
        uint32 rateVersion,
        uint32 counterparty,
        uint40 deadline,
        uint64 amount,
        bytes32 commitment
    ) internal pure returns (bytes memory) {
        return item(1, rateVersion, counterparty, deadline, amount, commitment);
    }

    function claim(
        uint32 rateVersion,
        uint32 source,
        uint40 deadline,
        bytes32 salt
    ) internal pure returns (bytes memory) {
        return item(2, rateVersion, source, deadline, 0, salt);
    }

    function giveBack(uint32 destination, uint40 deadline, bytes32 commitment) internal pure returns (bytes memory) {
        return item(3, 0, destination, deadline, 0, commitment);
    }

    function toWallet(uint32 rateVersion, uint64 amount, address wallet) internal pure returns (bytes memory) {
        return item(4, rateVersion, 0, 0, amount, bytes32(uint256(uint160(wallet))));
    }

    function fund(
        uint32 beneficiary,
        uint40 deadline,
        uint64 units,
        bytes32 terms
    ) internal pure returns (bytes memory) {
        return item(5, 0, beneficiary, deadline, units, terms);
    }

    function spend(uint32 sponsor, uint40 deadline, uint64 units, bytes32 terms) internal pure returns (bytes memory) {
        return item(6, 0, sponsor, deadline, units, terms);
    }

    function unspend(
        uint32 sponsor,
        uint40 deadline,
        uint64 units,
        bytes32 terms
    ) internal pure returns (bytes memory) {
        return item(7, 0, sponsor, deadline, units, terms);
    }

    function closeBudget(uint32 beneficiary, uint40 deadline, bytes32 terms) internal pure returns (bytes memory) {
        return item(8, 0, beneficiary, deadline, 0, terms);
    }
}
