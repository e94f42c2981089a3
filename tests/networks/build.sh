#!/usr/bin/env bash
# Builds the engine of the four-validator network (tests/networks/snowman) into build/snowman, once for each version of
# its sources: some six minutes on two cores, 700 MB of modules and 1 GB of build cache, which Go keeps. Only the full profile needs it.
set -euo pipefail
cd "$(dirname "$0")/snowman"
target="$(cd ../../.. && pwd)/build/snowman"
evm=srEXiWaHuhNyGwPUi444Tu47ZEDwxTWrbQiuD7FmgSAQ6X7Dy # what the engine calls its EVM plugin

wanted="$(sed -n 's/^go //p' go.mod)"
found="$(command -v go >/dev/null && go env GOVERSION | sed 's/^go//' || true)"
if [ -z "$found" ] || [ "$(printf '%s\n' "$wanted" "${found%% *}" | sort -V | head -n 1)" != "$wanted" ]; then
    echo "make test-full builds a network of validators and needs Go $wanted or newer (found: ${found:-none})." >&2
    echo "Install it from your distribution or from Go's download page, then run make test-full again; make test needs no Go." >&2
    exit 1
fi
if ! command -v "$(go env CC)" >/dev/null; then
    echo "make test-full builds a network of validators and needs a C compiler ($(go env CC)), e.g. apt-get install gcc." >&2
    exit 1
fi

stamp="$(cat go.mod go.sum ./*.go evm/*.go ../build.sh | sha256sum | cut -d' ' -f1) $found"
if [ "$(cat "$target/.built" 2>/dev/null || true)" = "$stamp" ]; then exit 0; fi
echo "== Building a network of validators (once; some minutes) =="
rm -rf "$target"
mkdir -p "$target/plugins"
export CGO_ENABLED=1
go build -mod=readonly -o "$target/plugins/$evm" ./evm
go build -mod=readonly -o "$target/avalanchego" github.com/ava-labs/avalanchego/main
go build -mod=readonly -o "$target/network" .
echo "$stamp" >"$target/.built"
