#include <algorithm>

#include "dap/kinds.h"
#include "dap/purity.h"
#include "dap/session.h"

namespace ml::dap {

void Session::stack_trace(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const auto* given = object_of(arguments, "format");
  const json::object format = given ? *given : json::object();
  const bool parameters = flag_of(format, "parameters");
  json::object question{{"command", "stack"},
                        {"start", number_of(arguments, "startFrame")},
                        {"levels", number_of(arguments, "levels")},
                        {"parameters", parameters}};
  if (const auto thread = number_of(arguments, "threadId", stopped_thread_); thread != stopped_thread_) {
    if (!open_world_) return fail(call, "there is no thread " + std::to_string(thread));
    question["thread"] = thread;
  }
  ask_for(call, std::move(question), [this, format](const json::object& answer) -> json::value {
    json::array frames;
    for (const auto& row : answer.at("frames").as_array())
      frames.push_back(stack_frame(row.as_object(), format));
    return json::object{{"stackFrames", std::move(frames)}, {"totalFrames", answer.at("total")}};
  });
}

json::object Session::stack_frame(const json::object& row, const json::object& format) {
  const std::string path = text_of(row, "file");
  std::string file = path, module;
  for (std::size_t i = 0; i < module_files_.size(); ++i) {
    if (module_files_[i] != path && !module_files_[i].ends_with("/" + path)) continue;
    file = module_files_[i];
    module = shown_name(i);
  }
  const bool ml = flag_of(row, "ml", true);
  const auto source = ml ? source_of(file) : nullptr;
  int stop = -1, line = static_cast<int>(number_of(row, "line", 1)), column = 0;
  if (const auto* site = array_of(row, "site"); site && site->size() == 2) {
    stop = static_cast<int>(wire::integer_of((*site)[1]).value_or(-1));
  } else if (source) {
    stop = source->stop_at(line, static_cast<int>(number_of(row, "column")));
  }
  std::string name = text_of(row, "name");
  if (source && stop >= 0 && stop < static_cast<int>(source->statements.stops.size())) {
    const Stop& at = source->statements.stops[static_cast<std::size_t>(stop)];
    const auto begin = source->lines.editor(at.span.begin);
    line = static_cast<int>(begin.line) + 1;
    column = static_cast<int>(begin.character);
    if (name == "<anonymous>" && at.function >= 0) {
      const Function& f = source->statements.functions[static_cast<std::size_t>(at.function)];
      const auto where = source->lines.editor(f.span.begin);
      name = f.name.substr(f.name.rfind('.') + 1);
      if (name == "fn")
        name += "@" + std::to_string(where.line + 1) + ":" + std::to_string(where.character + 1);
    }
  }
  frames_[number_of(row, "id")] = {source, stop};
  if (flag_of(format, "module") && !module.empty()) name = module + "." + name;
  if (flag_of(format, "parameters")) {
    std::string list;
    for (const auto& entry : row.at("parameters").as_array()) {
      const auto& part = entry.as_array();
      if (!list.empty()) list += ", ";
      list += wire::sv(part.at(0).as_string());
      if (flag_of(format, "parameterTypes")) list += ": " + std::string(wire::sv(part.at(1).as_string()));
      if (flag_of(format, "parameterValues")) list += " = " + std::string(wire::sv(part.at(2).as_string()));
    }
    name += "(" + list + ")";
  }
  if (flag_of(format, "line")) name += " line " + std::to_string(lines_.line_out(line));
  json::object frame{{"id", row.at("id")},
                     {"name", wire::sv(name)},
                     {"line", lines_.line_out(line)},
                     {"column", lines_.column_out(column)},
                     {"presentationHint", ml ? "normal" : "subtle"},
                     {"canRestart", false}};
  if (source) frame["source"] = source_json(file);
  if (source && module_of(file) >= 0) frame["moduleId"] = module_of(file);
  return frame;
}

// Where the variables of a frame are those of its function; nothing for a module's.
json::object Session::function_range(const Place& place) const {
  if (!place.source || place.stop < 0) return {};
  const Statements& found = place.source->statements;
  const int function = found.stops[static_cast<std::size_t>(place.stop)].function;
  if (function < 0) return {};
  const Span span = found.functions[static_cast<std::size_t>(function)].span;
  const EditorPosition begin = place.source->lines.editor(span.begin),
                       end = place.source->lines.editor(span.end);
  return {{"source", source_json(place.source->path)},
          {"line", lines_.line_out(static_cast<int>(begin.line) + 1)},
          {"column", lines_.column_out(static_cast<int>(begin.character))},
          {"endLine", lines_.line_out(static_cast<int>(end.line) + 1)},
          {"endColumn", lines_.column_out(static_cast<int>(end.character))}};
}

void Session::scopes(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const auto frame = number_of(arguments, "frameId");
  const auto at = frames_.find(frame);
  const json::object range = at == frames_.end() ? json::object() : function_range(at->second);
  ask_for(call, {{"command", "scopes"}, {"frame", frame}},
          [range](const json::object& answer) -> json::value {
            json::array scopes;
            for (const auto& entry : answer.at("scopes").as_array()) {
              const auto& row = entry.as_object();
              json::object scope{{"name", row.at("name")},
                                 {"variablesReference", row.at("reference")},
                                 {"namedVariables", row.at("named")},
                                 {"expensive", flag_of(row, "expensive")}};
              if (!row.at("hint").is_null()) scope["presentationHint"] = row.at("hint");
              if (text_of(row, "name") == "Locals") scope.insert(range.begin(), range.end());
              scopes.push_back(std::move(scope));
            }
            return json::object{{"scopes", std::move(scopes)}};
          });
}

json::object Session::variable(const json::object& row) {
  json::object out{{"name", row.at("name")},
                   {"value", row.at("value")},
                   {"variablesReference", number_of(row, "reference")}};
  if (flag_of(client_, "supportsVariableType")) out["type"] = row.at("type");
  if (const std::string path = text_of(row, "path"); !path.empty()) out["evaluateName"] = wire::sv(path);
  if (const auto named = number_of(row, "named")) out["namedVariables"] = named;
  if (const auto indexed = number_of(row, "indexed")) out["indexedVariables"] = indexed;
  if (const auto* place = array_of(row, "definition"); place && place->size() == 2) {
    locations_.push_back({{"source", source_json(absolute(std::string(wire::sv((*place)[0].as_string()))))},
                          {"line", lines_.line_out(static_cast<int>((*place)[1].as_int64()))},
                          {"column", lines_.column_out(0)}});
    out["valueLocationReference"] = locations_.size();
  }
  return out;
}

// Where the function is that a value is.
void Session::locations(const CallPtr& call, const json::object& arguments) {
  const auto id = number_of(arguments, "locationReference");
  if (id < 1 || id > static_cast<std::int64_t>(locations_.size()))
    return fail(call, "this location is not known any more");
  call->answer(json::value(locations_[static_cast<std::size_t>(id - 1)]));
}

void Session::variables(const CallPtr& call, const json::object& arguments) {
  if (!stopped_) return call->answer(json::value(json::object{{"variables", json::array()}}));
  json::object question{{"command", "variables"},
                        {"reference", number_of(arguments, "variablesReference")},
                        {"start", number_of(arguments, "start")},
                        {"count", number_of(arguments, "count")}};
  if (const auto* format = object_of(arguments, "format")) question["hex"] = flag_of(*format, "hex");
  if (!flag_of(client_, "supportsVariablePaging")) question["buckets"] = true;
  if (const std::string filter = text_of(arguments, "filter"); !filter.empty())
    question["filter"] = wire::sv(filter);
  ask_for(call, std::move(question), [this](const json::object& answer) -> json::value {
    json::array list;
    for (const auto& row : answer.at("variables").as_array()) list.push_back(variable(row.as_object()));
    return json::object{{"variables", std::move(list)}};
  });
}

// Modules come in the order in which they were compiled, the program itself first.
void Session::tell_kinds() {
  for (; kinds_told_ < module_files_.size(); ++kinds_told_) {
    const auto source = source_of(module_files_[kinds_told_]);
    if (!source) continue;
    debuggee_->send({{"command", "kinds"},
                     {"module", kinds_told_},
                     {"rows", kept_kinds(*source, kinds_told_ == 0 && !open_world_)}});
  }
}

void Session::set_variable(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  auto piece = compile_piece(text_of(arguments, "value"), true);
  if (const auto* problem = std::get_if<std::string>(&piece)) return fail(call, *problem);
  tell_kinds();
  ask_for(call,
          {{"command", "set"},
           {"reference", number_of(arguments, "variablesReference")},
           {"name", wire::sv(text_of(arguments, "name"))},
           {"code", std::get<Piece>(piece).code}},
          [this](const json::object& answer) -> json::value {
            json::object out = variable(answer);
            out.erase("name");
            changed_values();
            return out;
          });
}

void Session::changed_values() {
  if (!flag_of(client_, "supportsInvalidatedEvent")) return;
  // After the answer that is being made.
  loop_.post([this] {
    if (stopped_) event("invalidated", {{"areas", json::array{"variables"}}});
  });
}

void Session::set_expression(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const std::string target = text_of(arguments, "expression");
  auto piece = compile_piece(target + " = (" + text_of(arguments, "value") + "\n)", false);
  auto read = compile_piece(target, true);
  if (const auto* problem = std::get_if<std::string>(&read)) return fail(call, *problem);
  if (std::holds_alternative<std::string>(piece)) {
    const auto value = compile_piece(text_of(arguments, "value"), true);
    const auto* problem = std::get_if<std::string>(&value);
    return fail(call, problem ? *problem : "'" + target + "' cannot be assigned");
  }
  tell_kinds();
  const std::int64_t frame = number_of(arguments, "frameId");
  ask({{"command", "evaluate"}, {"frame", frame}, {"code", std::get<Piece>(piece).code}},
      [this, call, frame, code = std::get<Piece>(read).code](const json::object& answer) {
        if (call->answered()) return;
        if (const std::string error = text_of(answer, "error"); !error.empty()) return fail(call, error);
        ask_for(call, {{"command", "evaluate"}, {"frame", frame}, {"code", code}},
                [this](const json::object& value) -> json::value {
                  json::object out = variable(value);
                  out.erase("name");
                  changed_values();
                  return out;
                });
      });
}

// What may run, and for how long (6.5).
void Session::evaluate(const CallPtr& call, const json::object& arguments) {
  const std::string context = text_of(arguments, "context"), text = text_of(arguments, "expression");
  const bool repl = context == "repl", hover = context == "hover", clipboard = context == "clipboard";
  if (repl && text.starts_with(".")) return repl_command(call, text, number_of(arguments, "frameId"));
  if (repl && arguments_.plan.typed && debuggee_ && !stopped_ && !over_) {
    if (!debuggee_->type(text + "\n")) return fail(call, "the program does not read its input");
    return call->answer(json::value(json::object{{"result", ""}, {"variablesReference", 0}}));
  }
  if (!needs_stop(call)) return;
  std::int64_t wrong_at = -1;
  auto piece = compile_piece(text, !repl, &wrong_at);
  if (const auto* problem = std::get_if<std::string>(&piece))
    return fail(call, pointed(*problem, text, wrong_at));
  const Piece& made = std::get<Piece>(piece);
  const std::int64_t frame = number_of(arguments, "frameId");
  json::object question{{"command", "evaluate"}, {"frame", frame}, {"code", made.code}};
  if (!repl && made.has_calls) {
    const auto at = frames_.find(frame);
    const auto source =
        at == frames_.end() || !at->second.source ? source_of(arguments_.program) : at->second.source;
    const Effects effects = effects_of(text, source ? source->text : "");
    if (hover && effects != Effects::none) return fail(call, "a hover does not call functions");
    if (clipboard && effects == Effects::unknown)
      return fail(call, "this call may have effects: it is not made for the clipboard");
    if (effects == Effects::unknown) {
      question["command"] = "lazy";
      return ask_for(call, std::move(question), [](const json::object& answer) -> json::value {
        return json::object{{"result", "(has effects — press to run)"},
                            {"variablesReference", answer.at("reference")},
                            {"presentationHint",
                             json::object{{"lazy", true}, {"attributes", json::array{"hasSideEffects"}}}}};
      });
    }
  }
  if (made.is_expression) question["path"] = wire::sv(text);
  if (repl) question["repl"] = true;
  if (!made.is_expression) tell_kinds();
  if (const auto* format = object_of(arguments, "format")) question["hex"] = flag_of(*format, "hex");
  if (clipboard) question["full"] = "quoted";
  const std::chrono::milliseconds limit(repl || clipboard        ? 0
                                        : hover                  ? 50
                                        : context == "variables" ? 100
                                                                 : 500);
  const bool changes = repl && (!made.is_expression || made.has_calls);
  ask_for(
      call, std::move(question),
      [this, changes](const json::object& answer) -> json::value {
        if (changes) changed_values();
        if (!answer.contains("name"))
          return json::object{{"result", answer.at("value")}, {"variablesReference", 0}};
        json::object out = variable(answer);
        out["result"] = out["value"];
        out.erase("value"), out.erase("name"), out.erase("evaluateName");
        return out;
      },
      limit);
}

// Lines like `main.ml:7  3`: what the variable held before the statement there.
void Session::history(const CallPtr& call, const std::string& name, std::int64_t frame) {
  if (!needs_stop(call)) return;
  ask_for(call, {{"command", "history"}, {"name", wire::sv(name)}, {"frame", frame}},
          [this, name](const json::object& answer) -> json::value {
            std::string text;
            for (const auto& entry : answer.at("changes").as_array()) {
              const auto& row = entry.as_array();
              const auto module = static_cast<std::size_t>(row.at(0).to_number<std::int64_t>());
              const auto stop = static_cast<std::size_t>(row.at(1).to_number<std::int64_t>());
              const auto source = module < module_files_.size() ? source_of(module_files_[module]) : nullptr;
              if (!source || stop >= source->statements.stops.size()) continue;
              text += std::filesystem::path(source->path).filename().string() + ":" +
                      std::to_string(source->lines.line_of(source->statements.stops[stop].span.begin)) +
                      "  " + std::string(wire::sv(row.at(2).as_string())) + "\n";
            }
            if (text.empty()) text = "no value of '" + name + "' was recorded\n";
            return json::object{{"result", wire::sv(text)}, {"variablesReference", 0}};
          });
}

void Session::repl_command(const CallPtr& call, const std::string& text, std::int64_t frame) {
  const auto say = [&](const char* what) {
    call->answer(json::value(json::object{{"result", what}, {"variablesReference", 0}}));
  };
  if (text == ".help")
    return say(
        "ML expressions and statements run in the selected frame; _ is the last result.\n"
        ".profile start   measure from now on\n.profile stop    write the profile\n"
        ".history NAME    what a variable held before\n");
  if (text.starts_with(".history ")) return history(call, text.substr(9), frame);
  if (text != ".profile start" && text != ".profile stop")
    return fail(call, "'" + text + "' is no command; .help shows them");
  if (over_ || !gate_open_ || arguments_.no_debug) return fail(call, "the program does not run");
  json::object question =
      text == ".profile start" ? start_measuring() : json::object{{"command", "profile"}, {"action", "stop"}};
  ask_for(call, std::move(question), [this, text](const json::object& answer) -> json::value {
    if (text == ".profile start")
      capture_ = text_of(answer, "capture");
    else
      save_profile(text_of(answer, "capture"), nullptr);
    return json::object{{"result", text == ".profile start" ? "measuring" : "stopped"},
                        {"variablesReference", 0}};
  });
}

void Session::completions(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const std::string text = text_of(arguments, "text");
  std::size_t end =
      std::min<std::size_t>(text.size(), static_cast<std::size_t>(std::max<std::int64_t>(
                                             0, lines_.column_in(number_of(arguments, "column", 1)))));
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  std::size_t begin = end;
  while (begin > 0 && word(text[begin - 1])) --begin;
  const std::string prefix = text.substr(begin, end - begin);
  json::object question{{"command", "names"}, {"frame", number_of(arguments, "frameId")}};
  if (begin > 0 && text[begin - 1] == '.') {
    std::size_t from = begin - 1;
    const char quote = from > 0 ? text[from - 1] : 0;
    if (quote == '"' || quote == '\'') from = from > 1 ? text.rfind(quote, from - 2) : 0;
    if (from == text.npos) from = begin - 1;
    while (from > 0 &&
           (word(text[from - 1]) || text[from - 1] == '.' || text[from - 1] == ']' || text[from - 1] == '['))
      --from;
    auto piece = compile_piece(text.substr(from, begin - 1 - from), true);
    if (!std::holds_alternative<Piece>(piece) || std::get<Piece>(piece).has_calls)
      return call->answer(json::value(json::object{{"targets", json::array()}}));
    question["code"] = std::get<Piece>(piece).code;
  }
  ask_for(call, std::move(question), [prefix](const json::object& answer) -> json::value {
    json::array targets;
    for (const auto& entry : answer.at("names").as_array()) {
      const auto& pair = entry.as_array();
      if (!wire::sv(pair.at(0).as_string()).starts_with(prefix)) continue;
      targets.push_back(json::object{{"label", pair.at(0)}, {"type", pair.at(1)}});
    }
    return json::object{{"targets", std::move(targets)}};
  });
}

void Session::exception_info(const CallPtr& call, const json::object&) {
  if (!needs_stop(call)) return;
  if (last_filter_.empty()) return fail(call, "the program did not stop on an exception");
  ask_for(call, {{"command", "exception"}}, [this](const json::object& answer) -> json::value {
    std::string stack;
    for (const auto& line : answer.at("stack").as_array())
      stack += std::string(wire::sv(line.as_string())) + "\n";
    const std::string description = text_of(answer, "type") + ": " + text_of(answer, "message");
    json::object details{{"message", answer.at("message")},
                         {"typeName", answer.at("type")},
                         {"fullTypeName", answer.at("type")},
                         {"evaluateName", "$exception"},
                         {"stackTrace", wire::sv(stack)}};
    if (const auto* inner = object_of(answer, "inner"))
      details["innerException"] =
          json::array{json::object{{"message", inner->at("message")}, {"typeName", inner->at("type")}}};
    const bool always = last_filter_ == "raised" || last_filter_ == "thrown" || last_filter_ == "security";
    return json::object{{"exceptionId", answer.at("type")},
                        {"description", wire::sv(description)},
                        {"breakMode", always                           ? "always"
                                      : last_filter_ == "userUncaught" ? "userUnhandled"
                                                                       : "unhandled"},
                        {"details", std::move(details)}};
  });
}

}  // namespace ml::dap
