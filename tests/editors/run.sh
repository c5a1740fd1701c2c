#!/usr/bin/env bash
# The editor tests (label `editors`): run.sh BUILD_DIR. Ends with 77, "skipped", when the set-up is not to be had, unless
# MLPY_EDITORS=required, as in CI.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
if ! tests/editors/setup.sh; then
  echo "The set-up of the editor tests failed." >&2
  [ "${MLPY_EDITORS:-}" = required ] && exit 1
  exit 77
fi
. build/editors/environment
export VSIX=$PWD/build/mlpy.vsix SHOTS=$PWD/build/editors/screenshots MLPY=$build/bin/mlpy
rm -rf "$SHOTS"
mkdir -p "$SHOTS"
editors/vscode/package.sh "$build" "$VSIX"
cd editors/vscode
node_modules/.bin/vscode-tmgrammar-test 'test/grammar/*.ml'
node --test test/*.test.mjs
cd ../..
editors/neovim/test/run.sh "$MLPY"
