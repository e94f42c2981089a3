#!/usr/bin/env bash
# Runs every test: Solidity first, then Python. TEST_PROFILE=fast (default) or full changes budgets; only full also builds
# and runs the networks of four validators.
set -euo pipefail
cd "$(dirname "$0")/.."
export TEST_PROFILE="${TEST_PROFILE:-fast}"
bash tests/browser/install_chromium.sh
bash tests/slither/install.sh
if [ "$TEST_PROFILE" = full ]; then per_test_seconds=1800; else per_test_seconds=300; fi
if [ "$TEST_PROFILE" = full ]; then bash tests/networks/build.sh; fi

echo "== Solidity tests ($TEST_PROFILE) =="
(cd hardhat && npx hardhat test solidity)

echo "== Python tests ($TEST_PROFILE) =="
# The slow files first, so that both workers are busy to the end.
[ $# -gt 0 ] || set -- tests/networks tests/acceptance tests/browser tests/integration tests
python -m pytest -q -n 2 --dist loadscope --no-loadscope-reorder --timeout "$per_test_seconds" "$@"
