#include "lsp/semantics/symbols.h"

#include <string.h>

#include <algorithm>

#include "lsp/semantics/cursor.h"
#include "lsp/semantics/library.h"
#include "lsp/semantics/scope.h"
#include "lsp/semantics/types.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

bool touches(Span span, ByteOffset at) { return span.begin <= at && at <= span.end; }

// The names of one item at an offset.
class FindName : public Visitor {
 public:
  FindName(ByteOffset at, Span& span) : at_(at), span_(span) {}
  void on_binding(const Binding& b, Role) override {
    if (touches(b.span, at_)) node = b.id, name = b.name, span_ = b.span, expression = nullptr, binds = true;
  }
  void on_expression(const Expr& e) override {
    if (e.kind == ExprKind::Name && touches(e.span, at_))
      node = e.id, name = as<NameExpr>(&e).name, span_ = e.span, expression = &e, binds = false;
    if (e.kind == ExprKind::Member && touches(as<MemberExpr>(&e).name_span, at_))
      node = e.id, name = as<MemberExpr>(&e).name, span_ = as<MemberExpr>(&e).name_span, expression = &e,
      binds = false;
  }
  NodeId node;
  NameId name;
  const Expr* expression = nullptr;
  bool binds = false;

 private:
  ByteOffset at_;
  Span& span_;
};

void fill_import(Symbol& symbol, const Revision& revision) {
  for (const ImportLine& line : revision.parsed().import_lines) {
    if (line.bound != symbol.name) continue;
    symbol.module_name = line.dotted;
    if (const Import* found = import_named(revision, line.dotted)) symbol.module_file = found->file;
    return;
  }
}

Symbol symbol_of(const Revision& revision, std::uint32_t item, const sema::NameRef& ref, NameId name) {
  Symbol symbol;
  symbol.name = revision.names().text(name);
  symbol.file = revision.file().key;
  switch (ref.use) {
    case sema::NameUse::Local:
    case sema::NameUse::Enclosing:
      symbol.kind = Symbol::Kind::Local;
      symbol.item = item;
      symbol.function = ref.owner;
      symbol.variable = ref.variable;
      break;
    case sema::NameUse::Module: symbol.kind = Symbol::Kind::Global; break;
    case sema::NameUse::Builtin:
      symbol.kind = Symbol::Kind::Builtin;
      symbol.entry = find_builtin(symbol.name);
      break;
    case sema::NameUse::Host:
    case sema::NameUse::Unknown: break;
  }
  if (const sema::Variable* v = variable_of(revision.analysis(), item, ref)) {
    symbol.variable_kind = v->kind;
    if (v->kind == sema::VariableKind::Import) fill_import(symbol, revision);
  }
  return symbol;
}

Symbol member_symbol(const Revision& revision, std::uint32_t item, const MemberExpr& member) {
  Symbol symbol;
  symbol.kind = Symbol::Kind::Field;
  symbol.name = revision.names().text(member.name);
  symbol.file = revision.file().key;
  const std::string_view module = module_of(revision, item, member.object);
  if (module.empty()) {
    // The type decides only where members of several types have that name.
    symbol.entry = find_member(0, symbol.name);
    if (!symbol.entry && stdlib::catalogue().is_member_name(symbol.name))
      symbol.entry = find_member(revision.types().of(item, member.object), symbol.name);
    return symbol;
  }
  if (stdlib::catalogue().module(module)) {
    symbol.kind = Symbol::Kind::Library;
    symbol.entry = find_library_member(module, symbol.name);
    return symbol;
  }
  if (const Import* import = import_named(revision, module); import && !import->file.empty()) {
    symbol.kind = Symbol::Kind::Global;
    symbol.file = import->file;
    const auto other = revision.modules().revision(import->file);
    if (const sema::Variable* v = other ? module_variable(*other, symbol.name) : nullptr)
      symbol.variable_kind = v->kind;
  }
  return symbol;
}

bool same_variable(const Symbol& symbol, const sema::NameRef& ref) {
  return ref.use <= sema::NameUse::Enclosing && ref.owner == symbol.function &&
         ref.variable == symbol.variable;
}

class Collect : public Visitor {
 public:
  Collect(const Revision& revision, const Symbol& symbol, std::vector<Occurrence>& out)
      : r_(revision), symbol_(symbol), name_(revision.names().find(symbol.name)), out_(out) {}
  void item(std::uint32_t index) {
    index_ = index;
    start_ = r_.module().items[index].start;
    walk(*r_.module().items[index].item, *this);
  }
  void on_statement(const Stmt& s) override {
    if (symbol_.kind == Symbol::Kind::Field && s.kind == StmtKind::Assign &&
        as<AssignStmt>(&s).target->kind == ExprKind::Member)
      target_ = as<AssignStmt>(&s).target;
  }
  void on_binding(const Binding& b, Role role) override {
    if (b.name == name_ && matches(b.id)) add(b.span, role != Role::Nonlocal, role != Role::Nonlocal);
  }
  void on_expression(const Expr& e) override {
    if (e.kind == ExprKind::Name && as<NameExpr>(&e).name == name_ && matches(e.id))
      add(e.span, false, false);
    if (symbol_.kind != Symbol::Kind::Field) return;
    if (e.kind == ExprKind::Member && as<MemberExpr>(&e).name == name_)
      add(as<MemberExpr>(&e).name_span, &e == target_, false);
    if (e.kind == ExprKind::Object) {
      for (const Property& p : as<ObjectExpr>(&e).properties) {
        if (p.key == symbol_.name && p.key_kind == Property::Key::Word) add(p.key_span, true, false);
      }
    }
  }

 private:
  bool matches(NodeId id) const {
    if (symbol_.kind == Symbol::Kind::Field) return false;
    const auto& refs = r_.analysis().items[index_]->names;
    if (id.raw >= refs.size()) return false;
    const sema::NameRef& ref = refs[id.raw];
    switch (symbol_.kind) {
      case Symbol::Kind::Local: return index_ == symbol_.item && same_variable(symbol_, ref);
      case Symbol::Kind::Global: return ref.use == sema::NameUse::Module;
      case Symbol::Kind::Builtin: return ref.use == sema::NameUse::Builtin;
      default: return ref.use == sema::NameUse::Unknown || ref.use == sema::NameUse::Host;
    }
  }
  void add(Span span, bool write, bool binds) {
    out_.push_back({span.moved(start_), write, binds && !declared_});
    declared_ |= binds;
  }

  const Revision& r_;
  const Symbol& symbol_;
  const NameId name_;
  std::vector<Occurrence>& out_;
  std::uint32_t index_ = 0;
  ByteOffset start_ = 0;
  bool declared_ = false;
  const Expr* target_ = nullptr;  // of the assignment being walked
};

}  // namespace

std::optional<std::uint32_t> item_at(const Module& module, ByteOffset at) {
  std::size_t low = 0, high = module.items.size();  // the first that begins behind `at`
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (module.items[middle].start <= at)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  return static_cast<std::uint32_t>(low - 1);
}

void for_items_with(const Revision& revision, std::string_view word,
                    const std::function<void(std::uint32_t)>& take) {
  const std::string_view text = revision.text().text();
  const Module& module = revision.module();
  for (std::size_t at = 0; !word.empty() && at < text.size();) {
    const void* hit = memmem(text.data() + at, text.size() - at, word.data(), word.size());
    if (!hit) return;
    at = static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
    const std::size_t end = at + word.size();
    const bool whole =
        (at == 0 || !is_word_byte(text[at - 1])) && (end == text.size() || !is_word_byte(text[end]));
    const auto item = whole ? item_at(module, static_cast<ByteOffset>(at)) : std::nullopt;
    if (item && at < module.items[*item].end) {
      take(*item);
      at = module.items[*item].end;
    } else {
      at = end;
    }
  }
}

const sema::Variable* variable_of(const sema::Analysis& analysis, std::uint32_t item,
                                  const sema::NameRef& ref) {
  return variable_of(analysis, *analysis.items[item], ref);
}

const sema::Variable* variable_of(const sema::Analysis& analysis, const sema::ItemFacts& item,
                                  const sema::NameRef& ref) {
  if (!ref.variable) return nullptr;
  if (ref.use == sema::NameUse::Module)
    return ref.variable.raw < analysis.module_variables.size() ? &analysis.module_variables[ref.variable.raw]
                                                               : nullptr;
  if (ref.use > sema::NameUse::Enclosing || !ref.owner) return nullptr;
  return &item.functions[ref.owner.raw].variables[ref.variable.raw];
}

std::optional<SymbolAt> symbol_at(const Revision& revision, ByteOffset at) {
  const Module& module = revision.module();
  auto index = item_at(module, at);
  if (!index) return std::nullopt;
  // Directly behind one item another may begin: the name may end the first.
  for (const bool previous : {false, true}) {
    if (previous && (*index == 0 || module.items[*index - 1].end < at)) break;
    const std::uint32_t item = *index - (previous ? 1 : 0);
    const PlacedItem& placed = module.items[item];
    SymbolAt found;
    FindName finder(at - placed.start, found.span);
    walk(*placed.item, finder);
    if (!finder.node) continue;
    found.item = item;
    found.node = finder.node;
    found.expression = finder.expression;
    found.binds = finder.binds;
    found.span = found.span.moved(placed.start);
    if (finder.expression && finder.expression->kind == ExprKind::Member) {
      found.symbol = member_symbol(revision, item, as<MemberExpr>(finder.expression));
    } else {
      const auto& refs = revision.analysis().items[item]->names;
      const sema::NameRef ref = finder.node.raw < refs.size() ? refs[finder.node.raw] : sema::NameRef{};
      found.symbol = symbol_of(revision, item, ref, finder.name);
    }
    return found;
  }
  return std::nullopt;
}

const Expr* expression_at(const Revision& revision, ByteOffset at, std::uint32_t& item) {
  struct Find : Visitor {
    void on_expression(const Expr& e) override {
      if (e.span.contains(at) && (!found || e.span.size() <= found->span.size())) found = &e;
    }
    ByteOffset at = 0;
    const Expr* found = nullptr;
  } find;
  const auto index = item_at(revision.module(), at);
  if (!index) return nullptr;
  item = *index;
  find.at = at - revision.module().items[item].start;
  walk(*revision.module().items[item].item, find);
  return find.found;
}

std::vector<Occurrence> occurrences_in(const Revision& revision, const Symbol& symbol) {
  std::vector<Occurrence> out;
  const Module& module = revision.module();
  Collect collect(revision, symbol, out);
  if (symbol.kind == Symbol::Kind::Local) {
    if (symbol.item < module.items.size()) collect.item(symbol.item);
  } else if (symbol.kind != Symbol::Kind::Library &&
             (symbol.kind != Symbol::Kind::Global || symbol.file == revision.file().key)) {
    for_items_with(revision, symbol.name, [&](std::uint32_t i) { collect.item(i); });
  }
  if (symbol.kind == Symbol::Kind::Global && symbol.file != revision.file().key) {
    for (const ModuleUse& use : facts_of(revision).uses) {
      if (use.file == symbol.file && use.member == symbol.name) out.push_back({use.span, false, false});
    }
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; });
  return out;
}

std::vector<Place> definitions_of(const SymbolAt& at, const Revision& revision, ModuleStore& modules) {
  const Symbol& symbol = at.symbol;
  if (symbol.variable_kind == sema::VariableKind::Import && !symbol.module_file.empty())
    return {{symbol.module_file, {0, 0}}};
  std::vector<Place> out;
  switch (symbol.kind) {
    case Symbol::Kind::Global: {
      const bool here = symbol.file == revision.file().key;
      const auto other = here ? nullptr : modules.revision(symbol.file);
      if (!here && !other) break;
      if (const sema::Variable* v = module_variable(here ? revision : *other, symbol.name))
        out.push_back({symbol.file, v->first_binding});
      break;
    }
    case Symbol::Kind::Local: {
      const auto& variables =
          revision.analysis().items[symbol.item]->functions[symbol.function.raw].variables;
      out.push_back({symbol.file, variables[symbol.variable.raw].first_binding.moved(
                                      revision.module().items[symbol.item].start)});
      break;
    }
    case Symbol::Kind::Field: {
      if (at.expression && at.expression->kind == ExprKind::Member) {
        const auto origins =
            origins_of(revision.shared(), at.item, as<MemberExpr>(at.expression).object, modules);
        for (const ObjectField& f : fields_of(origins)) {
          if (f.name == symbol.name) out.push_back({f.revision->file().key, f.span});
        }
      }
      if (!out.empty() || symbol.entry) break;
      for (const Occurrence& o : occurrences_in(revision, symbol)) {
        if (o.write) out.push_back({symbol.file, o.span});
      }
      break;
    }
    default: break;
  }
  return out;
}

std::vector<FileOccurrences> references_to(const Symbol& symbol, const Revision& revision,
                                           ModuleStore& modules, const wire::StopFlag& stop) {
  std::vector<FileOccurrences> out;
  const auto add = [&](const std::string& file, std::vector<Occurrence> found) {
    if (!found.empty()) out.push_back({file, std::move(found)});
  };
  if (symbol.kind != Symbol::Kind::Global) {
    add(revision.file().key, occurrences_in(revision, symbol));
    return out;
  }
  if (const auto home = symbol.file == revision.file().key ? nullptr : modules.revision(symbol.file))
    add(symbol.file, occurrences_in(*home, symbol));
  else if (symbol.file == revision.file().key)
    add(symbol.file, occurrences_in(revision, symbol));
  for (const auto& facts : modules.all()) {
    stop.check();
    if (facts->key == symbol.file) continue;
    std::vector<Occurrence> known;
    for (const ModuleUse& use : facts->uses) {
      if (use.file == symbol.file && use.member == symbol.name)
        known.push_back({use.span, false, false, use.mark});
    }
    if (known.empty()) continue;
    // The places of the newest text: the index may be a moment behind.
    if (facts->stamp && facts->key != revision.file().key && stamp_of(facts->key) == facts->stamp)
      add(facts->key, std::move(known));
    else if (const auto other = facts->key == revision.file().key ? nullptr : modules.revision(facts->key))
      add(facts->key, occurrences_in(*other, symbol));
    else if (facts->key == revision.file().key)
      add(facts->key, occurrences_in(revision, symbol));
  }
  return out;
}

}  // namespace ml::lsp
