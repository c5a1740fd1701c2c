#!/usr/bin/env bash
# The editor tests (label `editors`): run.sh BUILD_DIR. Ends with 77, "skipped", when the set-up is not to be had, unless
# MLPY_EDITORS=required, as in CI. Leaves screenshots and figures.json (activation, exit to lens) in build/editors.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "$1")
if ! tests/editors/setup.sh; then
  echo "The set-up of the editor tests failed." >&2
  [ "${MLPY_EDITORS:-}" = required ] && exit 1
  exit 77
fi
. build/editors/environment
export VSIX=$PWD/build/mlpy.vsix SHOTS=$PWD/build/editors/screenshots FIGURES=$PWD/build/editors/figures.json MLPY=$build/bin/mlpy
rm -rf "$SHOTS" "$FIGURES"
mkdir -p "$SHOTS"
editors/vscode/package.sh "$build" "$VSIX"
cd editors/vscode
node_modules/.bin/vscode-tmgrammar-test 'test/grammar/*'
node --test --test-concurrency=1 test/*.test.mjs
cd ../..
editors/neovim/test/run.sh "$MLPY"
editors/emacs/test/run.sh "$MLPY"
