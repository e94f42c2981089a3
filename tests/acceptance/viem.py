"""A wallet in a process of its own, with a library that is not ours (viem)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("viem_wallet.mjs")


class ViemWallet:
    """One account; asked as a browser's wallet is (EIP-1193)."""

    def __init__(self, number: int) -> None:
        node = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
        key = "0x" + (0x3A11E7 << 32 | number).to_bytes(32, "big").hex()
        self._process = subprocess.Popen(
            [node, str(SCRIPT), key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        [self.address] = self.request("eth_requestAccounts")

    def request(self, method: str, *params: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"method": method, "params": params}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer
        return answer["result"]

    def personal_sign(self, message: str) -> str:
        signature: str = self.request("personal_sign", "0x" + message.encode().hex(), self.address)
        return signature

    def sign_typed_data(self, typed_data: Any) -> str:
        signature: str = self.request("eth_signTypedData_v4", self.address, json.dumps(typed_data))
        return signature

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
