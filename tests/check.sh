#!/usr/bin/env bash
# The gates of `./dev check [PART...]`, cheapest first. Stops at the first part that fails; `./dev check PART` repeats it.
# MLPY_JOBS, MLPY_FUZZ_SECONDS, MLPY_SOAK_MINUTES: how many processes, how long each fuzzer and the soak run.
set -euo pipefail
cd "$(dirname "$0")/.."

JOBS=${MLPY_JOBS:-$(nproc)}
FUZZ_SECONDS=${MLPY_FUZZ_SECONDS:-60}
SOAK_MINUTES=${MLPY_SOAK_MINUTES:-20}
PARTS=(format layers asan tsan fuzz soak tidy)
declare -A ABOUT=(
  [format]="clang-format changes nothing"
  [layers]="includes, file sizes, documentation of findings"
  [asan]="C++ tests under the address and undefined-behaviour sanitizers"
  [tsan]="C++ tests with threads under the thread sanitizer"
  [fuzz]="every parser of outside bytes, $FUZZ_SECONDS s each"
  [soak]="CPython's own tests under the profiler; the language server, $SOAK_MINUTES minutes of work"
  [tidy]="clang-tidy on what changed since it last ran"
)

part_format() {
  git ls-files '*.h' '*.cpp' | grep -v -E 'grammar/src|syntax/symbols.h' | xargs clang-format --dry-run --Werror
}

part_layers() {
  build release
  run_tests release -R '^layers$'
}

# Tests that are Python programs stay out: they load the extension into an interpreter without the sanitizer.
part_asan() {
  build asan compiled_tests mlpy-lsp
  run_tests asan -L compiled
}

part_tsan() {
  local tests=(core_base_tests core_syntax_tests core_emit_tests sema_incremental_tests wire_tests lsp_tests lsp_conversations)
  build tsan "${tests[@]}"
  run_tests tsan -R "^($(IFS='|'; echo "${tests[*]}"))$"
}

part_fuzz() {
  build fuzz fuzzers
  printf '%s\n' build/fuzz/bin/fuzz_* | xargs -P "$JOBS" -n 1 "$0" --fuzzer
}

# What it finds stays in build/fuzz/findings; seeds are what was found before.
fuzzer() {
  local program=$1 name corpus seeds log
  name=$(basename "$program")
  corpus=build/fuzz/corpus/$name
  seeds=tests/fuzz/seeds/$name
  log=build/fuzz/$name.log
  mkdir -p "$corpus" build/fuzz/findings
  if "$program" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=4096 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/findings/$name-" "$corpus" $([ -d "$seeds" ] && echo "$seeds") > "$log" 2>&1; then
    printf '%s: %s inputs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    grep -v '^#' "$log" | tail -n 40
    printf '%s failed. Repeat it with: %s %s\n' "$name" "$program" "$(sed -n 's/.*Test unit written to //p' "$log")"
    return 255  # ends xargs, too
  fi
}

# An interpreter of version $1 (311: 3.11) that has CPython's own tests; Debian's own has them from a package of its own.
python_with_tests() {
  local name=python${1:0:1}.${1:1} python
  for python in $(type -a -p "$name"); do
    if "$python" -c 'import test.test_functools' 2> /dev/null; then echo "$python"; return; fi
  done
  echo "no $name has CPython's own tests (Debian: apt-get install lib$name-testsuite)" >&2
  return 1
}

part_soak() {
  build release
  local native python mode
  for native in build/release/tests/profiler/[0-9]*; do
    python=$(python_with_tests "${native##*/}")
    for mode in auto exact; do "$python" tests/profiler/soak.py "$native" "$mode" < /dev/null; done
  done
  tests/lsp/soak.py build/release/bin/mlpy-lsp build/release/tests/lsp/heap_in_use.so --minutes "$SOAK_MINUTES"
}

# Without the extension: its code is written as CPython wants it.
part_tidy() { build tidy mlpy mlpy-lsp mlpy-dap; }

build() { ./dev build "$1" -j "$JOBS" "${@:2}"; }
run_tests() { ctest --test-dir "build/$1" --output-on-failure -j "$JOBS" "${@:2}"; }
time_text() { if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi; }

case "${1:-}" in
  --part) "part_$2"; exit ;;
  --fuzzer) fuzzer "$2"; exit ;;
esac

chosen=("$@")
[ $# -gt 0 ] || chosen=("${PARTS[@]}")
for part in "${chosen[@]}"; do
  [ -n "${ABOUT[$part]:-}" ] || { echo "no part '$part'; there are: ${PARTS[*]}" >&2; exit 2; }
done
for part in "${chosen[@]}"; do
  printf '\n== %s: %s\n' "$part" "${ABOUT[$part]}"
  begin=$SECONDS
  if ! "$0" --part "$part"; then
    printf '\n== %s failed after %s. Repeat it with: ./dev check %s\n' "$part" "$(time_text $((SECONDS - begin)))" "$part"
    exit 1
  fi
  printf '== %s passed in %s\n' "$part" "$(time_text $((SECONDS - begin)))"
done
printf '\nAll checks passed in %s.\n' "$(time_text "$SECONDS")"
