// The solc npm package as the command that py-solc-x calls: `--version`, or standard JSON from stdin to stdout.
// First argument: the package's folder.
const { readFileSync } = require("node:fs");

const solc = require(process.argv[2]);
if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler\nVersion: ${solc.version()}`);
} else {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
}
