#!/bin/sh
# Compiles the tree-sitter parser for the queries here: parser.sh writes parser/ml.so, which Neovim finds by itself.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../../core/syntax/grammar/src
out=${1:-$here/parser/ml.so}
mkdir -p "$(dirname "$out")"
${CC:-cc} -shared -fPIC -O2 -w -I "$source" "$source/parser.c" "$source/scanner.c" -o "$out"
