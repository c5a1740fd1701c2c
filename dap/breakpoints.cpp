#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "core/base/files.h"
#include "dap/session.h"

namespace ml::dap {
namespace {

constexpr const char* kNoStatement = "there is no statement to stop at";

// "> 5" -> [">", 5]; nothing when it is no hit condition.
std::optional<json::array> hit_condition(std::string_view text) {
  const auto trim = [](std::string_view t) {
    while (!t.empty() && t.front() == ' ') t.remove_prefix(1);
    while (!t.empty() && t.back() == ' ') t.remove_suffix(1);
    return t;
  };
  text = trim(text);
  std::string_view op = "==";
  for (const std::string_view candidate : {"==", ">=", "<=", ">", "<", "%", "="}) {
    if (!text.starts_with(candidate)) continue;
    op = candidate == "=" ? "==" : candidate;
    text = trim(text.substr(candidate.size()));
    break;
  }
  std::int64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return json::array{wire::sv(op), number};
}

// "x is {x}" -> ["x is ", {"code": ...}]; or what is wrong.
std::variant<json::array, std::string> log_parts(std::string_view text) {
  json::array parts;
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '}')) {
      plain += text[++i];
    } else if (text[i] == '{') {
      std::size_t end = i + 1;
      char quote = 0;
      for (int depth = 1; end < text.size(); ++end) {
        if (quote != 0) {
          if (text[end] == '\\')
            ++end;
          else if (text[end] == quote)
            quote = 0;
          continue;
        }
        if (text[end] == '"' || text[end] == '\'') quote = text[end];
        if (text[end] == '{') ++depth;
        if (text[end] == '}' && --depth == 0) break;
      }
      if (end >= text.size()) return "the log message has a '{' without '}'";
      auto piece = compile_piece(text.substr(i + 1, end - i - 1), true);
      if (const auto* problem = std::get_if<std::string>(&piece)) return "log message: " + *problem;
      if (!plain.empty()) parts.push_back(wire::sv(std::exchange(plain, {})));
      parts.push_back(json::object{{"code", std::get<Piece>(piece).code}});
      i = end;
    } else {
      plain += text[i];
    }
  }
  if (!plain.empty()) parts.push_back(wire::sv(plain));
  return parts;
}

}  // namespace

void Session::read_conditions(Breakpoint& b) const {
  b.wire = {{"id", b.id}, {"kind", wire::sv(b.kind)}};
  if (const std::string condition = text_of(b.asked, "condition"); !condition.empty()) {
    auto piece = compile_piece(condition, true);
    if (const auto* problem = std::get_if<std::string>(&piece)) {
      b.problem = "condition: " + *problem;
      return;
    }
    b.wire["condition"] = std::get<Piece>(piece).code;
    if (const auto& native = std::get<Piece>(piece).comparison) b.wire["native"] = *native;
    // Whether it can be asked twice, and needs nothing that the agent counts.
    if (!std::get<Piece>(piece).has_calls && condition.find('$') == condition.npos) b.wire["quiet"] = true;
  }
  if (const std::string hit = text_of(b.asked, "hitCondition"); !hit.empty()) {
    const auto wanted = hit_condition(hit);
    if (!wanted) {
      b.problem = "'" + hit + "' is no hit condition: write 5, ==5, >5, >=5, <5, <=5 or %5";
      return;
    }
    b.wire["hit"] = *wanted;
  }
  if (const std::string log = text_of(b.asked, "logMessage"); !log.empty()) {
    auto parts = log_parts(log);
    if (const auto* problem = std::get_if<std::string>(&parts)) {
      b.problem = *problem;
    } else {
      b.wire["log"] = std::get<json::array>(parts);
    }
  }
}

json::object Session::described(const Breakpoint& b, const Source* source) const {
  json::object out{{"id", b.id}, {"verified", b.problem.empty() && b.stop >= 0}};
  if (!b.path.empty()) out["source"] = source_json(b.path);
  if (!b.problem.empty()) {
    out["message"] = wire::sv(b.problem);
    out["reason"] = b.kind == "function breakpoint" && b.stop < 0 ? "pending" : "failed";
  }
  if (source && b.stop >= 0) {
    const Stop& stop = source->statements.stops[static_cast<std::size_t>(b.stop)];
    const EditorPosition begin = source->lines.editor(stop.span.begin),
                         end = source->lines.editor(stop.span.end);
    out["line"] = lines_.line_out(static_cast<int>(begin.line) + 1);
    out["column"] = lines_.column_out(static_cast<int>(begin.character));
    out["endLine"] = lines_.line_out(static_cast<int>(end.line) + 1);
    out["endColumn"] = lines_.column_out(static_cast<int>(end.character));
  } else if (const auto* line = b.asked.if_contains("line")) {
    out["line"] = *line;
  }
  return out;
}

void Session::set_breakpoints(const CallPtr& call, const json::object& arguments) {
  const auto* where = object_of(arguments, "source");
  const std::string path = where ? path_in(*where) : "";
  if (path.empty()) return fail(call, "setBreakpoints: source.path is missing");
  json::array asked;
  if (const auto* list = array_of(arguments, "breakpoints")) {
    asked = *list;
  } else if (const auto* old = array_of(arguments, "lines")) {
    for (const auto& line : *old) asked.push_back(json::object{{"line", line}});
  }
  const auto known = sources_.find(path);
  const auto now = read_file(path);
  const bool edited = known != sources_.end() && known->second && (!now || *now != known->second->text) &&
                      (now || !gate_open_);
  if (edited && !gate_open_) sources_.erase(known);  // as it is now
  const auto source = source_of(path);
  std::vector<Breakpoint> before = std::exchange(breakpoints_[path], {});
  json::array answer;
  for (const auto& entry : asked) {
    const auto* wanted = entry.if_object();
    if (!wanted) continue;
    Breakpoint b;
    b.path = path;
    b.asked = *wanted;
    const auto same = std::find_if(before.begin(), before.end(), [&](const Breakpoint& old) {
      return old.id != 0 && number_of(old.asked, "line") == number_of(*wanted, "line") &&
             number_of(old.asked, "column", -1) == number_of(*wanted, "column", -1);
    });
    b.id = same == before.end() ? next_breakpoint_++ : std::exchange(same->id, 0);
    b.newer = edited && gate_open_;
    if (source) b.stop = asked_stop(b, *source);
    read_conditions(b);
    if (!source) {
      b.problem = "there is no file " + path;
    } else if (b.stop < 0) {
      b.problem = kNoStatement;
    }
    answer.push_back(described(b, source.get()));
    if (edited && gate_open_ && b.problem.empty())
      answer.back().get_object()["message"] = "source differs from the running program";
    breakpoints_[path].push_back(std::move(b));
  }
  json::value body = json::object{{"breakpoints", std::move(answer)}};
  const int module = module_of(path);
  if (module < 0 || !gate_open_ || over_ || arguments_.no_debug) return call->answer(std::move(body));
  send_breakpoints(module, [call, body = std::move(body)] { call->answer(body); });
}

int Session::asked_stop(const Breakpoint& b, const Source& source) const {
  const int column = b.asked.contains("column") ? lines_.column_in(number_of(b.asked, "column")) : -1;
  return source.stop_for(lines_.line_in(number_of(b.asked, "line")), column);
}

// The files are read again: breakpoints stay at their statements, as far as those are still there, and the
// client is told where they are now.
void Session::read_sources_again() {
  const auto before = std::exchange(sources_, {});
  for (auto& [path, list] : breakpoints_) {
    const auto found = before.find(path);
    const auto old = found == before.end() ? nullptr : found->second;
    const auto source = source_of(path);
    if (!source || !old || old->text == source->text) continue;
    for (Breakpoint& b : list) {
      const int same = b.newer || b.stop < 0 ? -1 : source->stop_like(*old, b.stop);
      b.stop = same >= 0 ? same : asked_stop(b, *source);
      b.newer = false;
      if (b.stop < 0 && b.problem.empty()) b.problem = kNoStatement;
      if (b.stop >= 0 && b.problem == kNoStatement) b.problem.clear();
      event("breakpoint", {{"reason", "changed"}, {"breakpoint", described(b, source.get())}});
    }
  }
  for (Breakpoint& b : function_breakpoints_) b.stop = -1;
}

// All of one module, together with what function breakpoints mean in it.
void Session::send_breakpoints(int module, std::function<void()> done) {
  json::array list;
  const std::string& path = module_files_[static_cast<std::size_t>(module)];
  const auto source = source_of(path);
  const auto add = [&](const Breakpoint& b) {
    if (!b.problem.empty() || b.stop < 0 || !source) return;
    json::object one = b.wire;
    one["stop"] = b.stop;
    const std::string words = text_of(b.asked, "condition") + text_of(b.asked, "logMessage");
    for (const char* cost : {"$elapsed", "$calls", "$self", "$alloc"}) {
      if (words.find(cost) == words.npos) continue;
      const int function = source->statements.stops[static_cast<std::size_t>(b.stop)].function;
      one["costs"] = true;
      if (function >= 0)
        one["entry"] = source->statements.functions[static_cast<std::size_t>(function)].first_stop;
    }
    list.push_back(std::move(one));
  };
  if (const auto found = breakpoints_.find(path); found != breakpoints_.end()) {
    for (const Breakpoint& b : found->second) add(b);
  }
  const std::string module_name = shown_name(static_cast<std::size_t>(module));
  for (Breakpoint b : function_breakpoints_) {
    const std::string name = text_of(b.asked, "name");
    for (const Function& f : source ? source->statements.functions : std::vector<Function>()) {
      const std::string dotted = module_name + "." + f.name;
      if (::fnmatch(name.c_str(), f.name.c_str(), 0) != 0 && ::fnmatch(name.c_str(), dotted.c_str(), 0) != 0)
        continue;
      b.stop = f.first_stop;
      b.problem = {};
      add(b);
    }
  }
  ask({{"command", "breakpoints"}, {"module", module}, {"list", std::move(list)}},
      [done = std::move(done)](const json::object&) {
        if (done) done();
      });
}

// Where function breakpoints are, once the modules are known.
void Session::bind_functions() {
  for (Breakpoint& b : function_breakpoints_) {
    const bool was = b.stop >= 0;
    const std::string name = text_of(b.asked, "name");
    std::shared_ptr<const Source> where;
    for (std::size_t i = 0; i < module_files_.size() && b.stop < 0; ++i) {
      const auto source = source_of(module_files_[i]);
      for (const Function& f : source ? source->statements.functions : std::vector<Function>()) {
        const std::string dotted = shown_name(i) + "." + f.name;
        if (f.first_stop < 0 || (::fnmatch(name.c_str(), f.name.c_str(), 0) != 0 &&
                                 ::fnmatch(name.c_str(), dotted.c_str(), 0) != 0))
          continue;
        b.stop = f.first_stop;
        b.path = module_files_[i];
        b.problem = {};
        where = source;
        break;
      }
    }
    if (b.stop < 0) b.problem = "no function is called '" + name + "' yet";
    if (!was && b.stop >= 0 && gate_open_)
      event("breakpoint", {{"reason", "changed"}, {"breakpoint", described(b, where.get())}});
  }
}

void Session::set_function_breakpoints(const CallPtr& call, const json::object& arguments) {
  std::vector<Breakpoint> before = std::exchange(function_breakpoints_, {});
  if (const auto* list = array_of(arguments, "breakpoints")) {
    for (const auto& entry : *list) {
      const auto* wanted = entry.if_object();
      if (!wanted) continue;
      Breakpoint b;
      b.kind = "function breakpoint";
      b.asked = *wanted;
      const auto same = std::find_if(before.begin(), before.end(), [&](const Breakpoint& old) {
        return text_of(old.asked, "name") == text_of(*wanted, "name");
      });
      b.id = same == before.end() ? next_breakpoint_++ : same->id;
      read_conditions(b);
      function_breakpoints_.push_back(std::move(b));
    }
  }
  const bool open = std::exchange(gate_open_, false);  // no events before the answer
  bind_functions();
  gate_open_ = open;
  json::array answer;
  for (const Breakpoint& b : function_breakpoints_)
    answer.push_back(described(b, b.path.empty() ? nullptr : source_of(b.path).get()));
  call->answer(json::value(json::object{{"breakpoints", std::move(answer)}}));
  for (std::size_t i = 0; gate_open_ && !arguments_.no_debug && i < module_files_.size(); ++i)
    send_breakpoints(static_cast<int>(i));
}

void Session::set_exception_breakpoints(const CallPtr& call, const json::object& arguments) {
  exception_filters_.clear();
  early_exceptions_ = false;
  json::array answer;
  const auto add = [&](const std::string& id, const std::string& condition) {
    static constexpr std::string_view kFilters[] = {"raised", "thrown", "uncaught", "userUncaught",
                                                    "security"};
    if (std::find(std::begin(kFilters), std::end(kFilters), id) == std::end(kFilters)) {
      answer.push_back(
          json::object{{"verified", false}, {"message", wire::sv("there is no filter '" + id + "'")}});
      return;
    }
    json::value wire = nullptr;
    std::string problem;
    if (!condition.empty()) {
      json::object made;
      json::array types;
      std::string word;
      for (const char c : condition + ",") {
        if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
          word += c;
        } else if (c == ',' || c == ' ') {
          if (!word.empty()) types.push_back(wire::sv(std::exchange(word, {})));
        } else {
          types.clear();
          break;
        }
      }
      if (types.empty()) {
        auto piece = compile_piece(condition, true);
        if (auto* good = std::get_if<Piece>(&piece)) {
          made["code"] = std::move(good->code);
        } else {
          problem = std::get<std::string>(piece);
        }
      }
      made["types"] = std::move(types);
      wire = std::move(made);
    }
    if (id == "raised" || id == "thrown") early_exceptions_ = true;
    exception_filters_[wire::sv(id == "userUncaught" ? "uncaught" : id)] = std::move(wire);
    json::object one{{"verified", problem.empty()}};
    if (!problem.empty()) one["message"] = wire::sv(problem);
    answer.push_back(std::move(one));
  };
  if (const auto* filters = array_of(arguments, "filters")) {
    for (const auto& filter : *filters) {
      if (filter.is_string()) add(std::string(wire::sv(filter.get_string())), {});
    }
  }
  if (const auto* options = array_of(arguments, "filterOptions")) {
    for (const auto& option : *options) {
      if (const auto* o = option.if_object()) add(text_of(*o, "filterId"), text_of(*o, "condition"));
    }
  }
  call->answer(json::value(json::object{{"breakpoints", std::move(answer)}}));
  if (gate_open_ && !arguments_.no_debug) send_exceptions();
}

void Session::send_exceptions() {
  ask({{"command", "exceptions"}, {"filters", exception_filters_}, {"early", early_exceptions_}},
      [](const json::object&) {});
}

// Where statements begin, and calls in them: a breakpoint there stops before the statement.
void Session::breakpoint_locations(const CallPtr& call, const json::object& arguments) {
  const auto* where = object_of(arguments, "source");
  const auto source = where ? source_of(path_in(*where)) : nullptr;
  std::map<ByteOffset, Span> spans;
  for (const Stop& stop : source ? source->statements.stops : std::vector<Stop>())
    spans.try_emplace(stop.span.begin, stop.span);
  for (const CallSite& site : source ? source->statements.calls : std::vector<CallSite>())
    if (site.callee.size() > 0) spans.try_emplace(site.whole.begin, site.whole);
  using LineColumn = std::pair<int, int>;  // line from 1, column from 0
  const int line = lines_.line_in(number_of(arguments, "line"));
  const int last = arguments.contains("endLine") ? lines_.line_in(number_of(arguments, "endLine")) : line;
  const auto column = [&](const char* name, int otherwise) {
    return arguments.contains(name) ? lines_.column_in(number_of(arguments, name)) : otherwise;
  };
  const LineColumn from{line, column("column", 0)},
      to{last, column("endColumn", std::numeric_limits<int>::max())};
  json::array found;
  for (const auto& [at, span] : spans) {
    const EditorPosition begin = source->lines.editor(at), end = source->lines.editor(span.end);
    const LineColumn place{static_cast<int>(begin.line) + 1, static_cast<int>(begin.character)};
    if (place < from || place > to) continue;
    found.push_back(json::object{{"line", lines_.line_out(place.first)},
                                 {"column", lines_.column_out(place.second)},
                                 {"endLine", lines_.line_out(static_cast<int>(end.line) + 1)},
                                 {"endColumn", lines_.column_out(static_cast<int>(end.character))}});
  }
  call->answer(json::value(json::object{{"breakpoints", std::move(found)}}));
}

}  // namespace ml::dap
