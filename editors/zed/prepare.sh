#!/usr/bin/env bash
# Writes build/zed, the extension with the grammar of this working copy: prepare.sh. Then, in Zed: `zed: install dev extension`.
# Zed compiles it and needs Rust from rustup for that.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
out=$root/build/zed
rm -rf "$out"
mkdir -p "$out"
cd "$root/editors/zed"
cp -R Cargo.toml src languages debug_adapter_schemas "$out"
sed -e "s|^repository = .*|repository = \"file://$root\"|" -e "s|^rev = .*|rev = \"$(git rev-parse HEAD)\"|" extension.toml > "$out/extension.toml"
echo "$out"
