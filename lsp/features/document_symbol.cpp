// textDocument/documentSymbol: capabilities, imports, functions (nested), arrows bound to names, top-level
// variables, methods of object literals.

#include <unordered_set>

#include "lsp/features/registry.h"
#include "lsp/profile/surfaces.h"
#include "lsp/semantics/walk.h"

namespace ml::lsp {
namespace {

using namespace ast;

enum Kind : int {
  kModule = 2,
  kNamespace = 3,
  kClass = 5,
  kMethod = 6,
  kFunction = 12,
  kVariable = 13,
  kConstant = 14
};

struct Node {
  std::string name, detail;
  int kind;
  Span span, name_span;
  std::vector<Node> children;
  std::optional<ByteOffset> function;  // where it begins
};

const Function* function_of(const Expr* value) {
  return value && value->kind == ExprKind::Function ? as<FunctionExpr>(value).function : nullptr;
}

// Functions of an object literal belong to the variable that holds it.
void nest(std::vector<Node>& list) {
  std::vector<Node> out;
  for (Node& node : list) {
    nest(node.children);
    const bool inside = !out.empty() && node.kind == kMethod && out.back().span.begin < node.span.begin &&
                        node.span.end <= out.back().span.end;
    (inside ? out.back().children : out).push_back(std::move(node));
  }
  list = std::move(out);
}

class Outline : public Visitor {
 public:
  explicit Outline(const Revision& file) : names_(file.names()) {}

  void item(const PlacedItem& placed) {
    item_ = placed.item.get();
    walk(*item_, *this);
  }
  std::vector<Node> take() {
    nest(roots_);
    return std::move(roots_);
  }

  void on_statement(const Stmt& s) override {
    switch (s.kind) {
      case StmtKind::Capability: {
        const auto& c = as<CapabilityStmt>(&s);
        push({std::string(c.name), "capability", kClass, s.span, c.name_span, {}});
        break;
      }
      case StmtKind::Import: {
        const auto& i = as<ImportStmt>(&s);
        if (i.path.empty()) break;
        const Span path{i.path.front().span.begin, i.path.back().span.end};
        push({std::string(i.dotted), "import", kModule, s.span, path, {}});
        break;
      }
      case StmtKind::Assign: {
        const auto& a = as<AssignStmt>(&s);
        if (a.target->kind == ExprKind::Name)
          bound({as<NameExpr>(a.target).name, a.target->id, a.target->span}, a.value, s.span, false);
        break;
      }
      case StmtKind::Declare: {
        const auto& d = as<DeclareStmt>(&s);
        bound(d.binding, d.value, s.span, d.word == DeclareWord::Const);
        break;
      }
      case StmtKind::Unpack:
        for (const Binding& b : as<UnpackStmt>(&s).names)
          variable(b, s.span, as<UnpackStmt>(&s).word == DeclareWord::Const);
        break;
      default: break;
    }
  }
  void on_expression(const Expr& e) override {
    if (e.kind != ExprKind::Object) return;
    for (const Property& p : as<ObjectExpr>(&e).properties) {
      if (const Function* f = function_of(p.value))
        titles_.push_back(
            {f, std::string(p.key), p.key_span, {p.key_span.begin, p.value->span.end}, kMethod});
    }
  }
  void enter_function(const Function& f) override {
    Node node{"", parameters_of(*item_, f), kFunction, f.span, f.name.span, {}, f.span.begin};
    if (f.name.name) node.name = names_.text(f.name.name);
    for (std::size_t i = titles_.size(); i-- > 0;) {
      if (titles_[i].function != &f) continue;
      node.name = titles_[i].name, node.name_span = titles_[i].name_span, node.span = titles_[i].span,
      node.kind = titles_[i].kind;
      break;
    }
    open_.push_back(std::move(node));
  }
  void leave_function(const Function&) override {
    Node node = std::move(open_.back());
    open_.pop_back();
    // Functions without a name are passed over, what is in them is not.
    if (!node.name.empty())
      push(std::move(node));
    else
      for (Node& child : node.children) push(std::move(child));
  }

 private:
  struct Title {
    const Function* function;
    std::string name;
    Span name_span, span;
    int kind;
  };
  void push(Node node) { (open_.empty() ? roots_ : open_.back().children).push_back(std::move(node)); }
  void bound(const Binding& b, const Expr* value, Span span, bool constant) {
    if (const Function* f = function_of(value)) {
      titles_.push_back({f, std::string(names_.text(b.name)), b.span, span, kFunction});
      if (open_.empty()) seen_.insert(b.name.raw);
    } else {
      variable(b, span, constant);
    }
  }
  void variable(const Binding& b, Span span, bool constant) {
    if (!open_.empty() || !seen_.insert(b.name.raw).second) return;
    push({std::string(names_.text(b.name)), "", constant ? kConstant : kVariable, span, b.span, {}});
  }

  const Interner& names_;
  const Item* item_ = nullptr;
  std::vector<Node> roots_, open_;
  std::vector<Title> titles_;
  std::unordered_set<std::uint32_t> seen_;
};

json::object hierarchical(const Ask& ask, const Revision& file, const FileCosts* costs, const Node& node,
                          ByteOffset start) {
  json::object out{{"name", node.name},
                   {"kind", node.kind},
                   {"range", ask.range(file, node.span.moved(start))},
                   {"selectionRange", ask.range(file, node.name_span.moved(start))}};
  std::string detail = node.detail;
  if (costs && node.function)
    if (const std::string part = short_share(*costs, start + *node.function); !part.empty())
      detail += (detail.empty() ? "" : " \xC2\xB7 ") + part;
  if (!detail.empty()) out["detail"] = std::move(detail);
  if (!node.children.empty()) {
    json::array children;
    for (const Node& child : node.children) children.push_back(hierarchical(ask, file, costs, child, start));
    out["children"] = std::move(children);
  }
  return out;
}

void flat(const Ask& ask, const Revision& file, const Node& node, ByteOffset start,
          const std::string& container, json::array& out) {
  json::object one{
      {"name", node.name}, {"kind", node.kind}, {"location", ask.location(file, node.span.moved(start))}};
  if (!container.empty()) one["containerName"] = container;
  out.push_back(std::move(one));
  for (const Node& child : node.children) flat(ask, file, child, start, node.name, out);
}

json::value symbols(const Ask& ask) {
  const auto file = ask.document();
  const bool nested = ask.client().can("textDocument.documentSymbol.hierarchicalDocumentSymbolSupport");
  const auto costs = nested ? costs_of(ask.snapshot, *file) : nullptr;
  Outline outline(*file);
  json::array out;
  for (const PlacedItem& item : file->module().items) {
    ask.check();
    outline.item(item);
    for (const Node& node : outline.take()) {
      if (nested)
        out.push_back(hierarchical(ask, *file, costs.get(), node, item.start));
      else
        flat(ask, *file, node, item.start, "", out);
    }
  }
  return out;
}

}  // namespace

void add_document_symbol(Registry& registry) {
  registry.request("textDocument/documentSymbol", Lane::Worker, symbols);
  registry.advertise([](json::object& to, const ClientInfo&) {
    to["documentSymbolProvider"] = {{"label", "ML"}};
  });
}

}  // namespace ml::lsp
