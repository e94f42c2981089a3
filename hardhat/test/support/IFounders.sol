// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IFounderMembership} from "../../contracts/interfaces/IFounderMembership.sol";

/// @title The whole surface of the deployed founder membership
interface IFounders is IFounderMembership, IERC721 {
    function name() external view returns (string memory);
    function symbol() external view returns (string memory);
    function tokenURI(uint256 tokenId) external view returns (string memory);
    function royaltyInfo(uint256 tokenId, uint256 price) external view returns (address receiver, uint256 royalty);
}
