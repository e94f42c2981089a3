// A wallet that is not ours (viem): node viem_wallet.mjs PRIVATE_KEY. One JSON request {method, params} per line on
// standard input, one {result} or {error} per line on standard output, as an EIP-1193 provider would answer.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
const require = createRequire(new URL("../../hardhat/package.json", import.meta.url));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { privateKeyToAccount } = await load("viem/accounts");
const { parseSiweMessage, validateSiweMessage } = await load("viem/siwe");

const account = privateKeyToAccount(process.argv[2]);
const methods = {
  eth_requestAccounts: () => [account.address],
  personal_sign: ([data]) => account.signMessage({ message: { raw: data } }),
  eth_signTypedData_v4: ([, text]) => account.signTypedData(JSON.parse(text)),
  // Not of EIP-1193: what viem makes of a sign-in message at a site.
  siwe: ([message, domain, time]) => ({
    ...parseSiweMessage(message),
    valid: validateSiweMessage({
      address: account.address, domain, message: parseSiweMessage(message), time: new Date(time * 1000),
    }),
  }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { method, params } = JSON.parse(line);
  let answer;
  try {
    answer = { result: await methods[method](params ?? []) };
  } catch (error) {
    answer = { error: String(error) };
  }
  console.log(JSON.stringify(answer));
}
