#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "profiler/advice/advice.h"
#include "profiler/model/shares.h"

namespace ml::profiler::test {

// The worked data set of profiler-reports.md 3 (program stock_report.ml), exact numbers chosen so that every
// text of sections 3, 4 and 6 comes out of it. What the texts do not show (lines of most functions, bytes of
// lines, own peaks, allocations) is invented, but adds up.
class WorkedExample {
 public:
  Profile make() {
    p_.files = {file("stock_report.ml", 84), file("pricing.ml", 26), file("csv_util.ml", 41)};
    p_.files.push_back(file("_strptime.py", 0));
    p_.files.back().ml = false;
    functions();
    tree();
    sums();
    calls();
    run();
    p_.findings = advice::merge(p_, advice::measured_findings(p_), static_findings());
    return std::move(p_);
  }

 private:
  static Profile::File file(const std::string& name, std::uint32_t lines) {
    Profile::File f;
    f.path = f.name = name;
    f.line_count = lines;
    f.sha256.assign(62, name[0] == 'p' ? 'b' : 'c');
    f.sha256 += name[0] == '_' ? "01" : "02";
    return f;
  }

  std::uint32_t function(const std::string& name, std::uint32_t file, std::uint32_t line, Category category,
                         FunctionKind kind, std::uint64_t calls, int tenths_of_mb) {
    Profile::Function f;
    f.name = name;
    f.file = file;
    f.line = line;
    f.end_line = kind == FunctionKind::ml && line != 1 ? line + 9 : 0;
    f.category = category;
    f.kind = kind;
    f.calls = f.primitive_calls = calls;
    f.at_peak_bytes = static_cast<std::uint64_t>(std::llround(tenths_of_mb * 104'857.6));
    f.own_peak_bytes = f.at_peak_bytes + 4'096;
    f.end_bytes = f.at_peak_bytes / 2;
    f.alloc_bytes = 3 * f.own_peak_bytes;
    f.alloc_count = 1'000 + 10 * static_cast<std::uint64_t>(tenths_of_mb);
    p_.functions.push_back(f);
    return static_cast<std::uint32_t>(p_.functions.size() - 1);
  }

  // In report order.
  void functions() {
    using enum Category;
    const auto ml = [&](const char* name, std::uint32_t in, std::uint32_t line, std::uint64_t n, int mb) {
      return function(name, in, line, ml_code, FunctionKind::ml, n, mb);
    };
    const auto guard = [&](const char* name, std::uint32_t line, std::uint64_t n, int mb) {
      return function(name, kNone, line, runtime_overhead, FunctionKind::guard, n, mb);
    };
    const auto step = [&](const char* name, Category c, std::uint64_t n, int mb) {
      return function(name, kNone, 0, c, FunctionKind::phase, n, mb);
    };
    const auto import = [&](const char* name, int mb) {
      return function(name, kNone, 0, python_stdlib, FunctionKind::import, 1, mb);
    };
    find_ = ml("find_duplicates", 0, 58, 12, 43);
    build_ = ml("build_report", 0, 34, 1, 97);
    price_ = ml("unit_price", 1, 6, 240'000, 0);
    join_ = ml("join_line", 2, 9, 6'000, 62);
    load_ = ml("load_rows", 0, 12, 1, 186);
    discount_ = ml("discount_for", 1, 19, 48'000, 19);
    call_ = guard("safe_call", 41, 264'013, 13);
    split_ = ml("split_line", 2, 27, 6'001, 21);
    strptime_ = function("strptime", 3, 565, python_stdlib, FunctionKind::library, 6'000, 0);
    attribute_ = guard("safe_attr_access", 77, 310'442, 8);
    const auto spawn = step("spawn_interpreter", sandbox_startup, 1, 5);
    method_ = guard("safe_method_call", 112, 24'018, 4);
    datetime_ = import("import datetime", 24);
    const auto import_runtime = step("import_runtime", sandbox_startup, 1, 4);
    const auto generate = step("generate_python", transpilation, 3, 11);
    top_ = ml("(top level)", 0, 1, 1, 4);
    length_ = guard("get_safe_length", 140, 96'400, 1);
    csv_ = import("import csv", 7);
    const auto parse = step("parse_file", parsing, 3, 8);
    const auto source_map = step("write_source_map", transpilation, 3, 4);
    const auto compile = step("compile_bytecode", transpilation, 3, 2);
    const auto collect = step("collect_result", sandbox_startup, 1, 0);
    const auto scan = step("scan_patterns", security_analysis, 3, 1);
    const auto read = step("read_source", parsing, 3, 2);
    const auto flow = step("track_data_flow", security_analysis, 3, 1);
    const auto symbols = step("build_symbols", parsing, 3, 1);
    const auto limits = step("apply_limits", sandbox_startup, 1, 0);
    steps_ = {
        {spawn, 41'200},  {import_runtime, 22'000}, {generate, 21'400}, {parse, 14'900}, {source_map, 6'000},
        {compile, 4'100}, {collect, 4'000},         {scan, 3'800},      {read, 2'900},   {flow, 2'600},
        {symbols, 2'000}, {limits, 1'100}};
  }

  std::uint32_t node(std::uint32_t parent, std::uint32_t function, std::uint32_t line, std::uint64_t us) {
    p_.tree.push_back({parent, function, line, us * 1'000, 0, 0});
    return static_cast<std::uint32_t>(p_.tree.size() - 1);
  }

  // Own times of section 6's collapsed stacks, divided over lines.
  void tree() {
    for (const auto& [step, us] : steps_) node(kNone, step, 0, us);
    const std::uint32_t phases = static_cast<std::uint32_t>(p_.tree.size());
    node(node(kNone, top_, 1, 3'000), csv_, 0, 16'000);
    node(node(kNone, top_, 2, 3'400), datetime_, 0, 30'200);

    const std::uint32_t loading = node(kNone, top_, 80, 6'000);
    node(loading, load_, 14, 60'000);
    const std::uint32_t splitting = node(loading, load_, 15, 90'000);
    node(splitting, split_, 28, 30'000);
    node(splitting, split_, 29, 30'000);
    node(node(splitting, split_, 30, 39'600), method_, 0, 34'000);
    node(node(loading, load_, 17, 71'000), strptime_, 0, 96'100);

    const std::uint32_t building = node(kNone, top_, 81, 6'000);
    node(building, build_, 36, 24'000);
    const std::uint32_t finding = node(building, build_, 38, 60'000);
    node(finding, find_, 61, 41'200);
    node(node(finding, find_, 62, 187'700), length_, 0, 16'700);
    node(node(finding, find_, 63, 664'000), attribute_, 0, 41'000);
    node(finding, find_, 64, 22'100);
    node(finding, find_, 67, 21'000);
    const std::uint32_t pricing = node(building, build_, 41, 192'000);
    node(node(pricing, price_, 7, 170'000), call_, 0, 90'000);
    const std::uint32_t discounting = node(pricing, price_, 8, 140'000);
    node(node(discounting, discount_, 20, 60'000), call_, 0, 20'000);
    node(discounting, discount_, 21, 54'000);
    node(discounting, discount_, 22, 50'000);
    node(node(pricing, price_, 10, 72'000), attribute_, 0, 30'000);
    const std::uint32_t joining = node(building, build_, 44, 134'000);
    node(joining, join_, 11, 100'000);
    node(joining, join_, 12, 59'000);
    node(joining, join_, 13, 110'000);

    p_.samples = 2'874;
    std::vector<std::uint64_t> ns, bytes;
    for (const Profile::Node& n : p_.tree) ns.push_back(n.self_ns);
    std::fill(ns.begin(), ns.begin() + phases, 0);
    const auto samples = split(p_.samples, ns);
    for (std::size_t i = 0; i < samples.size(); ++i) p_.tree[i].samples = samples[i];
  }

  // Functions, lines and callers from the tree; nothing recurses.
  void sums() {
    std::vector<std::uint64_t> below;
    for (const Profile::Node& n : p_.tree) below.push_back(n.self_ns);
    for (std::size_t i = p_.tree.size(); i-- > 0;)
      if (p_.tree[i].parent != kNone) below[p_.tree[i].parent] += below[i];
    for (std::size_t i = 0; i < p_.tree.size(); ++i) {
      const Profile::Node& n = p_.tree[i];
      Profile::Function& f = p_.functions[n.function];
      f.self_ns += n.self_ns;
      f.cum_ns += below[i];
      f.samples += n.samples;
      if (f.kind == FunctionKind::ml) {
        auto line =
            std::find_if(f.lines.begin(), f.lines.end(), [&](const auto& l) { return l.line == n.line; });
        if (line == f.lines.end()) line = f.lines.insert(line, {n.line, 0, 0, 0, {}, {}, 0, 0});
        line->self_ns += n.self_ns;
        line->cum_ns += below[i];
        line->samples += n.samples;
      }
      const std::uint32_t from = n.parent == kNone ? kNone : p_.tree[n.parent].function;
      const std::uint32_t line = n.parent == kNone ? 0 : p_.tree[n.parent].line;
      auto edge = std::find_if(f.callers.begin(), f.callers.end(),
                               [&](const auto& c) { return c.function == from && c.line == line; });
      if (edge == f.callers.end()) edge = f.callers.insert(edge, {from, line, 0, 0, 0, 0});
      edge->self_ns += n.self_ns;
      edge->cum_ns += below[i];
      edge->samples += n.samples;
    }
    for (Profile::Function& f : p_.functions) {
      std::vector<std::uint64_t> ns;
      for (const Profile::Line& l : f.lines) ns.push_back(l.self_ns);
      const auto kept = split(f.at_peak_bytes, ns), allocated = split(f.alloc_bytes, ns);
      for (std::size_t i = 0; i < ns.size(); ++i) {
        f.lines[i].at_peak_bytes = kept[i];
        f.lines[i].alloc_bytes = allocated[i];
        f.lines[i].hits = f.calls;
      }
      const auto c = static_cast<std::size_t>(f.category);
      p_.category_ns[c] += f.self_ns;
      p_.category_bytes[c] += f.at_peak_bytes;
      p_.total_ns += f.self_ns;
      p_.peak_bytes += f.at_peak_bytes;
      p_.end_bytes += f.end_bytes;
      p_.alloc_bytes += f.alloc_bytes;
      p_.alloc_count += f.alloc_count;
      std::stable_sort(f.callers.begin(), f.callers.end(),
                       [](const auto& a, const auto& b) { return a.self_ns > b.self_ns; });
      if (f.category != Category::ml_code) continue;
      p_.files[f.file].self_ns += f.self_ns;
      p_.files[f.file].calls += f.calls;
      p_.files[f.file].at_peak_bytes += f.at_peak_bytes;
    }
    hit_lines();
  }

  // The table of 3.7.
  void hit_lines() {
    constexpr std::pair<std::uint64_t, const char*> kRows[] = {
        {1'476, "    for (i = 0; i < rows.length; i = i + 1) {"},
        {94'924, "        for (j = i + 1; j < rows.length; j = j + 1) {"},
        {93'460, "            if (rows[i].sku == rows[j].sku) {"},
        {310, "                result.push(rows[j]);"},
        {12, "    return result;"}};
    auto& lines = p_.functions[find_].lines;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      lines[i].hits = kRows[i].first;
      lines[i].source = kRows[i].second;
    }
  }

  // Calls by caller: all from one place, but for two guards.
  void calls() {
    for (Profile::Function& f : p_.functions) f.callers.front().calls = f.calls;
    const auto share = [&](std::uint32_t callee, std::uint32_t caller, std::uint64_t n) {
      for (Profile::Caller& c : p_.functions[callee].callers)
        c.calls = c.function == caller ? n : p_.functions[callee].calls - n;
    };
    share(call_, price_, 216'013);
    share(attribute_, find_, 186'265);
    auto& top = p_.functions[top_].callers;
    for (std::size_t i = 1; i < top.size(); ++i) top[i].calls = 0;
  }

  void run() {
    p_.elapsed_ns = p_.total_ns;
    p_.cpu_ns = 2'800'000'000;
    p_.counting = Counting::deallocator;
    p_.collection = {Mode::automatic, 1'000'000,  0,    How::sampled, How::exact,
                     How::sampled,    512 * 1024, true, true};
    p_.run.id = "20261121-091502-7f3a";
    p_.run.started_unix_ns = 1'795'252'502'000'000'000;
    p_.run.program = "stock_report.ml";
    p_.run.command = {"mlpy", "run", "stock_report.ml", "--profile"};
    p_.run.exit_code = 0;
    p_.run.transpile_cache = "miss";
    p_.run.os = "Linux";
    p_.run.python = "3.11.2";
    p_.run.mlpy = p_.run.core = "0.1.0";
    p_.run.cpu_count = 2;
  }

  // What the rules that read the syntax tree add in section 3.1.
  std::vector<Profile::Finding> static_findings() const {
    return {{"R4",
             find_,
             61,
             {"Lines 61 and 62 loop over the same array \"rows\" (work grows with its square)",
              "Consider: one pass that stores each key in an object and looks it up"},
             {}},
            {"R7",
             join_,
             13,
             {"Line 13 appends to the string \"line\" inside a loop (every step copies it)",
              "Consider: collecting the parts in an array and joining once"},
             {}}};
  }

  Profile p_;
  std::uint32_t find_ = 0, build_ = 0, price_ = 0, join_ = 0, load_ = 0, discount_ = 0, split_ = 0, top_ = 0;
  std::uint32_t call_ = 0, attribute_ = 0, method_ = 0, length_ = 0, strptime_ = 0, datetime_ = 0, csv_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> steps_;  // microseconds
};

inline Profile worked_example() { return WorkedExample().make(); }

}  // namespace ml::profiler::test
