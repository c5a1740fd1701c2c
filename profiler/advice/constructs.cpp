#include <algorithm>
#include <map>

#include "core/advice/hints.h"
#include "core/ast/build.h"
#include "core/syntax/tree.h"
#include "core/text/line_index.h"
#include "profiler/advice/advice.h"
#include "profiler/advice/rules.h"
#include "profiler/figures/wording.h"

namespace ml::profiler::advice {
namespace {

using ml::advice::FunctionPlace;
using ml::advice::Hint;
using ml::advice::Rule;

std::vector<Hint> hints_of(const std::string& text, bool main_program) {
  Interner names;
  const syntax::Tree tree = syntax::parse(text);
  const ast::Module module = ast::build(tree, text, names);
  // The program ran: what an import gives is known well enough, and nobody asks for findings.
  const auto resolve = [](std::string_view dotted) {
    sema::ImportedModule found;
    found.kind = stdlib::catalogue().module(dotted) != nullptr ? sema::ImportedModule::Kind::Library
                                                               : sema::ImportedModule::Kind::User;
    return found;
  };
  const sema::Analysis analysis = sema::analyze(module, names, stdlib::catalogue(), resolve, {}, nullptr);
  return ml::advice::hints({module, analysis, names, stdlib::catalogue(), text, main_program});
}

// The constructs of one file and what they cost.
class FileRules {
 public:
  FileRules(const Subject& subject, std::uint32_t file, std::vector<Profile::Finding>& all)
      : s_(subject), p_(subject.profile), lines_(p_.files[file].text), all_(all) {
    for (std::uint32_t i = 0; i < p_.functions.size(); ++i) {
      const Profile::Function& f = p_.functions[i];
      if (f.file == file && f.kind == FunctionKind::ml) by_line_[f.line].push_back(i);
    }
  }

  void add(const Hint& hint) {
    const std::uint32_t function = place(hint.function);
    if (function == kNone) return;
    if (hint.rule == Rule::copy)
      copies(hint, function);
    else if (auto found = judged(hint, function))
      keep(std::move(*found), hint.span);
  }

 private:
  const Profile::Function& function(std::uint32_t i) const { return p_.functions[i]; }

  // The profile's function with that place: of its name, or the only one of its line.
  std::uint32_t place(const FunctionPlace& wanted) const {
    const auto line = by_line_.find(wanted.line);
    if (wanted.line == 0 || line == by_line_.end()) return kNone;
    for (const std::uint32_t i : line->second) {
      const std::string_view name = function(i).name;
      if (name == wanted.name || name.ends_with('.' + wanted.name)) return i;
    }
    const bool top = wanted.name == "(top level)" || function(line->second.front()).name == "(top level)";
    return line->second.size() == 1 && !top ? line->second.front() : kNone;
  }

  bool firm_share(std::uint64_t ns, std::uint64_t samples, std::uint64_t percent) const {
    return s_.firm(samples) && at_least(ns, p_.ml_ns(), percent);
  }
  bool costs(std::uint32_t i, std::uint64_t percent) const {
    return firm_share(function(i).self_ns, function(i).samples, percent);
  }

  // What `callee` did when called from those lines of a function.
  struct Calls {
    std::uint64_t calls = 0, cum_ns = 0, samples = 0;
    bool exact = true;
  };
  Calls calls(std::uint32_t from, std::uint32_t first, std::uint32_t last, std::uint32_t callee) const {
    Calls sum;
    for (const Profile::Caller& c : function(callee).callers) {
      if (c.function != from || c.line < first || c.line > last) continue;
      sum.calls += c.calls;
      sum.cum_ns += c.cum_ns;
      sum.samples += c.samples;
      sum.exact = function(callee).calls_exact;
    }
    return sum;
  }
  std::uint32_t last_line(Span span) const {
    return lines_.line_of(span.end > span.begin ? span.end - 1 : span.end);
  }
  Calls calls_of(const Hint& h, std::uint32_t from) const {
    const std::uint32_t callee = place(h.callee);
    return callee == kNone ? Calls{} : calls(from, h.line, last_line(h.span), callee);
  }

  // The function itself takes 5 %, or what it has its callee do there.
  bool costs_something(const Hint& h, std::uint32_t i) const {
    if (costs(i, 5)) return true;
    const std::uint32_t callee = place(h.callee);
    return callee != kNone && firm_share(calls_of(h, i).cum_ns, function(callee).samples, 5);
  }

  std::optional<std::uint64_t> hits(std::uint32_t i, std::uint32_t line) const {
    if (!p_.collection.lines) return std::nullopt;
    for (const Profile::Line& l : function(i).lines)
      if (l.line == line) return l.hits;
    return std::nullopt;
  }

  // Functions without a name that stand inside the expression: the steps of a chain.
  Calls steps(const Hint& h, std::uint32_t from) const {
    Calls most;
    for (auto it = by_line_.lower_bound(h.line); it != by_line_.upper_bound(last_line(h.span)); ++it)
      for (const std::uint32_t i : it->second) {
        if (!function(i).name.ends_with("(anonymous)")) continue;
        const Calls c = calls(from, 0, ~0u, i);
        most.cum_ns += c.cum_ns;
        most.samples += c.samples;
        if (c.calls > most.calls) most.calls = c.calls, most.exact = c.exact;
      }
    return most;
  }

  Found judged(const Hint& h, std::uint32_t i) const {
    const Profile::Function& f = function(i);
    switch (h.rule) {
      case Rule::nested_loops: {
        if (!costs(i, 5)) return std::nullopt;
        const auto outer = hits(i, h.loop_line), inner = hits(i, h.line);
        if (h.loop_line != h.line && outer && inner && *inner / 10 < *outer) return std::nullopt;
        auto found = finding(h, i, {});
        found.line = h.loop_line;
        found.data.emplace_back("inner_line", json(std::uint64_t{h.line}));
        return found;
      }
      case Rule::search_in_loop:
        if (!costs_something(h, i)) return std::nullopt;
        return finding(h, i, {});
      case Rule::recursion: {
        if (f.calls < 1'000 || !costs(i, 10)) return std::nullopt;
        auto found = finding(h, i, calls_text(f.calls, f.calls_exact));
        found.data.emplace_back("calls", json(f.calls));
        if (!f.calls_exact) found.data.emplace_back("calls_exact", "false");
        return found;
      }
      case Rule::string_growth:
        if (!costs(i, 3)) return std::nullopt;
        return finding(h, i, {});
      case Rule::temporaries: return h.count != 0 ? chain(h, i) : object(h, i);
      case Rule::loop_condition: {
        const auto times = iterations(h, i);
        if (!times || times->calls < 100'000 || !costs_something(h, i)) return std::nullopt;
        return counted(h, i, *times);
      }
      case Rule::repeated_work:
        if (!costs_something(h, i)) return std::nullopt;
        return finding(h, i, {});
      case Rule::copy: break;
    }
    return std::nullopt;
  }

  std::optional<Calls> iterations(const Hint& h, std::uint32_t i) const {
    if (const auto n = hits(i, h.line)) return Calls{.calls = *n};
    const Calls c = calls_of(h, i);
    if (c.calls == 0) return std::nullopt;
    return c;
  }

  Found chain(const Hint& h, std::uint32_t i) const {
    const Calls times = steps(h, i);
    const Profile::Function& f = function(i);
    if (std::max(times.calls, f.calls) < 10'000) return std::nullopt;
    if (!costs(i, 5) && !firm_share(f.self_ns + times.cum_ns, f.samples + times.samples, 5))
      return std::nullopt;
    return finding(h, i, {});
  }

  // In a function without a loop around it: one for each call.
  Found object(const Hint& h, std::uint32_t i) const {
    const Profile::Function& f = function(i);
    std::optional<Calls> times;
    if (h.loop_line == 0)
      times = Calls{.calls = f.calls, .exact = f.calls_exact};
    else if (const auto n = hits(i, h.line))
      times = Calls{.calls = *n};
    if (!times || times->calls < 10'000 || !costs(i, 5)) return std::nullopt;
    return counted(h, i, *times);
  }

  Profile::Finding counted(const Hint& h, std::uint32_t i, const Calls& times) const {
    auto found = finding(h, i, calls_text(times.calls, times.exact));
    found.data.emplace_back("iterations", json(times.calls));
    if (!times.exact) found.data.emplace_back("calls_exact", "false");
    return found;
  }

  Profile::Finding finding(const Hint& h, std::uint32_t i, const std::string& measured) const {
    Profile::Finding found{std::string(ml::advice::rule_id(h.rule)), i, h.line, {}, {}};
    found.text = {ml::advice::finding_text(h, measured), "Consider: " + ml::advice::consider_text(h)};
    found.data = {{"self_ns", json(function(i).self_ns)}, {"ml_ns", json(p_.ml_ns())}};
    if (!h.name.empty()) found.data.emplace_back("name", json(h.name));
    return found;
  }

  // One finding of a rule for each function: the one in whose line most time went.
  void keep(Profile::Finding found, Span where) {
    const auto weight = [&](const Profile::Finding& f, std::uint32_t first, std::uint32_t last) {
      std::uint64_t ns = 0;
      for (const Profile::Line& l : function(f.function).lines)
        if (l.line >= first && l.line <= last) ns += l.cum_ns;
      return ns;
    };
    const std::uint64_t ns = weight(found, lines_.line_of(where.begin), last_line(where));
    for (auto& [index, best] : kept_) {
      if (all_[index].rule != found.rule || all_[index].function != found.function) continue;
      if (ns > best) {
        best = ns;
        all_[index] = std::move(found);
      }
      return;
    }
    kept_.emplace_back(all_.size(), ns);
    all_.push_back(std::move(found));
  }

  // R9 has better advice where the function copies something.
  void copies(const Hint& h, std::uint32_t i) {
    if (!costs(i, 5) && function(i).at_peak_bytes == 0) return;
    for (Profile::Finding& f : all_) {
      if (f.rule != "R9" || f.function != i || f.text.size() < 2 ||
          f.text[1].starts_with("Consider: avoiding"))
        continue;
      f.text[1] = "Consider: " + ml::advice::consider_text(h);
      f.data.emplace_back("copy_line", json(std::uint64_t{h.line}));
    }
  }

  const Subject& s_;
  const Profile& p_;
  LineIndex lines_;
  std::vector<Profile::Finding>& all_;
  std::map<std::uint32_t, std::vector<std::uint32_t>> by_line_;  // the file's functions, most time first
  std::vector<std::pair<std::size_t, std::uint64_t>> kept_;      // findings of this file, time of their lines
};

}  // namespace

void construct_findings(const Subject& subject, std::vector<Profile::Finding>& all) {
  const Profile& p = subject.profile;
  for (std::uint32_t file = 0; file < p.files.size(); ++file) {
    const Profile::File& f = p.files[file];
    if (!f.ml || f.text.empty() || (!at_least(f.self_ns, p.ml_ns(), 3) && f.at_peak_bytes == 0)) continue;
    FileRules rules(subject, file, all);
    for (const Hint& hint : hints_of(f.text, f.path == p.run.program)) rules.add(hint);
  }
}

}  // namespace ml::profiler::advice
