#!/usr/bin/env bash
# Copies the screenshots of the last run of the editor tests into docs/images, so that the pictures show what is true.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p docs/images
for name in lens comparison flame diagnostics hover debugger; do
  cp "build/editors/screenshots/$name.png" "docs/images/vscode-$name.png"
done
