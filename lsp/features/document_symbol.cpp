// textDocument/documentSymbol: capabilities, imports, functions (nested), arrows bound to names, top-level
// variables, methods of object literals.

#include <algorithm>
#include <unordered_set>

#include "core/base/two_threads.h"
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

// The function that the item declares, if nothing in it can have a place in the outline: most of a file.
const Function* function_alone(const Item& item) {
  if (item.refused || item.stmt->kind != StmtKind::Function || item.declarations != 1) return nullptr;
  return as<FunctionStmt>(item.stmt).function;
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
  using Names = std::unordered_set<std::uint32_t>;

  // Variables of the module that are in `seen` are left out.
  Outline(const Revision& file, Names seen) : names_(file.names()), seen_(std::move(seen)) {}

  void item(const PlacedItem& placed) {
    item_ = placed.item.get();
    if (const Function* alone = function_alone(*item_)) {
      enter_function(*alone);
      leave_function(*alone);
    } else {
      walk(*item_, *this);
    }
  }
  std::vector<Node> take() {
    titles_.clear();
    nest(roots_);
    return std::move(roots_);
  }

  Names take_seen() { return std::move(seen_); }

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
  Names seen_;
};

// Writes the nodes as the protocol has them.
class Writer {
 public:
  Writer(const Ask& ask, const Revision& file, const FileCosts* costs, std::string& out)
      : file_(file), encoding_(ask.client().encoding), costs_(costs), out_(out) {}

  void nested(const Node& node, ByteOffset start) {
    head(node);
    range(R"(,"range":)", node.span.moved(start));
    range(R"(,"selectionRange":)", node.name_span.moved(start));
    std::string detail = node.detail;
    if (costs_ && node.function)
      if (const std::string part = short_share(*costs_, start + *node.function); !part.empty())
        detail += (detail.empty() ? "" : " \xC2\xB7 ") + part;
    if (!detail.empty()) text(R"(,"detail":)", detail);
    if (!node.children.empty()) {
      out_.append(R"(,"children":[)");
      for (const Node& child : node.children) {
        if (&child != node.children.data()) out_.push_back(',');
        nested(child, start);
      }
      out_.push_back(']');
    }
    out_.push_back('}');
  }
  void flat(const Node& node, ByteOffset start, std::string_view container) {
    head(node);
    text(R"(,"location":{"uri":)", file_.file().uri);
    range(R"(,"range":)", node.span.moved(start));
    out_.push_back('}');
    if (!container.empty()) text(R"(,"containerName":)", container);
    out_.push_back('}');
    for (const Node& child : node.children) {
      out_.push_back(',');
      flat(child, start, node.name);
    }
  }

 private:
  void head(const Node& node) {
    text(R"({"name":)", node.name);
    number(R"(,"kind":)", static_cast<std::uint32_t>(node.kind));
  }
  void text(std::string_view before, std::string_view value) {
    out_.append(before);
    wire::append_string(out_, value);
  }
  void number(std::string_view before, std::uint32_t value) {
    out_.append(before);
    wire::append_number(out_, value);
  }
  void range(std::string_view before, Span span) {
    const DocumentText& text = file_.text();
    line_ = text.line_of(span.begin, line_);
    const Position start = text.position(span.begin, line_, encoding_),
                   end = text.position(span.end, text.line_of(span.end, line_), encoding_);
    out_.append(before);
    number(R"({"start":{"line":)", start.line);
    number(R"(,"character":)", start.character);
    number(R"(},"end":{"line":)", end.line);
    number(R"(,"character":)", end.character);
    out_.append("}}");
  }

  const Revision& file_;
  const Encoding encoding_;
  const FileCosts* const costs_;
  std::string& out_;
  std::uint32_t line_ = 0;  // of the last range's begin
};

// Items lie all over the memory that a long file takes, and finding the next is what takes the time: each
// step of the way to it is loaded while those before it are written.
void load_ahead(const Module& module, std::size_t i) {
  const auto item_at = [&](std::size_t ahead) {
    return i + ahead < module.items.size() ? module.items[i + ahead].item.get() : nullptr;
  };
  const auto function_at = [&](std::size_t ahead) -> const Function* {
    const Item* item = item_at(ahead);
    return item && item->stmt && item->stmt->kind == StmtKind::Function
               ? as<FunctionStmt>(item->stmt).function
               : nullptr;
  };
  if (const Item* item = item_at(12)) __builtin_prefetch(&item->stmt), __builtin_prefetch(&item->refused);
  if (const Item* item = item_at(8)) __builtin_prefetch(item->stmt);
  if (const Function* f = function_at(4)) __builtin_prefetch(f), __builtin_prefetch(&f->params);
  if (const Function* f = function_at(2)) {
    __builtin_prefetch(f->params.data());
    __builtin_prefetch(item_at(2)->text.data() + f->header.begin);
  }
}

// Longer texts are worth a second thread.
constexpr std::size_t kWorthHalves = 1 << 20;

// What some of the items have in the outline, each with a comma behind it.
struct Part {
  std::string text;
  Outline::Names seen;  // variables of the module that have their place in it
};

wire::WrittenJson symbols(const Ask& ask) {
  const auto file = ask.document();
  const bool nested = ask.client().can("textDocument.documentSymbol.hierarchicalDocumentSymbolSupport");
  const auto costs = nested ? costs_of(ask.snapshot, *file) : nullptr;
  const Module& module = file->module();
  // `seen` have their place before these items.
  const auto written = [&](std::size_t begin, std::size_t end, Outline::Names seen) {
    Part part;
    // As much as it takes in most files: to move megabytes as they grow costs more than the rest.
    part.text.reserve(file->text().size() / 4 * (end - begin) / (module.items.size() + 1) + 1024);
    Outline outline(*file, std::move(seen));
    Writer writer(ask, *file, costs.get(), part.text);
    for (std::size_t i = begin; i < end; ++i) {
      load_ahead(module, i);
      const PlacedItem item = module.items[i];
      ask.check();
      outline.item(item);
      for (const Node& node : outline.take()) {
        nested ? writer.nested(node, item.start) : writer.flat(node, item.start, "");
        part.text.push_back(',');
      }
    }
    part.seen = outline.take_seen();
    return part;
  };
  const std::size_t count = module.items.size();
  const std::size_t half = has_second_core() && file->text().size() >= kWorthHalves ? count / 2 : count;
  Part first, second;
  if (half == count) {
    first = written(0, count, {});
  } else {
    at_once([&] { first = written(0, half, {}); }, [&] { second = written(half, count, {}); });
  }
  const bool is_again = std::any_of(second.seen.begin(), second.seen.end(),
                                    [&](std::uint32_t name) { return first.seen.contains(name); });
  if (is_again) second = written(half, count, std::move(first.seen));
  wire::WrittenJson out{"["};
  out.text.reserve(first.text.size() + second.text.size() + 2);
  out.text.append(first.text).append(second.text);
  if (out.text.size() > 1) out.text.pop_back();
  out.text.push_back(']');
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
