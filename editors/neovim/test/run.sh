#!/usr/bin/env bash
# The plugin in a real Neovim: run.sh MLPY.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/ws" "$home/ocaml"
printf 'function total(xs) {\n    return sum(xs);\n}\n\nprint(totl([1, 2]));\n' > "$home/ws/shop.ml"
echo '{}' > "$home/ws/mlpy.json"
cp -r "$here/../../../examples" "$home/examples"
touch "$home/ocaml/dune-project" "$home/ocaml/main.ml"
export HOME=$home XDG_CACHE_HOME=$home/c XDG_STATE_HOME=$home/s XDG_DATA_HOME=$home/d XDG_CONFIG_HOME=$home/g
export PLUGIN=${here%/test} MLPY=$1 WS=$home/ws EXAMPLES=$home/examples PARSER=$home/ml.so
"$PLUGIN/parser.sh" "$PARSER"
timeout 90 nvim -n --headless -u NONE -i NONE -c "luafile $here/editor.lua"
