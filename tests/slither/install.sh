#!/usr/bin/env bash
# Slither in an environment of its own (build/slither), made anew when its locked versions change.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ -f build/slither/.installed ] && [ ! requirements/slither.txt -nt build/slither/.installed ]; then exit 0; fi
.venv/bin/uv venv -q --clear --python .venv/bin/python build/slither
.venv/bin/uv pip install -q --python build/slither/bin/python --require-hashes -r requirements/slither.txt
touch build/slither/.installed
