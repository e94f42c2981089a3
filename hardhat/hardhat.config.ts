import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";
import { defineConfig } from "hardhat/config";

const here = dirname(fileURLToPath(import.meta.url));
const settings = JSON.parse(readFileSync(join(here, "compiler-settings.json"), "utf8"));
const full = process.env.TEST_PROFILE === "full";

export default defineConfig({
  paths: { sources: "./contracts", tests: { solidity: "./test" } },
  solidity: {
    version: "0.8.37",
    // The WebAssembly compiler from the npm package: nothing is downloaded outside the lock file.
    path: join(here, "node_modules", "solc", "soljson.js"),
    settings,
    // Deployed as it is; the build writes an artifact for it too.
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  test: {
    solidity: {
      fuzz: { runs: full ? 2000 : 100, seed: "0xa11ce" },
      invariant: { runs: full ? 256 : 16, depth: full ? 128 : 48, failOnRevert: false },
    },
  },
});
