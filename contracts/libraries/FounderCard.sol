// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

// JSON and SVG are full of double quotes.
/* solhint-disable quotes, gas-small-strings */

/// @title What a founder membership looks like
/// @notice Metadata and picture from the number and the month of the last grant alone: nothing is fetched from anywhere, and
/// nothing says who the holder is.
library FounderCard {
    using Strings for uint256;

    /// @notice A JSON data URI as ERC-721 describes it, with the SVG picture inside as another. `month` 0: never granted.
    function uri(uint256 tokenId, uint24 month, string memory description) internal pure returns (string memory) {
        string memory number = tokenId.toString();
        string memory json = string.concat(
            '{"name":"Points Alliance Founder #',
            number,
            '","description":"',
            Strings.escapeJSON(description),
            '","image":"data:image/svg+xml;base64,',
            Base64.encode(bytes(_picture(number))),
            '","attributes":[{"display_type":"number","trait_type":"Number","value":',
            number,
            '},{"trait_type":"Last grant","value":"',
            _monthText(month),
            '"}]}'
        );
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }

    function _picture(string memory number) private pure returns (string memory) {
        return
            string.concat(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200" role="img">',
                "<title>Points Alliance Founder #",
                number,
                '</title><rect width="320" height="200" rx="16" fill="#14323a"/>',
                '<circle cx="262" cy="58" r="34" fill="none" stroke="#e0b152" stroke-width="3"/>',
                '<circle cx="238" cy="58" r="34" fill="none" stroke="#7fb7a6" stroke-width="3"/>',
                '<g font-family="sans-serif" fill="#f4efe3"><text x="24" y="52" font-size="16">Points Alliance</text>',
                '<text x="24" y="138" font-size="44" font-weight="700">#',
                number,
                '</text><text x="24" y="170" font-size="16" fill="#e0b152">Founder</text></g></svg>'
            );
    }

    function _monthText(uint24 month) private pure returns (string memory) {
        if (month == 0) return "none";
        uint256 ordinal = (month % 12) + 1;
        return string.concat(uint256(month / 12).toString(), ordinal < 10 ? "-0" : "-", ordinal.toString());
    }
}
