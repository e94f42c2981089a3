#!/usr/bin/env bash
# Makes sure that Debian's chromium is there for the browser tests. Installs it when this user may; otherwise says how.
set -euo pipefail
if [ -x /usr/bin/chromium ]; then exit 0; fi
echo "== Installing chromium for the browser tests =="
if [ "$(id -u)" = 0 ]; then run=(); elif command -v sudo >/dev/null; then run=(sudo -n); else
  echo "chromium is missing and this user may not install it: run 'apt-get install -y chromium' as root" >&2; exit 3
fi
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get update -qq
"${run[@]}" apt-get install -y -qq --no-install-recommends chromium >/dev/null || {
  echo "chromium could not be installed: run 'apt-get install -y chromium' and try again" >&2; exit 3
}
test -x /usr/bin/chromium
