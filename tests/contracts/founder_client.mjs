// A third-party client (viem with its own ERC-721 ABI) reads a founder membership: node founder_client.mjs RPC CONTRACT.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const require = createRequire(new URL("../../hardhat/package.json", import.meta.url));
const { createPublicClient, erc721Abi, http, parseAbi, parseAbiItem } = await import(
  pathToFileURL(require.resolve("viem")).href
);

const [rpc, address] = process.argv.slice(2);
const client = createPublicClient({ transport: http(rpc) });
const read = (abi, functionName, args = []) => client.readContract({ address, abi, functionName, args });
const extra = parseAbi([
  "function royaltyInfo(uint256 tokenId, uint256 price) view returns (address, uint256)",
  "function supportsInterface(bytes4 id) view returns (bool)",
]);
const transfer = parseAbiItem("event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)");
const logs = await client.getLogs({ address, event: transfer, fromBlock: 0n });
const interfaces = ["0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x2a55205a", "0x49064906", "0xffffffff"];
console.log(
  JSON.stringify({
    name: await read(erc721Abi, "name"),
    symbol: await read(erc721Abi, "symbol"),
    owner: await read(erc721Abi, "ownerOf", [1n]),
    uri: await read(erc721Abi, "tokenURI", [1n]),
    royalty: (await read(extra, "royaltyInfo", [1n, 10_000n])).map(String),
    supported: await Promise.all(interfaces.map((id) => read(extra, "supportsInterface", [id]))),
    transfers: logs.map((log) => [log.args.from, log.args.to, String(log.args.tokenId)]),
  }),
);
