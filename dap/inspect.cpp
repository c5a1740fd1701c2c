#include <algorithm>

#include "dap/session.h"

namespace ml::dap {

void Session::stack_trace(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  ask_for(call,
          {{"command", "stack"},
           {"start", number_of(arguments, "startFrame")},
           {"levels", number_of(arguments, "levels")}},
          [this](const json::object& answer) -> json::value {
            json::array frames;
            for (const auto& entry : answer.at("frames").as_array()) {
              const auto& row = entry.as_object();
              const std::string path = text_of(row, "file");
              std::string file = path;
              for (const std::string& known : module_files_) {
                if (known.ends_with("/" + path)) file = known;
              }
              const auto source = source_of(file);
              int stop = -1, line = static_cast<int>(number_of(row, "line", 1)), column = 0;
              if (const auto* site = array_of(row, "site"); site && site->size() == 2) {
                stop = static_cast<int>(wire::integer_of((*site)[1]).value_or(-1));
              } else if (source) {
                stop = source->stop_at(line, static_cast<int>(number_of(row, "column")));
              }
              if (source && stop >= 0 && stop < static_cast<int>(source->statements.stops.size())) {
                const auto at =
                    source->lines.editor(source->statements.stops[static_cast<std::size_t>(stop)].span.begin);
                line = static_cast<int>(at.line) + 1;
                column = static_cast<int>(at.character);
              }
              json::object frame{{"id", row.at("id")},
                                 {"name", row.at("name")},
                                 {"line", lines_.line_out(line)},
                                 {"column", lines_.column_out(column)},
                                 {"canRestart", false}};
              if (source) frame["source"] = source_json(file);
              frames.push_back(std::move(frame));
            }
            return json::object{{"stackFrames", std::move(frames)}, {"totalFrames", answer.at("total")}};
          });
}

void Session::scopes(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  ask_for(call, {{"command", "scopes"}, {"frame", number_of(arguments, "frameId")}},
          [](const json::object& answer) -> json::value {
            json::array scopes;
            for (const auto& entry : answer.at("scopes").as_array()) {
              const auto& row = entry.as_object();
              json::object scope{{"name", row.at("name")},
                                 {"variablesReference", row.at("reference")},
                                 {"namedVariables", row.at("named")},
                                 {"expensive", false}};
              if (!row.at("hint").is_null()) scope["presentationHint"] = row.at("hint");
              scopes.push_back(std::move(scope));
            }
            return json::object{{"scopes", std::move(scopes)}};
          });
}

json::object Session::variable(const json::object& row) const {
  json::object out{{"name", row.at("name")},
                   {"value", row.at("value")},
                   {"variablesReference", number_of(row, "reference")}};
  if (flag_of(client_, "supportsVariableType")) out["type"] = row.at("type");
  if (const std::string path = text_of(row, "path"); !path.empty()) out["evaluateName"] = wire::sv(path);
  if (const auto named = number_of(row, "named")) out["namedVariables"] = named;
  if (const auto indexed = number_of(row, "indexed")) out["indexedVariables"] = indexed;
  return out;
}

void Session::variables(const CallPtr& call, const json::object& arguments) {
  if (!stopped_) return call->answer(json::value(json::object{{"variables", json::array()}}));
  json::object question{{"command", "variables"},
                        {"reference", number_of(arguments, "variablesReference")},
                        {"start", number_of(arguments, "start")},
                        {"count", number_of(arguments, "count")}};
  if (const auto* format = object_of(arguments, "format")) question["hex"] = flag_of(*format, "hex");
  if (const std::string filter = text_of(arguments, "filter"); !filter.empty())
    question["filter"] = wire::sv(filter);
  ask_for(call, std::move(question), [this](const json::object& answer) -> json::value {
    json::array list;
    for (const auto& row : answer.at("variables").as_array()) list.push_back(variable(row.as_object()));
    return json::object{{"variables", std::move(list)}};
  });
}

void Session::set_variable(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  auto piece = compile_piece(text_of(arguments, "value"), true);
  if (const auto* problem = std::get_if<std::string>(&piece)) return fail(call, *problem);
  ask_for(call,
          {{"command", "set"},
           {"reference", number_of(arguments, "variablesReference")},
           {"name", wire::sv(text_of(arguments, "name"))},
           {"code", std::get<Piece>(piece).code}},
          [this](const json::object& answer) -> json::value {
            json::object out = variable(answer);
            out.erase("name");
            return out;
          });
}

void Session::set_expression(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const std::string target = text_of(arguments, "expression");
  auto piece = compile_piece(target + " = (" + text_of(arguments, "value") + "\n)", false);
  auto read = compile_piece(target, true);
  for (auto* made : {&piece, &read}) {
    if (const auto* problem = std::get_if<std::string>(made)) return fail(call, *problem);
  }
  const std::int64_t frame = number_of(arguments, "frameId");
  ask({{"command", "evaluate"}, {"frame", frame}, {"code", std::get<Piece>(piece).code}},
      [this, call, frame, code = std::get<Piece>(read).code](const json::object& answer) {
        if (call->answered()) return;
        if (const std::string error = text_of(answer, "error"); !error.empty()) return fail(call, error);
        ask_for(call, {{"command", "evaluate"}, {"frame", frame}, {"code", code}},
                [this](const json::object& value) -> json::value {
                  json::object out = variable(value);
                  out.erase("name");
                  return out;
                });
      });
}

void Session::evaluate(const CallPtr& call, const json::object& arguments) {
  if (!needs_stop(call)) return;
  const std::string context = text_of(arguments, "context"), text = text_of(arguments, "expression");
  const bool pure = context == "hover", statements = context == "repl";
  auto piece = compile_piece(text, !statements);
  if (const auto* problem = std::get_if<std::string>(&piece)) return fail(call, *problem);
  const Piece& made = std::get<Piece>(piece);
  if (pure && made.has_calls) return fail(call, "a hover does not call functions");
  json::object question{
      {"command", "evaluate"}, {"frame", number_of(arguments, "frameId")}, {"code", made.code}};
  if (made.is_expression) question["path"] = wire::sv(text);
  if (const auto* format = object_of(arguments, "format")) question["hex"] = flag_of(*format, "hex");
  if (context == "clipboard") question["full"] = "quoted";
  ask_for(call, std::move(question), [this](const json::object& answer) -> json::value {
    if (!answer.contains("name"))
      return json::object{{"result", answer.at("value")}, {"variablesReference", 0}};
    json::object out = variable(answer);
    out["result"] = out["value"];
    out.erase("value"), out.erase("name"), out.erase("evaluateName");
    return out;
  });
  if (!made.is_expression && flag_of(client_, "supportsInvalidatedEvent"))
    event("invalidated", {{"areas", json::array{"variables"}}});
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
  ask_for(call, {{"command", "exception"}}, [this](const json::object& answer) -> json::value {
    std::string stack;
    for (const auto& line : answer.at("stack").as_array())
      stack += std::string(wire::sv(line.as_string())) + "\n";
    const std::string description = text_of(answer, "type") + ": " + text_of(answer, "message");
    return json::object{{"exceptionId", answer.at("type")},
                        {"description", wire::sv(description)},
                        {"breakMode", early_exceptions_ ? "always" : "unhandled"},
                        {"details", json::object{{"message", answer.at("message")},
                                                 {"typeName", answer.at("type")},
                                                 {"fullTypeName", answer.at("type")},
                                                 {"evaluateName", "$exception"},
                                                 {"stackTrace", wire::sv(stack)}}}};
  });
}

void Session::loaded_sources(const CallPtr& call, const json::object&) {
  json::array list;
  for (const std::string& file : module_files_) list.push_back(source_json(file));
  call->answer(json::value(json::object{{"sources", std::move(list)}}));
}

void Session::modules(const CallPtr& call, const json::object& arguments) {
  json::array list;
  const auto start = static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(arguments, "startModule")));
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(0, number_of(arguments, "moduleCount")));
  for (std::size_t i = start; i < module_files_.size() && (count == 0 || i < start + count); ++i) {
    list.push_back(json::object{{"id", i},
                                {"name", wire::sv(module_names_[i].empty() ? "main" : module_names_[i])},
                                {"path", wire::sv(module_files_[i])},
                                {"isUserCode", true}});
  }
  call->answer(
      json::value(json::object{{"modules", std::move(list)}, {"totalModules", module_files_.size()}}));
}

// The text as it runs.
void Session::source(const CallPtr& call, const json::object& arguments) {
  const auto* where = object_of(arguments, "source");
  const auto found = sources_.find(where ? path_in(*where) : "");
  if (found == sources_.end() || !found->second) return fail(call, "this source is not loaded");
  call->answer(
      json::value(json::object{{"content", wire::sv(found->second->text)}, {"mimeType", "text/x-ml"}}));
}

void Session::step_in_targets(const CallPtr& call, const json::object&) {
  if (!needs_stop(call)) return;
  call->answer(json::value(json::object{{"targets", json::array()}}));
}

}  // namespace ml::dap
