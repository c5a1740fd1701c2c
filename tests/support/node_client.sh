#!/usr/bin/env bash
# Runs a test written for Node: node_client.sh SCRIPT FOLDER ARGUMENTS... installs the packages that the package-lock.json
# beside the script names into FOLDER and calls the script with FOLDER and the arguments. Exit code 77 (skipped) when npm or
# the packages cannot be had, unless MLPY_EDITORS=required, as in CI.
set -euo pipefail
script=$(realpath "$1") out=$2
shift 2
here=$(dirname "$script")
skip() { echo "$1"; [ "${MLPY_EDITORS:-}" = required ] && exit 1; exit 77; }
cd "$(dirname "$0")/../.."
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
exec node "$script" "$out" "$@"
