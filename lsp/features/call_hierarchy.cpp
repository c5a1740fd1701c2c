// textDocument/prepareCallHierarchy, callHierarchy/incomingCalls, callHierarchy/outgoingCalls.

#include <algorithm>
#include <map>

#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/describe.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/symbols.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

// A function with a name, or the top level of a file (`function` null).
struct Callable {
  std::shared_ptr<const Revision> file;
  std::uint32_t item = 0;
  const Function* function = nullptr;
  Span name, whole;  // in the file
  std::string title;
  friend bool operator<(const Callable& a, const Callable& b) {
    return std::pair(a.file->file().key, a.name.begin) < std::pair(b.file->file().key, b.name.begin);
  }
};

Callable top_level(std::shared_ptr<const Revision> file) {
  const Span whole{0, file->text().size()};
  return {std::move(file), 0, nullptr, {0, 0}, whole, "<module>"};
}

// The functions of an item that have a name or are bound to one, by the function.
class Named : public Visitor {
 public:
  Named(const Revision& file, std::uint32_t item) : r_(file) { walk(*file.module().items[item].item, *this); }
  struct Title {
    std::string name;
    Span span;
  };
  std::map<const Function*, Title> titles;

  void on_statement(const Stmt& s) override {
    if (s.kind == StmtKind::Assign && as<AssignStmt>(&s).target->kind == ExprKind::Name)
      bind(as<AssignStmt>(&s).value, as<NameExpr>(as<AssignStmt>(&s).target).name,
           as<AssignStmt>(&s).target->span);
    if (s.kind == StmtKind::Declare)
      bind(as<DeclareStmt>(&s).value, as<DeclareStmt>(&s).binding.name, as<DeclareStmt>(&s).binding.span);
  }
  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Object) return;
    for (const Property& p : as<ObjectExpr>(&e).properties) {
      if (p.value->kind == ExprKind::Function)
        titles[as<FunctionExpr>(p.value).function] = {std::string(p.key), p.key_span};
    }
  }
  void enter_function(const Function& f) override {
    if (f.name.name && !titles.contains(&f))
      titles[&f] = {std::string(r_.names().text(f.name.name)), f.name.span};
  }

 private:
  void bind(const Expr* value, NameId name, Span span) {
    if (value && value->kind == ExprKind::Function)
      titles[as<FunctionExpr>(value).function] = {std::string(r_.names().text(name)), span};
  }
  const Revision& r_;
};

Callable callable(const std::shared_ptr<const Revision>& file, std::uint32_t item, const Function* function,
                  const Named::Title& title) {
  const ByteOffset start = file->module().items[item].start;
  return {file, item, function, title.span.moved(start), function->span.moved(start), title.name};
}

// The innermost function with a name around the offset.
Callable around(const std::shared_ptr<const Revision>& file, ByteOffset at) {
  const auto item = item_at(file->module(), at);
  if (!item) return top_level(file);
  const std::vector<std::uint32_t> open = functions_around(*file, *item, at);
  if (open.empty()) return top_level(file);
  const Named named(*file, *item);
  for (std::size_t i = open.size(); i-- > 0;) {
    const Function* function = file->analysis().items[*item]->functions[open[i]].function;
    if (const auto title = named.titles.find(function); title != named.titles.end())
      return callable(file, *item, function, title->second);
  }
  return top_level(file);
}

std::optional<Callable> callable_of(const Symbol& symbol, const Revision& file, ModuleStore& modules) {
  const FunctionPlace place = function_of(symbol, file, modules);
  if (!place.function) return std::nullopt;
  const ByteOffset start = place.revision->module().items[place.item].start;
  return Callable{
      place.revision,
      place.item,
      place.function,
      place.name,
      {std::min(place.name.begin, place.function->span.begin + start), place.function->span.end + start},
      symbol.name};
}

std::pair<std::shared_ptr<const FileCosts>, const Placed*> cost_of(const Ask& ask, const Callable& c) {
  const auto costs = c.function ? costs_of(ask.snapshot, *c.file) : nullptr;
  if (!costs) return {};
  return {costs, costs->begins_at(c.file->module().items[c.item].start + c.function->span.begin)};
}

// The most expensive first; those without costs stay in their order, behind.
template <class List>
std::vector<typename List::value_type*> by_cost(const Ask& ask, List& list) {
  std::vector<std::pair<std::uint64_t, typename List::value_type*>> all;
  for (auto& entry : list) {
    const auto [costs, placed] = cost_of(ask, entry.first);
    all.emplace_back(placed ? costs->run->function(placed->function).cum_ns : 0, &entry);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<typename List::value_type*> out;
  for (const auto& [ns, entry] : all) out.push_back(entry);
  return out;
}

json::object to_json(const Ask& ask, const Callable& c) {
  const Revision& file = *c.file;
  Span whole = c.whole;
  whole.begin = std::min(whole.begin, c.name.begin);
  json::object out{{"name", c.title},
                   {"kind", c.function ? 12 : 2},
                   {"uri", ask.snapshot.uri_of(file.file().key)},
                   {"range", ask.range(file, whole)},
                   {"selectionRange", ask.range(file, c.name)}};
  if (c.function) {
    std::string detail = parameters_of(*file.module().items[c.item].item, *c.function);
    if (const auto [costs, placed] = cost_of(ask, c); placed) detail = share_and_calls(*costs, *placed);
    out["detail"] = std::move(detail);
  } else {
    const std::string& key = file.file().key;
    out["detail"] = key.substr(key.rfind('/') + 1);
  }
  return out;
}

json::value prepare(const Ask& ask) {
  const auto file = ask.document();
  const ByteOffset at = ask.offset(*file);
  if (const auto found = symbol_at(*file, at)) {
    if (auto c = callable_of(found->symbol, *file, ask.snapshot.modules()))
      return json::array{to_json(ask, *c)};
    const Callable inside = around(file, at + 1);
    if (inside.function && inside.name == found->span) return json::array{to_json(ask, inside)};
    return nullptr;
  }
  return json::array{to_json(ask, around(file, at))};
}

// The function an item of the client stands for.
struct Asked {
  std::shared_ptr<const Revision> file;
  bool module = false;
  ByteOffset at = 0;
  std::optional<SymbolAt> symbol;
};
Asked read(const Ask& ask) {
  Asked out;
  const std::string uri = ask.text("/item/uri");
  out.file = ask.snapshot.file(uri);
  if (!out.file) throw Refusal{wire::code::InvalidParams, "/item/uri is neither open nor a file: " + uri};
  out.module = ask.text("/item/name") == "<module>";
  out.at = ask.offset(*out.file, "/item/selectionRange/start");
  if (!out.module) out.symbol = symbol_at(*out.file, out.at);
  return out;
}

// Offsets (in the file) of the names that are called, in an item.
class Calls : public Visitor {
 public:
  struct Call {
    Span name;
    const Function* inside;  // the innermost function, null at top level
  };
  std::vector<Call> calls;
  std::vector<const Function*> open;
  std::map<const Function*, const Function*> outer;

  void enter_function(const Function& f) override {
    outer[&f] = open.empty() ? nullptr : open.back();
    open.push_back(&f);
  }
  void leave_function(const Function&) override { open.pop_back(); }
  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Call) return;
    const Expr* callee = as<CallExpr>(&e).callee;
    if (callee->kind == ExprKind::Name) calls.push_back({callee->span, open.empty() ? nullptr : open.back()});
    if (callee->kind == ExprKind::Member)
      calls.push_back({as<MemberExpr>(callee).name_span, open.empty() ? nullptr : open.back()});
  }
};

json::value incoming(const Ask& ask) {
  const Asked asked = read(ask);
  if (asked.module || !asked.symbol) return json::array();
  std::map<Callable, json::array> found;
  for (const FileOccurrences& f :
       references_to(asked.symbol->symbol, *asked.file, ask.snapshot.modules(), ask.stop)) {
    const auto file = f.file == asked.file->file().key ? asked.file : ask.snapshot.file_of_key(f.file);
    if (!file) continue;
    std::optional<std::uint32_t> walked;
    Calls calls;
    for (const Occurrence& o : f.occurrences) {
      ask.check();
      const auto item = item_at(file->module(), o.span.begin);
      if (!item) continue;
      const PlacedItem placed = file->module().items[*item];
      if (walked != item) {
        calls = Calls();
        walk(*placed.item, calls);
        walked = item;
      }
      const auto is_call = [&](const Calls::Call& c) { return c.name.moved(placed.start) == o.span; };
      if (std::none_of(calls.calls.begin(), calls.calls.end(), is_call)) continue;
      found[around(file, o.span.begin)].push_back(ask.range(*file, o.span));
    }
  }
  json::array out;
  for (auto* entry : by_cost(ask, found))
    out.push_back(
        json::object{{"from", to_json(ask, entry->first)}, {"fromRanges", std::move(entry->second)}});
  return out;
}

json::value outgoing(const Ask& ask) {
  const Asked asked = read(ask);
  const Revision& file = *asked.file;
  std::map<Callable, json::array> found;
  std::map<const stdlib::Entry*, json::array> library;
  const auto item_calls = [&](std::uint32_t index, const Function* wanted) {
    const PlacedItem placed = file.module().items[index];
    Calls calls;
    walk(*placed.item, calls);
    if (calls.calls.empty()) return;
    const Named named(file, index);
    for (const Calls::Call& call : calls.calls) {
      ask.check();
      const Function* inside = call.inside;
      while (inside && !named.titles.contains(inside)) inside = calls.outer[inside];
      if (inside != wanted) continue;
      const Span name = call.name.moved(placed.start);
      const auto at = symbol_at(file, name.begin);
      if (!at || at->span != name) continue;
      if (const auto to = callable_of(at->symbol, file, ask.snapshot.modules()))
        found[*to].push_back(ask.range(file, name));
      else if (at->symbol.entry && at->symbol.kind != Symbol::Kind::Field)
        library[at->symbol.entry].push_back(ask.range(file, name));
    }
  };
  if (asked.module) {
    for (std::uint32_t i = 0; i < file.module().items.size(); ++i) item_calls(i, nullptr);
  } else if (asked.symbol) {
    const auto c = callable_of(asked.symbol->symbol, file, ask.snapshot.modules());
    if (c && c->file->file().key == file.file().key) item_calls(c->item, c->function);
  }
  json::array out;
  for (auto* entry : by_cost(ask, found))
    out.push_back(json::object{{"to", to_json(ask, entry->first)}, {"fromRanges", std::move(entry->second)}});
  for (auto& [entry, ranges] : library) {
    const std::uint32_t line = library_line(*entry);
    const json::object range = lsp::to_json(Range{{line, 0}, {line, 0}});
    out.push_back(json::object{{"to",
                                {{"name", wire::sv(entry->name)},
                                 {"kind", 12},
                                 {"detail", wire::sv(title_of_module(entry->module))},
                                 {"uri", library_uri(entry->module)},
                                 {"range", range},
                                 {"selectionRange", range}}},
                               {"fromRanges", std::move(ranges)}});
  }
  return out;
}

}  // namespace

void add_call_hierarchy(Registry& registry) {
  registry.request("textDocument/prepareCallHierarchy", Lane::Latency, prepare);
  registry.request("callHierarchy/incomingCalls", Lane::Workspace, incoming);
  registry.request("callHierarchy/outgoingCalls", Lane::Worker, outgoing);
  registry.advertise([](json::object& to, const ClientInfo&) { to["callHierarchyProvider"] = true; });
}

}  // namespace ml::lsp
