// textDocument/codeAction and codeAction/resolve. Actions are made from the snapshot; a client that can
// resolve edits gets them when one is chosen, and then they are made again for the file as it is by then.

#include <algorithm>

#include "core/diag/catalogue.h"
#include "lsp/features/code_action/action.h"
#include "lsp/features/code_action/performance.h"
#include "lsp/server/editor.h"

namespace ml::lsp {
namespace {

constexpr std::size_t kMostFixed = 500;  // findings that source.fixAll looks at

bool touches(Span span, Span range) { return span.begin <= range.end && range.begin <= span.end; }

class Wanted {
 public:
  explicit Wanted(const Ask& ask) {
    const json::value* only = ask.find("/context/only");
    if (!only || !only->is_array()) return;
    any_ = false;
    for (const json::value& kind : only->get_array()) {
      if (kind.is_string()) kinds_.emplace_back(wire::sv(kind.get_string()));
    }
  }
  // Whether actions that do not apply are to be told, with the reason: when the user looks for a refactoring.
  bool why_not(const ClientInfo& client) const {
    return !any_ && below("refactor") && client.can("textDocument.codeAction.disabledSupport");
  }
  // Kinds are hierarchical: "refactor" asks for "refactor.extract".
  bool kind(std::string_view of) const {
    if (any_) return !of.starts_with("source");  // these only when asked for
    return std::any_of(kinds_.begin(), kinds_.end(), [&](const std::string& wanted) {
      return wanted.empty() || of == wanted || (of.starts_with(wanted) && of[wanted.size()] == '.');
    });
  }
  bool below(std::string_view prefix) const {
    if (any_) return !prefix.starts_with("source");
    return std::any_of(kinds_.begin(), kinds_.end(), [&](const std::string& wanted) {
      return wanted.empty() || wanted.starts_with(prefix) || prefix.starts_with(wanted);
    });
  }

 private:
  bool any_ = true;
  std::vector<std::string> kinds_;
};

// All edits that cannot change what the program does, of findings anywhere.
Action fix_all(const Scene& scene, const char* kind, const char* title, bool unused_only) {
  Action all{title, kind, {}, false, true, nullptr};
  std::size_t looked = 0;
  for (const Diagnostic& finding : scene.file.analysis().diagnostics) {
    scene.ask.check();
    const auto number = static_cast<std::uint32_t>(finding.code);
    if (unused_only && number != 215 && number != 218 && number != 219) continue;
    if (++looked > kMostFixed) break;
    std::vector<Action> fixes;
    Scene place{scene.ask, scene.file, finding.span};
    add_syntax_fixes(place, finding, fixes);
    add_fixes(place, finding, fixes);
    for (const Action& fix : fixes) {
      if (!(fix.safe || (unused_only && fix.preferred))) continue;
      const bool apart = std::none_of(fix.changes.begin(), fix.changes.end(), [&](const Change& change) {
        return std::any_of(all.changes.begin(), all.changes.end(), [&](const Change& other) {
          return change.span == other.span ||
                 (change.span.begin < other.span.end && other.span.begin < change.span.end);
        });
      });
      if (apart && parses_after(place, fix, number < 200))
        all.changes.insert(all.changes.end(), fix.changes.begin(), fix.changes.end());
      break;
    }
  }
  return all;
}

std::vector<Action> actions_at(const Ask& ask, const Revision& file, Span range) {
  const Wanted wanted(ask);
  const Scene scene{ask, file, range};
  std::vector<Action> out;
  if (wanted.below("quickfix")) {
    for (const Diagnostic& finding : file.analysis().diagnostics) {
      if (!touches(finding.span, range)) continue;
      ask.check();
      std::vector<Action> fixes;
      add_syntax_fixes(scene, finding, fixes);
      add_fixes(scene, finding, fixes);
      for (Action& fix : fixes) {
        const bool broken = static_cast<std::uint32_t>(finding.code) < 200;
        const bool comment = fix.title.starts_with("Ignore ");
        if (comment || parses_after(scene, fix, broken || file.parsed().has_syntax_errors))
          out.push_back(std::move(fix));
      }
    }
  }
  if (wanted.below("quickfix")) add_performance_fixes(scene, out);
  if (wanted.below("refactor")) {
    std::vector<Action> more;
    add_extractions(scene, more);
    add_inlining(scene, more);
    add_function_inlining(scene, more);
    add_moves(scene, more);
    add_rewrites(scene, more);
    add_loop_rewrites(scene, more);
    add_text_rewrites(scene, more);
    const bool why_not = wanted.why_not(ask.client());
    for (Action& action : more) {
      ask.check();
      if (action.disabled.empty() ? parses_after(scene, action, false) : why_not)
        out.push_back(std::move(action));
    }
  }
  if (wanted.kind("source.organizeImports")) out.push_back(organize_imports(scene));
  if (wanted.kind("source.fixAll.ml"))
    out.push_back(fix_all(scene, "source.fixAll.ml", "Fix all that is certain", false));
  if (wanted.kind("source.removeUnused.ml"))
    out.push_back(fix_all(scene, "source.removeUnused.ml", "Remove what is unused", true));
  std::erase_if(out, [&](const Action& a) {
    return (a.changes.empty() && a.new_file.empty() && a.disabled.empty()) || !wanted.kind(a.kind);
  });
  // What cures comes before what hides.
  std::stable_sort(out.begin(), out.end(), [](const Action& a, const Action& b) {
    return a.title.starts_with("Ignore ") < b.title.starts_with("Ignore ");
  });
  return out;
}

json::array edits_of(const Ask& ask, const Revision& file, std::vector<Change> changes) {
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.span.begin < b.span.begin; });
  json::array edits;
  for (const Change& change : changes)
    edits.push_back(json::object{{"range", ask.range(file, change.span)}, {"newText", change.text}});
  return edits;
}

json::object edit_of(const Ask& ask, const Revision& file, const Action& action) {
  if (!ask.client().can("workspace.workspaceEdit.documentChanges")) {
    json::object changes{{file.file().uri, edits_of(ask, file, action.changes)}};
    for (const FileChanges& other : action.others)
      changes[ask.snapshot.uri_of(other.file->file().key)] = edits_of(ask, *other.file, other.changes);
    return {{"changes", std::move(changes)}};
  }
  json::array all;
  if (!action.new_file.empty()) {
    all.push_back(json::object{{"kind", "create"}, {"uri", action.new_file}});
    if (!action.new_text.empty())
      all.push_back(json::object{
          {"textDocument", {{"uri", action.new_file}, {"version", nullptr}}},
          {"edits", json::array{json::object{{"range", to_json(Range{})}, {"newText", action.new_text}}}}});
  }
  const auto add = [&](const Revision& to, const std::vector<Change>& changes) {
    if (changes.empty()) return;
    json::object document{{"uri", ask.snapshot.uri_of(to.file().key)},
                          {"version", to.is_open() ? json::value(to.version()) : json::value(nullptr)}};
    all.push_back(json::object{{"textDocument", std::move(document)}, {"edits", edits_of(ask, to, changes)}});
  };
  add(file, action.changes);
  for (const FileChanges& other : action.others) add(*other.file, other.changes);
  return {{"documentChanges", std::move(all)}};
}

bool resolves_edits(const ClientInfo& client) {
  return client.lists("textDocument.codeAction.resolveSupport.properties", "edit");
}

// The client's diagnostics that the action cures, echoed.
json::array cured(const Ask& ask, const Revision& file, const Action& action) {
  json::array out;
  const json::value* given = ask.find("/context/diagnostics");
  if (!given || !given->is_array()) return out;
  if (!action.cures) {
    // Cures of what a profile found: it is about the lines that were asked for.
    for (const json::value& diagnostic : given->get_array()) {
      const json::object* object = diagnostic.if_object();
      const json::value* source = object ? object->if_contains("source") : nullptr;
      if (action.kind == "quickfix" && source && source->is_string() && source->get_string() == "ml-perf")
        out.push_back(diagnostic);
    }
    return out;
  }
  const json::value range = ask.range(file, action.cures->span);
  for (const json::value& diagnostic : given->get_array()) {
    const json::object* object = diagnostic.if_object();
    const json::value* code = object ? object->if_contains("code") : nullptr;
    const json::value* at = object ? object->if_contains("range") : nullptr;
    if (code && at && code->is_string() && wire::sv(code->get_string()) == code_name(action.cures->code) &&
        *at == range)
      out.push_back(diagnostic);
  }
  return out;
}

json::value actions(const Ask& ask) {
  const auto file = ask.document();
  const auto found = actions_at(ask, *file, ask.bytes(*file));
  const bool lazy = resolves_edits(ask.client()),
             literal = ask.client().can("textDocument.codeAction.codeActionLiteralSupport");
  json::array out;
  if (!literal) {  // a client that knows commands only
    for (const Action& action : found) {
      if (!ask.client().can("workspace.applyEdit") || !action.disabled.empty()) continue;
      json::object argument{{"title", action.title},
                            {"textDocument", {{"uri", ask.text("/textDocument/uri")}}},
                            {"range", ask.need("/range")}};
      out.push_back(json::object{{"title", action.title},
                                 {"command", "ml.applyCodeAction"},
                                 {"arguments", json::array{std::move(argument)}}});
    }
    return out;
  }
  for (const Action& action : found) {
    if (!action.disabled.empty()) {
      out.push_back(json::object{
          {"title", action.title}, {"kind", action.kind}, {"disabled", {{"reason", action.disabled}}}});
      continue;
    }
    json::object made{{"title", action.title}, {"kind", action.kind}};
    if (json::array cures = cured(ask, *file, action); !cures.empty()) made["diagnostics"] = std::move(cures);
    if (action.preferred && ask.client().can("textDocument.codeAction.isPreferredSupport"))
      made["isPreferred"] = true;
    if (lazy)
      made["data"] = json::object{{"textDocument", json::object{{"uri", ask.text("/textDocument/uri")}}},
                                  {"range", ask.need("/range")},
                                  {"context", json::object{{"only", json::array{json::value(action.kind)}}}}};
    else
      made["edit"] = edit_of(ask, *file, action);
    out.push_back(std::move(made));
  }
  return out;
}

json::value resolve(const Ask& ask) {
  json::object out = ask.params;
  const json::value& data = ask.need("/data");
  if (!data.is_object()) throw Refusal{wire::code::InvalidParams, "/data: an object is expected"};
  const Ask again{ask.snapshot, data.get_object(), ask.stop, ask.post, ask.progress};
  const auto file = again.document();
  const std::string title = ask.text("/title");
  for (const Action& action : actions_at(again, *file, again.bytes(*file))) {
    if (action.title != title || !action.disabled.empty()) continue;
    out["edit"] = edit_of(again, *file, action);
    return out;
  }
  throw Refusal{wire::code::RequestFailed, "the text has changed: '" + title + "' does not apply any more"};
}

}  // namespace

json::value apply_code_action(const Ask& argument) {
  const auto file = argument.document();
  const std::string title = argument.text("/title");
  for (const Action& action : actions_at(argument, *file, argument.bytes(*file))) {
    if (action.title != title || !action.disabled.empty()) continue;
    argument.post([title, edit = edit_of(argument, *file, action)](Editor& e) {
      e.request("workspace/applyEdit", json::object{{"label", title}, {"edit", edit}},
                [&e, title](wire::Response&& response) {
                  const json::object* answer = response.failed ? nullptr : response.result.if_object();
                  const json::value* done = answer ? answer->if_contains("applied") : nullptr;
                  if (done && done->is_bool() && done->get_bool()) return;
                  const json::value* why = answer ? answer->if_contains("failureReason") : nullptr;
                  std::string text = "'" + title + "' was not done";
                  if (why && why->is_string()) text += ": " + std::string(wire::sv(why->get_string()));
                  e.show(MessageType::Error, text);
                });
    });
    return nullptr;
  }
  throw Refusal{wire::code::RequestFailed, "the text has changed: '" + title + "' does not apply any more"};
}

void add_code_action(Registry& registry) {
  registry.request("textDocument/codeAction", Lane::Latency, actions);
  registry.request("codeAction/resolve", Lane::Latency, resolve);
  registry.advertise([](json::object& to, const ClientInfo& client) {
    if (!client.can("textDocument.codeAction.codeActionLiteralSupport")) {
      if (client.can("textDocument.codeAction") && client.can("workspace.applyEdit"))
        to["codeActionProvider"] = true;
      return;
    }
    to["codeActionProvider"] = json::object{
        {"codeActionKinds",
         json::array{"quickfix", "refactor.extract", "refactor.inline", "refactor.rewrite", "refactor.move",
                     "source.organizeImports", "source.fixAll.ml", "source.removeUnused.ml"}},
        {"resolveProvider", true}};
  });
}

}  // namespace ml::lsp
