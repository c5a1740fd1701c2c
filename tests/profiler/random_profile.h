#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "profiler/model/profile.h"

namespace ml::profiler::test {

// A profile of any content a file must keep: not one whose parts add up (except the categories).
class RandomProfile {
 public:
  explicit RandomProfile(std::uint64_t seed) : random_(seed) {}

  Profile make() {
    Profile p;
    p.run.id = text();
    p.run.started_unix_ns = 1'700'000'000'000'000'000 + (chance(2) ? below(1u << 30) : 0);
    p.run.kind = "benchmark";
    p.run.program = text();
    for (std::size_t n = below(4); n > 0; --n) p.run.command.push_back(text());
    if (chance(2)) p.run.exit_code = static_cast<int>(below(300)) - 150;
    if (chance(3)) p.run.error = {text(), text(), text(), small(), small()};
    if (chance(3)) p.outcome = {"E" + text(), text(), small(), small()};
    if (p.run.error && p.outcome.error.empty()) p.outcome.error = "E";
    p.run.transpile_cache = "hit";
    p.run.os = text();
    p.run.python = text();
    p.run.mlpy = text();
    p.run.core = text();
    p.run.cpu_count = small();
    p.run.debugged = chance(2);
    p.collection = {
        static_cast<Mode>(below(3)), number(), number(), how(), how(), how(), number(), chance(2), chance(2)};
    p.complete = p.collection.complete;
    p.counting = static_cast<Counting>(below(4));
    p.samples = number();
    p.elapsed_ns = number();
    p.cpu_ns = number();
    p.threads = small();
    p.peak_bytes = number();
    p.end_bytes = number();
    p.alloc_bytes = number();
    p.alloc_count = number();
    for (std::size_t i = 0; i < kCategories; ++i) {
      p.total_ns += p.category_ns[i] = number();
      p.category_bytes[i] = number();
    }
    for (std::size_t n = below(4); n > 0; --n) p.files.push_back(file(n));
    for (std::size_t n = below(12); n > 0; --n) p.functions.push_back(function(p));
    for (Profile::Function& f : p.functions) callers(f, p.functions.size());
    if (!p.functions.empty()) tree(p);
    for (std::size_t n = below(4); n > 0; --n) p.phases.push_back({category(), number(), text()});
    for (std::size_t n = below(4); n > 0; --n) finding(p);
    return p;
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool chance(std::uint64_t n) { return below(n) == 0; }
  std::uint64_t number() { return below(4) == 0 ? 0 : random_() >> (5 + below(58)); }
  std::uint32_t small() { return static_cast<std::uint32_t>(random_() % 0xffffffffu); }
  How how() { return static_cast<How>(below(4)); }
  Category category() { return static_cast<Category>(below(kCategories)); }
  std::uint32_t some_function(std::size_t n) {
    return n == 0 || chance(4) ? kNone : static_cast<std::uint32_t>(below(n));
  }

  std::string text() {
    static constexpr std::string_view kPieces[] = {"a",  "Zeile",     "\"", "\\",          "\n",
                                                   "\t", "\x01",      "é",  "€",           "🙂",
                                                   "/",  "</script>", " ",  "(top level)", "\x7f"};
    std::string text;
    for (std::size_t n = below(6); n > 0; --n) text += kPieces[below(std::size(kPieces))];
    return text;
  }

  Profile::File file(std::size_t i) {
    Profile::File f;
    f.path = "d" + std::to_string(i) + "/" + text();
    f.name = "n" + text();
    f.self_ns = number();
    f.calls = number();
    f.at_peak_bytes = number();
    if (chance(2)) f.sha256 = std::string(63, 'a') + std::to_string(i);
    f.line_count = small();
    if (chance(2))
      for (std::size_t n = below(30); n > 0; --n) f.text += text() + (chance(3) ? "\r\n" : "\n");
    f.ml = !chance(4);
    return f;
  }

  Profile::Function function(const Profile& p) {
    Profile::Function f;
    f.name = text();
    f.file = p.files.empty() || chance(3) ? kNone : static_cast<std::uint32_t>(below(p.files.size()));
    f.line = small();
    f.end_line = small();
    f.category = category();
    f.kind = static_cast<FunctionKind>(below(5));
    f.calls = number();
    f.primitive_calls = number();
    f.calls_exact = chance(2);
    f.self_ns = number();
    f.cum_ns = f.self_ns + number();
    f.wait_ns = number();
    f.samples = number();
    f.at_peak_bytes = number();
    f.own_peak_bytes = number();
    f.end_bytes = number();
    f.alloc_bytes = number();
    f.alloc_count = number();
    std::uint32_t at = 0;
    for (std::size_t n = below(5); n > 0; --n) {
      Profile::Line& line = f.lines.emplace_back();
      line.line = at += static_cast<std::uint32_t>(1 + below(9));
      line.self_ns = number();
      line.cum_ns = line.self_ns + number();
      line.samples = number();
      line.source = text();
      if (chance(2)) line.hits = number();
      line.at_peak_bytes = number();
      line.alloc_bytes = number();
    }
    for (std::size_t n = below(3); n > 0; --n) f.path.push_back(text());
    f.ordinal = small();
    f.arity = small();
    f.shape_hash = text();
    f.body_hash = text();
    return f;
  }

  void callers(Profile::Function& f, std::size_t functions) {
    for (std::size_t n = below(5); n > 0; --n)
      f.callers.push_back({some_function(functions), small(), number(), number(), number(), number()});
    std::stable_sort(f.callers.begin(), f.callers.end(), [](const auto& a, const auto& b) {
      return a.self_ns != b.self_ns ? a.self_ns > b.self_ns : a.cum_ns > b.cum_ns;
    });
  }

  void tree(Profile& p) {
    const std::size_t n = 1 + below(60);
    for (std::size_t i = 0; i < n; ++i) {
      Profile::Node node;
      node.parent = i == 0 || chance(6) ? kNone : static_cast<std::uint32_t>(below(i));
      node.function = static_cast<std::uint32_t>(below(p.functions.size()));
      node.line = static_cast<std::uint32_t>(below(4));
      if (!chance(3)) node.self_ns = number(), node.samples = number(), node.alloc_bytes = number();
      p.tree.push_back(node);
    }
  }

  void finding(Profile& p) {
    Profile::Finding& f = p.findings.emplace_back();
    f.rule = "R" + std::to_string(below(18));
    f.function = some_function(p.functions.size());
    f.line = small();
    for (std::size_t n = below(3); n > 0; --n) f.text.push_back(text());
    if (chance(2)) f.data = {{"share", std::to_string(below(100))}, {"name", "\"x\""}, {"rows", "[1,2]"}};
  }

  std::mt19937_64 random_;
};

}  // namespace ml::profiler::test
