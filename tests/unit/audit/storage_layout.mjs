// Prints the storage layout of every contract as JSON: {contract: {storage, types}}. Argument: the repository's root.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = process.argv[2];
const solc = createRequire(join(root, "hardhat", "package.json"))("solc");
const settings = JSON.parse(readFileSync(join(root, "hardhat", "compiler-settings.json"), "utf8"));
const fromLibrary = "@openzeppelin/contracts/access/manager/AccessManager.sol";
const names = readdirSync(join(root, "contracts")).filter((name) => name.endsWith(".sol"));
const sources = Object.fromEntries(
  names.map((name) => [`contracts/${name}`, { content: readFileSync(join(root, "contracts", name), "utf8") }]),
);
sources[fromLibrary] = { content: readFileSync(join(root, "hardhat", "node_modules", fromLibrary), "utf8") };
// The layout does not depend on the optimizer; without it the compiler is done in a second.
const output = { "*": { "*": ["storageLayout"] } };
const input = {
  language: "Solidity",
  sources,
  settings: { evmVersion: settings.evmVersion, optimizer: { enabled: false }, outputSelection: output },
};
const find = (path) => {
  for (const base of [join(root, "hardhat", "node_modules"), root]) {
    if (existsSync(join(base, path))) return { contents: readFileSync(join(base, path), "utf8") };
  }
  return { error: `not found: ${path}` };
};
const compiled = JSON.parse(solc.compile(JSON.stringify(input), { import: find }));
const errors = (compiled.errors ?? []).filter((error) => error.severity === "error");
if (errors.length) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
const layouts = {};
for (const name of [...names.map((name) => `contracts/${name}`), fromLibrary]) {
  for (const [contract, result] of Object.entries(compiled.contracts[name])) {
    layouts[contract] = result.storageLayout;
  }
}
process.stdout.write(JSON.stringify(layouts));
