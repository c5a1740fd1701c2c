#!/usr/bin/env bash
# The gates of `./dev check`, cheapest first: formatting, layers, sanitizers, fuzzing, soak, tidy.
set -euo pipefail
cd "$(dirname "$0")/.."
step() { printf '\n== %s\n' "$1"; }

ours() { git ls-files '*.h' '*.cpp' '*.def' | grep -v -E 'grammar/src|syntax/symbols.h'; }

step "format"
ours | grep -v '\.def$' | xargs clang-format --dry-run --Werror

step "layers, file sizes, documentation of findings"
./dev build release
ctest --test-dir build/release --output-on-failure -R layers

step "address and undefined-behaviour sanitizers"
./dev build asan
# Python programs load the extension into an interpreter without the sanitizer: only the C++ tests run here.
ctest --test-dir build/asan --output-on-failure -L 'unit|property' -LE python -j "$(nproc)"

step "fuzzing, ${MLPY_FUZZ_SECONDS:-60} s each"
./dev build fuzz fuzz_compile fuzz_capture fuzz_mlprof fuzz_wire fuzz_lsp fuzz_foreign fuzz_dap fuzz_values fuzz_project
for target in build/fuzz/bin/fuzz_*; do
  corpus=build/fuzz/corpus/$(basename "$target")
  mkdir -p "$corpus"
  seeds=tests/fuzz/seeds/$(basename "$target")
  "$target" -max_total_time="${MLPY_FUZZ_SECONDS:-60}" -timeout=10 -rss_limit_mb=4096 -print_final_stats=0 \
    "$corpus" $( [ -d "$seeds" ] && echo "$seeds" )
done

step "language server, ${MLPY_SOAK_MINUTES:-20} minutes of work"
tests/lsp/soak.py build/release/bin/mlpy-lsp --minutes "${MLPY_SOAK_MINUTES:-20}"

step "tidy"
ours | grep '\.cpp$' | grep -v -E '^(tests|runtime/native)/' | xargs -P "$(nproc)" -n 4 clang-tidy -p build/release --quiet

printf '\nAll checks passed.\n'
