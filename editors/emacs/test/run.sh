#!/usr/bin/env bash
# ml-script-mode.el in a real Emacs: run.sh MLPY. eglot always; lsp-mode, which shows lenses, where it is installed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir "$home/ws"
printf 'function total(xs) {\n    return sum(xs);\n}\n\nprint(total(range(200000)));\nprint(totl([1, 2]));\n' > "$home/ws/shop.ml"
echo '{}' > "$home/ws/mlpy.json"
export HOME=$home XDG_CACHE_HOME=$home/c MLPY=$1 MODE=${here%/test}/ml-script-mode.el WS=$home/ws
timeout 120 emacs --batch -l "$here/editor.el"
# Costs need a program that runs.
sed -i '$d' "$home/ws/shop.ml"
(cd "$home/ws" && "$MLPY" run --profile shop.ml > "$home/profiled.log" 2>&1) || { cat "$home/profiled.log"; exit 1; }
timeout 120 emacs --batch --eval '(setq ml-test-costs t)' -l "$here/editor.el"
