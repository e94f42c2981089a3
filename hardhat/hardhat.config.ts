import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { defineConfig } from "hardhat/config";

const here = dirname(fileURLToPath(import.meta.url));
const settings = JSON.parse(readFileSync(join(here, "compiler-settings.json"), "utf8"));
const full = process.env.TEST_PROFILE === "full";

// The WebAssembly compiler from the npm package: nothing is downloaded outside the lock file.
const compiler = { version: "0.8.37", path: join(here, "node_modules", "solc", "soljson.js") };

// Tests are compiled by the older, quick code generator. They deploy the contracts from their artifacts, so what runs is
// the bytecode that is deployed in earnest.
const quick = { ...compiler, settings: { evmVersion: settings.evmVersion, optimizer: { enabled: true, runs: 1 } } };
const tests = readdirSync(join(here, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".sol"))
  .map((name) => [`test/${name}`, quick]);

export default defineConfig({
  paths: { sources: "./contracts", tests: { solidity: "./test" } },
  solidity: {
    compilers: [{ ...compiler, settings }],
    overrides: Object.fromEntries(tests),
    // Deployed as it is; the build writes an artifact for it too.
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  test: {
    solidity: {
      fuzz: { runs: full ? 2000 : 100, seed: "0xa11ce" },
      invariant: { runs: full ? 256 : 16, depth: full ? 128 : 48, failOnRevert: true },
    },
  },
});
