#!/usr/bin/env bash
# Takes the pictures of the manual anew, so that they show what is true: pictures.sh [BUILD_DIR]. On a machine that does
# nothing else: the numbers in them are measured.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${1:-build/release}")
tests/editors/setup.sh
. build/editors/environment
export VSIX=$PWD/build/mlpy.vsix
editors/vscode/package.sh "$build" "$VSIX"
mkdir -p docs/images
cd editors/vscode
node test/pictures.mjs ../../docs/images
