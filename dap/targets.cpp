#include <fnmatch.h>

#include "dap/session.h"

namespace ml::dap {

// The calls of the statement a frame stands at, in order of evaluation.
void Session::step_in_targets(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  json::array targets;
  targets_.clear();
  const auto found = frames_.find(number_of(arguments, "frameId"));
  const auto source = found == frames_.end() ? nullptr : found->second.source;
  for (const CallSite& site : source ? source->statements.calls : std::vector<CallSite>()) {
    if (site.stop != found->second.stop) continue;
    const auto text = [&](Span span) { return source->text.substr(span.begin, span.size()); };
    const EditorPosition begin = source->lines.editor(site.whole.begin),
                         end = source->lines.editor(site.whole.end);
    const int line = static_cast<int>(begin.line) + 1;
    std::string label;
    json::object into;
    if (site.callee.size() == 0) {
      label = "fn@" + std::to_string(line) + ":" + std::to_string(begin.character + 1);
      into["line"] = line;
    } else {
      const std::string callee = text(site.callee);
      auto piece = compile_piece(callee, true);
      if (!std::holds_alternative<Piece>(piece)) continue;
      label = callee + "(" + (site.callee.end + 2 < site.whole.end ? "…" : "") + ")";
      into["code"] = std::get<Piece>(piece).code;
    }
    targets_.push_back(std::move(into));
    targets.push_back(json::object{{"id", targets_.size()},
                                   {"label", wire::sv(label)},
                                   {"line", lines_.line_out(line)},
                                   {"column", lines_.column_out(static_cast<int>(begin.character))},
                                   {"endLine", lines_.line_out(static_cast<int>(end.line) + 1)},
                                   {"endColumn", lines_.column_out(static_cast<int>(end.character))}});
  }
  call->answer(json::value(json::object{{"targets", std::move(targets)}}));
}

// Statements of the line that the program can go on at instead: in the same function and body as this stop.
void Session::goto_targets(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  goto_targets_.clear();
  json::array targets;
  const auto* where = object_of(arguments, "source");
  const std::string path = where ? path_in(*where) : "";
  const auto source = site_ && site_->module == module_of(path) ? source_of(path) : nullptr;
  const auto count = source ? static_cast<int>(source->statements.stops.size()) : 0;
  const int line = lines_.line_in(number_of(arguments, "line"));
  for (int i = 0; i < count && site_->stop < count; ++i) {
    const Stop &now = source->statements.stops[static_cast<std::size_t>(site_->stop)],
               &to = source->statements.stops[static_cast<std::size_t>(i)];
    const EditorPosition begin = source->lines.editor(to.span.begin), end = source->lines.editor(to.span.end);
    if (static_cast<int>(begin.line) + 1 != line || to.function != now.function || to.block != now.block ||
        to.block == Stop::kClosed)
      continue;
    goto_targets_.push_back({site_->module, i});
    targets.push_back(
        json::object{{"id", goto_targets_.size()},
                     {"label", wire::sv(std::string(source->lines.line_text(begin.line + 1).substr(0, 60)))},
                     {"line", lines_.line_out(line)},
                     {"column", lines_.column_out(static_cast<int>(begin.character))},
                     {"endLine", lines_.line_out(static_cast<int>(end.line) + 1)},
                     {"endColumn", lines_.column_out(static_cast<int>(end.character))}});
  }
  call->answer(json::value(json::object{{"targets", std::move(targets)}}));
}

void Session::goto_(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const auto id = number_of(arguments, "targetId");
  if (id < 1 || id > static_cast<std::int64_t>(goto_targets_.size()))
    return fail(call, "this target is not known any more");
  const Site to = goto_targets_[static_cast<std::size_t>(id - 1)];
  ask({{"command", "jump"}, {"module", to.module}, {"stop", to.stop}},
      [this, call](const json::object& answer) {
        if (call->answered()) return;
        if (const std::string error = text_of(answer, "error"); !error.empty()) return fail(call, error);
        resume(call, 0, {});
      });
}

// [module, statement] of the functions that `stepFilters` names.
json::array Session::filtered_stops() {
  json::array found;
  for (std::size_t module = 0; module < module_files_.size(); ++module) {
    const auto source = source_of(module_files_[module]);
    const std::string name = shown_name(module);
    for (std::size_t stop = 0; source && stop < source->statements.stops.size(); ++stop) {
      const int function = source->statements.stops[stop].function;
      const std::string own =
          function < 0 ? "" : source->statements.functions[static_cast<std::size_t>(function)].name;
      for (const std::string& pattern : arguments_.step_filters) {
        const auto fits = [&](const std::string& word) {
          return ::fnmatch(pattern.c_str(), word.c_str(), 0) == 0;
        };
        if (!fits(name) && !(function >= 0 && (fits(own) || fits(name + "." + own)))) continue;
        found.push_back(json::array{module, stop});
        break;
      }
    }
  }
  return found;
}

void Session::data_breakpoint_info(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  std::string name = text_of(arguments, "name");
  json::object question{{"command", "place"}};
  // Without a reference it may be an expression: `order.total`, `rows[3]`.
  const std::size_t cut = arguments.contains("variablesReference") ? name.npos : name.find_last_of(".[");
  if (cut != name.npos && cut > 0) {
    const std::string whole = name.substr(0, cut);
    auto piece = compile_piece(whole, true);
    if (const auto* problem = std::get_if<std::string>(&piece)) return fail(call, *problem);
    if (std::get<Piece>(piece).has_calls)
      return call->answer(
          json::value(json::object{{"dataId", nullptr}, {"description", "what a call gives has no place"}}));
    question["code"] = std::get<Piece>(piece).code;
    question["path"] = wire::sv(whole);
    name = name[cut] == '.' ? name.substr(cut + 1) : name.substr(cut);
  }
  question["name"] = wire::sv(name);
  if (const auto reference = number_of(arguments, "variablesReference"); reference > 0)
    question["reference"] = reference;
  else
    question["frame"] = number_of(arguments, "frameId");
  ask_for(call, std::move(question), [](const json::object& answer) -> json::value {
    return json::object{{"dataId", answer.at("dataId")},
                        {"description", answer.at("description")},
                        {"accessTypes", json::array{"write"}},
                        {"canPersist", answer.at("persists")}};
  });
}

void Session::set_data_breakpoints(const CallPtr& call, const json::object& arguments) {
  std::vector<Breakpoint> before = std::exchange(data_breakpoints_, {});
  json::array answer;
  if (const auto* list = array_of(arguments, "breakpoints")) {
    for (const auto& entry : *list) {
      const auto* wanted = entry.if_object();
      if (!wanted) continue;
      Breakpoint b;
      b.kind = "data breakpoint";
      b.asked = *wanted;
      const std::string id = text_of(*wanted, "dataId");
      for (Breakpoint& old : before)
        if (b.id == 0 && text_of(old.asked, "dataId") == id) b.id = std::exchange(old.id, 0);
      if (b.id == 0) b.id = next_breakpoint_++;
      read_conditions(b);
      const std::string access = text_of(*wanted, "accessType", "write");
      if (access != "write") b.problem = "only writes can be watched, not '" + access + "'";
      if (id.empty()) b.problem = "dataId is missing";
      b.wire["dataId"] = wire::sv(id);
      b.wire["name"] = wire::sv(id.substr(id.rfind(':') + 1));
      json::object one{{"id", b.id}, {"verified", b.problem.empty()}};
      if (!b.problem.empty()) one["message"] = wire::sv(b.problem), one["reason"] = "failed";
      answer.push_back(std::move(one));
      data_breakpoints_.push_back(std::move(b));
    }
  }
  call->answer(json::value(json::object{{"breakpoints", std::move(answer)}}));
  if (gate_open_ && !over_ && !arguments_.no_debug) send_data_breakpoints();
}

void Session::send_data_breakpoints() {
  json::array list;
  std::vector<int> ids;
  for (const Breakpoint& b : data_breakpoints_) {
    if (!b.problem.empty()) continue;
    list.push_back(b.wire);
    ids.push_back(b.id);
  }
  ask({{"command", "watches"}, {"list", std::move(list)}}, [this, ids](const json::object& answer) {
    const auto* known = array_of(answer, "known");
    for (std::size_t i = 0; known && i < known->size() && i < ids.size(); ++i) {
      if ((*known)[i] == json::value(true)) continue;
      event("breakpoint",
            {{"reason", "changed"},
             {"breakpoint", json::object{{"id", ids[i]},
                                         {"verified", false},
                                         {"message", "the call or value it belonged to has gone"}}}});
    }
  });
}

}  // namespace ml::dap
