#!/usr/bin/env bash
# Installs the client's packages into the build folder and runs the test: run.sh BUILD MLPY_LSP. Exit code 77 (skipped)
# when npm or the packages cannot be had, unless MLPY_EDITORS=required, as in CI.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1/lsp-client
skip() { echo "$1"; [ "${MLPY_EDITORS:-}" = required ] && exit 1; exit 77; }
cd "$here/../../.."
tests/editors/setup.sh > /dev/null || skip "the set-up of the editor tests failed"
. build/editors/environment
mkdir -p "$out"
exec 9> "$out/lock"
flock 9
if ! cmp -s "$here/package-lock.json" "$out/ready"; then
  cp "$here/package.json" "$here/package-lock.json" "$out/"
  (cd "$out" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || skip "no packages"
  cp "$here/package-lock.json" "$out/ready"
fi
flock -u 9
exec node "$here/client.mjs" "$out" "$2"
