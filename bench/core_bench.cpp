// core_bench core|edit FILE...: measures the compiler in process and prints one JSON object per line, for
// bench/run.py. The size of a row is the file's stem. Times are medians of repetitions.

#include <malloc.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ast/build.h"
#include "core/base/heap.h"
#include "core/emit/python.h"
#include "core/sema/analysis.h"
#include "core/stdlib/catalogue.h"
#include "core/syntax/tree.h"

namespace {

// Time that passes, in milliseconds: parts of the work are done on a second thread.
double now_ms() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

void print_row(const char* id, const std::string& size, double value, const char* unit,
               const std::string& note = "") {
  std::printf("{\"id\": \"%s\", \"size\": \"%s\", \"value\": %.4f, \"unit\": \"%s\", \"note\": \"%s\"}\n", id,
              size.c_str(), value, unit, note.c_str());
  std::fflush(stdout);
}

// Everything an editor keeps of a file.
struct File {
  ml::Interner names;
  ml::syntax::Tree tree;
  ml::ast::Module module;
  ml::sema::Analysis analysis;
};

ml::sema::ImportedModule library_only(std::string_view dotted) {
  ml::sema::ImportedModule found;
  if (ml::stdlib::catalogue().module(dotted)) found.kind = ml::sema::ImportedModule::Kind::Library;
  return found;
}

void check(File& file, std::string_view text) {
  file.tree = ml::syntax::parse(text);
  file.module = ml::ast::build(file.tree, text, file.names);
  file.analysis =
      ml::sema::analyze(file.module, file.names, ml::stdlib::catalogue(), library_only, {}, nullptr);
}

ml::emit::Emitted emit(const File& file, std::string_view text) {
  if (file.analysis.has_errors()) {
    std::fprintf(stderr, "core_bench: the generated program has errors: %s\n",
                 file.analysis.diagnostics.front().message.c_str());
    std::exit(1);
  }
  ml::emit::EmitOptions options;
  options.closed_world = true;
  return ml::emit::emit(file.module, file.analysis, file.names, ml::stdlib::catalogue(), text, options);
}

std::size_t heap_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Runs `work`, which returns some numbers, in a process of its own: what this one has used and freed before
// would serve again and not be counted.
template <class Work>
auto aside(Work work) {
  using Numbers = decltype(work());
  int ends[2];
  if (pipe(ends) != 0) std::abort();
  const pid_t child = fork();
  if (child == 0) {
    const Numbers found = work();
    _exit(write(ends[1], &found, sizeof found) == sizeof found ? 0 : 1);
  }
  close(ends[1]);
  Numbers found{};
  if (read(ends[0], &found, sizeof found) != sizeof found) std::abort();
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return found;
}

// By how many bytes the resident memory grows at most.
double peak_growth(std::string_view text) {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  File file;
  check(file, text);
  emit(file, text);
  getrusage(RUSAGE_SELF, &after);
  return static_cast<double>(after.ru_maxrss - before.ru_maxrss) * 1024;
}

// Bytes of the heap that tree, AST and analysis hold.
std::array<double, 3> held(std::string_view text) {
  check(*new File, "f();");  // what is made once
  std::array<double, 3> found{};
  auto& file = *new File;
  std::size_t before = heap_in_use();
  const auto grown = [&] {
    const std::size_t now = heap_in_use();
    return static_cast<double>(now - std::exchange(before, now));
  };
  file.tree = ml::syntax::parse(text);
  found[0] = grown();
  file.module = ml::ast::build(file.tree, text, file.names);
  found[1] = grown();
  file.analysis =
      ml::sema::analyze(file.module, file.names, ml::stdlib::catalogue(), library_only, {}, nullptr);
  found[2] = grown();
  return found;
}

struct Source {
  std::string size;
  std::string text;
};

void print_memory(const Source& source) {
  const double bytes = static_cast<double>(source.text.size());
  const double peak = aside([&] { return peak_growth(source.text); });
  const std::array<double, 3> kept = aside([&] { return held(source.text); });
  print_row("memory peak", source.size, peak / bytes, "bytes/byte", "resident, parse to Python");
  char note[128];
  std::snprintf(note, sizeof note, "tree %.1f, AST %.1f, analysis %.1f", kept[0] / bytes, kept[1] / bytes,
                kept[2] / bytes);
  print_row("memory held", source.size, (kept[0] + kept[1] + kept[2]) / bytes, "bytes/byte", note);
}

// Compilations of one text, one after the other in one process as a server does it: milliseconds of each.
struct Compilations {
  std::vector<double> all, parse, build, analyze, emit;

  void add(std::string_view text) {
    File file;
    const double start = now_ms();
    file.tree = ml::syntax::parse(text);
    const double parsed_at = now_ms() - start;
    file.module = ml::ast::build(file.tree, text, file.names);
    const double built_at = now_ms() - start;
    file.analysis =
        ml::sema::analyze(file.module, file.names, ml::stdlib::catalogue(), library_only, {}, nullptr);
    const double analyzed_at = now_ms() - start;
    const ml::emit::Emitted python = ::emit(file, text);
    all.push_back(now_ms() - start);
    parse.push_back(parsed_at);
    build.push_back(built_at - parsed_at);
    analyze.push_back(analyzed_at - built_at);
    emit.push_back(all.back() - analyzed_at);
  }
};

// The sizes take turns, so that a slow moment of the machine is in all of them; how the time grows from one
// size to the next is the median of what each round found.
void bench_core(const std::vector<Source>& sources) {
  // First, while this process is small: its own memory is in the children's figures.
  for (const Source& source : sources) print_memory(source);
  constexpr int kRounds = 11;
  constexpr std::size_t kBytesOfTurn = 1'500'000;
  std::vector<Compilations> found(sources.size());
  std::vector<std::vector<double>> growth(sources.size());
  for (int round = 0; round < kRounds; ++round) {
    double smaller = 0;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::size_t before = found[i].all.size();
      const std::size_t times = std::clamp<std::size_t>(kBytesOfTurn / sources[i].text.size(), 1, 5);
      for (std::size_t time = 0; time < times; ++time) found[i].add(sources[i].text);
      const double took =
          median({found[i].all.begin() + static_cast<std::ptrdiff_t>(before), found[i].all.end()});
      growth[i].push_back(took / std::exchange(smaller, took));
    }
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    char note[128];
    std::snprintf(note, sizeof note, "parse %.1f, build %.1f, analyse %.1f, emit %.1f ms",
                  median(found[i].parse), median(found[i].build), median(found[i].analyze),
                  median(found[i].emit));
    print_row("transpile", sources[i].size, median(found[i].all), "ms", note);
    if (i != 0) {
      print_row("transpile", sources[i].size + " / " + sources[i - 1].size, median(growth[i]), "times");
    }
  }
}

void bench_edit(const std::string& size, std::string text) {
  File file;
  check(file, text);
  std::mt19937 random(7);
  std::vector<double> times, parse, build, analyze;
  for (int i = 0; i < 100; ++i) {
    // A place inside a word or number of some line: type a character there, then delete it again.
    std::size_t at = random() % text.size();
    while (at + 1 < text.size() && !std::isalnum(static_cast<unsigned char>(text[at]))) ++at;
    at = std::min(at + 1, text.size() - 1);
    for (const bool typing : {true, false}) {
      const auto begin = static_cast<ml::ByteOffset>(at);
      const ml::TextEdit edit =
          typing ? ml::TextEdit{begin, begin, begin + 1} : ml::TextEdit{begin, begin + 1, begin};
      if (typing) {
        text.insert(at, 1, '1');
      } else {
        text.erase(at, 1);
      }
      const double start = now_ms();
      ml::syntax::Tree tree = ml::syntax::reparse(text, file.tree, edit);
      const double parsed_at = now_ms() - start;
      ml::ast::Module module = ml::ast::build(tree, text, file.names, &file.module);
      const double built_at = now_ms() - start;
      ml::sema::Analysis analysis =
          ml::sema::analyze(module, file.names, ml::stdlib::catalogue(), library_only, {}, &file.analysis);
      times.push_back(now_ms() - start);
      parse.push_back(parsed_at);
      build.push_back(built_at - parsed_at);
      analyze.push_back(times.back() - built_at);
      file.tree = std::move(tree);
      file.module = std::move(module);
      file.analysis = std::move(analysis);
    }
  }
  std::sort(times.begin(), times.end());
  char note[128];
  std::snprintf(note, sizeof note, "parse %.2f, build %.2f, analyse %.2f; 95%%: %.2f ms", median(parse),
                median(build), median(analyze), times[times.size() * 95 / 100]);
  print_row("edit to diagnostics", size, median(times), "ms", note);
}

}  // namespace

int main(int count, char** arguments) {
  ml::keep_freed_memory();  // as the command does
  if (count < 3) {
    std::fprintf(stderr, "usage: core_bench core|edit FILE...\n");
    return 2;
  }
  const std::string group = arguments[1];
  std::vector<Source> sources;
  for (int i = 2; i < count; ++i) {
    std::ostringstream text;
    text << std::ifstream(arguments[i], std::ios::binary).rdbuf();
    sources.push_back({std::filesystem::path(arguments[i]).stem().string(), text.str()});
  }
  if (group == "core") {
    bench_core(sources);
  } else {
    for (const Source& source : sources) bench_edit(source.size, source.text);
  }
  return 0;
}
