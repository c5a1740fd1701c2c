#!/usr/bin/env bash
# Writes build/mlpy.vsix: the extension with the programs of a build inside (default: build/release).
# Wants Node 20 or newer in PATH and the packages of package-lock.json in node_modules.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "${1:-$here/../../build/release}")
out=$(realpath -m "${2:-$here/../../build/mlpy.vsix}")
cd "$here"

node_modules/.bin/tsc --noEmit -p .
node build.mjs
rm -rf toolchain
cmake --install "$build" --prefix "$PWD/toolchain" --strip > /dev/null
# The servers are in `mlpy` itself.
find toolchain/bin -type f ! -name mlpy -delete
find toolchain -name __pycache__ -prune -exec rm -rf {} +
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) target=linux-x64 ;;
  Linux-aarch64) target=linux-arm64 ;;
  Darwin-arm64) target=darwin-arm64 ;;
  Darwin-x86_64) target=darwin-x64 ;;
  *) echo "no VSIX for $(uname -sm)" >&2; exit 1 ;;
esac
mkdir -p "$(dirname "$out")"
node node_modules/@vscode/vsce/vsce package --target "$target" --no-dependencies --allow-missing-repository -o "$out" | tail -1
